"""Parts of the study that phrases are looked for in by themselves: clusters, and behaviours that were judged."""

from __future__ import annotations

import numpy as np

from logminer.compare.prompts import NUMBERED, ComparedPrompts, Mask
from logminer.store.session import Session

__all__ = ["ALL", "scopes"]

ALL = "all"
FEWEST = 50  # prompts of a scope on either half
MOST = 40  # scopes: those with most prompts
NEARLY_ALL = 0.9  # of the prompts; a scope of more is no part

LIES = """
SELECT DISTINCT 'cluster=' || a.cluster_id AS scope, n.number
FROM assignments AS a JOIN responses AS r USING (response_id) JOIN {numbered} AS n USING (prompt_id)
WHERE r.checkpoint IN ($1, $2)
UNION ALL
SELECT DISTINCT 'category=' || j.category_id, n.number
FROM judgements AS j JOIN responses AS r USING (response_id) JOIN {numbered} AS n USING (prompt_id)
WHERE r.checkpoint IN ($1, $2) AND j.label = 'yes'
ORDER BY ALL
"""


def scopes(session: Session, prompts: ComparedPrompts, pair: tuple[str, str]) -> dict[str, Mask]:
    """By name, which prompts lie there: those to which either arm gives an answer of that cluster or behaviour.

    Either arm's counts, so that a scope is the same if the arms change places. A behaviour is what any scorer said yes
    to, in either channel. Scopes with fewer than 50 prompts on either half, or with nearly all, are left out; of more
    than 40 those with most prompts are returned, in the order of their names.
    """
    table = session.columns(LIES.format(numbered=NUMBERED), list(pair))
    number = np.asarray(table["number"], np.int64)
    encoded = table["scope"].combine_chunks().dictionary_encode()
    code = np.asarray(encoded.indices, np.int64)
    found = dict[str, Mask]()
    for i, name in enumerate(encoded.dictionary.to_pylist()):
        mask = np.zeros(len(prompts), bool)
        mask[number[code == i]] = True
        halves = int((mask & prompts.inference).sum()), int((mask & ~prompts.inference).sum())
        if min(halves) >= FEWEST and sum(halves) <= NEARLY_ALL * len(prompts):
            found[name] = mask
    largest = sorted(found, key=lambda name: (-int(found[name].sum()), name))[:MOST]
    return {name: found[name] for name in sorted(largest)}
