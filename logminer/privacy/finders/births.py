"""Birth dates, in whatever form they follow a word that says so, and whole dates in forms that are not figures alone."""

from __future__ import annotations

import re
from collections.abc import Iterator

from logminer.privacy.spans import Span

__all__ = ["find_births"]

SURE, YEAR_ALONE = 0.95, 0.5

_MONTH = (
    r"(?:jan(?:uary|uar|uari|vier|eiro)?|jänner|feb(?:ruary|ruar|ruari)?|f[eé]vr(?:ier)?|mar(?:ch|s|zo|zec|ço|et|t)?|m[aä]rz|maart|apr(?:il|ile)?|avr(?:il)?|ma[iy]|mei|maj|mayo|maggio|maio|maja|jun[ei]?|juin|junio|jul[iy]?|juillet|julio"
    r"|aug(?:ust|ustus|usti)?|ao[uû]t|agosto|sept?(?:ember|embre|iembre)?|oct(?:ober|obre|ubre)?|okt(?:ober)?|nov(?:ember|embre|iembre)?|dec(?:ember)?|d[eé]c(?:embre)?|dez(?:ember|embro)?|dic(?:iembre|embre)?"
    r"|enero|febrero|abril|gennaio|febbraio|giugno|luglio|settembre|ottobre|janeiro|fevereiro|março|junho|julho|setembro|outubro|novembro"
    r"|stycznia|lutego|marca|kwietnia|czerwca|lipca|sierpnia|września|października|listopada|grudnia"
    r"|ledna|února|března|dubna|května|června|července|srpna|září|října|listopadu|prosince|ocak|şubat|nisan|mayıs|haziran|temmuz|ağustos|eylül|ekim|kasım|aralık"
    r"|январ[ья]|феврал[ья]|марта?|апрел[ья]|ма[яй]|июн[ья]|июл[ья]|августа?|сентябр[ья]|октябр[ья]|ноябр[ья]|декабр[ья]|січня|лютого|березня|квітня|травня|червня|липня|серпня|вересня|жовтня|листопада|грудня"
    r"|يناير|فبراير|مارس|أبريل|ابريل|مايو|يونيو|يوليو|أغسطس|سبتمبر|أكتوبر|نوفمبر|ديسمبر)"
)
_DAY = r"(?:[12]\d|3[01]|0?[1-9]|[٠-٩]{1,2})"
_YEAR = r"(?:(?:1[89]|20)\d\d|[٠-٩]{4}|[०-९]{4})"
_ANY_YEAR = rf"(?:{_YEAR}|['’]?\d\d)(?!\d)"
_ORDINAL = r"(?:st|nd|rd|th|\.|º|°|er|ste|de)?"
_OF = r"[ .,/-]{0,2}(?:(?:of|de|del|day of|di) )?"
_DAY_WORD = (
    r"(?:(?:twenty|thirty)[- ](?:first|second|third|fourth|fifth|sixth|seventh|eighth|ninth)|first|second|third|fourth|fifth|sixth|seventh|eighth|ninth|tenth|eleventh|twelfth"
    r"|thirteenth|fourteenth|fifteenth|sixteenth|seventeenth|eighteenth|nineteenth|twentieth|thirtieth)"
)
_YEAR_WORD = (
    r"(?:nineteen|eighteen|twenty|two thousand)(?:[ -](?:hundred|and|oh|o|ought|ten|eleven|twelve|thirteen|fourteen|fifteen|sixteen|seventeen|eighteen|nineteen|twenty|thirty|forty|fifty|sixty|seventy|eighty|ninety|one|two|three|four|five|six|seven|eight|nine)){1,3}"
)
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
    rf"\d{{1,2}}[-/.  ]{{1,2}}\d{{1,2}}[-/. ]{{1,2}}(?:\d{{4}}|[٠-٩]{{4}}|['’]?\d\d)(?!\d)",
    rf"[SHTRM]\.?\d{{1,2}}[./-]\d{{1,2}}[./-]\d{{1,2}}",
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
    r"(?<![^\W_])(?:born|d\.?o\.?b\b|date[ _-]?of[ _-]?birth|birth[ _-]?(?:date|day|dt|year)|birthdate|b-?day|bdate|geb\.|geboren|geburts(?:datum|tag)|geburtsdatum|née? (?:le|en)|né\(e\) le|nés? le|naissance|date[ _]naissance"
    r"|nacid[oa]s?|nac[ií]|naci[oó]|nacimiento|cumpleaños|f\. ?nac|nat[oa] (?:il|a|nel)|sono nat[oa]|nascita|compleanno|nascid[oa]|nasci|nasceu|nascimento|aniversário|urodzon[ya]|urodził\w*|ur\.|urodzenia|urodziny|geboorte(?:datum|dag)?|verjaardag"
    r"|född|fødd?t?|føds\w+|födelse\w*|syntynyt|syntymä\w*|narozen[aí]?|nar\.|datum narození|született|szül\w*|născut[ăa]?|doğum|γεννήθηκ\w+|γέννησης|дата рождения|родил[а-я]*|рожд\w*|д\.р\.|др:|народи\w+|дата народження"
    r"|生年月日|出生日期|出生年月日|出生于|出生於|生日|誕生日|生まれ|생년월일|생일|출생|تاريخ الميلاد|ميلاد|ولدت?|תאריך לידה|נולד\w*|जन्म\w*|ngày sinh|tanggal lahir|lahir|วันเกิด|turn(?:s|ed|ing)? \d\d on)",
    re.IGNORECASE,
)
_BORN_SIGN = re.compile(r"(?i:born|dob|d\.o\.b|birth|b-?day|bdate|geb|nais|né|nac|nat|nas|urod|ur\.|verj|föd|fød|synt|naro|nar\.|szül|szu|doğ|γέν|γενν|рожд|роди|народ|др|д\.р|lahir|sinh|turn)|[生출생ميلولלידנוज]|วัน")
_GAP = re.compile(r"[^\n.!?]|\.(?! [A-Z])|\n(?=[\s\"'<*_|-]{0,4}\S{0,24}\d)")
_REACH = 48
_MONTH_SIGN = re.compile(r"['’]\d\d|[年년]|[IVX][. /-]|(?i:jan|feb|fév|mar|mär|maa|apr|avr|abr|ma[iyjg]|mei|jun|jui|jul|aug|aoû|ago|sep|oct|okt|out|nov|d[eé][czk]|dic|ene|gen|giu|lug|set|ott|sty|lut|kwi|cze|lip|sie|wrz|paź|lis|gru|янв|фев|апр|мая|июн|июл|авг|сен|окт|ноя|дек|січ|лют|бер|кві|тра|чер|лип|сер|вер|жов|гру)|[ينفمأابسد]")


def find_births(text: str) -> Iterator[Span]:
    """Spans of DATE_TIME; those that name day, month and year, or follow a word for birth, at `SURE`."""
    if _MONTH_SIGN.search(text):
        for match in _WHOLE_DATE.finditer(text):
            yield Span(*match.span(), "DATE_TIME", SURE)
    if not _BORN_SIGN.search(text):
        return
    for said in _BORN.finditer(text):
        end = said.end()
        match = _ANY_DATE.search(text, end, end + 2 * _REACH)
        if match and match.start() - end <= _REACH and not _ends(text, end, match.start()):
            yield Span(*match.span(), "DATE_TIME", SURE)
        elif (match := _YEAR_ONLY.search(text, end, end + _REACH)) and not _ends(text, end, match.start()):
            yield Span(*match.span(), "DATE_TIME", YEAR_ALONE)
        floor = max(0, said.start() - 40)
        for match in _ANY_DATE.finditer(text, floor, said.start()):
            if _IS.fullmatch(text, match.end(), said.start()):
                yield Span(*match.span(), "DATE_TIME", SURE)


_IS = re.compile(r"[ ,(]{0,2}(?:(?:is|was|as|es|est|ist|è|is the) )?(?:(?:my|his|her|our|the|their|mi|mein|mon|il mio) )?(?:is )?|に|出|\s")


def _ends(text: str, start: int, end: int) -> bool:
    """Whether a sentence ends between a word and a date."""
    return bool(re.search(r"[.!?] [A-Z][a-z]{2}|\n\s*\n", text[start:end]))
