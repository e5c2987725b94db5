"""What stands where a secret would stand and is none: an example, a variable, a name of one; and what looks drawn at random."""

from __future__ import annotations

import re

from logminer.privacy.finders.lexicon import frequency
from logminer.privacy.finders.tokens import word_set

__all__ = [
    "SIGNS",
    "is_code",
    "is_compound",
    "is_drawn",
    "is_example_word",
    "is_placeholder",
    "is_random",
    "is_strong",
]

# what a placeholder holds
_SAYS = (
    "example", "redacted", "placeholder", "xxx", "***", "...", "…", "•••", "---", "___", "changeme", "change_me", "change-me", "dummy", "sample", "withheld",
    "_here", "-here", "{{", "}}", "${", "$(", "%(", "%s", "#{",
)  # fmt: skip
_TOLD = re.compile(
    r"(?:^|[^a-z])(?:(?:your|insert|replace|enter|put|paste|fake|mock|todo|fixme|hidden|masked|removed)(?![a-z]{5})|my[_-])"
)
_WHOLE = re.compile(r"<.*|.*>|.*here|\[[a-z_ -]+\]?|\{.*|\$[a-z_].*|%[\w-]+%?|@[a-z_]+", re.DOTALL)
_EXAMPLE_WORDS = word_set(
    """
    password passwd pass passphrase passcode passwort contrasena contraseña senha pwd pw secret mysecret secretkey supersecret supersecretkey
    topsecret key apikey token mytoken mykey mypass mypassword yourpassword newpassword oldpassword userpassword testpassword dbpassword
    string str text int integer number bool boolean char varchar value val any object bytes array list dict none null nil true false undefined
    required optional hash hashed encrypted salted hidden input default empty blank unknown missing invalid valid wrong correct incorrect
    strong weak secure insecure safe test testing tests tester demo admin administrator root user username guest foo bar baz foobar qux
    abc xyz qwerty asdf letmein login changeit something anything whatever secretpassword mysecretkey mysecretpassword yoursecret
    mysecretpass pass123 verysecret securepassword strongpassword mystrongpassword yourstrongpassword
    """
)
# what a name of a field holds, or a word about it
_TECHNICAL = word_set(
    """
    text pass word user name field box case hash input login form key code test admin sample plain data base server client default gener string value
    file root your line time less safe protect reset crypt token secret type check valid here auth sign show hide page with that this
    """
)
_COMMON = 100  # see `frequency`
SIGNS = frozenset("!@#$%^&*+=?~")  # what a password has, and a word has not
_FIGURE_OR_SIGN = re.compile(r"[0-9!@#$%^&*+=?~]")
_LEET = str.maketrans("@013457$!", "aoieastsi")
_NOT_LETTERS = re.compile(r"[^a-zà-ÿ]+")
# `user.password`, `getpass()`, `config['x']`, `a->b`, `A::b`, `&s`, `self`
_CODE = re.compile(
    r"[A-Za-z_$&*!]\w*(?:(?:\.|->|::|\?\.)[A-Za-z_]\w*)+[()\[\]{};,]*|[A-Za-z_$.:>-]*\w*[(\[{][^\s]*|[&*$][A-Za-z_]\w*|[)\].,;+].*|[(\[{/\\].*|[=<>!&|+]+.*|f?[\"'].*"
)
_SEGMENT = re.compile(r"[A-Za-z0-9]+")
_TURN = re.compile(r"[a-zA-Z](?=\d)|\d(?=[a-zA-Z])")
_CASES = re.compile(r"[a-z](?=[A-Z])|[A-Z]{2}(?=[a-z])|[A-Z](?=[a-z][A-Z])")
_GROUPS = re.compile(r"[A-Z0-9]{4,7}(?:-[A-Z0-9]{4,7}){3,7}")  # a licence key
_BASE64 = re.compile(r"(?=[^+=]{0,1000}[+=])[A-Za-z0-9+/]{20,1000}={0,2}")
_HEX = re.compile(r"[0-9a-f]{16,}|[0-9A-F]{16,}")


def is_placeholder(value: str) -> bool:
    """Whether a value says itself that it stands for a secret, or has hardly a character of its own."""
    lower = value.lower()
    return (
        any(said in lower for said in _SAYS)
        or len(set(value)) < 3
        or bool(_WHOLE.fullmatch(lower))
        or bool(_TOLD.search(lower))
    )


def is_example_word(value: str, *, strictly: bool = False) -> bool:
    """Whether a password is one that examples have: `changeme`, `P@ssw0rd1`.

    Args:
        strictly: only the words themselves: somebody may well use `password123`.
    """
    folded = value.casefold()
    if folded in _EXAMPLE_WORDS:
        return True
    if strictly:
        return False
    bare = folded.rstrip("0123456789!@#$%^&*._-?")
    return any(
        _NOT_LETTERS.sub("", some) in _EXAMPLE_WORDS or not some
        for some in (bare, bare.translate(_LEET))
    )


def is_code(value: str) -> bool:
    """Whether a bare word is an expression of a program rather than a value."""
    return bool(_CODE.fullmatch(value))


def is_compound(value: str) -> bool:
    """Whether small letters are two common English words run together: `lanternpigeon`, but not `plaintext`."""
    lower = value.lower()
    if not (8 <= len(value) <= 24 and value.isascii() and value.isalpha()) or frequency(lower):
        return False
    if value not in (lower, lower.capitalize()) or any(stem in lower for stem in _TECHNICAL):
        return False
    return any(
        min(frequency(lower[:cut]), frequency(lower[cut:])) >= _COMMON
        for cut in range(4, len(lower) - 3)
    )


def is_strong(value: str) -> bool:
    """Whether a word looks like a password: a digit or a sign among letters."""
    if any(map(str.isalpha, value)):
        return bool(_FIGURE_OR_SIGN.search(value.strip("*")))
    return sum(map(str.isdigit, value)) >= 6


def is_random(value: str, least: int = 16) -> bool:
    """Whether a value of at least `least` characters has a part that no one would write as words."""
    if len(value) < least:
        return False
    if _GROUPS.fullmatch(value) and len(_TURN.findall(value)) >= 4:
        return True
    joined = value.replace("+", "").replace("/", "") if _BASE64.fullmatch(value) else ""
    for segment in (*_SEGMENT.findall(value), joined):
        if len(segment) < 8:
            continue
        if _HEX.fullmatch(segment) and len(set(segment)) > 5:
            return True
        turns = len(_TURN.findall(segment))
        if turns >= 3 or (turns >= 2 and len(segment) <= 12):
            return True
        if len(segment) >= 20 and (len(_CASES.findall(segment)) >= 4 or turns >= 2):
            return True
    return False


def is_drawn(rest: str) -> bool:
    """Whether what follows a vendor's prefix was drawn: a long run with digits, capitals or changes of case."""
    if max(map(len, _SEGMENT.findall(rest)), default=0) < 10:
        return False
    return (
        any(map(str.isdigit, rest)) or rest.isupper() or 6 * len(_CASES.findall(rest)) >= len(rest)
    )
