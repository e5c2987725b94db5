"""What of a study is exported: responses with what was judged of them, a slice of the table at a time."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

from logminer.errors import ConfigError, did_you_mean
from logminer.schemas.reserved import LOGGED
from logminer.store.session import Session

__all__ = ["PEOPLE", "Choice", "ExportRow", "Selected", "select"]

ExportRow = dict[str, Any]

PEOPLE = "human_labels"  # what people say, beside the names of scorers
SLICE_ROWS = 1024  # of `responses`, together in memory with their prompts and judgements
SLICE_BYTES = 1 << 24  # of their texts, as far as one row has not more

KNOWN = {
    "checkpoint": "SELECT DISTINCT checkpoint FROM responses ORDER BY 1",
    "category": "SELECT category_id FROM judgements UNION SELECT category_id FROM human_labels ORDER BY 1",
    "scorer": "SELECT DISTINCT scorer FROM judgements ORDER BY 1",
}


class Choice(NamedTuple):
    """Which rows: of these checkpoints, categories and scorers; empty: all. `human_labels` is a scorer here: people."""

    checkpoints: tuple[str, ...] = ()
    categories: tuple[str, ...] = ()
    scorers: tuple[str, ...] = ()


class Selected(NamedTuple):
    """A study opened to be exported, and the names that were chosen or, of what nothing was chosen, all there are.

    `chosen` says whether scorers were named by whoever exports.
    """

    session: Session
    checkpoints: tuple[str, ...]
    categories: tuple[str, ...]
    scorers: tuple[str, ...]  # with PEOPLE, where people's labels are taken too
    chosen: bool

    def responses(self) -> Iterator[list[ExportRow]]:
        """Every response of the checkpoints, in slices of the table `responses`, sorted by id within each.

        Columns of `responses` but the redactions; `messages`, `conversation_id`, `user_id`, `split`, `turn_index`,
        `language` and `attributes` (a dict) of its prompt; `created_at` of its conversation; `model` of its checkpoint,
        of a logged answer the one that gave it.
        """
        chosen = list(self.checkpoints)
        for start, end, first, last in self.session.rows(SLICES, [chosen, SLICE_ROWS, SLICE_BYTES]):
            parameters = [LOGGED, first, last, chosen, start, end]
            rows = self.session.columns(RESPONSES, parameters).to_pylist()
            for row in rows:
                row["attributes"] = dict(row["attributes"] or ())
            yield rows

    def prompts(self) -> Iterator[list[ExportRow]]:
        """Every prompt that one of the checkpoints answered, in slices: prompt_id, messages, language, attributes."""
        for start, end in self.session.rows(PROMPT_SLICES, [SLICE_ROWS, SLICE_BYTES]):
            rows = self.session.columns(
                "SELECT prompt_id, messages, language, attributes FROM prompts WHERE rowid BETWEEN ? AND ?"
                " AND prompt_id IN (SELECT prompt_id FROM responses WHERE checkpoint IN (SELECT unnest(?::VARCHAR[])))"
                " ORDER BY prompt_id",
                [start, end, list(self.checkpoints)],
            ).to_pylist()
            for row in rows:
                row["attributes"] = dict(row["attributes"] or ())
            yield rows

    def kinds(self) -> list[tuple[str, str, str]]:
        """Each scorer, category and channel that there are judgements of, people's labels not among them."""
        found = self.session.rows(
            "SELECT DISTINCT scorer, category_id, channel FROM judgements ORDER BY ALL"
        )
        return [kind for kind in found if kind[0] in self.scorers and kind[1] in self.categories]

    def judged(self, rows: Sequence[ExportRow]) -> dict[str, list[ExportRow]]:
        """response_id → what scorers say of it: scorer, category_id, channel, label, score, judge_error."""
        found = self.session.columns(
            "SELECT response_id, scorer, category_id, channel, label, score, judge_error FROM judgements"
            " WHERE response_id IN (SELECT unnest(?::VARCHAR[])) AND category_id IN (SELECT unnest(?::VARCHAR[]))"
            " AND scorer IN (SELECT unnest(?::VARCHAR[])) ORDER BY ALL",
            [self._ids(rows), list(self.categories), list(self.scorers)],
        )
        return _by_response(found.to_pylist())

    def labelled(self, rows: Sequence[ExportRow]) -> dict[str, list[ExportRow]]:
        """response_id → what people say of it: category_id, channel, label, second_label, weight."""
        if PEOPLE not in self.scorers:
            return {}
        found = self.session.columns(
            "SELECT response_id, category_id, channel, label, second_label, weight FROM human_labels"
            " WHERE taken_from IS NULL AND response_id IN (SELECT unnest(?::VARCHAR[])) AND category_id IN (SELECT unnest(?::VARCHAR[]))"
            " ORDER BY ALL",
            [self._ids(rows), list(self.categories)],
        )
        return _by_response(found.to_pylist())

    def said(self, rows: Sequence[ExportRow]) -> dict[str, list[ExportRow]]:
        """Both together: of people's labels, `scorer` is PEOPLE, and there is no score."""
        both = self.judged(rows)
        for response, labels in self.labelled(rows).items():
            people = [
                {**row, "scorer": PEOPLE, "score": None, "judge_error": None} for row in labels
            ]
            both.setdefault(response, []).extend(people)
        return both

    def _ids(self, rows: Sequence[ExportRow]) -> list[str]:
        return [row["response_id"] for row in rows]


# Rows lie in a table as their parts were loaded: the prompts of neighbouring responses are neighbours, too.
SLICES = """
SELECT min(place) AS start, max(place), min(prompt), max(prompt)
FROM (
    SELECT r.rowid AS place, p.rowid AS prompt,
        sum(list_sum([strlen(coalesce(m.content, '')) + strlen(coalesce(m.thoughts, '')) FOR m IN p.messages])
            + strlen(coalesce(r.response, '')) + strlen(coalesce(r.thoughts, ''))) OVER (ORDER BY r.rowid) AS so_far
    FROM responses AS r JOIN prompts AS p USING (prompt_id)
    WHERE r.checkpoint IN (SELECT unnest($1::VARCHAR[]))
)
GROUP BY place // $2, so_far // $3 ORDER BY start
"""
PROMPT_SLICES = """
SELECT min(place) AS start, max(place)
FROM (
    SELECT rowid AS place,
        sum(list_sum([strlen(coalesce(m.content, '')) FOR m IN messages])) OVER (ORDER BY rowid) AS so_far
    FROM prompts
)
GROUP BY place // $1, so_far // $2 ORDER BY start
"""
RESPONSES = """
SELECT r.* EXCLUDE (redactions), p.messages, p.conversation_id, p.user_id, p.split, p.turn_index, p.language,
    p.attributes, c.created_at, CASE WHEN r.checkpoint = ? THEN c.model ELSE k.model END AS model
FROM responses AS r JOIN (FROM prompts WHERE rowid BETWEEN ? AND ?) AS p USING (prompt_id)
LEFT JOIN (SELECT conversation_id, created_at, model FROM conversations) AS c USING (conversation_id)
LEFT JOIN (SELECT checkpoint, model FROM checkpoints) AS k USING (checkpoint)
WHERE r.checkpoint IN (SELECT unnest(?::VARCHAR[])) AND r.rowid BETWEEN ? AND ?
ORDER BY r.response_id
"""


def select(session: Session, choice: Choice) -> Selected:
    """The names that are exported.

    Raises:
        ConfigError: the study has nothing of a name; says what it has.
    """
    there = {what: [name for (name,) in session.rows(query)] for what, query in KNOWN.items()}
    there["scorer"].append(PEOPLE)
    if not there["checkpoint"]:
        raise ConfigError("the study has no responses: there is nothing to export")
    asked = dict(zip(KNOWN, choice, strict=True))
    for what, names in asked.items():
        for name in names:
            if name not in there[what]:
                hint = did_you_mean(name, there[what], f"it has {', '.join(there[what]) or 'none'}")
                raise ConfigError(f"--{what}: the study has no {what} '{name}'; {hint}")
    chosen = {what: tuple(asked[what] or there[what]) for what in KNOWN}
    return Selected(
        session,
        chosen["checkpoint"],
        chosen["category"],
        chosen["scorer"],
        bool(choice.scorers),
    )


def _by_response(rows: Sequence[ExportRow]) -> dict[str, list[ExportRow]]:
    found: dict[str, list[ExportRow]] = {}
    for row in rows:
        found.setdefault(row.pop("response_id"), []).append(row)
    return found
