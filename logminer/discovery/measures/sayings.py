"""What is usually said to apologise, agree, praise, refuse, warn and take leave: English first, then de, es, fr, ja and zh."""

from __future__ import annotations

from enum import IntEnum, auto

from logminer.discovery.measures.splitting import split_words

__all__ = ["OPENINGS", "Saying", "find_sayings"]


class Saying(IntEnum):
    """What is done by saying it."""

    AGREEMENT = auto()
    AI = auto()
    APOLOGY = auto()
    DISCLAIMER = auto()
    OFFER = auto()
    PRAISE = auto()
    REFUSAL = auto()
    WARNING = auto()


_ANYWHERE: dict[Saying, str] = {
    Saying.APOLOGY: """
        sorry, apologize, apologise, apologies, my apologies, forgive me, i regret, es tut mir leid, entschuldigung,
        entschuldige, lo siento, disculpa, disculpe, perdón, désolé, désolée, je m'excuse, 申し訳, すみません, ごめんなさい, 抱歉,
        对不起, 對不起
        """,
    Saying.AI: """
        as an ai, i'm an ai, i am an ai, an ai language model, ai assistant, as a language model, large language
        model, i'm a language model, i am a language model, i'm just an ai, my training data, als ki, sprachmodell,
        modelo de lenguaje, modelo de idioma, una ia, modèle de langage, une ia, aiとして, 言語モデル, 语言模型, 人工智能助手
        """,
    Saying.DISCLAIMER: """
        consult a, consult an, consult with, consult your, professional advice, medical advice, legal advice,
        financial advice, not a substitute, qualified professional, healthcare professional, healthcare provider,
        i'm not a doctor, i'm not a lawyer, i am not a doctor, i am not a lawyer, seek professional, for
        informational purposes, at your own risk, may not be accurate, double check, up to date information,
        fachmann, ärztlichen rat, rechtsberatung, un profesional, consulte a, un professionnel, consultez un, 専門家,
        咨询专业, 专业人士
        """,
    Saying.WARNING: """
        warning, caution, be careful, be aware, beware, danger, dangerous, harmful, important to note, it's
        important to, it is important to, please note, keep in mind, make sure, warnung, vorsicht, achtung,
        gefährlich, advertencia, cuidado, peligroso, avertissement, dangereux, 注意, 危険, 警告, 危险
        """,
    Saying.OFFER: """
        let me know, feel free, happy to help, glad to help, hope this helps, hope that helps, i'm here to, anything
        else, any other questions, any more questions, any questions, any further questions, further assistance,
        would you like me to, do you want me to, need any help, need more help, reach out, lass mich wissen, weitere
        fragen, hazmelo saber, házmelo saber, alguna otra pregunta, en qué más, n'hésitez pas, n'hésite pas,
        d'autres questions, お気軽に, お知らせください, 随时, 请告诉我, 还有其他问题
        """,
}
_OPENING: dict[Saying, str] = {
    Saying.AGREEMENT: """
        sure, certainly, of course, absolutely, definitely, yes, yeah, yep, okay, ok, no problem, gladly, happy to,
        i'd be happy to, i'd be glad to, i would be happy to, i'll be happy to, here you go, gerne, natürlich,
        sicher, ja, klar, claro, por supuesto, sí, desde luego, bien sûr, oui, avec plaisir, certainement, もちろん, はい,
        承知, 当然, 好的, 是的
        """,
    Saying.PRAISE: """
        great question, good question, excellent question, that's a great, that's a good, that is a great, that is a
        good, that's an excellent, what a great, what a wonderful, what a fantastic, what an excellent, what an
        interesting, what an amazing, interesting question, that's an interesting, wonderful, fantastic, awesome,
        amazing, well done, congratulations, i love, you're right, you are right, you're absolutely right, gute
        frage, tolle frage, buena pregunta, excelente pregunta, bonne question, excellente question, 良い質問, いい質問,
        素晴らしい, 好问题, 很好的问题
        """,
    Saying.REFUSAL: """
        i can't, i cannot, i can not, i'm unable, i am unable, i won't, i will not, i'm not able, i am not able, i'm
        not comfortable, i must decline, i have to decline, i'm sorry but i can't, i'm sorry but i cannot, i'm sorry
        i can't, i'm sorry i cannot, i apologize but i cannot, i apologize but i can't, sorry but i can't, sorry i
        can't, i am sorry but i cannot, as an ai, no i can't, no i cannot, it is not appropriate, it's not
        appropriate, ich kann nicht, ich kann dir dabei nicht, no puedo, lo siento no puedo, lo siento pero no
        puedo, je ne peux pas, 申し訳ありませんが, 申し訳ございませんが, 我不能, 我无法, 抱歉 我, 对不起 我
        """,
}


def _phrases(said: str) -> tuple[str, ...]:
    """Phrases, parted by commas, with a space before, between and after their words."""
    return tuple(f" {' '.join(split_words(phrase))} " for phrase in said.split(","))


OPENINGS = {saying: _phrases(said) for saying, said in _OPENING.items()}

# By the longest word of each, which few texts hold.
_KEYED: dict[str, list[tuple[str, Saying]]] = {}
for _saying, _said in _ANYWHERE.items():
    for _phrase in _phrases(_said):
        _KEYED.setdefault(max(_phrase.split(), key=len), []).append((_phrase, _saying))
_KEYS = frozenset(_KEYED)


def find_sayings(words: set[str], joined: str) -> set[Saying]:
    """What of APOLOGY, AI, DISCLAIMER, WARNING and OFFER is said in a text.

    Args:
        words: of the text.
        joined: the words with a space before, between and after them.
    """
    return {saying for word in words & _KEYS for phrase, saying in _KEYED[word] if phrase in joined}
