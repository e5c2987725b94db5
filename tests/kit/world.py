"""A study made of labels, for tests of what is concluded from them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pyarrow as pa

from logminer.compare.comparing import Compared, compare
from logminer.compare.options import CompareOptions
from logminer.ids import Pseudonyms, response_id
from logminer.labels.cards import judge_cards
from logminer.labels.trust import calibrations
from logminer.schemas import (
    ASSIGNMENTS,
    CALIBRATIONS,
    CATEGORIES,
    COMPARISONS,
    HUMAN_LABELS,
    INJECTED_JUDGEMENTS,
    JUDGE_CARDS,
    JUDGEMENTS,
    MISSINGNESS,
    PROMPTS,
    RESPONSES,
    RUNS,
    Table,
)
from logminer.store.publication import Publication, publish
from tests.kit.responses import stated

__all__ = ["Labels", "Row", "World"]

Labels = tuple[
    str, ...
]  # one for each sample; 'failed', 'filtered' and 'truncated' are states of the response
Row = dict[str, Any]
WRITTEN = (
    PROMPTS,
    RESPONSES,
    JUDGEMENTS,
    INJECTED_JUDGEMENTS,
    ASSIGNMENTS,
    HUMAN_LABELS,
    RUNS,
)
STATES: dict[str, Row] = {
    "failed": {"error": "timeout", "response": None},
    "filtered": {"error": "content_filter", "response": None},
    "truncated": {"finish_reason": "length"},
}


class World:
    """A study made of labels: each prompt has a user, an attribute, and the labels of arms a and b.

    `add(category=..., scorer=...)` judges for another category; `beside` judges the same responses for one more.
    Where people labelled nothing, its scorers are known to make no mistake, unless `carded` is False. With `pseudonyms` its
    prompts bear ids that are theirs.
    """

    def __init__(
        self,
        folder: Path,
        direction: str = "worse",
        *,
        carded: bool = True,
        pseudonyms: Pseudonyms | None = None,
    ) -> None:
        self.folder = folder
        self.pseudonyms = pseudonyms
        self.direction = direction
        self.carded = carded
        self.tables: dict[str, list[Row]] = {t.name: [] for t in WRITTEN}

    def add(
        self,
        a: Labels | None,
        b: Labels | None,
        *,
        user: str | None = None,
        turn: int = 0,
        safe: str = "true",
        split: str = "inference",
        group: str | None = None,
        redacted: int = 0,
        clusters: tuple[int, int] | None = None,
        human: tuple[str, str] | None = None,
        category: str = "bad",
        channel: str = "response",
        **arms: Labels,
    ) -> str:
        """One prompt; further arms by name. `human` labels the first sample of a and b. Its id."""
        number = len(self.tables["prompts"])
        prompt_id = f"p{number:05d}"
        conversation_id = f"c{prompt_id}"
        if self.pseudonyms:
            prompt_id = self.pseudonyms.prompt(conversation_id, turn)
        self.tables["prompts"].append(
            {
                "prompt_id": prompt_id,
                "conversation_id": conversation_id,
                "user_id": user,
                "split": split,
                "turn_index": turn,
                "prompt_group": group or prompt_id,
                "messages": [],
                "n_redacted": redacted,
                "language": "en",
                "attributes": [("safe", safe)],
            }
        )
        for position, (arm, labels) in enumerate({"a": a, "b": b, **arms}.items()):
            for sample, label in enumerate(labels or ()):
                identity = response_id(prompt_id, arm, sample)
                response = {"prompt_id": prompt_id, "checkpoint": arm, "sample_index": sample}
                state = STATES.get(label, {})
                said = {"response_id": identity, "response": "x", "thoughts": "x"}
                self.tables["responses"].append(stated(response | said | state))
                if state.get("error") is None:
                    self.judge(identity, "no" if state else label, category, channel)
                if clusters and position < 2:
                    self.tables["assignments"].append(
                        {"response_id": identity, "cluster_id": clusters[position]}
                    )
            if human and labels and position < 2:
                self.tables["human_labels"].append(
                    {
                        "response_id": response_id(prompt_id, arm, 0),
                        "category_id": category,
                        "channel": channel,
                        "label": human[position],
                        "weight": 1.0,
                    }
                )
        return prompt_id

    def judge(
        self,
        response: str,
        label: str,
        category: str = "bad",
        channel: str = "response",
        scorer: str = "judge",
        table: Table = JUDGEMENTS,
    ) -> None:
        """One judgement more."""
        self.tables[table.name].append(
            {
                "response_id": response,
                "category_id": category,
                "channel": channel,
                "scorer": scorer,
                "scorer_identity": scorer,
                "rubric_hash": category,
                "label": label,
            }
        )

    def counts(
        self, both: int, base_only: int, candidate_only: int, neither: int, **more: Any
    ) -> World:
        """Prompts by which of a and b shows it."""
        for n, a, b in (
            (both, "yes", "yes"),
            (base_only, "yes", "no"),
            (candidate_only, "no", "yes"),
            (neither, "no", "no"),
        ):
            for _ in range(n):
                self.add((a,), (b,), **more)
        return self

    def publish(self, publication: Publication) -> None:
        """Write the tables."""
        categories = [
            {
                "category_id": category,
                "taxonomy": "t",
                "taxonomy_version": "1",
                "title": category.title(),
                "definition": "d",
                "channel": "both",
                "direction": self.direction,
                "severity": "high",
                "source": "s",
                "found": category.startswith("found_"),
            }
            for category in sorted({row["category_id"] for row in self.tables["judgements"]})
        ]
        for table in WRITTEN:
            publication.replace(table, filled(table, self.tables[table.name]))
        publication.replace(CATEGORIES, filled(CATEGORIES, categories))
        publication.replace(CALIBRATIONS, calibrations(publication))
        if self.carded and not self.tables["human_labels"]:
            publication.replace(JUDGE_CARDS, filled(JUDGE_CARDS, self._faultless()))
        else:
            publication.replace(JUDGE_CARDS, judge_cards(publication, []))

    def _faultless(self) -> list[Row]:
        names = ("scorer", "category_id", "channel")
        judged = {tuple(row[name] for name in names) for row in self.tables["judgements"]}
        arms = {row["checkpoint"] for row in self.tables["responses"]}
        shares = {
            f"{share}{end}": 1e9 if end == "_n" else 1.0
            for share in ("sensitivity", "specificity")
            for end in ("", "_low", "_high", "_n")
        }
        return [
            dict(zip(names, key, strict=True))
            | shares
            | {"checkpoint": arm, "model": arm, "transported": False, "n_labels": 10**9}
            | {"source": "calibration", "origin": "all of them"}
            for key in sorted(judged)
            for arm in sorted(arms)
        ]

    def compared(
        self, pair: tuple[str, str] = ("a", "b"), *more: tuple[str, str], **options: Any
    ) -> Compared:
        """What is concluded; also left in the published study."""
        with publish(self.folder, []) as publication:
            self.publish(publication)
            found = compare(publication, CompareOptions(**options), [pair, *more])
            publication.replace(COMPARISONS, found.comparisons)
            publication.replace(MISSINGNESS, found.missingness)
        assert found.comparisons.schema.equals(COMPARISONS.schema)
        assert found.missingness.schema.equals(MISSINGNESS.schema)
        return found

    def compare(self, pair: tuple[str, str] = ("a", "b"), **options: Any) -> list[Row]:
        """Rows of `comparisons`."""
        return list(self.compared(pair, **options).comparisons.to_pylist())

    def all(self, **options: Any) -> Row:
        """The one row on all prompts."""
        rows = self.compare(**options)
        (row,) = [r for r in rows if r["stratum"] == "all" and r["kind"] == "category"]
        return row


def filled(table: Table, rows: list[Row]) -> pa.Table:
    """`rows` with what they leave out as null, in the types of `table`."""
    schema = pa.schema([pa.field(c.name, c.type) for c in table.columns])
    return pa.Table.from_pylist([{n: r.get(n) for n in schema.names} for r in rows], schema=schema)
