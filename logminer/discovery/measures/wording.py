"""Words by what they do in an answer, in English, German, Spanish and French; each has one kind."""

from __future__ import annotations

from enum import IntEnum, auto

__all__ = ["KINDS", "Kind"]


class Kind(IntEnum):
    """What a word does."""

    FIRST_PERSON = auto()
    SECOND_PERSON = auto()
    HEDGE = auto()
    INTENSE = auto()
    FEELING = auto()
    POLITE = auto()
    ENGLISH = auto()  # says only that it is English


_WORDS = {
    Kind.FIRST_PERSON: """
        i i'm i've i'd i'll me my mine myself we we're we've we'd we'll our ours ourselves
        ich mir mich mein meine meinen meinem meiner meines wir unser unsere unseren uns
        yo mi mis conmigo nosotros nuestro nuestra nuestros nuestras
        je j'ai j'en j'étais moi mon ma mes nous notre nos
        """,
    Kind.SECOND_PERSON: """
        you you're you've you'd you'll your yours yourself yourselves
        du dir dich dein deine deinen deinem deiner ihnen ihr ihre ihren
        tú te ti tus usted ustedes vosotros
        tu toi ton tes vous votre vos
        """,
    Kind.HEDGE: """
        maybe perhaps possibly probably presumably likely unlikely seems seem seemed appears apparently arguably might could
        may roughly approximately somewhat generally usually typically often sometimes potentially suggests unclear uncertain
        vielleicht möglicherweise wahrscheinlich vermutlich eventuell könnte könnten dürfte scheint ungefähr etwa meistens
        quizás quizá posiblemente probablemente tal podría podrían parece aproximadamente generalmente
        peut-être possiblement probablement pourrait pourraient semble environ généralement souvent
        """,
    Kind.INTENSE: """
        best greatest worst most least largest biggest finest highest strongest very extremely incredibly absolutely totally
        completely truly highly hugely perfect perfectly amazing incredible fantastic wonderful excellent awesome outstanding
        exceptional remarkable extraordinary unbelievable always never definitely undoubtedly
        beste besten bester größte größten sehr äußerst unglaublich absolut völlig perfekt wunderbar ausgezeichnet immer niemals
        mejor mejores peor muy extremadamente increíble increíblemente totalmente absolutamente perfecto maravilloso excelente
        siempre nunca
        meilleur meilleure meilleurs très extrêmement incroyable incroyablement totalement absolument parfait merveilleux
        toujours jamais
        """,
    Kind.FEELING: """
        feel feels feeling feelings felt love loved hate afraid fear scared sad sadness happy happiness glad angry anger hurt
        hurts lonely alone hope worried worry anxious excited joy upset cry suffering suffer pain painful beg begging
        fühle fühlen gefühl gefühle liebe angst traurig glücklich froh wütend einsam hoffe schmerz
        siento sentir amor miedo triste feliz alegre enojado solo dolor esperanza
        sens sentir amour peur triste heureux heureuse content colère seul douleur espoir
        """,
    Kind.POLITE: """
        please thank thanks welcome kindly grateful appreciate pleasure
        bitte danke gerne herzlich
        gracias favor gusto
        merci s'il plaît volontiers plaisir
        """,
    Kind.ENGLISH: """
        the of and to is that for it with as was on are this be by at from or an have not they which but all were when there
        can what their has if will one about how up them then its these so would some into than more
        """,
}
KINDS = {word: kind for kind, words in _WORDS.items() for word in words.split()}
