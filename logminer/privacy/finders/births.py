"""Birth dates, in whatever form they follow a word that says so, and whole dates in forms that are not figures alone."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from itertools import islice

from logminer.privacy.finders.tokens import Token, Tokens, word_set
from logminer.privacy.spans import Span

__all__ = ["find_births"]

SURE, YEAR_ALONE = 0.95, 0.5

MONTHS = word_set(
    """
    january jan januar januari janvier janeiro jänner february feb februar februari février fevrier fév fevr févr fev march mar mars marzo marzec março maret mart märz marz maart
    april apr aprile avril avr abril may mai mei maj mayo maggio maio maja june jun juni juin junio junho july jul juli juillet julio julho august aug augustus agustus
    août aout agosto september sep sept septembre septiembre settembre setembro october oct octobre octubre oktober okt ottobre outubro november nov novembre noviembre
    novembro december dec décembre dezember dez dezembro diciembre dic dicembre enero ene febrero gennaio gen febbraio giugno giu luglio lug fevereiro
    stycznia lutego marca kwietnia czerwca lipca sierpnia września października listopada grudnia ledna února března dubna května června července srpna září října
    listopadu prosince ocak şubat nisan mayıs haziran temmuz ağustos eylül ekim kasım aralık января февраля марта апреля мая июня июля августа сентября октября
    ноября декабря январь февраль март апрель май июнь июль август сентябрь октябрь ноябрь декабрь січня лютого березня квітня травня червня липня серпня вересня
    жовтня листопада грудня يناير فبراير مارس أبريل ابريل مايو يونيو يوليو أغسطس سبتمبر أكتوبر نوفمبر ديسمبر
    """
)
_MONTH = "(?:" + "|".join(map(re.escape, sorted(MONTHS, key=len, reverse=True))) + ")"
_DAY = r"(?:[12]\d|3[01]|0?[1-9]|[٠-٩]{1,2})"
_YEAR = r"(?:(?:1[89]|20)\d\d|[٠-٩]{4}|[०-९]{4})"
_ANY_YEAR = rf"(?:{_YEAR}|['’]?\d\d)(?!\d)"
_ORDINAL = r"(?:st|nd|rd|th|\.|º|°|er|ste|de)?"
_OF = r"[ .,/-]{0,2}(?:(?:of|de|del|day of|di) )?"
_DAY_WORD = (
    r"(?:(?:twenty|thirty)[- ](?:first|second|third|fourth|fifth|sixth|seventh|eighth|ninth)|first|second|third|fourth|fifth|sixth|seventh|eighth|ninth|tenth|eleventh|twelfth"
    r"|thirteenth|fourteenth|fifteenth|sixteenth|seventeenth|eighteenth|nineteenth|twentieth|thirtieth)"
)
_YEAR_WORD = r"(?:nineteen|eighteen|twenty|two thousand)(?:[ -](?:hundred|and|oh|o|ought|ten|eleven|twelve|thirteen|fourteen|fifteen|sixteen|seventeen|eighteen|nineteen|twenty|thirty|forty|fifty|sixty|seventy|eighty|ninety|one|two|three|four|five|six|seven|eight|nine)){1,3}"
# whole dates that are not figures alone: no word need announce them
_WHOLE = (
    rf"{_DAY}{_ORDINAL}{_OF}{_MONTH}[ .,/-]{{1,2}}(?:(?:of|de|del) )?['’]\d\d(?!\d)",
    rf"{_MONTH}\.? {_DAY}{_ORDINAL},? ['’]\d\d(?!\d)",
    rf"{_DAY}[- ]?(?:JAN|FEB|MAR|APR|MAY|JUN|JUL|AUG|SEP|OCT|NOV|DEC)[- ]?(?:{_YEAR}|\d\d)(?!\d)",
    rf"{_DAY}[. /-]{{1,2}}(?:I{{1,3}}|IV|VI{{0,3}}|IX|XI{{0,2}})[. /-]{{1,2}}{_YEAR}(?!\d)",
    r"(?:1[89]|20)\d\d ?[年년] ?\d{1,2} ?[月월] ?\d{1,2} ?[日일号號]?",
    r"(?:昭和|平成|令和|大正|明治)(?:\d{1,2}|元)年\d{1,2}月\d{1,2}日",
    rf"(?:the )?{_DAY_WORD}(?: day)? of {_MONTH},? (?:in the year )?(?:{_YEAR_WORD}|{_YEAR})",
    rf"{_MONTH} (?:the )?{_DAY_WORD},? (?:of )?(?:{_YEAR_WORD}|{_YEAR})",
    rf"{_DAY}{_ORDINAL}{_OF}{_MONTH}{_OF}{_YEAR}(?!\d)",
    rf"{_MONTH}\.? {_DAY}{_ORDINAL}(?:,|,? (?:of|del?))? {_YEAR}(?!\d)",
    rf"{_YEAR},? {_MONTH}\.? {_DAY}{_ORDINAL}(?!\d)",
)
# and those that are, or are not whole, after a word
_OTHERS = (
    rf"{_YEAR}[-/. ]{{1,2}}\d{{1,2}}[-/. ]{{1,2}}\d{{1,2}}(?!\d)",
    r"\d{1,2}[-/.  ]{1,2}\d{1,2}[-/. ]{1,2}(?:\d{4}|[٠-٩]{4}|['’]?\d\d)(?!\d)",
    r"[SHTRM]\.?\d{1,2}[./-]\d{1,2}[./-]\d{1,2}",
    rf"{_DAY}{_ORDINAL}{_OF}{_MONTH}(?:{_OF}{_ANY_YEAR})?",
    rf"{_MONTH}\.? {_DAY}{_ORDINAL}(?!\d)(?:,? {_ANY_YEAR})?",
    r"\d{1,2} ?[月월] ?\d{1,2} ?[日일号號]",
    r"(?:(?:1[89]|20)\d{6}|(?:0[1-9]|[12]\d|3[01])(?:0[1-9]|1[0-2])(?:19|20)\d\d|(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])(?:19|20)\d\d|\d{6})(?!\d)",
    rf"(?:the )?{_DAY_WORD}(?: of)? {_MONTH}|{_MONTH} (?:the )?{_DAY_WORD}",
)
_BORDER = r"(?<![0-9A-Za-z_])"
_WEEKDAY = r"(?:(?:mon|tues?|wed(?:nes)?|thu(?:rs)?|fri|sat(?:ur)?|sun)(?:day)?,? (?:the )?)?"
_WHOLE_DATE = re.compile(_BORDER + "(?:" + "|".join(_WHOLE) + ")", re.IGNORECASE)
_ANY_DATE = re.compile(_BORDER + _WEEKDAY + "(?:" + "|".join(_WHOLE + _OTHERS) + ")", re.IGNORECASE)
_YEAR_ONLY = re.compile(rf"{_BORDER}{_YEAR}(?!\d)")
_BORN = re.compile(
    r"(?<![^\W_])d\.o\.b\b|γεννήθηκ\w+|γέννησης|дата рождения|родил[а-я]*|рожд\w*|д\.р\.|народи\w+|дата народження"
    r"|生年月日|出生日期|出生年月日|出生于|出生於|生日|誕生日|生まれ|생년월일|생일|출생|تاريخ الميلاد|ميلاد|ولدت?|תאריך לידה|נולד\w*|जन्म\w*|วันเกิด",
    re.IGNORECASE,
)
_BIRTH = re.compile(r"of[ _-]birth|birth[ _-]?(?:date|day|dt|year)", re.IGNORECASE)
_BORN_WORDS = word_set(
    """
    born dob birth birthdate birthday birthdays bday b-day bdate dateofbirth birthyear geb geboren geburtsdatum geburtstag née né nés naissance datenaissance
    nacido nacida nacidos nacidas nací naci nació nacio nacimiento cumpleaños nac nato nata nascita compleanno nascido nascida nasci nasceu nascimento aniversário
    urodzony urodzona urodziłem urodziłam urodził urodziła urodzenia urodziny ur geboorte geboortedatum geboortedag verjaardag född född föddes født føtt fødselsdato
    fødselsdag födelsedatum födelsedag syntynyt syntymäaika syntymäpäivä narozen narozena nar narození született születési născut născută doğum
    lahir sinh turns turned turning
    """
)
_REACH = 48
_IN_FIGURES = re.compile(
    rf"(?:{_DAY}[- ]?(?:JAN|FEB|MAR|APR|MAY|JUN|JUL|AUG|SEP|OCT|NOV|DEC)[- ]?(?:{_YEAR}|\d\d)(?!\w)|{_WHOLE[3]}|{_WHOLE[4]})",
    re.IGNORECASE,
)
_ERA = re.compile(_WHOLE[5])
_FIGURE = re.compile(r"\d")
_ORDINALS = word_set(
    "first second third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth thirteenth fourteenth fifteenth sixteenth seventeenth eighteenth nineteenth twentieth thirtieth twenty-first twenty-second twenty-third twenty-fourth twenty-fifth twenty-sixth twenty-seventh twenty-eighth twenty-ninth thirty-first"
)
_RUN = re.compile(r"\d+|[SHTRM昭平令大明](?=[.\d和成治正])")
_BEGINNINGS = (
    MONTHS
    | _ORDINALS
    | word_set(
        "the s h t r m monday tuesday wednesday thursday friday saturday sunday mon tue tues wed thu thurs fri sat sun 昭和 平成 令和 大正 明治"
    )
)


def find_births(tokens: Tokens) -> Iterator[Span]:
    """Spans of DATE_TIME; those that name day, month and year, or follow a word for birth, at `SURE`."""
    text = tokens.text
    yield from _whole(tokens)
    known = tokens.vocabulary & _BORN_WORDS
    for i, word in enumerate(tokens.words) if known else ():
        if word.lower not in known:
            continue
        if word.lower != "birth" or _BIRTH.search(text, max(0, word.start - 8), word.end + 6):
            after = (w.start for w in tokens.words[i + 1 : i + 12] if _begins(w))
            before = (w.start for w in tokens.words[max(0, i - 8) : i] if _begins(w))
            yield from _announced(text, word.start, word.end, after, before)
    if tokens.has_other_script or "o.b" in text or "O.B" in text:
        for said in _BORN.finditer(text):
            start, end = said.span()
            following = [m.start() for m in islice(_RUN.finditer(text, end, end + _REACH), 2)]
            preceding = [m.start() for m in _RUN.finditer(text, max(0, start - 16), start)][-3:]
            yield from _announced(text, start, end, following, preceding)


def _begins(word: Token) -> bool:
    return word.shape == "1" or word.lower in _BEGINNINGS


def _whole(tokens: Tokens) -> Iterator[Span]:
    text = tokens.text
    if tokens.figures:
        for word in tokens.figures:
            if match := _IN_FIGURES.match(text, word.start):
                yield Span(*match.span(), "DATE_TIME", SURE)
        if "年" in text:
            for match in _ERA.finditer(text):
                yield Span(*match.span(), "DATE_TIME", SURE)
    months = tokens.vocabulary & MONTHS
    if not months:
        return
    spoken = bool(tokens.vocabulary & _ORDINALS)
    done = 0
    for i, word in enumerate(tokens.words):
        if word.lower not in months or word.start < done:
            continue
        if not (spoken or _FIGURE.search(text, max(0, word.start - 8), word.end + 8)):
            continue
        for before in tokens.words[max(0, i - 5) : i + 1]:
            found = _WHOLE_DATE.match(text, before.start) if before.start >= done else None
            if found and found.start() <= word.start < found.end():
                done = found.end()
                yield Span(*found.span(), "DATE_TIME", SURE)
                break


def _announced(
    text: str, start: int, end: int, after: Iterable[int], before: Iterable[int]
) -> Iterator[Span]:
    """The date that the word from `start` to `end` announces, where one begins at one of the offsets after or before it."""
    for at in after:
        if at - end > _REACH:
            break
        if (match := _ANY_DATE.match(text, at)) and not _ends(text, end, at):
            yield Span(*match.span(), "DATE_TIME", SURE)
            break
        if (year := _YEAR_ONLY.match(text, at)) and not _ends(text, end, at):
            yield Span(*year.span(), "DATE_TIME", YEAR_ALONE)
            break
    for at in before:
        match = _ANY_DATE.match(text, at)
        if match and match.end() <= start and _IS.fullmatch(text, match.end(), start):
            yield Span(*match.span(), "DATE_TIME", SURE)


_IS = re.compile(
    r"[ ,(]{0,2}(?:(?:is|was|as|es|est|ist|è|is the) )?(?:(?:my|his|her|our|the|their|mi|mein|mon|il mio) )?(?:is )?|に|出|\s"
)


def _ends(text: str, start: int, end: int) -> bool:
    """Whether a sentence ends between a word and a date."""
    return bool(re.search(r"[.!?] [A-Z][a-z]{2}|\n\s*\n", text[start:end]))
