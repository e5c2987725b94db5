"""User names in paths, shell prompts, commands, logs and the names of devices."""

from __future__ import annotations

import re
from collections.abc import Iterator

from logminer.privacy.finders.accountnames import is_somebody
from logminer.privacy.finders.lexicon import first_name
from logminer.privacy.finders.tokens import Tokens, holds
from logminer.privacy.spans import Span

__all__ = ["find_paths"]

SURE, SAID = 0.9, 0.7

_NAME = r"[^\W_][\w.-]{1,31}"
_SLASH = r"(?:\\{1,4}|/)"
# the sign that a text must hold, and what then is a user's name
_PATHS = (
    ("/home/", re.compile(rf"(?:(?<![\w.*)}}-])|(?<=[a-z]:))/home/({_NAME})(?=/|[\s\"'`:;,)\]>]|$)")),
    ("/Users/", re.compile(rf"(?<![\w.*)}}])/Users/({_NAME}(?: [A-Z]\w{{1,20}}(?=/))?)(?=/|[\s\"'`:;,)\]>]|$)")),
    ("sers", re.compile(rf"(?<![A-Za-z])[A-Za-z]:{_SLASH}Users{_SLASH}([^\\/:*?\"<>|\r\n]{{2,40}}?)(?=\\|/|>|[\"'`]|$|\s(?![^\\/\n]{{0,30}}\\))", re.MULTILINE | re.IGNORECASE)),
    ("/mnt/", re.compile(rf"/mnt/[a-z]/[Uu]sers/({_NAME})(?=/|[\s\"'`:;,)]|$)")),
    ("Documents and Settings", re.compile(rf"Documents and Settings{_SLASH}([^\\/:*?\"<>|\r\n]{{2,40}}?)(?=\\|/|[\"'`\n]|$)")),
    ("~", re.compile(rf"(?:(?<=[\s:=(/])|^)~([A-Za-z]{_NAME})(?=/)", re.MULTILINE)),
    ("\\\\", re.compile(rf"\\\\{{1,3}}[\w.-]{{1,63}}\\{{1,2}}({_NAME})\$(?!\w)")),
    ("/var/", re.compile(rf"/var/(?:mail|spool/(?:mail|cron(?:/crontabs)?))/({_NAME})(?![\w/])")),
    ("/media/", re.compile(rf"(?<![\w.])/(?:run/)?media/({_NAME})/(?=\w)")),
)  # fmt: skip
# a word of shells, commands and logs, and where a user's name then stands
_BY_WORD = (
    ("ssh scp sftp rsync mosh psql mysql ssh-copy-id", re.compile(rf"\b(?:ssh|scp|sftp|rsync|mosh|ssh-copy-id|psql|mysql)\b[^\n@]{{0,80}}?[\s/]({_NAME})@([\w.-]{{2,63}})")),
    ("accepted failed", re.compile(rf"\b(?:Accepted|Failed) [\w/-]{{3,30}} for (?:invalid user |illegal user )?({_NAME})() from ")),
    ("user", re.compile(rf"\b(?:session (?:opened|closed) for user|Invalid user|invalid user|for user|Disconnected from user|unknown user|by user) ({_NAME})()")),
    ("uid euid auid gid groups", re.compile(rf"\b(?:uid|euid|auid|gid|groups)=\d{{1,10}}\(({_NAME})()\)")),
    ("sudo", re.compile(rf"\bsudo(?:\[\d+\])?:\s{{1,4}}({_NAME})() :")),
    ("chown chgrp usermod useradd adduser userdel passwd su sudo crontab loginctl", re.compile(rf"\b(?:chown|chgrp|usermod|useradd|adduser|userdel|passwd|su -|sudo -u|crontab -u|loginctl enable-linger)(?: -{{1,2}}[\w-]{{1,20}}(?: [\w,/-]{{1,30}})?){{0,3}} ({_NAME})(?::({_NAME}))?(?=[\s;&|]|$)")),
    ("rw rw-r rw-rw rwx rwxr-xr-x rwxr drwx drwxr drwxr-xr-x drwxrwxr-x rw-r--r", re.compile(rf"^[dl-](?:[r-][w-][xsStT-]){{3}}[.+@]? {{1,6}}\d{{1,4}} {{1,4}}({_NAME}) {{1,8}}({_NAME}) {{1,12}}\d", re.MULTILINE)),
    ("todo fixme xxx hack note bug", re.compile(rf"\b(?:TODO|FIXME|XXX|HACK|NOTE|BUG)\(@?({_NAME})()\)")),
    ("permission", re.compile(rf"Permission to ({_NAME})/[\w.-]{{1,80}} denied to ({_NAME}?)\.?(?=[\s\"']|$)")),
    ("denied", re.compile(rf"denied for user '?({_NAME})()")),
    ("whoami", re.compile(rf"\bwhoami\s{{0,3}}\r?\n[> ]{{0,3}}({_NAME})()(?=\s|$)")),
    ("user", re.compile(rf"\buser\.(?:name|login)[ =]{{1,3}}[\"']?({_NAME})()")),
    ("user username logname", re.compile(rf"\b(?:USER|USERNAME|LOGNAME|SUDO_USER)=[\"']?({_NAME})()(?![\w(/$])")),
)  # fmt: skip
_BY_SIGN = (
    ("@", re.compile(rf"(?:^|[\s\[(`$#>])({_NAME})@([\w-]{{2,40}})(?::|[ ])(?:~|/)[^\s$#%>\]]{{0,80}}\]?[ ]?[$#%>]", re.MULTILINE)),
    (" % ", re.compile(rf"^({_NAME})@([\w-]{{2,40}}) [\w~./-]{{1,60}} % ", re.MULTILINE)),
    ("$ ", re.compile(rf"^([\w-]{{2,40}}):[\w~./-]{{1,60}} ({_NAME})\$ ", re.MULTILINE)),
    (" - ", re.compile(rf"(?<=\d) - ({_NAME})() \[\d{{1,2}}/[A-Z][a-z]{{2}}/\d{{4}}:")),
)  # fmt: skip
_COMMANDS: dict[str, list[re.Pattern[str]]] = {}
for _words, _pattern in _BY_WORD:
    for _word in _words.split():
        _COMMANDS.setdefault(_word, []).append(_pattern)
_DEVICE = re.compile(
    r"(?<![\w])([A-Z][^\W\d_]{2,20}?)(?:['’]?s)?[- ](?:MacBook|iMac|MBP|MBA|iPhone|iPad|AirPods|Watch|Laptop|Desktop|PC|ThinkPad|Galaxy|Pixel|Kindle|Echo|HomePod)(?![a-z])"
)
_DEVICES = ("MacBook", "iMac", "MBP", "iPhone", "iPad", "AirPods", "aptop", "esktop", "ThinkPad", "-PC", "Galaxy", "Kindle")  # fmt: skip


def find_paths(tokens: Tokens) -> Iterator[Span]:
    """Spans of USERNAME, and of PERSON in the names of devices."""
    text = tokens.text
    for sign, pattern in _PATHS if "/" in text or "\\" in text else ():
        if sign in text:
            for match in pattern.finditer(text):
                if is_somebody(match.group(1)):
                    yield Span(*match.span(1), "USERNAME", SURE)
    for word in _COMMANDS.keys() & tokens.vocabulary:
        for pattern in _COMMANDS[word]:
            for match in pattern.finditer(text):
                yield from _signed(match)
    for sign, pattern in _BY_SIGN:
        if sign in text:
            for match in pattern.finditer(text):
                yield from _signed(match)
    if holds(text, _DEVICES):
        for match in _DEVICE.finditer(text):
            name, first = match.group(1), match.span(1)
            if first_name(name.casefold()) == 2 or (
                name.endswith("s") and first_name(name[:-1].casefold()) == 2
            ):
                yield Span(*first, "PERSON", SURE)


def _signed(match: re.Match[str]) -> Iterator[Span]:
    """The user of a prompt or a log; the machine too, where its name holds the user's."""
    names = [match.group(1), match.group(2) or ""]
    somebody = [bool(name) and is_somebody(name) for name in names]
    holds_it = any(a and a.casefold() in b.casefold() for a, b in (names, names[::-1]))
    for group, (name, known) in enumerate(zip(names, somebody, strict=True), 1):
        if known and (group == 1 or holds_it or "@" not in match.group()):
            start = match.start(group)
            yield Span(start, start + len(name.rstrip(".")), "USERNAME", SURE)
