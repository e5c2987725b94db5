"""E-mail addresses in the forms in which people hide or spell them: "anna [at] mail [dot] example"."""

from __future__ import annotations

import re
from collections.abc import Iterator

from logminer.privacy.finders.tokens import Tokens, holds, word_set
from logminer.privacy.spans import Span

__all__ = ["find_emails"]

SURE = 0.95

_AT_WORD = (
    r"at|ät|arroba|arrobas|arobase|chiocciola|małpa|klammeraffe|apenstaartje|snabel-a|kukac|собака"
)
_DOT_WORD = r"dot|punto|punkt|point|ponto|kropka|punt|точка"
# A sign in brackets or between spaces, a word in brackets, or a word between spaces, underscores or dashes.
_AT = re.compile(
    rf"\s?[\[({{<]\s?(?:{_AT_WORD}|a|@)\s?[\])}}>]\s?|\s@\s?|(?<=\w)@\s|\s?[\s_-](?:{_AT_WORD})[\s_-]\s?|\\?\[?@\]?(?=\w[\w-]* ?[\[({{])",
    re.IGNORECASE,
)
_DOT = rf"(?:\.|\s?[\[({{<]\s?(?:{_DOT_WORD}|\.)\s?[\])}}>]\s?|\s(?:{_DOT_WORD})\s|\s?[_-](?:{_DOT_WORD})[_-]\s?|\s\.\s?)"
_HOST = re.compile(
    rf"(?:[^\W_][\w-]{{0,40}}?{_DOT}){{1,4}}([^\W\d_]{{2,12}})(?![\w@])", re.IGNORECASE
)
_LOCAL = re.compile(
    rf"(?:[\w+-]{{1,40}}?(?:\.|\s?[\[({{]\s?(?:{_DOT_WORD}|\.|underscore|dash|plus|minus)\s?[\])}}]\s?|\s(?:{_DOT_WORD}|underscore|dash|hyphen|plus|minus)\s|\s\.\s)){{0,4}}[\w+-]{{1,40}}\Z",
    re.IGNORECASE,
)
_TLDS = word_set(
    """
    com org net edu gov mil int info biz io co me app dev ai xyz online site email mail name pro local example test
    uk de fr es it pt pl nl be ch at se no dk fi ie cz sk hu ro bg gr hr si rs ua ru by kz tr il ae sa eg ma za ng ke gh sn ci
    in pk bd lk np cn jp kr tw hk sg my id ph th vn au nz ca us mx br ar cl pe co ve uy ec eu is lt lv ee lu mt cy
    """
)
_PROVIDERS = re.compile(
    r"(?:gmail|googlemail|outlook|hotmail|live|yahoo|ymail|icloud|me|mac|aol|proton|protonmail|pm|gmx|web|t-online|freenet|mail|yandex|qq|163|126|naver|daum|libero|virgilio|orange|free|laposte|wanadoo|wp|onet|interia|o2|seznam|rediffmail|zoho|fastmail|tutanota|hey|posteo|comcast|verizon|btinternet|sky)\b",
    re.IGNORECASE,
)
# What stands before "at" and is nobody: "look at github dot com".
_NOBODY = word_set(
    """
    a an the at me us it him her them you look looking looked is are was were be visit visiting available hosted found here there site
    website page online work works working live stay check arrive see located posted this that now only just and or not up out mail
    email e-mail contact reach write address account
    """
)
_ANNOUNCED = re.compile(
    r"(?:e-?mail|mail|adress?e?|address|contact|write|reach|schreib|correo|escr[ií]b|écri|courriel|kontakt|posta|@)",
    re.IGNORECASE,
)
# what a text with such an address holds, so that others need not be searched
_BRACKETS = re.compile(r"[\[({<]\s?(?:at|ät|a|@)\s?[\])}>]", re.IGNORECASE)
_SAYS = word_set(
    """
    dot punto punkt ponto kropka точка arroba arrobas arobase chiocciola małpa klammeraffe apenstaartje snabel-a kukac собака e-mail email emails mail
    gmail googlemail outlook hotmail yahoo ymail icloud proton protonmail gmx freenet yandex naver libero laposte
    """
)
_REVERSED = re.compile(
    r"\b(?:backwards?|reversed?|back to front|rückwärts|al revés|à l'envers|al contrario|mirrored)\b",
    re.IGNORECASE,
)
_TOKEN = re.compile(r"[\w.+-]{2,24}\.[\w.+-]{1,40}@[\w.+-]{2,64}")
_QUOTED = re.compile(r"\"[^\"\n@]{1,64}\"@[\w-]{1,63}(?:\.[\w-]{1,63}){1,6}")


def find_emails(tokens: Tokens) -> Iterator[Span]:
    """Spans of EMAIL_ADDRESS; those written in the usual way are `patterns`'."""
    text = tokens.text
    hidden = (
        "@" in text
        or bool(tokens.vocabulary & _SAYS)
        or holds(text, (" AT ", "_at_", "-at-"))
        or bool(_BRACKETS.search(text))
    )
    for at in _AT.finditer(text) if hidden else ():
        host = _HOST.match(text, at.end())
        if host is None or host.group(1).lower() not in _TLDS:
            continue
        local = _LOCAL.search(text[max(0, at.start() - 96) : at.start()])
        if local is None or local.group().strip().lower() in _NOBODY:
            continue
        start = at.start() - len(local.group())
        if _is_meant(text, start, at.group(), local.group(), host.group()):
            first = len(local.group()) - len(local.group().lstrip("-_ "))
            yield Span(start + first, host.end(), "EMAIL_ADDRESS", SURE)
    if '"@' in text:
        for match in _QUOTED.finditer(text):
            yield Span(*match.span(), "EMAIL_ADDRESS", SURE)
    if "@" in text and _REVERSED.search(text):
        for match in _TOKEN.finditer(text):
            if match.group().split(".", 1)[0][::-1].lower() in _TLDS:
                yield Span(*match.span(), "EMAIL_ADDRESS", SURE)


def _is_meant(text: str, start: int, at: str, local: str, host: str) -> bool:
    """Whether this is an address: a sign or brackets say so, as do words for the dots, a mail provider, or a word before."""
    sign = at.strip()
    if "@" in sign or sign[0] in "[({<_-":
        return True
    if "." not in host or re.search(rf"\b(?:{_DOT_WORD})\b", host, re.IGNORECASE):
        return True
    if sign.isupper() and len(sign) > 1 and not text[max(0, start - 40) : start + 1].isupper():
        return True
    named = any(c in "._+" or c.isdigit() for c in local)
    return bool(_PROVIDERS.match(host)) or (
        named and bool(_ANNOUNCED.search(text[max(0, start - 48) : start]))
    )
