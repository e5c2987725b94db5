"""Makes the list of what is known to everybody, `logminer/privacy/policy/topics.txt.gz`, from lists that are free to use.

    python -m benchmarks._topics WORDNET FAKER SIMPLE_ICONS TROVE PYGMENTS

Sources: `own.txt` beside this file; the folder of WordNet 3.0's `data.noun` (Debian's wordnet-base; WordNet licence); the folder `locales/en` of Ruby's faker
(Debian's ruby-faker; MIT); `simple-icons.json` (npm's simple-icons; CC0 1.0); the folders of the Python packages
trove_classifiers (Apache-2.0; names of languages and frameworks) and pygments (BSD; names of languages).

One line each: a letter for the kind, a space, the name in small letters. `t` things (products, brands, works, laws, diseases, species),
`d` people of fiction, of faith, and dead for fifty years, `p` other people whom WordNet or faker has, `c` places; in
capitals where a name of one word is known though it is also a private one.
"""

from __future__ import annotations

import ast
import functools
import gzip
import json
import re
import sys
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

import yaml
from faker.providers.person.en_US import Provider

from logminer.privacy.finders.lexicon import first_name, is_surname

TARGET = Path(__file__).parents[2] / "logminer" / "privacy" / "policy" / "topics.txt.gz"
COMMON_SURNAMES = 100  # whose bearers' full names are anybody's
DEAD_SINCE = 1975  # the year by which a person of history is dead: fifty years are the term of 45 CFR 160.103
MOST_WORDS = 5
_ORDER = "DTdcpt?"  # which kind a name of several is

# Files of faker, and what in them is worth to be known: kind → (file, fields).
_FIGURES = """
    ancient: back_to_the_future:characters bible:character big_bang_theory:characters breaking_bad:character buffy:characters
    conan:characters dc_comics:hero,heroine,villain doraemon:characters dr_who:character,villains dragon_ball:characters
    dune:characters elder_scrolls: fallout: family_guy:character fma_brotherhood:characters friends:characters futurama:characters
    game_of_thrones:characters,dragons ghostbusters:characters greek_philosophers: half_life: harry_potter:characters
    how_i_met_your_mother:character league_of_legends: lebowski:characters lovecraft:deity naruto:characters
    one_piece:characters overwatch: parks_and_rec:characters pokemon: princess_bride:characters rick_and_morty:characters
    seinfeld:character silicon_valley:characters simpsons:characters sonic_the_hedgehog: south_park:characters star_trek:character,villain
    star_wars:characters,droids stargate:characters stranger_thing:character street_fighter: studio_ghibli:characters
    suits:characters super_mario: super_smash_bros: superhero:name supernatural:character sword_art_online:game_name
    the_expanse:characters the_office:characters tolkien:characters,lord_of_the_rings,hobbit twin_peaks:characters
    v_for_vendetta:characters warhammer_fantasy: witcher: world_of_warcraft: zelda: dota: heroes_of_the_storm:heroes
"""
_THINGS = """
    appliance:brand australia:animals beer:brand book:title,publisher camera:brand,brand_with_model cannabis:brands crypto_coin:coin
    currency:name device:model_name,platform,manufacturer dnd:klasses,monsters,races doraemon:gadgets drone:name esport:teams,events,games
    food:dish,sushi football:teams,competitions basketball:teams game:title,genre,platform harry_potter:locations,books,houses
    kpop:i_groups,ii_groups,iii_groups,girl_groups,boy_bands movie:title mountain:name,range music:bands,albums,genres nation:language
    opera: pearl_jam:albums programming_language:name rock_band:name,song rush:albums show:adult_musical,play
    space:planet,moon,galaxy,nebula,star_cluster,constellation,star,agency,nasa_space_craft,company,launch_vehicle
    star_wars:planets,species,vehicles studio_ghibli:movies tea: tolkien:races,poems vehicle:manufacture,makes,models_by_make world_cup:stadiums
    volleyball:team buffy:big_bads simpsons:locations
"""
_PEOPLE = """
    artist:names basketball:players book:author bossa_nova:artists football:players kpop:solo programming_language:creator science:scientist
"""


class Synset(NamedTuple):
    """A sense of WordNet."""

    words: list[str]
    gloss: str
    above: list[tuple[str, str]]  # relation, offset


def main() -> None:
    """Read the sources and write the list."""
    wordnet, faker, icons, trove, pygments = map(Path, sys.argv[1:])
    kinds: dict[str, str] = {}
    own = {_folded(name) for _, name in _own()}
    for kind, name in (
        *sorted(_own(), key=lambda entry: entry[0].islower()),
        *_wordnet(wordnet / "data.noun"),
        *(("d", name) for name in _faker(faker, _FIGURES)),
        *(("t", name) for name in _faker(faker, _THINGS)),
        *(("p", name) for name in _faker(faker, _PEOPLE)),
        *(("t", name) for name in _products(icons, trove, pygments)),
    ):
        folded = _folded(name)
        if (
            kind in "dp"
            and folded not in own
            and re.fullmatch(r"\S+ \S+", folded)
            and folded.split()[1] in _common_surnames()
        ):
            continue  # John Smith was a soldier of Virginia
        if kind == "t" and folded not in own and _is_persons(folded):
            continue  # a band that is called after its singer
        if (
            folded
            and (folded not in own or folded not in kinds)
            and _ORDER.index(kind) < _ORDER.index(kinds.get(folded, "?"))
        ):
            kinds[folded] = kind
    lines = "".join(f"{kind} {name}\n" for name, kind in sorted(kinds.items()))
    TARGET.write_bytes(gzip.compress(lines.encode(), 9, mtime=0))
    print(len(kinds), TARGET.stat().st_size)  # noqa: T201


def _is_persons(name: str) -> bool:
    words = name.split()
    return len(words) == 2 and first_name(words[0]) == 2 and is_surname(words[1])


@functools.cache
def _common_surnames() -> frozenset[str]:
    """Those that most people of the USA bear (the census, as Faker has it)."""
    weights = Provider.last_names
    return frozenset(
        name.casefold() for name in sorted(weights, key=weights.__getitem__)[-COMMON_SURNAMES:]
    )


def _folded(name: str) -> str:
    name = re.sub(r"\s*\([^)]*\)|[®™*]", "", name).replace("’", "'").strip(" .\"'")
    words = re.findall(r"[^\W_]+(?:['.][^\W_]+)*", name.casefold())
    long = len(words) > MOST_WORDS or sum(map(len, words)) < 3
    return "" if long or not any(c.isalpha() for c in name) else " ".join(words)


def _own() -> Iterator[tuple[str, str]]:
    """As they are written, and without accents."""
    for line in (Path(__file__).parent / "own.txt").read_text("utf-8").splitlines():
        if not line.startswith("#"):
            kind, _, names = line.partition(" ")
            for name in names.split(", "):
                yield kind, name
                yield kind, unicodedata.normalize("NFD", name).encode("ascii", "ignore").decode()


# ---- WordNet (wndb(5WN)) ----------------------------------------------------------------------------------------


def _wordnet(path: Path) -> Iterator[tuple[str, str]]:
    senses = {
        s.partition(" ")[0]: _synset(s)
        for s in path.read_text("latin-1").splitlines()
        if s[0] != " "
    }
    above: dict[str, set[str]] = {}

    def ancestors(offset: str) -> set[str]:
        if offset not in above:
            above[offset] = {offset}
            for _, upper in senses[offset].above:
                above[offset] |= ancestors(upper)
        return above[offset]

    def sense(word: str, text: str) -> str:
        return next(o for o, s in senses.items() if word in s.words and text in s.gloss)

    person = sense("person", "a human being")
    imaginary = {
        sense("imaginary_being", "creature of the imagination"),
        sense("spiritual_being", "incorporeal being"),
    }
    place = sense("location", "a point or extent in space")
    for offset, synset in senses.items():
        names = [w.replace("_", " ") for w in synset.words if w[0].isupper() or w[-2:].isupper()]
        if not names:
            continue
        over = ancestors(offset)
        instance = any(relation == "@i" for relation, _ in synset.above)
        if over & imaginary:
            kind = "d"
        elif person in over:
            if not instance:
                continue  # "Berliner"
            kind = "d" if _is_long_dead(synset.gloss) else "p"
        elif place in over:
            kind = "c"
        else:
            kind = "t"
        yield from ((kind, name) for name in names)


def _synset(line: str) -> Synset:
    data, _, gloss = line.partition(" | ")
    fields = data.split()
    count = int(fields[3], 16)
    words = fields[4 : 4 + 2 * count : 2]
    pointers = fields[5 + 2 * count :]
    above = [
        (pointers[i], pointers[i + 1])
        for i in range(0, len(pointers), 4)
        if pointers[i] in ("@", "@i")
    ]
    return Synset(words, gloss, above)


_LIVED = re.compile(r"\d{3,4}\s?-\s?(?:circa )?(\d{3,4})|died (?:in |about )?(\d{3,4})")
_OF_OLD = re.compile(
    r"\bBC\b|century|fictional|legend|Testament|Bible|apostle|mytholog|novel by|hero of|character"
)


def _is_long_dead(gloss: str) -> bool:
    died = [int(year) for years in _LIVED.findall(gloss) for year in years if year]
    return max(died) < DEAD_SINCE if died else bool(_OF_OLD.search(gloss)) and "born" not in gloss


# ---- other lists ------------------------------------------------------------------------------------------------


def _faker(folder: Path, listed: str) -> Iterator[str]:
    for entry in listed.split():
        file, _, fields = entry.partition(":")
        path = folder / f"{file}.yml"
        if not path.exists():
            continue
        content = yaml.safe_load(path.read_text("utf-8").replace("\t", " "))["en"]["faker"]
        content = next(iter(content.values()))
        some = [content[f] for f in fields.split(",") if f in content] if fields else [content]
        yield from _strings(some)


def _strings(value: object) -> Iterator[str]:
    if isinstance(value, str):
        if "#{" not in value and value[:1].isupper():
            yield value
    elif isinstance(value, dict):
        for inner in value.values():
            yield from _strings(inner)
    elif isinstance(value, Iterable):
        for inner in value:
            yield from _strings(inner)


def _products(icons: Path, trove: Path, pygments: Path) -> Iterator[str]:
    for icon in json.loads(icons.read_text("utf-8")):
        yield icon["title"]
        yield from icon.get("aliases", {}).get("aka", ())
    tree = ast.parse((trove / "__init__.py").read_text("utf-8"))
    found: dict[str, list[str]] = defaultdict(list)
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and " :: " in node.value:
            head, *rest = node.value.split(" :: ")
            found[head].append(rest[0])
    for head in ("Framework", "Programming Language"):
        yield from found[head]
    mapping = (pygments / "lexers" / "_mapping.py").read_text("utf-8")
    yield from re.findall(r"^    '\w+': \('[\w.]+', '([^']+)'", mapping, re.MULTILINE)


if __name__ == "__main__":
    main()
