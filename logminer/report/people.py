"""The one place that decides what may stand on a page: without texts, nothing that fewer than so many people are behind.

People are known users, and a prompt whose user is unknown is nobody's; where no user of the whole study is known, distinct
prompts are counted instead, and the page says so. A rate of answers is an aggregate over all people who were asked; a share
of a cluster, a count of redactions, a phrase are over those who are in it. Of parts that make up a whole, what few are behind
is not told by subtraction either. What a cluster is called is text of answers: each part of it must be found in the texts of
as many people.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple, TypeVar

from markupsafe import Markup

from logminer.clusters.words import is_spaceless, stop_words
from logminer.schemas.discovered import OR, UNNAMED
from logminer.schemas.reserved import FOUND_PREFIX
from logminer.store.session import Session
from logminer.study.saying import pattern

__all__ = [
    "LEAST",
    "NamePart",
    "People",
    "Phrases",
    "asked",
    "behind",
    "called",
    "few_cells",
    "held_by",
    "name_parts",
    "said_by",
    "unnamed",
]

# What a comparison is of, but for the stratum.
COMPARED = (
    *("suite", "base", "candidate", "kind"),
    *("category_id", "cluster_id", "scorer", "channel"),
)
LEAST = 5  # people behind what is shown, unless somebody says how many

Row = Mapping[str, Any]
Part = TypeVar("Part")
Phrases = tuple[str, ...]
FEW = Markup('<span class="few">{}</span>')

# A text as its words, so that a part of a name is found whole and wherever it stands.
WORDS = "' ' || trim(regexp_replace(lower({}), '[^\\pL\\pN]+', ' ', 'g')) || ' '"


# SQL: who asked prompt `p`; null: nobody knows.
PERSON = "CASE WHEN (SELECT count(user_id) > 0 FROM prompts) THEN p.user_id ELSE p.prompt_group END"


def behind(condition: str = "true") -> str:
    """SQL: how many people are behind rows for which `condition` holds, of prompts `p`."""
    return f"count(DISTINCT {PERSON}) FILTER ({condition})"


class People(NamedTuple):
    """How many people have to be behind a figure.

    Attributes:
        least: of them.
        with_text: the page holds texts of the study, and so may hold any figure.
        known: some prompt has a user, and prompts without count as nobody's; else distinct prompts are counted for people.
    """

    least: int
    with_text: bool
    known: bool

    @classmethod
    def of(cls, session: Session, least: int | None, *, with_text: bool) -> People:
        """Of a study."""
        known = session.rows("SELECT 1 FROM prompts WHERE user_id IS NOT NULL LIMIT 1")
        return cls(LEAST if least is None else least, with_text, bool(known))

    def enough(self, n: int | None) -> bool:
        """Whether what `n` people are behind may be shown."""
        return self.with_text or (n or 0) >= self.least

    def of_row(self, row: Row) -> int:
        """Who is behind a row of `comparisons` or of the board."""
        return int(row["n_users" if self.known else "n_distinct_prompts"] or 0)

    def may(self, row: Row) -> bool:
        """Whether such a row may be shown; it was `told` of."""
        return self.with_text or bool(row["told"])

    def hidden(self, parts: Mapping[Part, int]) -> frozenset[Part]:
        """Which parts of a whole are not told, of each part how many people are behind it.

        Those of too few and, lest a subtraction tells of them, the next smallest, until more than one part is hidden and as
        many people are behind all that are.
        """
        order = sorted(parts, key=lambda part: parts[part])
        few = sum(not self.enough(n) for n in parts.values())
        while 0 < few < len(order) and (
            few == 1 or not self.enough(sum(parts[part] for part in order[:few]))
        ):
            few += 1
        return frozenset(order[:few])

    def told(self, rows: Sequence[Row]) -> list[dict[str, Any]]:
        """Rows of `comparisons` or of the board, each with `told`: may be shown, and gives away no other stratum."""
        wholes: dict[tuple[Any, ...], dict[int, int]] = {}
        prompts: dict[tuple[Any, ...], int] = {}
        for place, row in enumerate(rows):
            key = *(row.get(name) for name in COMPARED), row["stratum"].partition("=")[0]
            wholes.setdefault(key, {})[place] = self.of_row(row)
            prompts[key] = prompts.get(key, 0) + (row["n_prompts"] or 0)
        for key, parts in wholes.items():
            # What has no value is in no stratum, and is told by subtraction all the same.
            rest = prompts.get((*key[:-1], "all"), 0) - prompts[key]
            if 0 < rest < self.least:
                parts[-1] = rest
        hidden = frozenset[int]().union(*map(self.hidden, wholes.values()))
        return [{**row, "told": place not in hidden} for place, row in enumerate(rows)]

    @property
    def word(self) -> str:
        """What is counted, in the head of a column."""
        return "people" if self.known else "distinct prompts"

    @property
    def few(self) -> str:
        """What is not told of."""
        return f"fewer than {self.least} {self.word}"

    @property
    def untold(self) -> Markup:
        """What stands in place of a figure."""
        return FEW.format(self.few)


def few_cells(session: Session, people: People, where: str = "true") -> frozenset[tuple[int, str]]:
    """(cluster, arm) of which it is not told how much of the arm lies there."""
    arms: dict[str, dict[tuple[int, str], int]] = {}
    for cluster, arm, n in session.rows(
        f"SELECT a.cluster_id, r.checkpoint, {behind()} FROM assignments AS a JOIN responses AS r USING (response_id)"
        f" JOIN prompts AS p USING (prompt_id) WHERE {where} GROUP BY ALL"
    ):
        arms.setdefault(arm, {})[cluster, arm] = n
    return frozenset[tuple[int, str]]().union(*map(people.hidden, arms.values()))


def asked(session: Session, pair: tuple[str, str]) -> int:
    """The people who asked both arms something."""
    ((n,),) = session.rows(
        f"SELECT {behind()} FROM prompts AS p WHERE prompt_id IN (SELECT prompt_id FROM responses"
        " WHERE checkpoint IN ($1, $2) GROUP BY 1 HAVING count(DISTINCT checkpoint) = 2)",
        [*pair],
    )
    return int(n)


def called(session: Session, people: People) -> dict[int, str]:
    """What each cluster is called: its name where that may stand on the page, else its number."""
    rows = session.rows(
        "SELECT cluster_id, name, name_source FROM clusters WHERE cluster_id >= 0 ORDER BY cluster_id"
    )
    titles = dict(session.rows("SELECT title, category_id FROM categories"))
    wanted = {
        id_: [part.phrases for part in name_parts(name, source, titles) if part.phrases]
        for id_, name, source in rows
        if name
    }
    held = held_by(session, wanted, "a.cluster_id") if not people.with_text else {}

    def may(cluster: int) -> bool:
        parts = wanted.get(cluster, ())
        return people.with_text or all(people.enough(held.get((cluster, one))) for one in parts)

    return {id_: name if name and may(id_) else f"cluster {id_}" for id_, name, _ in rows}


def unnamed(session: Session, people: People) -> frozenset[str]:
    """Categories whose title a model made of answers, and whose words too few people's texts hold: neither it nor the id, which
    is made of it, may stand on the page."""
    found = {
        id_: _words(title)
        for id_, title in session.rows("SELECT category_id, title FROM categories")
        if id_.startswith(FOUND_PREFIX)
    }
    if people.with_text or not found:
        return frozenset()
    held = held_by(session, {0: set(found.values())}, "0")
    return frozenset(id_ for id_, words in found.items() if not people.enough(held.get((0, words))))


def _words(title: str) -> Phrases:
    common = stop_words()
    words = (word for word in re.findall(r"\w+", title.lower()) if word not in common)
    return tuple(dict.fromkeys(words))


class NamePart(NamedTuple):
    """Of a cluster's name.

    Attributes:
        said: as it stands there.
        phrases: what has to be found in texts, together; empty: it is of the taxonomy, which is public.
    """

    said: str
    phrases: Phrases


def name_parts(name: str, source: str, titles: Mapping[str, str]) -> list[NamePart]:
    """What a cluster's name is made of: phrases; a category's title before them; the title that a model gave, as a whole.

    Args:
        name, source: as in `clusters`.
        titles: of the categories, with their ids.
    """
    if source == "none":
        return []
    if source == "namer":
        return [NamePart(name, _words(name))]
    begun = (title for title in titles if source == "category" and name.startswith(title))
    title = max(begun, key=len, default="")
    of_texts = title and titles[title].startswith(FOUND_PREFIX)
    parts = [NamePart(title, _words(title) if of_texts else ())] if title else []
    phrases = filter(None, name.removeprefix(title).removeprefix(": ").split(", "))
    return [*parts, *(NamePart(phrase, (phrase,)) for phrase in phrases)]


def held_by(
    session: Session,
    wanted: Mapping[int, Iterable[Phrases]],
    cluster: str,
    person: str = PERSON,
) -> dict[tuple[int, Phrases], int]:
    """(cluster, part of its name) → people in that cluster in whose answers, or what these answer, all of the part stands.

    Args:
        wanted: cluster → parts of its name.
        cluster: SQL of the cluster of an assignment `a`.
        person: SQL of who asked prompt `p`; null is nobody.
    """
    pairs = [
        {
            "cluster_id": id_,
            "part": part,
            "phrase": phrase,
            "spaceless": any(map(is_spaceless, phrase)),
        }
        for id_, parts in wanted.items()
        for part in parts
        for phrase in part
    ]
    if not pairs:
        return {}
    written = WORDS.format("w.phrase")
    text = "concat_ws(' ', r.response, r.thoughts, array_to_string(p.messages.list_transform(m -> m.content), ' '))"
    found = session.rows(
        f"WITH wanted AS (SELECT DISTINCT w.cluster_id, w.part, CASE WHEN w.spaceless THEN trim({written}) ELSE {written} END"
        " AS words, w.phrase FROM (SELECT unnest($1::STRUCT(cluster_id INTEGER, part VARCHAR[], phrase VARCHAR,"
        " spaceless BOOLEAN)[]) AS w)),"
        f" texts AS (SELECT {cluster} AS cluster_id, {person} AS who, {WORDS.format(text)} AS words"
        " FROM responses AS r JOIN prompts AS p USING (prompt_id) LEFT JOIN assignments AS a USING (response_id)),"
        " holding AS (SELECT w.cluster_id, w.part, t.who FROM texts AS t JOIN wanted AS w USING (cluster_id)"
        " WHERE contains(t.words, w.words) GROUP BY ALL HAVING count(DISTINCT w.phrase) = len(w.part))"
        " SELECT cluster_id, part, count(who) FROM holding GROUP BY ALL",
        [pairs],
    )
    return {(cluster_id, tuple(part)): n for cluster_id, part, n in found}


def said_by(
    session: Session, phrase: str, channel: str, arms: Iterable[str], where: str = "true"
) -> int:
    """The people to whom `arms` say the least said part of a phrase, counted anew in their answers to such prompts `p`."""
    parts = [part for part in phrase.split(OR) if part != UNNAMED]
    if not parts or channel not in ("response", "thoughts"):
        return 0
    counted = ", ".join(
        behind(f"regexp_matches(r.{channel}, ${place}, 'i')") for place in range(2, 2 + len(parts))
    )
    ((*found,),) = session.rows(
        f"SELECT {counted} FROM responses AS r JOIN prompts AS p USING (prompt_id)"
        f" WHERE list_contains($1, r.checkpoint) AND {where}",
        [list(arms), *map(pattern, parts)],
    )
    return min(map(int, found))
