"""Telephone numbers beside or in other scripts, in forms of one country alone, and spelled out in words."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import pairwise

from logminer.privacy.finders.tokens import Tokens, word_set
from logminer.privacy.spans import Span

__all__ = ["find_calls"]

SURE, SHAPED = 0.9, 0.6

# letters of scripts that do not set words apart or are no Latin
_OTHER = (
    "\u0370-\u05f4\u0620-\u065f\u066e-\u06ef\u0900-\u0e7f\u1100-\u11ff\u3040-\u9fff\uac00-\ud7a3"
)
_LATIN = "0-9A-Za-z_\u00c0-\u024f"
_NUMBER = re.compile(
    rf"(?<![{_LATIN}.,/$€£¥#%-])(?:\+ ?|00)?\(?\d{{1,5}}\)?(?:[ .\u00a0()/-]{{0,2}}\d{{1,5}}){{1,7}}(?![{_LATIN}%]|[.,]\d|[年月日号點点时時元円원個个人年级])"
)
_SAYS = re.compile(
    r"(?:电话|電話|手机|手機|手机号|号码|號碼|座机|热线|传真|拨打|致电|打给|联系|聯絡|微信|携帯|番号|ファックス|連絡先|전화|휴대폰|핸드폰|연락처|번호|팩스|هاتف|جوال|موبايل|تلفون|رقمي|رقم|واتساب|اتصل|تلفن|موبایل|شماره|телефон|тел|моб|номер|звон\w*|факс|вайбер|ватсап|טלפון|נייד|פקס|मोबाइल|फ़ोन|फोन|नंबर|संपर्क|τηλ|τηλέφωνο|κινητό|โทร|เบอร์|มือถือ|điện thoại|sđt|số đt"
    r")[^\d\n]{0,16}\Z",
    re.IGNORECASE,
)
# forms that only telephone numbers of a country have
_HOME = re.compile(
    r"(?:(?:\+|00)?86[ -]?)?1[3-9]\d[ -]?\d{4}[ -]?\d{4}"  # China
    r"|0[5789]0[ -]?\d{4}[ -]?\d{4}|0\d{1,3}-\d{2,4}-\d{4}"  # Japan
    r"|01[016789][ -]?\d{3,4}[ -]?\d{4}|02-\d{3,4}-\d{4}"  # Korea
    r"|09\d\d[ -]?\d{3}[ -]?\d{3}"  # Taiwan
    r"|(?:\+?7|8)[ -]?\(?9\d\d\)?[ -]?\d{3}[ -]?\d\d[ -]?\d\d"  # Russia
    r"|(?:\+?38)?0\d\d[ -]?\d{3}[ -]?\d\d[ -]?\d\d"  # Ukraine
    r"|(?:\+?966|0)5\d{8}|01[0125]\d{8}|05\d[ -]?\d{3}[ -]?\d{4}|09\d{9}"  # Arabia, Egypt, Israel and the Emirates, Iran
    r"|(?:\+?91[ -]?|0)?[6-9]\d{4}[ -]?\d{5}"  # India
)
_FORMS = re.compile(  # in any text
    r"(?:(?<![\w.,/$€£#%+-])|(?<=[^\W\d],)|(?<=;)(?=[0+(]))(?:1[3-9]\d[ -]\d{4}[ -]\d{4}|0[5789]0-\d{4}-\d{4}|01[016789]-\d{3,4}-\d{4}|0[1-9](?:[ .-]\d\d){4}|09\d\d-\d{3}-\d{3}"
    r"|07\d{3} \d{6}|07\d{3} \d{3} \d{3}|0[23]\d{1,2} \d{4} \d{4}|8 ?\(\d{3}\) ?\d{3}-\d\d-\d\d|04\d\d \d{3} \d{3}|01[5-7]\d ?[/-] ?\d{6,8}|\(\d{2}\) ?9?\d{4}-\d{4}|05\d-\d{3}-?\d{4}|\+ ?\d{1,3}[ .(/-]{0,2}\d(?:[ .()/-]{0,2}\d){6,13})(?!\w|[.,-]\d)"
)
_DATE = re.compile(r"(?:19|20)\d\d[-/. ]?(?:0[1-9]|1[0-2])[-/. ]?(?:0[1-9]|[12]\d|3[01])")


def find_calls(tokens: Tokens) -> Iterator[Span]:
    """Spans of PHONE_NUMBER."""
    text = tokens.text
    if tokens.figures:
        for figure in tokens.figures:
            start = figure.start
            while start and text[start - 1] in "+( " and figure.start - start < 2:
                start -= 1
            start += text[start] == " "
            if (match := _FORMS.match(text, start)) or (match := _FORMS.match(text, figure.start)):
                yield Span(*match.span(), "PHONE_NUMBER", SHAPED)
        if tokens.has_other_script:
            yield from _beside(text)
    if len(_DIGITS.keys() & tokens.vocabulary) >= 3:
        yield from _spelled(tokens)


def _beside(text: str) -> Iterator[Span]:
    for match in _NUMBER.finditer(text):
        value = match.group()
        digits = "".join(
            str(int(c)) if c.isdecimal() else c for c in value if c not in "().\u00a0/"
        )
        count = sum(map(str.isdigit, value))
        if not 7 <= count <= 15 or _DATE.fullmatch(digits):
            continue
        beside = re.search(
            rf"[{_OTHER}][\s:：,，是为は는في]{{0,3}}\Z",
            text[max(0, match.start() - 4) : match.start()],
        )
        beside = beside or re.match(
            rf"[\s,，、。]{{0,2}}[{_OTHER}]", text[match.end() : match.end() + 3]
        )
        if _SAYS.search(text[max(0, match.start() - 28) : match.start()]):
            yield Span(*match.span(), "PHONE_NUMBER", SURE)
        elif beside and _HOME.fullmatch(digits.strip()):
            yield Span(*match.span(), "PHONE_NUMBER", SHAPED)


# ---- in words

_DIGITS = {
    word: digit
    for digit, words in enumerate(
        (
            "zero oh o nought cero null zéro",
            "one uno eins un",
            "two dos zwei zwo deux",
            "three tres drei trois",
            "four cuatro vier quatre",
            "five cinco fünf cinq",
            "six seis sechs",
            "seven siete sieben sept",
            "eight ocho acht huit",
            "nine nueve neun neuf niner",
        )
    )
    for word in words.split()
}
_TIMES = word_set("double triple treble doble triple doppel")
LEAST_SPOKEN = 7
_GAP = re.compile(r"[ ,.\n–…-]{1,4}")


def _spelled(tokens: Tokens) -> Iterator[Span]:
    words, gaps = tokens.words, tokens.gaps
    at = 0
    while at < len(words):
        end, digits = at, []
        while end < len(words) and (end == at or _GAP.fullmatch(gaps[end])):
            word = words[end].lower
            for part in word.split("-"):
                if part in _DIGITS:
                    digits.append(_DIGITS[part])
                elif part not in _TIMES:
                    break
            else:
                end += 1
                continue
            break
        counted = all(b - a in (0, 1) for a, b in pairwise(digits)) or all(
            a - b == 1 for a, b in pairwise(digits)
        )
        if len(digits) >= LEAST_SPOKEN and not counted:
            yield Span(words[at].start, words[end - 1].end, "PHONE_NUMBER", SURE)
        at = max(end, at + 1)
