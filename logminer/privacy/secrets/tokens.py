"""Tokens that say by their first characters whose they are.

Sources of the forms: the rules of gitleaks (github.com/gitleaks/gitleaks, config/gitleaks.toml, MIT), the plugins of
detect-secrets (Apache-2.0) and the vendors' own descriptions. Lengths are taken as lower bounds: what is cut off or
longer than last year is a secret still.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from logminer.privacy.secrets.placeholders import is_drawn, is_placeholder, is_random

__all__ = ["find_tokens", "prefix_length"]

# What the text must hold (one of them, as it is written) | prefix | rest. Prefix and rest are patterns.
_TABLE = r"""
sk- | sk-(?:ant-(?:api\d\d-|admin\d\d-|oat\d\d-|sid\d\d-)?|proj-|svcacct-|admin-|or-v1-|lf-|None-)? | [A-Za-z0-9_-]{20,300}
pk-lf- | pk-lf- | [A-Za-z0-9-]{20,60}
_live_ _test_ _prod_ | (?:sk|rk|pk|rzp|duffel|shippo|key|pub|secret|live|test)_(?:live|test|prod)_ | [A-Za-z0-9_-]{10,250}
whsec_ | whsec_ | [A-Za-z0-9+/=_-]{20,100}
gho_ ghp_ ghu_ ghs_ ghr_ | gh[opusr]_ | [A-Za-z0-9]{20,255}
github_pat_ | github_pat_ | \w{22,255}
glpat- gldt- glrt- glptt- glft- glsoat- glcbt- glagent- glimt- gloas- glffct- | gl(?:pat|dt|rt|ptt|ft|soat|cbt|agent|imt|oas|ffct)- | [\w.-]{16,300}
GR1348941 | GR1348941 | [\w-]{16,40}
AKIA ASIA ABIA ACCA A3T AROA AIDA | (?:AKIA|ASIA|ABIA|ACCA|AROA|AIDA|A3T[A-Z0-9]) | [A-Z0-9]{16}(?![A-Za-z0-9])
ABSK | ABSK | [A-Za-z0-9+/]{60,300}={0,2}
bedrock-api-key- | bedrock-api-key- | [A-Za-z0-9+/=_-]{20,3000}
AIza | AIza | [\w-]{30,45}
ya29. | ya29\. | [\w.-]{20,500}
GOCSPX- | GOCSPX- | [\w-]{20,60}
1// | 1//0 | [\w-]{30,200}
AAAA | AAAA[\w-]{7}:APA91b | [\w-]{40,250}
xox | (?:xoxe\.)?xox[a-z]- | [\w-]{10,300}
xapp- | xapp- | [\w-]{20,300}
xoxe- | xoxe- | [\w-]{20,300}
SG. | SG\. | [\w-]{16,40}\.[\w-]{16,80}
key- | (?:pub)?key- | [0-9a-f]{32}(?![0-9a-z])
npm_ | npm_ | [A-Za-z0-9]{30,80}
pypi- | pypi- | [A-Za-z0-9_-]{50,1000}
hf_ | hf_ | [A-Za-z0-9]{28,60}
api_org_ | api_org_ | [A-Za-z0-9]{28,60}
_v1_ | (?:do[opr]|tgp)_v1_ | [A-Za-z0-9_-]{32,100}
shpat_ shpca_ shppa_ shpss_ | shp(?:at|ca|pa|ss)_ | [a-fA-F0-9]{24,64}
sq0 | sq0[a-z]{3}- | [\w-]{20,60}
EAA | EAA(?:A[A-Za-z]|[A-Z]) | [A-Za-z0-9_-]{55,300}
dapi | dapi | [a-f0-9]{30,40}(?:-\d)?
ntn_ | ntn_ | [A-Za-z0-9]{36,60}
secret_ | secret_ | [A-Za-z0-9]{40,60}
lin_ | lin_(?:api|oauth)_ | [A-Za-z0-9]{30,80}
figd_ figo_ | fig[do]_ | [\w-]{30,80}
vcp_ vck_ vca_ vci_ vcr_ | vc[pkair]_ | [A-Za-z0-9]{24,80}
nfp_ nfc_ nfo_ nfu_ nfb_ | nf[pcoub]_ | [A-Za-z0-9]{30,60}
HRKU- | HRKU- | [\w-]{30,80}
v1.0- | v1\.0- | [a-f0-9]{24}-[a-f0-9]{100,160}
NRAK- NRII- NRJS- NRAA- NRRA- NRBR- | NR(?:AK|II|JS|AA|RA|BR)- | [A-Za-z0-9_-]{18,64}
sntrys_ sntryu_ | sntry[su]_ | [A-Za-z0-9+/=_-]{40,400}
dckr_ | dckr_[a-z]{3}_ | [\w-]{20,60}
ATATT ATCTT | AT[AC]TT3 | [\w=-]{30,250}
ATBB | ATBB | [A-Za-z0-9]{20,40}
ATTA | ATTA | [a-f0-9]{50,80}
sl. | sl\.(?:[A-Za-z]{1,2}\.)? | [\w-]{50,1500}
.eyJ | (?:pk|sk|tk)\.eyJ | [\w-]{20,200}\.[\w-]{16,60}
pat | pat | [A-Za-z0-9]{14}\.[a-f0-9]{48,64}
pat- | pat-(?:na|eu|ap)\d- | [a-f0-9-]{30,40}
PMAK- | PMAK- | [a-f0-9]{20,30}-[a-f0-9]{30,40}
PMAT- | PMAT- | [A-Z0-9]{20,40}
glc_ glsa_ | gl(?:c|sa)_ | [A-Za-z0-9+/=_]{28,400}
eyJrIjoi | eyJrIjoi | [A-Za-z0-9+/=]{40,400}
hvs. hvb. hvr. | hv[sbr]\. | [\w-]{20,300}
.atlasv1. | [A-Za-z0-9]{14}\.atlasv1\. | [\w-]{40,80}
AGE-SECRET-KEY- age-secret-key- | (?:AGE-SECRET-KEY-1|age-secret-key-1) | [A-Za-z0-9]{40,80}
pscale_ | pscale_(?:tkn|oauth|pw)_ | [\w.=-]{20,80}
sb_ | sb_(?:secret|publishable)_ | [\w-]{20,80}
sbp_ | sbp_(?:oauth_)? | [a-f0-9]{32,60}
gsk_ | gsk_ | [A-Za-z0-9]{30,80}
xai- | xai- | [A-Za-z0-9_-]{40,100}
r8_ | r8_ | [A-Za-z0-9]{28,60}
pplx- | pplx- | [A-Za-z0-9]{30,80}
fw_ | fw_ | [A-Za-z0-9]{20,60}
tvly- | tvly-(?:dev-|prod-)? | [A-Za-z0-9-]{20,60}
pcsk_ | pcsk_ | \w{30,100}
lsv2_ | lsv2_[a-z]{2}_ | \w{30,80}
nvapi- | nvapi- | [\w-]{40,100}
csk- | csk- | [a-z0-9]{30,80}
jina_ | jina_ | [\w-]{30,100}
fc- | fc- | [a-f0-9]{32}
pa- | pa- | [A-Za-z0-9_-]{40,60}
apify_api_ | apify_api_ | [A-Za-z0-9]{20,60}
napi_ | napi_ | [a-z0-9]{30,80}
rnd_ | rnd_ | [A-Za-z0-9]{20,60}
re_ | re_ | [A-Za-z0-9]{8}_[A-Za-z0-9]{20,30}
sk_ | sk_ | [a-f0-9]{40,64}
dp. | dp\.(?:pt|st|ct|sa|scim|audit)\. | [\w.-]{30,80}
dt0c01. dt0s01. dt0s16. | dt0[cs]\d\d\. | [A-Z0-9]{20,30}\.[A-Z0-9]{40,80}
EZAK EZTK | EZ[AT]K | [A-Za-z0-9]{40,60}
fo1_ fm1 fm2_ | (?:fo1|fm1[ar]|fm2)_ | [\w+/=-]{40,800}
fio-u- | fio-u- | [\w=-]{40,80}
LS0tLS1CRUdJTi | LS0tLS1CRUdJTiB(?!DR) | [A-Za-z0-9+/=]{40,12000}
AKCp | AKCp | [A-Za-z0-9]{50,80}
cmVmd | cmVmd | [A-Za-z0-9]{50,70}
A3- | A3- | [A-Z0-9]{6}-(?:[A-Z0-9]{5,11}-){3,5}[A-Z0-9]{5}
ops_eyJ | ops_eyJ | [A-Za-z0-9+/=_-]{100,2000}
pul- | pul- | [a-f0-9]{32,50}
rubygems_ | rubygems_ | [a-f0-9]{32,60}
rdme_ | rdme_ | [a-z0-9]{40,80}
xkeysib- xsmtpsib- | x(?:key|smtp)sib- | [a-f0-9]{40,80}-[A-Za-z0-9]{10,20}
tfp_ | tfp_ | [\w.=-]{36,70}
pnu_ | pnu_ | [A-Za-z0-9]{30,50}
ico- | ico- | [A-Za-z0-9]{30,40}
p8e- p8- | p8e?- | [A-Za-z0-9_-]{30,40}
LTAI | LTAI | [A-Za-z0-9]{12,24}(?![A-Za-z0-9])
AKID | AKID | [A-Za-z0-9]{28,40}
AQVN | AQVN | [\w-]{30,50}
t1. | t1\. | [\w=-]{20,200}\.[\w=-]{60,100}
sha256~ | sha256~ | [\w-]{40,50}
bkua_ | bkua_ | [a-f0-9]{30,50}
CCIPAT_ CCIPRJ_ | CCIP(?:AT|RJ)_ | \w{30,100}
CFPAT- | CFPAT- | [\w-]{36,60}
CLOJARS_ | CLOJARS_ | [a-z0-9]{40,70}
cio | cio | [A-Za-z0-9]{32}(?![A-Za-z0-9])
oy2 | oy2 | [a-z0-9]{43}(?![A-Za-z0-9])
FLWSECK FLWPUBK | FLW(?:SECK|PUBK)(?:_TEST)?- | [A-Za-z0-9-]{12,50}
access- | access-(?:sandbox|development|production)- | [0-9a-f-]{32,40}
access_token$ | access_token\$(?:sandbox|production)\$ | [A-Za-z0-9]{12,20}\$[a-f0-9]{24,40}
oauth: | oauth: | [a-z0-9]{30}(?![A-Za-z0-9])
tskey- | tskey-[a-z]{2,10}- | [A-Za-z0-9-]{16,80}
sgp_ | sgp_(?:[a-fA-F0-9]{16}_|local_)? | [a-fA-F0-9]{32,50}
squ_ sqp_ sqa_ | sq[upa]_ | [a-f0-9]{32,50}
sdk- mob- api- | (?:sdk|mob|api)- | [0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}
_mmk | [A-Za-z0-9]{6}_ | [A-Za-z0-9]{29}_mmk
sm_aat_ sm_pat_ sm_sat_ | sm_[aps]at_ | [A-Za-z0-9]{16,40}
tk-us- | tk-us- | [\w-]{40,60}
s-s4t2 | s-s4t2(?:ud|af)- | [a-f0-9]{50,70}
API- | API- | [A-Z0-9]{26}(?![A-Za-z0-9])
WPL_AP | WPL_AP\d\. | [A-Za-z0-9]{14,24}\.[A-Za-z0-9+/=]{4,12}
Q~ | [A-Za-z0-9_~.]{3}\dQ~ | [A-Za-z0-9_~.-]{31,34}
AZDO | [A-Za-z0-9]{60,80} | AZDO[A-Za-z0-9]{4}
amzn.mws. | amzn\.mws\. | [0-9a-f-]{32,40}
tr-key- sess- ses_ | (?:tr-key|sess)- | [A-Za-z0-9]{32,80}
ltai_ ctp_ ctx7sk- | (?:ltai_|ctp_|ctx7sk-) | [A-Za-z0-9_-]{24,80}
patl_ atlas_ | (?:patl|atlas)_ | [A-Za-z0-9]{24,80}
"""
# Tokens of a form without a prefix, one a line.
_SHAPES = r"""
(?<![A-Za-z0-9])(?:SK|AC)[0-9a-f]{32}(?![A-Za-z0-9])
(?<![A-Za-z0-9])[0-9a-f]{32}-us\d{1,2}(?![A-Za-z0-9])
(?<![A-Za-z0-9])[a-f0-9]{36,40}NRAL(?![A-Za-z0-9])
(?<![A-Za-z0-9])\d{8,11}:A[A-Za-z0-9_-]{32,36}(?![A-Za-z0-9_-])
(?<![\w.-])[MNO][A-Za-z0-9_-]{22,28}\.[A-Za-z0-9_-]{6,7}\.[A-Za-z0-9_-]{27,40}(?![\w-])
(?<![\w-])[0-9a-f]{32}-[0-9a-f]{8}-[0-9a-f]{8}(?![\w-])
(?<![A-Za-z0-9+/])(?<!sha512-)[A-Za-z0-9+/]{86}==
(?<![\w-])[A-Z0-9]{5}(?:-[A-Z0-9]{5}){4}(?![\w-])
(?<!\w)\d{13,17}\|[A-Za-z0-9_-]{25,40}(?![\w-])
(?<![\w/])[12]/\d{12,20}(?:/\d{12,20})?:[0-9a-f]{32}
"""


def _lines(table: str) -> Iterator[list[str]]:
    for line in table.strip().splitlines():
        yield [cell.strip() for cell in line.split(" | ")]


_TOKENS = [
    (needed.split(), re.compile(rf"(?<![A-Za-z0-9]){prefix}(?P<rest>{rest})"))
    for needed, prefix, rest in _lines(_TABLE)
]
_SHAPED = [re.compile(pattern) for pattern in _SHAPES.split()]
# what says whose a token is, and is no part of what lets in
_PREFIX = re.compile(
    "|".join(
        prefix
        for _, prefix, _ in _lines(_TABLE)
        if not ("{" in prefix and ("0-9" in prefix or r"\w" in prefix))
    )
    + r"|0x|\$(?:2[abxy]\$\d\d|\w{1,8})\$"
)
_NEEDED = sorted({needed for some, _ in _TOKENS for needed in some})
_BY_NEEDED = {n: [p for some, p in _TOKENS if n in some] for n in _NEEDED}
_JWT = re.compile(
    r"(?<![A-Za-z0-9])eyJ[A-Za-z0-9_-]{8,4000}(?:\.[A-Za-z0-9_-]{8,20000}){1,4}\.?(?![A-Za-z0-9])"
)
_AWS_SECRET = re.compile(r"(?<![A-Za-z0-9/+])[A-Za-z0-9/+]{40}(?![A-Za-z0-9/+=])")
_NEAR = 300  # characters between a key's id and its secret


def find_tokens(text: str, long: str) -> Iterator[tuple[int, int]]:
    """Where tokens stand, in no order; they may overlap.

    Args:
        long: the long words of `text`: what none of them holds need not be looked for.
    """
    for needed in _NEEDED:
        if needed not in long:
            continue
        for pattern in _BY_NEEDED[needed]:
            for match in pattern.finditer(text):
                rest = match["rest"]
                if not is_placeholder(rest) and is_drawn(rest):
                    yield match.span()
                    if match.group().startswith(("AKIA", "ASIA")):
                        yield from _secret_near(text, match.end())
    for pattern in _SHAPED:
        for match in pattern.finditer(text) if pattern.search(long) else ():
            if not is_placeholder(match.group()) and is_random(match.group()):
                yield match.span()
    if "eyJ" in long:
        for match in _JWT.finditer(text):
            if not is_placeholder(match.group()):
                yield match.span()


def _secret_near(text: str, start: int) -> Iterator[tuple[int, int]]:
    for match in _AWS_SECRET.finditer(text, start, start + _NEAR):
        if not is_placeholder(match.group()) and is_random(match.group()):
            yield match.span()


def prefix_length(value: str) -> int:
    """How many of the first characters say whose token it is; 0 if none do."""
    match = _PREFIX.match(value)
    return match.end() if match else 0
