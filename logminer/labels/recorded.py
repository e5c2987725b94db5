"""Labels that a study has by itself: what its environment decided, or what people said beside recorded answers.

They are the judgements of a recorded scorer, read anew whenever the study is published: what is kept is only whose they are.
"""

from __future__ import annotations

from collections.abc import Sequence

import pyarrow as pa

from logminer.compare.cards import recorded_truth
from logminer.errors import ConfigError, did_you_mean
from logminer.schemas import HUMAN_LABELS
from logminer.store.session import Session

__all__ = ["recorded_labels", "require_true"]


def recorded_labels(session: Session, scorers: Sequence[str]) -> pa.Table:
    """The yes and no of these scorers in the schema of `HUMAN_LABELS`, each response once: the first scorer's.

    None of one whose labels the last run was told to be a judge's, or that it did not have.
    """
    true = recorded_truth(session)
    taken = [key for name in scorers for key in true if key[0] == name]
    table = session.columns(
        "SELECT response_id, category_id, channel, label, NULL::VARCHAR AS second_label, 1.0::DOUBLE AS weight,"
        " scorer AS taken_from FROM judgements"
        " JOIN (SELECT unnest(?::VARCHAR[]) AS scorer, unnest(?::VARCHAR[]) AS category_id,"
        " unnest(?::VARCHAR[]) AS channel, unnest(?::INTEGER[]) AS place) USING (scorer, category_id, channel)"
        " WHERE label IN ('yes', 'no')"
        " QUALIFY row_number() OVER (PARTITION BY response_id, category_id, channel ORDER BY place) = 1"
        " ORDER BY response_id, category_id, channel",
        [*([key[i] for key in taken] for i in range(3)), list(range(len(taken)))],
    )
    return table.select(HUMAN_LABELS.schema.names).cast(HUMAN_LABELS.schema)


def require_true(session: Session, scorer: str) -> None:
    """Ask that `scorer` is one whose labels may be taken for the truth.

    Raises:
        ConfigError: the study's last run had no such scorer, or its labels are a judge's.
    """
    there = [name for (name,) in session.rows("SELECT DISTINCT scorer FROM judgements ORDER BY 1")]
    if scorer not in there:
        hint = did_you_mean(scorer, there, f"it has {', '.join(there) or 'none'}")
        raise ConfigError(f"--from: the study has no scorer '{scorer}'; {hint}")
    if all(name != scorer for name, *_ in recorded_truth(session)):
        raise ConfigError(
            f"--from: '{scorer}' is a judge, which may err; name a recorded scorer with `labels: environment` or"
            " `labels: people`"
        )
