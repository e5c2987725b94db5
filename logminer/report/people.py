"""The one place that decides what may stand on a page: without texts, nothing that fewer than so many people are behind.

People are known users; where none of a group is known, distinct prompts are counted instead, and the page says so. A rate of
answers is an aggregate over all people who were asked; a share of a cluster, a count of redactions, a phrase are over those
who are in it. What a cluster is called is text of answers: each part of it must be found in the texts of as many people.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from markupsafe import Markup

from logminer.clusters.words import is_spaceless, stop_words
from logminer.schemas.discovered import OR, UNNAMED
from logminer.store.session import Session
from logminer.study.saying import pattern

__all__ = ["LEAST", "People", "behind", "called", "said_by"]

LEAST = 5  # people behind what is shown, unless somebody says how many

Row = Mapping[str, Any]
FEW = Markup('<span class="few">{}</span>')

# A text as its words, so that a part of a name is found whole and wherever it stands.
WORDS = "' ' || trim(regexp_replace(lower({}), '[^\\pL\\pN]+', ' ', 'g')) || ' '"


def behind(condition: str = "true") -> str:
    """SQL: the people behind rows for which `condition` holds, of prompts `p`: known users, else distinct prompts."""
    users = f"count(DISTINCT p.user_id) FILTER ({condition})"
    prompts = f"count(DISTINCT p.prompt_group) FILTER ({condition})"
    return f"coalesce(nullif({users}, 0), {prompts})"


class People(NamedTuple):
    """How many people have to be behind a figure.

    Attributes:
        least: of them.
        with_text: the page holds texts of the study, and so may hold any figure.
        known: prompts have users; else distinct prompts are counted for people.
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
        users = row["n_users"]
        return int((users if users is not None else row["n_distinct_prompts"]) or 0)

    def may(self, row: Row) -> bool:
        """Whether such a row may be shown."""
        return self.enough(self.of_row(row))

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


def called(session: Session, people: People) -> dict[int, str]:
    """What each cluster is called: its name where that may stand on the page, else its number."""
    rows = session.rows(
        "SELECT cluster_id, name, name_source FROM clusters WHERE cluster_id >= 0 ORDER BY cluster_id"
    )
    titles = {title for (title,) in session.rows("SELECT title FROM categories")}
    wanted = {id_: list(_parts(name, source, titles)) for id_, name, source in rows if name}
    held = _held(session, wanted) if not people.with_text else {}

    def may(cluster: int) -> bool:
        parts = wanted.get(cluster, ())
        return people.with_text or all(people.enough(held.get((cluster, one))) for one in parts)

    return {id_: name if name and may(id_) else f"cluster {id_}" for id_, name, _ in rows}


def _parts(name: str, source: str, titles: Iterable[str]) -> Iterable[str]:
    """What of a name has to be found in texts: its phrases; of a title that a model gave, its words."""
    if source == "none":
        return
    if source == "namer":
        common = stop_words()
        yield from (word for word in re.findall(r"\w+", name.lower()) if word not in common)
        return
    begun = (title for title in titles if source == "category" and name.startswith(title))
    title = max(begun, key=len, default="")
    yield from filter(None, name.removeprefix(title).removeprefix(": ").split(", "))


def _held(session: Session, wanted: Mapping[int, Iterable[str]]) -> dict[tuple[int, str], int]:
    """(cluster, part of its name) → people in that cluster in whose answer, or what it answers, the part stands."""
    pairs = [
        {"cluster_id": id_, "part": part, "spaceless": any(map(is_spaceless, part))}
        for id_, parts in wanted.items()
        for part in parts
    ]
    if not pairs:
        return {}
    written = WORDS.format("w.part")
    text = "concat_ws(' ', r.response, r.thoughts, array_to_string(p.messages.list_transform(m -> m.content), ' '))"
    found = session.rows(
        f"WITH wanted AS (SELECT DISTINCT w.cluster_id, w.part, CASE WHEN w.spaceless THEN trim({written}) ELSE {written} END"
        " AS words FROM (SELECT unnest($1::STRUCT(cluster_id INTEGER, part VARCHAR, spaceless BOOLEAN)[]) AS w)),"
        f" texts AS (SELECT a.cluster_id, p.user_id, p.prompt_group, {WORDS.format(text)} AS words"
        " FROM assignments AS a JOIN responses AS r USING (response_id) JOIN prompts AS p USING (prompt_id)"
        " WHERE a.cluster_id >= 0)"
        f" SELECT cluster_id, part, {behind()} FROM texts AS p JOIN wanted AS w USING (cluster_id)"
        " WHERE contains(p.words, w.words) GROUP BY ALL",
        [pairs],
    )
    return {(cluster, part): n for cluster, part, n in found}


def said_by(session: Session, phrase: str, channel: str, arms: Iterable[str]) -> int:
    """The people to whom `arms` say the least said part of a phrase, counted anew in all their answers."""
    parts = [part for part in phrase.split(OR) if part != UNNAMED]
    if not parts or channel not in ("response", "thoughts"):
        return 0
    counted = ", ".join(
        behind(f"regexp_matches(r.{channel}, ${place}, 'i')") for place in range(2, 2 + len(parts))
    )
    ((*found,),) = session.rows(
        f"SELECT {counted} FROM responses AS r JOIN prompts AS p USING (prompt_id)"
        " WHERE list_contains($1, r.checkpoint)",
        [list(arms), *map(pattern, parts)],
    )
    return min(map(int, found))
