"""User names: after an @ sign, and where the words before call something a user name."""

from __future__ import annotations

import re
from collections.abc import Iterator

from logminer.privacy.finders.accountnames import is_somebody
from logminer.privacy.finders.lexicon import first_name, frequency
from logminer.privacy.finders.tokens import Token, Tokens, word_set
from logminer.privacy.spans import Span

__all__ = ["find_handles"]

ANNOUNCED, SIGNED, APART = 0.7, 0.5, 0.3  # scores
COMMON = 3_000  # from this frequency on, a word is in everyday use: "handle: create"

_HANDLE = re.compile(
    r"(?<![\w@./:=\"'`\\$&%+-])@( ?)([A-Za-z_]\w{1,30}(?:\.\w{1,30})?)(?![\w@/(=]|\.\w|:\w+\.)"
)
# "my discord is zed.k44", "Benutzer: mkowal", "usuario akowal7", `"login": "akowal"`
_SAID = re.compile(
    r"(?:[ _-]?(?:is|handle|id|name|account|user(?:name)?|tag)\b)?[\"'`*]{0,2}[ \t]{0,3}(?:((?:is|ist|es|est|è|é|to|jest)[ \t]{1,3}|[:=]>?[ \t]{0,3}|(?=@)|(?<=[ \t])(?=[A-Za-z][\w.-]{0,20}(?:[\d_]|[.-]\w)))|((?<=[ \t])(?=\w)))[\"'@`*]{0,4}"
    r"([A-Za-z0-9][\w.-]{2,31})(?![\w(\[]|://)"
)
_ACCOUNTS = word_set(  # a word in small letters may follow at once
    """
    username userid login logon screenname nickname gamertag gamertags snap ign benutzer benutzername benutzerkennung nutzer nutzername usuario utilisateur d'utilisateur identifiant utente
    utilizador usuário użytkownik użytkownika gebruiker gebruikersnaam användare användarnamn bruker brukernavn brugernavn käyttäjä käyttäjätunnus felhasználó
    felhasználónév uživatel kullanıcı пользователь логин icq
    """
)
_USERS = _ACCOUNTS | word_set(
    """
    user nick handle telegram discord skype snapchat insta instagram ig twitter github gitlab kik steam psn xbox gamer twitch tiktok bluesky mastodon reddit tumblr wechat
    weixin viber xmpp jabber roblox fortnite battlenet spotify strava linkedin facebook fb venmo cashapp vk pseudo qq name
    """
)
_DOUBTFUL = word_set("user nick handle gamer pseudo login")  # words of programs, too
# "user luna_moth807 reported by moderator ghostfox31": written as nobody but an account is called
_MEMBER_WORDS = word_set("user users gamer player moderator mod streamer member gamertag ign")
_SHAPED = re.compile(
    r"(?:['’]s)? (?P<name>[A-Za-z][A-Za-z0-9]{2,20}(?:_[A-Za-z]{2,20})?_?\d{2,4})(?![\w@/.(\[-])"
)
_LOGINS = word_set("creds cred credentials credential p login zugangsdaten identifiants curl user")
_LOGIN = re.compile(  # before a password: "creds: luna_moth807 / …", "curl -u luna:…", "/user:CORP\\luna …"
    r"(?:\b(?:creds?|credentials?|u ?/ ?p|log-?in|zugangsdaten|identifiants)\b[^\n:,\"]{0,30}[:,]\s{0,3}|\bcurl\s[^\n]{0,80}?(?:-u|--user)[ =]?[\"']?|/user:(?:[\w.-]{1,40}\\{1,2})?)"
    r"(?P<name>[A-Za-z][\w.-]{2,31})(?=(?:\s{0,2}[/:|,]\s?| )[^\s\d]{0,30}\d)",
    re.IGNORECASE,
)
_SCRIPTS = re.compile(
    r"(?:用户名|用戶名|账户名|微信号?|微信號|QQ号?|ユーザー名|ユーザーID|사용자(?:명)?|아이디|اسم المستخدم)[\s:：是为はは는은]{0,4}([A-Za-z0-9][\w.-]{2,31})"
)
# Keys of logs and JSON that hold an account, or something else: only a word that looks like one counts.
_KEYED = re.compile(
    r"(?:_?(?:by|name))?[\"']?(?:=[\"']?|\"\s?:\s?\"|: (?=[\w.-]{3,31}\n))([A-Za-z][\w.-]{2,31})(?![\w(\[/@])",
    re.IGNORECASE,
)
_KEYS = word_set(
    "user usr username login uname account owner author committer assignee reporter created createdby updated updatedby modified modifiedby uploader sender actor member screen"
)
_SIGNED_NAME = re.compile(r"(?<![\w/.])/?u/([A-Za-z0-9][\w-]{2,20})(?![\w/])")
_NUMBERED = re.compile(r"(?<![\w#&/.])([A-Za-z][\w.]{1,31})#(\d{4})(?![\w-])")
_MATRIX = re.compile(r"(?<![\w@])@([\w.=-]{1,64}):[\w-]{1,63}(?:\.[\w-]{1,63}){1,4}(?!\w)")
_MEMBER = re.compile(r"<@!?([UW][A-Z0-9]{8,11}|\d{17,20})(?:\|([^>\n]{2,40}))?>")
_CODE_BELOW = re.compile(
    r"\s*(?:@|def |async |class |public|private|protected|func|fun |static|final|\})"
)
# Decorators, annotations, rules of style sheets, tags of documentation; and what people write after "@" for "at".
_ANNOTATIONS = word_set(
    """
    property staticmethod classmethod dataclass abstractmethod override deprecated test tests beforeeach aftereach before after
    param params return returns throws see since version author todo link code media import charset keyframes font include mixin
    extend use supports page layer apply tailwind component injectable input output autowired bean service repository controller
    restcontroller requestmapping getmapping postmapping entity table column id notnull nullable suppresswarnings interface
    selector implementation end protocol class synthesize autoreleasepool objc escaping main state binding published article book
    misc inproceedings the a an all everyone here channel home work least most once first last
    """
)


def find_handles(tokens: Tokens) -> Iterator[Span]:
    """User names. Decorators and annotations of code are none."""
    text = tokens.text
    for match in _HANDLE.finditer(text) if "@" in text else ():
        if match.group(2).lower() not in _ANNOTATIONS and not _is_decorator(text, match):
            # "@ name" is how some corpora write it, and a comment in assembly
            yield Span(match.start(), match.end(), "USERNAME", APART if match.group(1) else SIGNED)
    known = tokens.vocabulary & _NAMED
    for word in tokens.words if known else ():
        if word.lower in known:
            yield from _named(text, word)
    if tokens.vocabulary & _LOGINS:
        for match in _LOGIN.finditer(text):
            if is_somebody(match["name"]):
                yield Span(*match.span("name"), "USERNAME", ANNOUNCED)
    if tokens.has_other_script:
        for match in _SCRIPTS.finditer(text):
            yield Span(*match.span(1), "USERNAME", ANNOUNCED)
    if "u/" in text:
        for match in _SIGNED_NAME.finditer(text):
            yield Span(*match.span(1), "USERNAME", ANNOUNCED)
    if "#" in text:
        for match in _NUMBERED.finditer(text):
            if (
                frequency(match.group(1).lower()) < COMMON
                and match.group(1).lower() not in _COUNTED
            ):
                yield Span(*match.span(), "USERNAME", ANNOUNCED)
    if "@" in text:
        for match in _MATRIX.finditer(text):
            yield Span(*match.span(), "USERNAME", ANNOUNCED)
        for match in _MEMBER.finditer(text):
            yield Span(match.start(1), match.end() - 1, "USERNAME", ANNOUNCED)


def _named(text: str, word: Token) -> Iterator[Span]:
    """The user name that a word announces, or that it is the key of."""
    if word.lower in _USERS and (said := _SAID.match(text, word.end)):
        value = said.group(3).rstrip(".-")
        plain = value.isalpha()
        common = plain and frequency(value.lower()) >= COMMON
        if said.group(1) is None and not (
            word.lower in _ACCOUNTS
            and (
                value.isdigit()
                if word.lower == "icq"
                else plain and value.islower() and frequency(value) == 0
            )
        ):
            common = True
        elif word.lower == "name":  # "user name", "screen name"; `people` looks at names
            common = (
                not re.search(
                    r"(?:user|screen|nick|log[io]n)[ _-]\Z",
                    text[max(0, word.start - 8) : word.start],
                    re.IGNORECASE,
                )
                or common
            )
        elif word.lower in _DOUBTFUL and said.group(1) is not None:
            common = (
                _is_code(value)
                or said.group(1).strip() == "="
                or not _ENDS.match(text, said.end(3))
            )
        if not common and not (value.isdigit() and len(value) < 5) and not _is_link(value):
            yield Span(said.start(3), said.start(3) + len(value), "USERNAME", ANNOUNCED)
            return
    if word.lower in _MEMBER_WORDS and (shaped := _SHAPED.match(text, word.end)):
        letters = "".join(filter(str.isalpha, shaped["name"])).lower()
        if is_somebody(shaped["name"]) and len(letters) > 4 and not frequency(letters):
            yield Span(*shaped.span("name"), "USERNAME", ANNOUNCED)
    if word.lower in _KEYS and (keyed := _KEYED.match(text, word.end)):
        value = keyed.group(1).rstrip(".-")
        if is_somebody(value) and not _is_code(value):
            yield Span(keyed.start(1), keyed.start(1) + len(value), "USERNAME", SIGNED)


_ENDS = re.compile(r"[ \t.]{0,2}(?:[,;\"'\n)\]}|`]|$)")
_NAMED = _USERS | _KEYS | _MEMBER_WORDS
_COUNTED = word_set("pr mr rfc cve jira gh bug issue ticket c f commit fig fn ref tc build")
_LINK = re.compile(
    r"(?:www|t|x|me|fb|bit|discord)\.(?:me|gg|com|ly|co)?|[\w.-]+\.(?:com|org|net|gg|me|io|tv|py|js|ts|txt|json|html|css|java|png|jpg)",
    re.IGNORECASE,
)
_CODE = re.compile(
    r"(?:self|this|request|req|res|current|session|data|ctx|context|event|props|state|model|models|form|row|obj|user|auth|get|new|settings|config|os|process|args|params|input|str|int|None|null|true|false|undefined|function|await|lambda)\b.*|\w*(?:_id|_name|Id|Name|Entity|Dto|DTO|Model|Field|User)",
    re.IGNORECASE,
)
_CAMEL = re.compile(r"[a-z]+[A-Z]")


def _is_link(value: str) -> bool:
    return bool(_LINK.fullmatch(value))


def _is_code(value: str) -> bool:
    """Whether a value of `user=` is more likely a variable of a program."""
    return bool(_CODE.fullmatch(value) or _CAMEL.match(value)) or (
        value.isalpha()
        and (value.isupper() or (frequency(value.lower()) > 0 and not first_name(value.lower())))
    )


def _is_decorator(text: str, match: re.Match[str]) -> bool:
    """Whether the handle stands alone on a line above more code."""
    before = text[max(text.rfind("\n", 0, match.start()) + 1, match.start() - 80) : match.start()]
    if before.strip(" \t>`"):
        return False
    rest = text[match.end() : match.end() + 200].split("\n", 2)
    return len(rest) > 1 and not rest[0].strip() and bool(_CODE_BELOW.match(rest[1]))
