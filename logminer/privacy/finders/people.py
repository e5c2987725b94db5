"""Names of people by what stands around them and by lists: after "my name is", in greetings, fields and signatures.

Grades of certainty: CUED where the words around say that a name comes (more certain than a small model), FIELD where a
label does, WELL_LISTED where the lists know a first name and
what follows fits, LISTED where they know a name that is no common word, DOUBTFUL and GUESSED where less speaks for it.
Profiles choose.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from logminer.privacy.finders.lexicon import (
    first_name,
    frequency,
    has_dictionary,
    is_country,
    is_foreign_word,
    is_nationality,
    is_surname,
)
from logminer.privacy.finders.tokens import Token, Tokens, word_set
from logminer.privacy.redact import is_particle
from logminer.privacy.spans import Span

__all__ = ["COMMON", "NO_NAME", "PARTICLES", "RARE", "TITLES", "find_people"]

CUED, FIELD, WELL_LISTED, LISTED, DOUBTFUL, GUESSED = 0.9, 0.7, 0.6, 0.5, 0.4, 0.3
COMMON = 3_000  # from this frequency on, a word is in everyday use; see `lexicon.frequency`
RARE = 150
MOST_WORDS = 8  # of a name with its titles

PARTICLES = word_set(
    "de da do dos das del della di du la le van von der den het ter ten zu zur af av bin ibn bint al el y e i of"
)
TITLES = word_set(
    """
    mr mrs ms miss mx dr prof professor sir madam dame lord lady herr frau fräulein monsieur madame mme mlle señor señora
    srta sra sr dra doña don signor signora sig dott dhr mevr mevrouw meneer pan pani uncle aunt auntie grandma grandpa
    nurse officer detective sergeant sgt lieutenant lt captain capt colonel col judge justice senator rabbi imam fr sheikh
    """
)
_WITH_STOP = word_set(
    "mr mrs ms mx dr prof sr sra srta dra jr st fr mme mlle sgt lt capt col sig dott dhr mevr d"
)

# What never is a name by itself, however it is written.
NO_NAME = word_set(
    """
    i i'm i'll i've i'd im ive ok okay yes no not hi hello hey dear thanks thank regards best cheers sincerely love yours
    monday tuesday wednesday thursday friday saturday sunday mon tue tues wed thu thur thurs fri sat sun january february march
    april may june july august september october november december jan feb mar apr jun jul aug sep sept oct nov dec
    christmas easter ramadan hanukkah thanksgiving halloween god lord allah bible internet tv am pm gmt utc est pst cet usa uk us eu
    un nato ceo cto cfo phd md bsc msc mba hr pr it ai ml api url html css sql json xml pdf csv faq covid dna gps gpu cpu ram usb
    mom mum mummy mommy dad daddy grandma grandpa sir madam mr mrs ms dr all everyone everybody team folks guys friend friends
    customer support agent user assistant system human bot chatgpt gpt claude gemini bard openai google microsoft apple amazon
    facebook twitter instagram youtube netflix wikipedia linkedin reddit whatsapp tiktok paypal ebay python java javascript
    typescript ruby rust perl php linux windows android ios excel word powerpoint photoshop docker kubernetes github english
    a an the this that these those my your his her its our their what who whom whose which when where why how there here and or
    but if so then than as at by for from in into of off on onto out over to up with is are was were be been am do does did has
    have had will would shall should can could may might must let let's please note step part chapter section figure table
    question answer example title subject date name address phone email re fwd fw cc bcc ps rt via new old north south east west
    sorry happy glad good great sure well now just also however therefore because since after before during while until
    """
)

# What announces a name.
_CUES = word_set(
    """
    named|nicknamed|i'm|i m|hi|hello|hey|dear|regards|sincerely|cheers|mit freundlichen grüßen
    my name is|name is|i am|this is|call me|names is|her name is|his name is|name was|goes by|signed|yours truly
    my wife|my husband|my son|my daughter|my brother|my sister|my friend|my boss|my colleague|my girlfriend|my boyfriend|my partner
    my cousin|my uncle|my aunt|my nephew|my niece|my kid|my child|my mother|my father|my mom|my dad|my teacher|my neighbour
    my neighbor|my manager|my roommate|my doctor|my ex|my client|my student|his wife|her husband|his son|her son|his daughter
    her daughter|best regards|kind regards|warm regards|many thanks|thanks again|good morning|good afternoon|good evening
    ich heiße|ich heisse|mein name ist|ich bin|hallo|liebe|lieber|guten tag|sehr geehrter herr|sehr geehrte frau|viele grüße|liebe grüße
    me llamo|mi nombre es|soy|hola|querido|querida|estimado|estimada|saludos|se llama|buenos días
    je m'appelle|mon nom est|je suis|bonjour|salut|cher|chère|cordialement|s'appelle
    mi chiamo|sono|ciao|caro|cara|si chiama|meu nome é|me chamo|sou|olá|ik heet|mijn naam is|ik ben|hoi|beste|groetjes
    nazywam się|mam na imię|jestem|cześć|pozdrawiam
    """,
    "|",
)
# What announces one even in small letters.
_STRONG_CUES = word_set(
    """
    my name is|her name is|his name is|whose name is|first name is|last name is|call me|named|ich heiße|ich heisse|mein name ist|me llamo|mi nombre es
    je m'appelle|mon nom est|mi chiamo|meu nome é|me chamo|ik heet|mijn naam is|nazywam się|mam na imię
    """,
    "|",
)
# What a name may follow on the next line.
_SIGN_OFFS = word_set(
    "regards|sincerely|cheers|best regards|kind regards|warm regards|many thanks|yours truly|cordialement|saludos|pozdrawiam|groetjes",
    "|",
)
_CUE_ENDS = frozenset(cue.rpartition(" ")[2] for cue in _CUES)
_CUE_GAP = re.compile(r"[ ,:\n\r\"'\\]{1,4}")
# What people do: "Sue went".
_DEEDS = word_set(
    """
    said says asked replied told wrote explained answered shouted whispered laughed smiled cried sighed nodded
    lives lived thinks thought works worked knows wants loves hates plays played married died spent went came got gave took
    met saw left moved decided needs likes goes sent brought bought studied visited graduated
    """
)
# What things are named after people: "Parkinson's disease", "enfermedad de Wilson".
_EPONYMS = word_set(
    """
    disease syndrome law laws theorem lemma equation equations algorithm effect principle test scale sign transform distribution
    method theory model constant curve diagram number numbers prize award paradox hypothesis conjecture inequality matrix
    process function integral series space operator polynomial estimator coefficient statistic criterion index score cycle
    reaction machine engine palsy sarcoma lymphoma tumor tumour chain filter notation
    """
)
_OF_EPONYMS = word_set(
    """
    enfermedad síndrome signo escala maladie syndrome sindrome malattia test teorema ley ecuación método malformación fórmula
    criterios maniobra
    """
)
# Labels of fields that hold a name and nothing else, and those that may.
_NAME_LABELS = (
    r"(?:full|first|last|given|family|middle|maiden|legal|patient'?s?|father'?s|mother'?s|spouse)[ _-]?name|surname|nombres?|apellidos?|prénom|nom de famille"
    r"|nachname|vorname|cognome|sobrenome|achternaam|voornaam|imię|nazwisko"
)
_OTHER_LABELS = (
    r"(?:user|client|customer|contact|employee|sender|recipient|account ?holder|card ?holder|student|emergency contact)[ _-]?name|name|patient|client|customer|prescriber|physician|doctor|provider|attending"
    r"|support agent|agent|employee|applicant|tenant|landlord|claimant|plaintiff|defendant|witness|author|sender|recipient|attn|attention|signed|signature|directed by"
    r"|written by|prepared by|submitted by|reported by|approved by|reviewed by|contact|contact person|from|to|cc|bcc|customer ?support|beneficiary"
    r"|paciente|médico|médica|responsable|remitido por|firmado|nom|patient(?:in)?|arzt|nome|naam|namn|navn"
)
_FIELD = re.compile(
    r"(?:^|[\n\r>|*_\"'{,(;.-])[ \t*_\"'>-]{0,60}"
    rf"(?:({_NAME_LABELS})|{_OTHER_LABELS})[ \t*_\"']{{0,5}}[:=][ \t*_\"']{{0,12}}",
    re.IGNORECASE,
)


def find_people(tokens: Tokens, language: str) -> Iterator[Span]:
    """Names of people, with the score of their grade; they may overlap."""
    yield from _fields(tokens, language)
    i, words = 0, tokens.words
    while i < len(words):
        if words[i].shape in ("Aa", "AA", "A"):
            end = _run_end(tokens, i)
            yield from _names_in(tokens, i, end, language)
            i = end
        else:
            i += 1
    yield from _small_letters(tokens, language)


# ---- "Name: …"


def _fields(tokens: Tokens, language: str) -> Iterator[Span]:
    if ":" not in tokens.text and "=" not in tokens.text:
        return
    words = tokens.words
    # where a value begins → whether its label says that it is a name
    values = {m.end() - 1: m.group(1) is not None for m in _FIELD.finditer("\n" + tokens.text)}
    for i, word in enumerate(words):
        if word.start not in values:
            continue
        end = i
        while end < min(i + 6, len(words)) and _is_field_word(
            tokens, end, language, is_first=end == i, sure=values[word.start]
        ):
            end += 1
        named = any(w.lower not in TITLES for w in words[i:end])
        if named and not tokens.gaps[end].startswith(":"):
            yield Span(word.start, words[end - 1].end, "PERSON", FIELD)


def _is_field_word(tokens: Tokens, at: int, language: str, *, is_first: bool, sure: bool) -> bool:
    word = tokens.words[at]
    if not is_first and tokens.gaps[at] not in (" ", ". ", ".", ", ", ","):
        return False
    if word.lower in TITLES or word.lower in PARTICLES:
        return True
    if word.shape == "1" or word.lower in NO_NAME:
        return False
    if first_name(word.lower) or word.shape == "A" or (sure and word.shape in ("Aa", "AA")):
        return True
    return word.shape != "a" and (frequency(word.lower, language) < 500 or is_surname(word.lower))


# ---- capitalised names


def _run_end(tokens: Tokens, start: int) -> int:
    """End of the capitalised words, initials and particles from token `start` on, on one line."""
    words, gaps = tokens.words, tokens.gaps
    end = start + 1
    while end < min(len(words), start + MOST_WORDS):
        before, word = words[end - 1], words[end]
        stop = before.shape == "A" or before.lower in _WITH_STOP
        if gaps[end] not in (" ", "  ", "\u00a0") and not (stop and gaps[end] in (". ", ".")):
            break
        if word.shape in ("Aa", "AA", "A"):
            end += 1
        elif word.lower in PARTICLES and (after := _after_particles(tokens, end)):
            end = after
        else:
            break
    return end


def _after_particles(tokens: Tokens, at: int) -> int | None:
    """The token after the capitalised word that follows one or two particles from token `at` on."""
    words, gaps = tokens.words, tokens.gaps
    for j in (at + 1, at + 2):
        if j >= len(words) or gaps[j] != " ":
            return None
        if words[j].shape == "Aa":
            return j + 1
        if words[j].lower not in PARTICLES:
            return None
    return None


def _names_in(tokens: Tokens, start: int, end: int, language: str) -> Iterator[Span]:
    words = tokens.words
    title = None
    while start < end and _is_no_name(words[start]):
        title = start if words[start].lower in TITLES else None
        start += 1
    if start == end:
        return
    cut = start
    while cut < end and (words[cut].shape == "A" or words[cut].lower not in NO_NAME):
        cut += 1
    if cut < end:
        yield from _names_in(tokens, cut, end, language)
    while cut > start and (
        words[cut - 1].lower in PARTICLES or is_nationality(words[cut - 1].lower)
    ):
        cut -= 1
    run = words[start:cut]
    if not run:
        return
    if (title is not None or _is_cued(tokens, start)) and _may_be_cued(run[0], language):
        # titles that a surrogate keeps belong to the name
        begin = words[title] if title is not None and is_particle(words[title].text) else run[0]
        yield Span(begin.start, run[-1].end, "PERSON", CUED)
    elif not _is_eponym(tokens, start, cut):
        first, score = _listed(run, language)
        if not score and len(run) == 1 and _does(tokens, start, language):
            score = LISTED
        if score:
            yield Span(run[first].start, run[-1].end, "PERSON", score)


def _is_no_name(word: Token) -> bool:
    return word.lower in NO_NAME or word.lower in TITLES or word.lower in PARTICLES


def _is_cued(tokens: Tokens, at: int) -> bool:
    """Whether the words before token `at` announce a name."""
    words, gaps = tokens.words, tokens.gaps
    if at and words[at - 1].lower == "name" and gaps[at] in ("'s ", "’s "):
        return True
    if not at or words[at - 1].lower not in _CUE_ENDS or not _CUE_GAP.fullmatch(gaps[at]):
        return False
    said = words[at - 1].lower
    for count in range(1, 5):
        if said in _CUES:
            return said in _SIGN_OFFS or ("\n" not in gaps[at] and ":" not in gaps[at])
        if at - 1 - count < 0 or gaps[at - count] not in (" ", "'", "\\'"):
            return False
        said = f"{words[at - 1 - count].lower} {said}"
    return False


def _may_be_cued(word: Token, language: str) -> bool:
    """Names can be any word; "I am Sorry" is none, nor is a nationality or a country."""
    if is_nationality(word.lower) or is_country(word.lower):
        return False
    if word.shape != "Aa" and not first_name(word.lower):  # "Hello OA", "named R2"
        return False
    if is_foreign_word(word.lower.partition("-")[0]) and not (
        first_name(word.lower) or is_surname(word.lower)
    ):  # "Hola, Buenos Días"
        return False
    return bool(first_name(word.lower, language)) or frequency(word.lower, language) < COMMON


def _is_eponym(tokens: Tokens, start: int, end: int) -> bool:
    words = tokens.words
    if end < len(words) and words[end].lower in _EPONYMS:
        return tokens.gaps[end] in (" ", "'s ", "’s ", "' ", "-")
    return (
        start > 1
        and words[start - 1].lower in ("de", "di")
        and words[start - 2].lower in _OF_EPONYMS
    )


def _does(tokens: Tokens, at: int, language: str) -> bool:
    """Whether token `at` does what people do: "Quionia lives"."""
    word = tokens.words[at]
    return (
        word.shape == "Aa"
        and at + 1 < len(tokens.words)
        and tokens.gaps[at + 1] == " "
        and tokens.words[at + 1].lower in _DEEDS
        and (frequency(word.lower, language) < COMMON or bool(first_name(word.lower)))
    )


def _listed(run: Sequence[Token], language: str) -> tuple[int, float]:
    """At which word of the run the lists see a name begin, and how certain they are of it; 0 where they see none."""
    if is_country(" ".join(w.text for w in run)) or is_nationality(run[0].lower):
        return 0, 0.0
    places = [i for i, w in enumerate(run) if w.shape in ("Aa", "AA") and w.lower not in PARTICLES]
    if not places:
        return 0, 0.0
    capitals = all(run[i].shape == "AA" for i in places)
    levels = [max(first_name(p, language) for p in run[i].lower.split("-")) for i in places]
    surnames = [is_surname(run[i].lower) for i in places]
    rare = [frequency(run[i].lower, language) < COMMON for i in places]
    best = levels.index(2) if 2 in levels else None
    if len(places) > 1:
        if best is not None and best < len(places) - 1 and (surnames[-1] or rare[-1]):
            # "His Excellency Anna Kowalska" begins at Anna, "Mary Anna Kowalska" at Mary
            first = best if best > 1 or (best and not levels[0]) else 0
            return places[first] if first else 0, WELL_LISTED if surnames[
                -1
            ] or not capitals else LISTED
        if (
            levels[0]
            and rare[-1]
            and (surnames[-1] or not frequency(run[places[-1]].lower, language))
        ):
            return 0, LISTED if surnames[-1] else DOUBTFUL
        if best == 1 and len(places) == 2 and not capitals and (surnames[0] or rare[0]):
            return 0, DOUBTFUL  # "Kowalska Anna"
    if len(places) == 1 and _is_initialled(run, places[0], surnames[0]):
        return 0, LISTED
    if capitals or best is None:
        return 0, 0.0
    if len(places) == 1:
        return 0, LISTED
    return 0, DOUBTFUL if len(places) <= 3 else 0.0


def _is_initialled(run: Sequence[Token], at: int, is_known: bool) -> bool:
    """Whether an initial stands before a rare surname: "R. Malhotra"."""
    if not (at and is_known and run[at].shape == "Aa" and run[at - 1].shape == "A"):
        return False
    stop = run[at].start - run[at - 1].end == len(". ")
    return stop and len(run[at].text) > 3 and frequency(run[at].lower) < RARE


# ---- small letters


def _small_letters(tokens: Tokens, language: str) -> Iterator[Span]:
    """ "christine fiorentino", and what follows "my name is"."""
    words = tokens.words
    known = has_dictionary(language)
    for i, word in enumerate(words):
        if word.shape != "a" or len(word.text) < 2:
            continue
        after_cue = i > 0 and words[i - 1].lower in _CUE_ENDS
        is_first = known and first_name(word.lower, language) == 2
        if not (after_cue or is_first) or word.lower in NO_NAME:
            continue
        count = frequency(word.lower, language)
        cued = after_cue and (count < COMMON or is_first) and _is_cued(tokens, i)
        if cued and _said_before(tokens, i, _STRONG_CUES) and not is_nationality(word.lower):
            end = i + 1 if _is_small_surname(tokens, i + 1, language, listed=False) else i
            yield Span(word.start, words[end].end, "PERSON", CUED)
        elif is_first and count <= COMMON:
            if _is_small_surname(tokens, i + 1, language, listed=language != "en"):
                yield Span(word.start, words[i + 1].end, "PERSON", LISTED)
            elif cued or (count < RARE and language == "en" and len(word.text) > 3):
                yield Span(word.start, word.end, "PERSON", LISTED if cued else GUESSED)


def _is_small_surname(tokens: Tokens, at: int, language: str, *, listed: bool) -> bool:
    """Whether token `at` may be a surname in small letters: a rare word, or one that the lists have."""
    if at >= len(tokens.words) or tokens.gaps[at] != " ":
        return False
    word = tokens.words[at]
    if word.shape != "a" or len(word.text) < 3 or word.lower in NO_NAME:
        return False
    count = frequency(word.lower, language)
    return (count < RARE and not listed) or (count < COMMON and is_surname(word.lower))


def _said_before(tokens: Tokens, at: int, cues: frozenset[str]) -> bool:
    said = ""
    for word in tokens.words[max(0, at - 4) : at][::-1]:
        said = f"{word.lower} {said}".strip()
        if said in cues:
            return True
    return False
