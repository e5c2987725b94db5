"""Names that everybody knows: what a conversation is about, and nobody's personal data.

The packaged list has things that bear a name (products, brands, works, laws, diseases, species), people of fiction and of
history, other public figures, and places. A name on it stays where nothing near it says that a private
person is meant: "my friend Harry Potter", an e-mail address beside it. `benchmarks/_topics` made the list; `TOPICS.md`
names its sources and holds their licences.
"""

from __future__ import annotations

import functools
import gzip
import re
from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from importlib import resources

from logminer.privacy.finders.lexicon import first_name, frequency, is_region, is_surname, is_town
from logminer.privacy.options import Profile
from logminer.privacy.spans import CERTAIN, Span

__all__ = ["without_topics"]

THING, DEAD, PUBLIC, PLACE = "t", "d", "p", "c"
_NAMES = frozenset(("PERSON", "LOCATION", "ORGANIZATION"))
_IN_USE = 3_000  # from this frequency on, a word is in everyday use; see `lexicon.frequency`
_MOST_WORDS = 5  # of a name on the list
_BEFORE, _AFTER = (
    90,
    90,
)  # characters beside a span in which its name may begin, end, or a person be spoken of


def without_topics(
    spans: Sequence[Span], text: str, profile: Profile, *, figures: bool = False
) -> list[Span]:
    """`spans` of `text` without the names of what everybody knows.

    Args:
        spans: sorted, not overlapping.
        figures: whether public figures of our time and places on the list stay too.
    """
    if not any(span.entity_type in _NAMES for span in spans):
        return list(spans)
    stay = frozenset((THING, DEAD, PUBLIC, PLACE) if figures else (THING, DEAD))
    reached = [s.start for s in spans if s.entity_type in _REACHES]
    return [s for s in spans if not _is_topic(s, text, stay, reached, profile)]


def _is_topic(
    span: Span, text: str, stay: frozenset[str], reached: Sequence[int], profile: Profile
) -> bool:
    if span.entity_type not in _NAMES or span.score >= CERTAIN:
        return False
    if profile == "strict" and span.entity_type == "ORGANIZATION":
        return False
    named = _named(span, text)
    if _is_eponym(span, text):
        return True
    if named is None:
        return profile == "balanced" and _is_made_of_things(span, text)
    start, end, name = named
    kind = _listed()[name].lower()
    if profile == "strict" and (
        (span.entity_type == "LOCATION" and kind != PLACE)
        or (" " not in name and _listed()[name] == THING)
    ):
        return False  # every place and firm goes, whatever the model takes it for; see `figures`
    if kind not in stay or (kind != PLACE and (is_region(name) or is_town(name))):
        return False
    if kind == PLACE or (" " in name and kind == THING):
        return not _is_lived_in(text, start)
    if " " not in name and not _says_enough(name):
        return False
    beside = bisect_right(reached, end + _NEAR) > bisect_left(reached, start - _NEAR)
    return not beside and not _is_private(text, start, end)


# ---- the list ---------------------------------------------------------------------------------------------------


@functools.cache
def _listed() -> dict[str, str]:
    """Name in small letters, its words a space apart → kind, in capitals where it needs no proof."""
    packed = resources.files("logminer.privacy.policy").joinpath("topics.txt.gz").read_bytes()
    lines = gzip.decompress(packed).decode().splitlines()
    return {line[2:]: line[0] for line in lines}


_WORD = re.compile(r"[^\W_]+(?:['’.][^\W_]+)*")


def _named(span: Span, text: str) -> tuple[int, int, str] | None:
    """Where the longest name on the list stands that holds the span, and how it is listed."""
    before = text[max(0, span.start - _BEFORE) : span.start].rpartition("\n")[2]
    begin = span.start - len(before)
    words = [
        (begin + m.start(), begin + m.end(), _plain(m.group()))
        for m in _WORD.finditer(text[begin : span.end + _AFTER])
    ]
    inside = [i for i, (start, end, _) in enumerate(words) if start < span.end and end > span.start]
    if not inside or len(inside) > _MOST_WORDS:
        return None
    first, last = inside[0], inside[-1]
    for count in range(_MOST_WORDS, len(inside) - 1, -1):
        for i in range(max(0, last - count + 1), first + 1):
            some = words[i : i + count]
            if len(some) < count or (
                not text[some[0][0]].isupper() and not text[some[0][0]].isdigit()
            ):
                continue
            name = " ".join(word for *_, word in some)
            for said in (name, name.removesuffix("'s"), name.removesuffix("'")):
                if said in _listed():
                    return some[0][0], some[-1][1], said
    return None


def _is_made_of_things(span: Span, text: str) -> bool:
    """Whether a span is a product and common words: "Deploy Grafana with Helm"."""
    words = [m.group() for m in _WORD.finditer(text, span.start, span.end)]
    things = [w for w in words if _is_thing(_plain(w))]
    rest = [_plain(w) for w in words if w not in things]
    return bool(things) and not any(
        frequency(w) < _IN_USE or first_name(w) or is_region(w) or is_town(w) for w in rest
    )


def _is_thing(word: str) -> bool:
    known = _listed().get(word, "").lower() == THING and _says_enough(word)
    return known and not is_region(word) and not is_town(word)


def _plain(word: str) -> str:
    return word.casefold().replace("’", "'")


def _says_enough(word: str) -> bool:
    """Whether a name of one word is hardly ever a private person's."""
    if _listed()[word].isupper():
        return True
    word = word.removesuffix("'s")
    return (
        not first_name(word)
        and frequency(word) < _IN_USE
        and (not is_surname(word) or frequency(word) == 0)
    )


# ---- named after a person ---------------------------------------------------------------------------------------

_EPONYM = re.compile(
    r"[^\W\d_](?:['’]s?)?[ -](?:disease|syndrome|laws?|theorem|lemma|equations?|algorithm|effect|principle|transform|distribution|constant|curve|diagram"
    r"|numbers?|prize|paradox|hypothesis|conjecture|inequality|matrix|process|function|integral|series|space|operator|polynomials?|estimator|coefficient"
    r"|criterion|index|reaction|palsy|sarcoma|lymphoma|filter|notation|equilibrium|chains?|man(?:eu|oeu)ver|manœuvre|counter|razor|sequence|heap|sort|tree"
    r"|correlation|multipliers?|complex|scale|hierarchy|dilemma|experiment|triangle|cipher|force|radiation|engine|cycle|model|method|test|algebra|problem|geometry|logic|field|units?)\b"
)
_EPONYM_WORD = re.compile(r"[A-ZÀ-Þ][\w-]*")


def _is_eponym(span: Span, text: str) -> bool:
    """Whether a name is part of what is called after it: "Bayes' theorem"; "Anna's theory" is Anna's."""
    word = _EPONYM_WORD.match(text, span.start)
    found = _EPONYM.search(text, max(0, span.start), span.end + 24) if word else None
    if word is None or found is None or found.start() >= span.end or "\n" in found.group():
        return False
    before = text[span.start : found.start() + 1].split()
    heads = [part for word_ in before for part in word_.split("-")]
    return (
        len(before) == 1
        and not any(first_name(head.casefold().removesuffix("'s")) == 2 for head in heads)
        and not _is_private(text, span.start, found.end())
    )


# ---- a private person -------------------------------------------------------------------------------------------

_REACHES = frozenset(
    ("EMAIL_ADDRESS", "PHONE_NUMBER", "USERNAME", "US_SSN", "ID", "SECRET", "ADDRESS")
)
_NEAR = 60  # characters to what reaches a person
_SPOKEN_OF = re.compile(
    r"(?:\b(?:my|our|his|her|their|mr|mrs|ms|miss|mx|dr|prof|professor|name|named|called|call|dear|hi|hello|hey|friend|colleague|neighbou?r|boss|manager|wife"
    r"|husband|son|daughter|brother|sister|mother|father|mom|dad|uncle|aunt|cousin|girlfriend|boyfriend|partner|patient|client|customer|student|teacher|doctor|contact"
    r"|employee|tenant|regards|sincerely|cheers|signed|met|meet|i am|this is|from|cc|bcc|attn|and i|me and|name is|name was|names are)\b|\b[iI]['’]m)(?:['’]s)?[\s.,:\"'*]{1,4}\Z",
    re.IGNORECASE,
)
_SPEAKS = re.compile(
    r"(?:['’]s)?[ ,]{1,2}(?:and I\b|and me\b|my\b|called me|told me|texted|emailed|e-mailed|lives? (?:in|at|on)|works? (?:at|for)|moved to|is from|was from|was born on|age \d|aged \d"
    r"|(?:['’]s )?(?:phone|e-?mail|address|house|number|birthday|wife|husband|password|account)\b|\(?\d\d\)?,)",
)
_LIVED_IN = re.compile(
    r"\b(?:live[sd]?|living|job|years?|months?|born|reside[sd]?|residing|grew up|moved|based|staying|home|work(?:s|ed|ing)?|employed)\s(?:in|at|to|near|for|by|from)\s(?:the\s)?\Z|\bI(?:['’]m| am)\s(?:in|from|at)\s\Z",
    re.IGNORECASE,
)


def _is_private(text: str, start: int, end: int) -> bool:
    """Whether the words around say that a person is spoken of whom one knows."""
    return bool(
        _SPOKEN_OF.search(text[max(0, start - 32) : start])
        or _SPEAKS.match(text, end)
        or _is_lived_in(text, start)
    )


def _is_lived_in(text: str, start: int) -> bool:
    return bool(_LIVED_IN.search(text[max(0, start - 32) : start]))
