"""The words and signs of postal addresses in many languages: what streets are called, boxes, units, postcodes."""

from __future__ import annotations

import re
from collections.abc import Iterator

from logminer.privacy.finders.lexicon import frequency
from logminer.privacy.finders.tokens import word_set
from logminer.privacy.spans import Span

__all__ = [
    "ABBREVIATIONS",
    "ANNOUNCED",
    "CLOSERS",
    "ENGLISH",
    "GUESSED",
    "HEADS",
    "LOWER_TAILS",
    "PARTICLES",
    "SURE",
    "TAILS",
    "UNITS",
    "UNITS_ALONE",
    "find_forms",
    "is_announced",
    "is_compound",
]

# Scores. A whole address is more certain than the name of a town that a small model sees in it.
SURE, ANNOUNCED, POSTCODE, GUESSED = 0.95, 0.9, 0.6, 0.3

# "Main Street", "Kossuth utca": words that streets end in.
TAILS = word_set(
    """
    street st str road rd avenue ave av lane ln drive dr court ct boulevard blvd way place pl square sq terrace ter close crescent
    cres parkway pkwy highway hwy trail trl circle cir alley row mews gardens grove hill rise walk wharf quay esplanade parade
    turnpike tpke expressway freeway loop plaza gata gade vej väg straße strasse weg platz allee gasse utca utja útja u út tér
    körút rakpart rkp tere sokak sokağı sk cadde caddesi cad katu tie iela gatvė g tänav straat laan plein gracht kade dijk singel
    vei veien gränd backe kalea mahallesi
    """
)
ENGLISH = frozenset(("street", "avenue", "road", "boulevard", "lane", "drive"))
# Those that are written in small letters after a name.
LOWER_TAILS = word_set(
    """
    utca utja útja u út tér körút rakpart rkp tere sokak cadde caddesi katu tie iela gatvė tänav straat laan plein gracht gata gade
    vej väg vei veien gränd ulica cesta trg nabrzeże
    """
)
# "rue de la Paix", "Calle Mayor": words that streets begin with.
HEADS = word_set(
    """
    rue avenue av boulevard bd bld boul place pl chemin ch allée allee allées impasse imp quai cours route rte square passage villa
    calle c cl avda avd avenida paseo pº plaza pza plz camino carretera ctra ronda carrer passeig travesía glorieta urbanización urb callejón cañada cuesta pasadizo pasaje rambla bulevar
    via viale vle piazza corso largo vicolo strada contrada rua r travessa praça praca alameda estrada rodovia beco ladeira vereda núcleo condomínio loteamento
    ulica ul aleja al aleje plac os osiedle ulice náměstí nám třída cesta trg str bulevardul calea aleea piața jalan jl odos leoforos
    """
)
_COMPOUND = re.compile(
    r"[\w-]{3,}(?:stra(?:ß|ss)e|str|straat|gasse|gata|gatan|gade|veje?n?|vegen|vei|veien|vägen|väg|katu|allee|allé|weg|platz|plads"
    r"|plassen|laan|plein|gracht|singel|kade|dijk|damm|ufer|utca|vegur|braut|stræti|straeti|stígur|gränd|kroken|bakken|bakke|alléen|hof"
    r"|steenweg|dreef|ulitsa|tänav|kalea|tie)"
)


def is_compound(word: str) -> bool:
    """Whether a word in small letters is a street's name by itself: "hauptstraße"."""
    return len(word) > 5 and bool(_COMPOUND.fullmatch(word))


UNITS = word_set(
    """
    suite ste apt apartment unit room rm floor flat fl bldg building box lot apto appt app piso puerta pta bloque blq esc escalera
    bajo wohnung whg bte boite kv lgh dept department ap m lok
    """
)
# Units that with a number say by themselves that this is an address, with their scores.
UNITS_ALONE = {
    **dict.fromkeys(word_set("suite ste apt apartment appt apto psc"), SURE),
    **dict.fromkeys(word_set("unit box flat"), GUESSED),
}
PARTICLES = word_set(
    """
    of the de da do dos das del della dei di du des d l la le les las los el van von der den dem het ten ter zu zur am an im in and y e i bei sur sous saint st und
    """
)
# What no line of an address begins with.
CLOSERS = word_set(
    """
    thanks thank regards best dear hi hello sincerely cheers please yours phone tel telephone email e-mail fax mobile cell name date
    subject re attn note i we he she it they you my our is are was were this that the and or if but so when what where who how why
    """
)
# Words with a stop that ends no sentence.
ABBREVIATIONS = word_set(
    """
    st str apt ste rd ave av blvd dr ln ct sq pl no nr ul al u bldg rm fl po box p o c avda cra cl tel jl hwy mt ft s n e w ne nw se sw
    """
)


# ---- by form alone

_MILITARY = re.compile(
    r"\b(?:APO|FPO|DPO),? (?:AA|AE|AP),? \d{5}(?:-\d{4})?\b"
    r"|\bPSC \d{1,5},? (?:Box|BOX|box) \d{1,6}\b|\bUnit \d{1,6},? (?:Box|BOX|box) \d{1,6}\b"
    r"|\b(?:USS|USNS|USNV|USCGC|HMS) \w{2,20}(?=[\s,]{1,3}(?:APO|FPO|DPO))",
    re.IGNORECASE,
)
_BOX = re.compile(
    r"\b(?:P\.? ?O\.? ?Box|Post(?:al)? Box|Postfach|Apartado(?: de Correos)?|B\.?P\.?|Casella Postale|Caixa Postal|Postbus|skr(?:ytka)?\. poczt\.)"
    r"[ .:#]{1,3}\d{1,6}\b",
    re.IGNORECASE,
)
_CORNER = re.compile(
    r"\b(?:the )?(?:corner|intersection|junction) of ((?:[^\n.?!;,{}<>]|(?<=\d)\.|(?<=\W\w)\.|(?<=\W\w\w)\.|(?<=\W\w\w\w)\.|(?<=\W\w\w\w\w)\.){2,60}?) (?:and|&) ([^\n.?!;,{}<>]{2,40})",
    re.IGNORECASE,
)
_CORNER_WORD = re.compile(r"(?:corner|intersection|junction) of ", re.IGNORECASE)
_STATES = word_set(
    "AK AL AR AZ CA CO CT DC DE FL GA HI IA ID IL IN KS KY LA MA MD ME MI MN MO MS MT NC ND NE NH NJ NM NV NY OH OK OR PA RI SC SD TN TX UT VA VT WA WI WV WY"
)
_US_CODE = re.compile(r"\b([A-Z]{2}),? \d{5}(?:-\d{4})?\b")
_US_TOWN = re.compile(r"(?:[A-Z][\w'.-]{1,20} ){0,3}[A-Z][\w'.-]{1,20},? \Z")
_POSTCODES = re.compile(
    r"\b(?:GIR ?0AA|[A-PR-UWYZ](?:\d{1,2}|[A-HK-Y]\d|[A-HK-Y]\d\d|\d[A-HJKPSTUW]|[A-HK-Y]\d[ABEHMNPRV-Y]) \d[ABD-HJLNP-UW-Z]{2})\b"
    r"|\b[ABCEGHJ-NPRSTVXY]\d[ABCEGHJ-NPRSTV-Z] \d[ABCEGHJ-NPRSTV-Z]\d\b"
    r"|\b(?:D|A|CH|F|PL|B|L|NL|DK|S|N|FIN)-\d{4,5} [A-ZÄÖÜ][\w.-]{2,30}"
    r"|\b\d{4} ?[A-Z]{2} [A-Z][a-z]{2,30}"
)
_POSTCODE_WORD = re.compile(
    r"\b(?:zip(?: ?code)?|post ?code|postal code|plz|postleitzahl|code postal|c\.?p\.?|cap|cep|c[oó]digo postal|kod pocztowy|pin ?code)"
    r"(?: (?:is|of|ist|est|es|number|no\.?))?[ :=.#-]{1,4}((?:[A-Z]{1,2}-?)?\d[\dA-Z]{2,5}(?:[ -]\d[\dA-Z]{1,3})?)\b",
    re.IGNORECASE,
)


# "at 221 Kingsway"; "Studio 4, Barry Ports"; "on forty two maple street"
_AT = re.compile(
    r"\b(?:at|visit) (?!(?:19|20[0-4])\d\d\b)\d{1,5}[a-zA-Z]? ([A-Z][a-z]{3,20})(?: [A-Z][a-z]{2,20}){0,2}\b(?!['’-])"
)
_WITHIN = re.compile(
    r"\b(?:studio|flat|unit|apartment|apt\.?|room) \d{1,4}[a-z]?, (?-i:[A-Z][A-Za-z'’-]{1,20}(?: [A-Z][A-Za-z'’-]{1,20}){1,2})\b",
    re.IGNORECASE,
)
_SPOKEN_NUMBER = r"(?:one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|thirteen|fourteen|fifteen|sixteen|seventeen|eighteen|nineteen|twenty|thirty|forty|fifty|sixty|seventy|eighty|ninety|hundred|oh)"
_SPOKEN = re.compile(
    rf"\b(?:at|on|is|to|address) (?!one )({_SPOKEN_NUMBER}(?:[ -]{_SPOKEN_NUMBER}){{0,3}} (?!way |lane |car |mile |story |minute |hour |the |different |more )[a-z]{{3,15}} (?:[a-z]{{3,15}} )?(?:street|road|avenue|lane|drive|court|close|crescent|terrace|boulevard))\b",
    re.IGNORECASE,
)
_COUNTED = word_set(
    "january february march april june july august september october november december olympics"
)
_MEASURES = word_set(
    "celsius fahrenheit kelvin hertz watts volts euro euros dollars rupees pounds percent"
)


def find_forms(text: str) -> Iterator[Span]:
    """Boxes, military addresses, corners of streets, and postcodes with their towns."""
    if _CORNER_WORD.search(text):
        for match in _CORNER.finditer(text):
            if _has_capital_or_street(match.group(1)) and _has_capital_or_street(match.group(2)):
                yield Span(match.start(), match.end(), "ADDRESS", ANNOUNCED)
    for match in _SPOKEN.finditer(text):
        yield Span(*match.span(1), "ADDRESS", ANNOUNCED)
    if not any(map(str.isdigit, text)):
        return
    for match in _AT.finditer(text):
        word = match.group(1).casefold()
        if word not in _MEASURES and word not in _COUNTED and frequency(word) < 1_000:
            yield Span(
                match.start() + match.group().index(" ") + 1, match.end(), "ADDRESS", ANNOUNCED
            )
    for match in _WITHIN.finditer(text):
        yield Span(match.start(), match.end(), "ADDRESS", ANNOUNCED)
    for pattern in (_MILITARY, _BOX):
        for match in pattern.finditer(text):
            yield Span(match.start(), match.end(), "ADDRESS", SURE)
    for match in _US_CODE.finditer(text):
        if match.group(1) in _STATES:
            town = _US_TOWN.search(text[max(0, match.start() - 84) : match.start()])
            start = match.start() - (len(town.group()) if town else 0)
            yield Span(start, match.end(), "LOCATION", POSTCODE)
    for match in _POSTCODES.finditer(text):
        yield Span(match.start(), match.end(), "LOCATION", POSTCODE)
    for match in _POSTCODE_WORD.finditer(text):
        yield Span(*match.span(1), "LOCATION", POSTCODE)


def _has_capital_or_street(value: str) -> bool:
    return any(
        w[0].isupper() or w.casefold() in TAILS or is_compound(w.casefold())
        for w in re.findall(r"[^\W\d_]+", value)
    )


# ---- announced by words

_ANNOUNCED = re.compile(
    r"\b(?:address(?:es)?(?: is| are|:| to|, here (?:it is|they are):)|address:|addr(?:ess)?[:=]|lives? (?:at|on)|lived (?:at|on)|living (?:at|on)|resid(?:e|es|ing|ed) (?:at|on)"
    r"|located (?:at|on|in)|delivered? to|deliver (?:it|them|this) to|ship(?:ped)? (?:it |them |this )?to|send (?:it|them|this|me|a new one|one)(?: to)?|mail(?:ed)? (?:it |them )?to"
    r"|meet (?:me|us|you) (?:at|on)|moved (?:to|into)|moving to|pick (?:me|us|it) up (?:at|from)|offices? (?:is|are) (?:at|on|located at)|come (?:over )?to|drop (?:it|me) off at"
    r"|it'?s (?:in|at|on)|it is (?:in|at|on)?|street|home is|house is(?: at| on)?|(?:billing|shipping|home|mailing|delivery|current|new|old|street|work|residential|permanent) address"
    r"|adresse(?: ist|:| est)?|wohne? (?:in der|in|am|an der)|wohnhaft(?: in)?|anschrift:?|domicilio:?|direcci[oó]n(?::| es)?|vivo en(?: la)?|vive en(?: la)?|habite (?:au|à|dans)?|demeurant(?: au)?"
    r"|indirizzo(?: è)?:?|abito in|moro na|endere[cç]o(?: é)?:?|adres(?: is| to)?:?|mieszkam (?:na|przy)|woon(?:t)? (?:op|aan)|bor (?:på|i))[ \t:\"'*_]{0,8}\n?[ \t]{0,8}\Z",
    re.IGNORECASE,
)


def is_announced(text: str, at: int) -> bool:
    """Whether the words before offset `at` say that an address comes: "she lives at"."""
    return bool(_ANNOUNCED.search(text[max(0, at - 60) : at]))
