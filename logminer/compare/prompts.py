"""The prompts of a study as arrays: who asked, which stratum, which half of the users."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from logminer.compare.options import CompareOptions
from logminer.store.session import Session

__all__ = ["NUMBERED", "Codes", "ComparedPrompts", "Floats", "Mask", "read_prompts"]

Floats = NDArray[np.float64]
Codes = NDArray[np.int64]
Mask = NDArray[np.bool_]

# Every query numbers prompts in the order of their ids; numbers index the arrays of `ComparedPrompts`.
NUMBERED = "(SELECT prompt_id, row_number() OVER (ORDER BY prompt_id) - 1 AS number FROM prompts)"
# The attribute of that name, where the source keeps one.
MONTH = """coalesce(attributes['month'],
    (SELECT min(strftime(c.created_at, '%Y-%m')) FROM conversations AS c WHERE c.conversation_id = prompts.conversation_id))"""


class ComparedPrompts(NamedTuple):
    """All prompts in the order of their ids.

    `units` are codes of what standard errors are clustered by, `groups` codes of the prompts that ask alike, `users` codes
    of the known users (−1 = unknown), `strata` masks by name ('all' first), `checks` the names of those that are shown and
    not tested. `unit_unknown`: some prompt has no unit, and its conversation counts as one.
    """

    units: Codes
    groups: Codes
    users: Codes
    inference: Mask
    strata: dict[str, Mask]
    checks: frozenset[str]
    unit_unknown: bool

    def __len__(self) -> int:
        return len(self.units)


def read_prompts(session: Session, options: CompareOptions) -> ComparedPrompts:
    """The prompts of the study, with the strata that `options` declare."""
    attributes = [
        name for name in dict.fromkeys(options.strata) if name not in ("language", "turn", "month")
    ]
    by_user = options.cluster_by == "user"
    unit = "user_id" if by_user else "attributes[?]"
    values = "".join(f", attributes[?] AS s{i}" for i in range(len(attributes)))
    values += f", {MONTH} AS month" if "month" in options.strata else ""
    table = session.columns(
        "SELECT user_id, conversation_id, coalesce(prompt_group, prompt_id) AS prompt_group,"
        f" {unit} AS unit, split, turn_index, language, n_redacted{values}"
        " FROM prompts ORDER BY prompt_id",
        [*([] if by_user else [options.cluster_by]), *attributes],
    )
    conversations = pc.binary_join_element_wise("conversation", table["conversation_id"], " ")
    turns = np.asarray(table["turn_index"])
    strata = {"all": np.ones(len(table), bool), "turn=first": turns == 0, "turn=later": turns > 0}
    declared = {"language": table["language"]} if "language" in options.strata else {}
    declared |= {"month": table["month"]} if "month" in options.strata else {}
    declared |= {name: table[f"s{i}"] for i, name in enumerate(attributes)}
    for name, column in declared.items():
        for value in sorted(v for v in column.unique().to_pylist() if v is not None):
            strata[f"{name}={value}"] = _equals(column, value)
    checks = {} if "altered" in attributes else _altered(table["n_redacted"])
    return ComparedPrompts(
        units=_codes(pc.coalesce(table["unit"], conversations)),
        groups=_codes(table["prompt_group"]),
        users=_codes(table["user_id"]),
        inference=_equals(table["split"], "inference"),
        strata=strata | checks,
        checks=frozenset(checks) | {s for s in strata if s.partition("=")[0] in options.secondary},
        unit_unknown=table["unit"].null_count > 0,
    )


def _altered(n_redacted: pa.ChunkedArray) -> dict[str, Mask]:
    """The prompts that anonymisation altered, and those that it left as they were; nothing where all are one or the other."""
    altered: Mask = pc.fill_null(pc.greater(n_redacted, 0), False).to_numpy()
    if altered.all() or not altered.any():
        return {}
    return {"altered=true": altered, "altered=false": ~altered}


def _equals(column: pa.ChunkedArray, value: str) -> Mask:
    mask: Mask = pc.fill_null(pc.equal(column, value), False).to_numpy()
    return mask


def _codes(column: pa.ChunkedArray) -> Codes:
    """Integer codes of the values, −1 for null."""
    encoded = column.combine_chunks().dictionary_encode()
    return np.asarray(encoded.indices.fill_null(-1), dtype=np.int64)
