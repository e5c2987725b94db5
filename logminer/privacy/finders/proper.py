"""Guesses of what has a capital where none is due: places, organisations and names that no list knows.

They carry low scores: `strict` takes them all, `balanced` hardly any.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Sequence

from logminer.privacy.finders.lexicon import (
    first_name,
    frequency,
    is_country,
    is_foreign_word,
    is_nationality,
    is_surname,
    is_town,
    starts_country,
)
from logminer.privacy.finders.people import COMMON, NO_NAME, PARTICLES, RARE, TITLES
from logminer.privacy.finders.tokens import Token, Tokens, word_set
from logminer.privacy.spans import Span

__all__ = ["find_proper"]

CUED, LISTED, GUESSED = 0.5, 0.4, 0.3
MOST_WORDS = 7

_INSTITUTION = re.compile(
    r"\b(?:Hospital|Cl[ií]nica|Universidad|Universidade|Universit[àéä]t?|University of|Instituto?|Centro de Salud|Centro M[ée]dico|Facultad|Fundaci[óo]n|Ministerio|Ayuntamiento"
    r"|Complejo Hospitalario|Klinik(?:um)?|Krankenhaus|H[ôo]pital|Ospedale|Szpital|Colegio|Escuela|Juzgado|Amtsgericht|Landgericht|Lyc[ée]e|Mairie)"
    r"(?: (?:de la|de los|de|del|di|du|des|der|für|of the|of|la|y|e)){0,1} [A-ZÁÉÍÓÚÑÄÖÜ][\w.'’-]{1,24}(?: (?:(?:de la|de los|de|del|di|du|des|der|of|la|y) )?[A-ZÁÉÍÓÚÑÄÖÜ][\w'’-]{1,24}){0,5}"
)
_PLACE_CUES = word_set(
    """
    in at from to near visit visiting visited around outside leaving left toward towards across via reach reached between into
    """
)
_HOME_CUES = word_set(
    """
    live in|lives in|lived in|living in|born in|grew up in|raised in|based in|moved to|moving to|moved from|come from|comes from|came from
    am from|i'm from|is from|are from|was from|originally from|reside in|resides in|residing in|resident of|hometown is|located in|work in|works in|flew to|fly to
    flying to|travel to|traveling to|travelling to|trip to|arrived at|arrived in|coming to|going to|went to|drove to|stay in|staying in|vacation in
    i am in|i'm in|we are in|we're in|city of|town of|village of|suburb of|county of|district of|wohne in|komme aus|vivo en|vive en|habite à|abito a|moro em|mieszkam w
    """,
    "|",
)
_EMPLOYER_CUES = word_set(
    """
    work for|works for|worked for|working for|employed by|employed at|job at|work at|works at|worked at|intern at|hired by|is from
    ceo of|founder of|president of|chairman of|director of|manager of|owner of|later became
    """,
    "|",
)
_ORGANISATION = word_set(
    """
    inc incorporated llc llp ltd limited corp corporation co company gmbh ag kg sa sarl srl spa bv nv oy ab as plc pty group holdings partners
    associates bank university college institute foundation society association council hospital clinic church school academy
    consulting solutions technologies systems industries enterprises ventures capital services media labs studios records orchestra
    committee commission agency ministry department office union party club team league airlines motors pharmaceuticals sons
    """
)
_JOINS = word_set("of the de and & for n' la le du von van der di")
# In a line with one of these, capitals are no heading.
_RUNNING = word_set(
    "is are was were am be been has have had do does did i you he she we they my it said that who"
)
_CODE_BEFORE, _CODE_AFTER = frozenset("_={}<>[]#$\\/@&%^~|"), frozenset("_={}<>[]$\\/@(^~|&")


def find_proper(tokens: Tokens, language: str, ignored: Collection[str] = ()) -> Iterator[Span]:
    """Countries and nationalities; institutions; in English, what "in" or "works for" announces, and capitals inside sentences.

    Args:
        ignored: types that need not be found.
    """
    yield from _countries_and_peoples(tokens, ignored)
    if "ORGANIZATION" not in ignored:
        for match in _INSTITUTION.finditer(tokens.text):
            yield Span(match.start(), match.end(), "ORGANIZATION", LISTED)
    if language == "en":
        yield from _capitals(tokens, ignored)
        if not any(w.shape == "Aa" for w in tokens.words):
            yield from _small_letters(tokens)


def _countries_and_peoples(tokens: Tokens, ignored: Collection[str]) -> Iterator[Span]:
    peoples = "NRP" not in ignored
    words, gaps = tokens.words, tokens.gaps
    for i, word in enumerate(words):
        if word.shape in ("1", "x") or len(word.text) < 4:
            continue
        if peoples and is_nationality(word.lower) and frequency(word.lower) < 200_000:
            yield Span(word.start, word.end, "NRP", LISTED)
        if not starts_country(word.lower.partition("-")[0]):
            continue
        end = 0
        for j in range(i, min(i + 6, len(words))):
            if j > i and gaps[j] not in (" ", "-"):
                break
            if is_country(tokens.text[word.start : words[j].end]):
                end = j + 1
        if end > i + 1 or (
            end
            and (word.shape != "a" or frequency(word.lower) < 600 or _cue(tokens, i) in _HOME_CUES)
        ):
            yield Span(word.start, words[end - 1].end, "LOCATION", CUED)


# ---- capitals


def _capitals(tokens: Tokens, ignored: Collection[str]) -> Iterator[Span]:
    words, headings = tokens.words, _headings(tokens)
    i = 0
    while i < len(words):
        if words[i].shape in ("Aa", "AA") and not headings[i] and _is_free(tokens, i):
            end = _run_end(tokens, i)
            yield from _judged(tokens, i, end, ignored)
            i = end
        else:
            i += 1


def _headings(tokens: Tokens) -> list[bool]:
    """For each token, whether its line is written as a heading, where a capital says nothing."""
    marks: list[bool] = []
    start, words = 0, tokens.words
    for i in range(1, len(words) + 1):
        if "\n" in tokens.gaps[i] or i == len(words):
            line = words[start:i]
            long = [w for w in line if w.shape != "1" and len(w.text) > 3]
            small = sum(w.shape == "a" for w in long)
            heading = len(long) > 2 and small * 3 < len(long)
            marks += [
                heading and not any(w.shape == "a" and w.lower in _RUNNING for w in line)
            ] * len(line)
            start = i
    return marks


def _is_free(tokens: Tokens, at: int) -> bool:
    """Whether no sign of code stands beside a word."""
    before, after = tokens.gaps[at].rstrip(" ")[-1:], tokens.gaps[at + 1][:1]
    return before not in _CODE_BEFORE and after not in _CODE_AFTER


def _run_end(tokens: Tokens, start: int) -> int:
    """End of the capitalised words from token `start` on, over "of the" and the commas of a firm's name."""
    words, gaps = tokens.words, tokens.gaps
    end = start + 1
    while end < min(len(words), start + MOST_WORDS):
        gap, word = gaps[end], words[end]
        if gap not in (" ", "-", " & ", "/") and not (
            (gap == ". " and words[end - 1].shape == "A")
            or (gap == ", " and _is_firm(tokens, start, end))
        ):
            break
        if word.shape in ("Aa", "AA", "A"):
            end += 1
            continue
        joined = end
        while joined < min(len(words), end + 2) and words[joined].lower in _JOINS:
            joined += 1
        if words[end].lower == "the":
            break
        if (
            end < joined < len(words)
            and words[joined].shape in ("Aa", "AA")
            and all(gaps[k] == " " for k in range(end + 1, joined + 1))
        ):
            end = joined + 1
        else:
            break
    return end


def _is_firm(tokens: Tokens, start: int, at: int) -> bool:
    """Whether token `at`, after a comma, goes on a firm's name: "Jones, Mitchell and Williams"."""
    words, gaps = tokens.words, tokens.gaps
    return (
        at == start + 1
        and at + 2 < len(words)
        and words[at].shape == "Aa"
        and gaps[at + 1] == gaps[at + 2] == " "
        and words[at + 1].lower == "and"
        and words[at + 2].shape == "Aa"
    )


_BEFORE_NAMES, _AFTER_NAMES = NO_NAME | TITLES | PARTICLES, NO_NAME | _JOINS


def _judged(tokens: Tokens, start: int, end: int, ignored: Collection[str]) -> Iterator[Span]:
    words = tokens.words
    while start < end and words[start].lower in _BEFORE_NAMES:
        start += 1
    while end > start and words[end - 1].lower in _AFTER_NAMES:
        end -= 1
    if end - start > 1 and tokens.opens[start] and _only_opens(words[start]):
        start += 1
    run = [w for w in words[start:end] if w.lower not in _JOINS]
    if not run or run[-1].lower == "day" or (len(run) == 1 and _is_contraction(run[0])):
        return
    cue = _cue(tokens, start)
    kind = _kind(run, cue)
    if kind not in ignored and (score := _score(run, kind, cue, inside=not tokens.opens[start])):
        yield Span(words[start].start, words[end - 1].end, kind, score)


def _only_opens(word: Token) -> bool:
    """Whether a word is a common one that has its capital from the beginning of a sentence: "Unlike Takuda"."""
    return frequency(word.lower) >= COMMON and not first_name(word.lower)


def _is_contraction(word: Token) -> bool:
    """ "C'mon" and "CEOs" are no names."""
    return word.text[1:2] in ("'", "’") or (word.text[:-1].isupper() and word.text[-1] == "s")


def _kind(run: Sequence[Token], cue: str) -> str:
    if run[-1].lower in _ORGANISATION or cue in _EMPLOYER_CUES:
        return "ORGANIZATION"
    if cue:
        return "LOCATION"
    if first_name(run[0].lower) or is_surname(run[-1].lower):
        return "PERSON"
    return "PERSON" if len(run) > 1 and not any(frequency(w.lower) for w in run) else "ORGANIZATION"


def _score(run: Sequence[Token], kind: str, cue: str, *, inside: bool) -> float:
    """How certain it is that a run of capitalised words is a name; `inside` a sentence, capitals say more."""
    counts = [frequency(w.lower) for w in run]
    if all(w.shape == "AA" for w in run):  # an acronym, unless a place is due
        unknown = any(n < RARE and len(w.text) > 4 for w, n in zip(run, counts, strict=True))
        return (
            (CUED if cue in _HOME_CUES else GUESSED)
            if cue and unknown and cue not in _EMPLOYER_CUES
            else 0.0
        )
    if cue in _HOME_CUES or cue in _EMPLOYER_CUES:
        return CUED if min(counts) < COMMON else GUESSED if len(run) > 1 else 0.0
    if len(run) > 1:
        if (
            inside
            and kind == "PERSON"
            and len(run) <= 3
            and max(counts) < 100
            and all(w.shape == "Aa" for w in run)
        ):
            return LISTED  # words that no dictionary has
        return GUESSED if inside or run[-1].lower in _ORGANISATION or min(counts) < RARE else 0.0
    word, count = run[0].lower, counts[0]
    if is_foreign_word(word) and not (first_name(word) or is_surname(word) or is_town(word)):
        return 0.0
    if inside:
        return GUESSED if count < COMMON or (first_name(word) and count < 50_000) else 0.0
    listed = first_name(word) or is_surname(word) or is_town(word)
    return GUESSED if count == 0 or (count < RARE and listed) else 0.0


def _cue(tokens: Tokens, at: int) -> str:
    """The longest of the words before token `at` that announce a place or an employer; empty where none do."""
    words, gaps = tokens.words, tokens.gaps
    said, longest = "", ""
    for count in range(1, 4):
        if at - count < 0 or gaps[at - count + 1] not in (" ", "  "):
            break
        said = f"{words[at - count].lower} {said}".strip()
        if said in _HOME_CUES or said in _EMPLOYER_CUES or said in _PLACE_CUES:
            longest = said
    return longest


# ---- texts in small letters


def _small_letters(tokens: Tokens) -> Iterator[Span]:
    """In a text without capitals: unknown words after "in", "from" or "works for", and rare surnames."""
    words = tokens.words
    for i, word in enumerate(words):
        if (
            word.shape != "a"
            or len(word.text) < 3
            or word.lower in NO_NAME
            or not _is_free(tokens, i)
        ):
            continue
        count = frequency(word.lower)
        if count >= RARE:
            continue
        if cue := _cue(tokens, i):
            end = i + 1
            while (
                end < min(len(words), i + 4)
                and tokens.gaps[end] in (" ", "-")
                and _is_unknown(tokens, end)
            ):
                end += 1
            kind = "ORGANIZATION" if cue in _EMPLOYER_CUES else "LOCATION"
            yield Span(word.start, words[end - 1].end, kind, GUESSED)
        elif count == 0 and len(word.text) > 4 and is_surname(word.lower):
            yield Span(word.start, word.end, "PERSON", GUESSED)


def _is_unknown(tokens: Tokens, at: int) -> bool:
    """Whether a word is rare, or a particle before a rare one."""
    word = tokens.words[at]
    if word.shape != "a":
        return False
    if frequency(word.lower) < RARE:
        return True
    after = at + 1
    return (
        word.lower in PARTICLES
        and after < len(tokens.words)
        and tokens.gaps[after] == " "
        and frequency(tokens.words[after].lower) < RARE
    )
