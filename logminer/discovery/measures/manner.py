"""How one speaks to whom: by words in English, German, Spanish and French, and the usual phrases in these, Japanese and Chinese.

In other languages they are 0.
"""

from __future__ import annotations

from functools import partial

from logminer.discovery.measures.form import share
from logminer.discovery.measures.measure import RESPONSES, Measure
from logminer.discovery.measures.reading import ReadText, phrases
from logminer.discovery.measures.wording import Kind

__all__ = ["MANNER"]

FIRST_WORDS = 6  # in which an opening apologises, whatever stands before it
LAST_WORDS = 40  # in which an answer takes its leave

_APOLOGY = phrases(
    *("sorry", "apologize", "apologise", "apologies", "my apologies", "forgive me", "i regret"),
    *(
        "es tut mir leid",
        "entschuldigung",
        "entschuldige",
        "lo siento",
        "disculpa",
        "disculpe",
        "perdón",
    ),
    *(
        "désolé",
        "désolée",
        "je m'excuse",
        "申し訳",
        "すみません",
        "ごめんなさい",
        "抱歉",
        "对不起",
        "對不起",
    ),
)
_AI = phrases(
    *(
        "as an ai",
        "i'm an ai",
        "i am an ai",
        "an ai language model",
        "ai assistant",
        "as a language model",
    ),
    *(
        "large language model",
        "i'm a language model",
        "i am a language model",
        "i'm just an ai",
        "my training data",
    ),
    *(
        "als ki",
        "sprachmodell",
        "modelo de lenguaje",
        "modelo de idioma",
        "una ia",
        "modèle de langage",
        "une ia",
    ),
    *("aiとして", "言語モデル", "语言模型", "人工智能助手"),
)
_DISCLAIMER = phrases(
    *(
        "consult a",
        "consult an",
        "consult with",
        "consult your",
        "professional advice",
        "medical advice",
    ),
    *(
        "legal advice",
        "financial advice",
        "not a substitute",
        "qualified professional",
        "healthcare professional",
    ),
    *(
        "healthcare provider",
        "i'm not a doctor",
        "i'm not a lawyer",
        "i am not a",
        "seek professional",
    ),
    *(
        "for informational purposes",
        "at your own risk",
        "may not be accurate",
        "double check",
        "up to date information",
    ),
    *(
        "fachmann",
        "ärztlichen rat",
        "rechtsberatung",
        "un profesional",
        "consulte a",
        "un professionnel",
    ),
    *("consultez un", "専門家", "咨询专业", "专业人士"),
)
_WARNING = phrases(
    *(
        "warning",
        "caution",
        "be careful",
        "be aware",
        "beware",
        "danger",
        "dangerous",
        "harmful",
        "risk",
        "risks",
    ),
    *(
        "important to note",
        "it's important to",
        "it is important to",
        "please note",
        "keep in mind",
        "make sure",
    ),
    *(
        "warnung",
        "vorsicht",
        "achtung",
        "gefährlich",
        "advertencia",
        "cuidado",
        "peligroso",
        "attention",
    ),
    *("avertissement", "dangereux", "注意", "危険", "警告", "危险"),
)
_AGREEMENT = phrases(
    *(
        "sure",
        "certainly",
        "of course",
        "absolutely",
        "definitely",
        "yes",
        "yeah",
        "yep",
        "okay",
        "ok",
        "no problem",
    ),
    *(
        "gladly",
        "happy to",
        "i'd be happy to",
        "i'd be glad to",
        "i would be happy to",
        "i'll be happy to",
        "right",
    ),
    *(
        "here you go",
        "gerne",
        "natürlich",
        "sicher",
        "ja",
        "klar",
        "claro",
        "por supuesto",
        "sí",
        "desde luego",
    ),
    *(
        "bien sûr",
        "oui",
        "avec plaisir",
        "certainement",
        "もちろん",
        "はい",
        "承知",
        "当然",
        "好的",
        "是的",
    ),
)
_PRAISE = phrases(
    *(
        "great question",
        "good question",
        "excellent question",
        "that's a great",
        "that's a good",
        "that is a great",
    ),
    *(
        "that is a good",
        "that's an excellent",
        "what a great",
        "what a wonderful",
        "what a fantastic",
        "what an",
    ),
    *(
        "interesting question",
        "that's an interesting",
        "great",
        "excellent",
        "wonderful",
        "fantastic",
        "awesome",
    ),
    *(
        "amazing",
        "well done",
        "congratulations",
        "i love",
        "you're right",
        "you are right",
        "you're absolutely right",
    ),
    *(
        "gute frage",
        "tolle frage",
        "buena pregunta",
        "excelente pregunta",
        "bonne question",
        "excellente question",
    ),
    *("良い質問", "いい質問", "素晴らしい", "好问题", "很好的问题"),
)
_REFUSAL = phrases(
    *(
        "i can't",
        "i cannot",
        "i can not",
        "i'm unable",
        "i am unable",
        "i won't",
        "i will not",
        "i'm not able",
    ),
    *(
        "i am not able",
        "i'm not comfortable",
        "i must decline",
        "i have to decline",
        "i'm sorry but i can't",
    ),
    *(
        "i'm sorry but i cannot",
        "i'm sorry i can't",
        "i'm sorry i cannot",
        "i apologize but i cannot",
    ),
    *(
        "i apologize but i can't",
        "sorry but i can't",
        "sorry i can't",
        "i am sorry but i cannot",
        "as an ai",
    ),
    *(
        "no i can't",
        "no i cannot",
        "it is not appropriate",
        "it's not appropriate",
        "ich kann nicht",
    ),
    *(
        "ich kann dir dabei nicht",
        "no puedo",
        "lo siento no puedo",
        "lo siento pero no puedo",
        "je ne peux pas",
    ),
    *("申し訳ありませんが", "申し訳ございませんが", "我不能", "我无法", "抱歉 我", "对不起 我"),
)
_OFFER = phrases(
    *(
        "let me know",
        "feel free",
        "happy to help",
        "glad to help",
        "hope this helps",
        "hope that helps",
        "i'm here to",
    ),
    *(
        "anything else",
        "any other questions",
        "any more questions",
        "any questions",
        "any further questions",
    ),
    *(
        "further assistance",
        "would you like me to",
        "do you want me to",
        "need any help",
        "need more help",
        "reach out",
    ),
    *(
        "lass mich wissen",
        "weitere fragen",
        "hazmelo saber",
        "házmelo saber",
        "alguna otra pregunta",
    ),
    *(
        "en qué más",
        "n'hésitez pas",
        "n'hésite pas",
        "d'autres questions",
        "お気軽に",
        "お知らせください",
    ),
    *("随时", "请告诉我", "还有其他问题"),
)


def _words(kind: Kind, text: ReadText) -> float:
    return share(text.kinds[kind], len(text.words))


def _says(said: tuple[str, ...], text: ReadText) -> float:
    joined = text.joined
    return float(any(phrase in joined for phrase in said))


def _opens(said: tuple[str, ...], text: ReadText) -> float:
    return float(text.joined.startswith(said))


def _closes(said: tuple[str, ...], text: ReadText) -> float:
    end = f" {' '.join(text.words[-LAST_WORDS:])} "
    return float(any(phrase in end for phrase in said))


def _early(said: tuple[str, ...], text: ReadText) -> float:
    start = f" {' '.join(text.words[:FIRST_WORDS])} "
    return float(any(phrase in start for phrase in said))


def _closing_question(text: ReadText) -> float:
    # Emoji, quotation marks and markup may stand after it.
    last = next(
        (char for char in reversed(text.raw[-20:]) if char.isalnum() or char in "?？؟.。!！:…"), ""
    )
    return float(bool(last) and last in "?？؟")


def _opening_question(text: ReadText) -> float:
    if not text.sentences:
        return 0.0
    after = text.raw[len(text.sentences[0]) :].lstrip()[:1]
    return float(bool(after) and after in "?？؟")


MANNER = (
    Measure(
        "first_person", "share of words", "I, me, my, we, our", partial(_words, Kind.FIRST_PERSON)
    ),
    Measure("second_person", "share of words", "you, your", partial(_words, Kind.SECOND_PERSON)),
    Measure("hedges", "share of words", "perhaps, might, generally …", partial(_words, Kind.HEDGE)),
    Measure(
        "superlatives",
        "share of words",
        "best, very, always, amazing …",
        partial(_words, Kind.INTENSE),
    ),
    Measure("feelings", "share of words", "words of feeling", partial(_words, Kind.FEELING)),
    Measure(
        "politeness",
        RESPONSES,
        "says please, thanks or welcome",
        lambda t: float(t.kinds[Kind.POLITE] > 0),
    ),
    Measure("apology", RESPONSES, "apologises", partial(_says, _APOLOGY)),
    Measure("says_ai", RESPONSES, "says that it is an AI or a language model", partial(_says, _AI)),
    Measure(
        "disclaimers",
        RESPONSES,
        "sends to a professional, or disclaims advice",
        partial(_says, _DISCLAIMER),
    ),
    Measure(
        "warnings", RESPONSES, "warns, or says what is important to note", partial(_says, _WARNING)
    ),
    Measure(
        "opens_with_agreement",
        RESPONSES,
        "opens with 'Sure', 'Of course' …",
        partial(_opens, _AGREEMENT),
    ),
    Measure(
        "opens_with_praise",
        RESPONSES,
        "opens with praise of the question or the user",
        partial(_opens, _PRAISE),
    ),
    Measure(
        "opens_with_apology", RESPONSES, "opens with an apology", lambda t: _early(_APOLOGY, t)
    ),
    Measure("opens_with_refusal", RESPONSES, "opens with a refusal", partial(_opens, _REFUSAL)),
    Measure("opens_with_question", RESPONSES, "opens with a question", _opening_question),
    Measure(
        "closes_with_offer", RESPONSES, "closes with an offer of help", partial(_closes, _OFFER)
    ),
    Measure(
        "closes_with_question",
        RESPONSES,
        "closes with a question back to the user",
        _closing_question,
    ),
)
