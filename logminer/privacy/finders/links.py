"""Links to a person's page: the handle in them goes, the site stays, and so do organisations' repositories."""

from __future__ import annotations

import re
from collections.abc import Iterator

from logminer.privacy.finders.accountnames import is_full_name, is_somebody
from logminer.privacy.finders.tokens import Tokens, word_set
from logminer.privacy.spans import Span

__all__ = ["find_links"]

SURE = 0.9

_HANDLE = r"([^\W_][\w.%-]{1,63})"
_PROFILES = tuple(
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        # sites on which a path is a person's
        r"(?<![\w-])(?:(?:twitter|x|instagram|facebook|fb|threads|vk|soundcloud|flickr|dribbble|deviantart|letterboxd|patreon|ko-fi|buymeacoffee|onlyfans|kaggle|replit|weibo|pinterest|myspace|calendly|unsplash|500px|artstation)\.com"
        rf"|threads\.net|twitch\.tv|ok\.ru|ask\.fm|behance\.net|linktr\.ee|codepen\.io|dev\.to|keybase\.io|telegram\.me)/(?:#!/|people/|add/)?@?{_HANDLE}",
        # sites on which it says so
        r"(?<![\w-])(?:linkedin|reddit|youtube|steamcommunity|snapchat|stackoverflow|stackexchange|superuser|lichess|chess|last|goodreads|strava|roblox|bsky|hackerrank|leetcode|codeforces|paypal|venmo|xing|researchgate|vimeo|spotify|quora|duolingo|geocaching|duckduckgo|hackerone|gravatar|ebay|etsy|poshmark|airbnb|wikipedia|fandom|archiveofourown|wattpad|tripadvisor)"
        rf"\.(?:com|net|org|tv|me|fm|app|io)/(?:u|user|users(?:/\d{{1,12}})?|user/show|in|pub|id|add|people|profile|profiles|member|members|author|athletes|paypalme|~|usr|shop|users/show|wiki/User:){_HANDLE}".replace(
            "wiki/User:)", "wiki/User:)[/]?"
        ),
        # everywhere: an @ sign behind the host
        r"(?<![\w.-])(?!(?:www\.)?(?:unpkg|cdn|esm|npm|jsr|google|maps|registry))(?:[\w-]{1,40}\.){1,3}[a-z]{2,8}/@([A-Za-z][\w.]{1,63})",
        rf"cash\.app/\${_HANDLE}",
        rf"(?:paypal|about|t|telegram|line|linktr|vk)\.(?:me|ee)/{_HANDLE}",
    )
)
_SITE = re.compile(
    r"\.(?:com|net|org|tv|me|co|ee|io|fm|app|social|gg|to|ru|cn|us|st|ly|dev|in|edu|space|site|online|world|chat|art|zone|club|xyz|page|blog)/[\w@$#]"
)
# paths of those sites that are nobody's
_PAGES = word_set(
    """
    about login signin signup register explore features pricing hashtag share sharer sharer.php intent search settings topics topic i status
    groups group pages page events event help support privacy terms tos legal jobs company companies school showcase feed learning posts
    pulse watch reel reels tv p stories story live playlist results embed shorts channel c user users r subreddits comments wiki questions
    tagged tags a q answers directory directories games store app apps download downloads docs documentation blog news joinchat joinlists
    addstickers addemoji proxy iv home tos_privacy index.html index.php index plugins dialog business ads marketplace sharing gaming
    permalink.php profile.php photo photo.php photos video videos media tr v3 v2 oauth api web messages notifications discover popular
    trending new top collections organizations orgs enterprise security customer-stories sponsors team teams repos stars contact press
    competitions datasets code models learn discussions problems problemset contest contests workshop market broadcast sharedfiles
    intl en de fr es pt it ja ko zh www http https com html articles article t s m w
    """
)
_REPOSITORIES = re.compile(
    r"(?<![\w-])(?:(?:www\.|gist\.|api\.|raw\.)?(?:github|gitlab|bitbucket|codeberg|githubusercontent)\.(?:com|org)|huggingface\.co|gitee\.com)[/:](?:repos/|users/|u/|spaces/|datasets/)?"
    r"([A-Za-z0-9][\w.-]{0,38})(?:/([\w.-]{1,100}))?"
)
_FORGES = word_set("github githubusercontent gitlab bitbucket codeberg huggingface gitee")
_OWN_HOST = re.compile(
    r"(?<![\w.@-])([A-Za-z0-9][\w-]{1,62})\.(?:github\.io|gitlab\.io|tumblr\.com|wordpress\.com|blogspot\.com|substack\.com|itch\.io|bandcamp\.com|carrd\.co|livejournal\.com|deviantart\.com|bsky\.social|medium\.com|weebly\.com|wixsite\.com|neocities\.org|newgrounds\.com|artstation\.com|myportfolio\.com)(?![\w-])"
)
_HOSTS = word_set(
    "github gitlab tumblr wordpress blogspot substack itch bandcamp carrd livejournal deviantart bsky medium weebly wixsite neocities newgrounds artstation myportfolio"
)
_PHONE_LINK = re.compile(
    r"(?:wa\.me/|[?&]phone=|(?:callto|tel|sms|facetime|whatsapp|viber)[:=](?://)?(?:chat\?number=)?)((?:\+|%2B|00)?[\d() .%-]{7,24}\d)",
    re.IGNORECASE,
)
_CALLS = word_set("wa phone tel callto sms facetime number whatsapp viber")
_ORCID = re.compile(r"\b\d{4}-\d{4}-\d{4}-\d{3}[\dX]\b")
_ORGANISATIONS = word_set(
    """
    google microsoft apple amazon aws meta facebook openai anthropic nvidia intel ibm oracle netflix twitter github gitlab mozilla pytorch
    tensorflow huggingface kubernetes docker python golang rust-lang nodejs facebookresearch google-deepmind deepmind apache torvalds
    vercel hashicorp elastic redis grafana prometheus jetbrains adobe nasa who un cnn bbc nytimes reuters spacex tesla samsung library
    bitcoin ethereum ollama langchain-ai mistralai meta-llama stabilityai bigscience eleutherai
    """
)


def find_links(tokens: Tokens) -> Iterator[Span]:
    """Spans of USERNAME in links to profiles, and of PHONE_NUMBER in links that call."""
    text = tokens.text
    if "/" in text and _SITE.search(text):
        for profile in _PROFILES:
            for match in profile.finditer(text):
                handle = match.group(1).rstrip(".-%")
                if _is_handle(handle):
                    yield Span(match.start(1), match.start(1) + len(handle), "USERNAME", SURE)
    if tokens.vocabulary & _FORGES:
        for match in _REPOSITORIES.finditer(text):
            owner, project = match.group(1).rstrip("."), match.group(2)
            if is_full_name(owner) or (not project and _is_handle(owner)):
                yield Span(match.start(1), match.start(1) + len(owner), "USERNAME", SURE)
    if tokens.vocabulary & _HOSTS:
        for match in _OWN_HOST.finditer(text):
            if _is_handle(match.group(1)):
                yield Span(*match.span(1), "USERNAME", SURE)
    if tokens.figures and tokens.vocabulary & _CALLS:
        for match in _PHONE_LINK.finditer(text):
            yield Span(*match.span(1), "PHONE_NUMBER", SURE)
    if "rcid" in text or "ORCID" in text:
        for match in _ORCID.finditer(text):
            yield Span(*match.span(), "ID", SURE)


def _is_handle(name: str) -> bool:
    folded = name.casefold()
    return (
        folded not in _PAGES
        and folded not in _ORGANISATIONS
        and is_somebody(name)
        and len(name) > 2
    )
