"""What clusters may be called in a release: of each name the phrases that enough people used, by a threshold that only the key
knows."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from logminer.ids import Pseudonyms
from logminer.pipeline.releasing import ReleaseOptions
from logminer.release.drawing import GROUPS_FROM
from logminer.release.thresholds import random_threshold
from logminer.report.people import NamePart, Phrases, held_by, name_parts
from logminer.store.session import Session

__all__ = ["cluster_names"]

KNOWN = "p.user_id"
ANYBODY = "coalesce(p.user_id, p.prompt_group)"
# SQL of what an assignment `a` lies in, level by level.
LEVELS = (
    "a.cluster_id",
    f"(SELECT {GROUPS_FROM} + c.parent_id FROM clusters AS c WHERE c.cluster_id = a.cluster_id)",
    f"(SELECT {GROUPS_FROM} + g.above_id FROM clusters AS c JOIN cluster_parents AS g USING (parent_id)"
    " WHERE c.cluster_id = a.cluster_id)",
)
NAMED = f"""
SELECT cluster_id, name, name_source FROM clusters WHERE cluster_id >= 0 AND name IS NOT NULL
UNION ALL SELECT {GROUPS_FROM} + parent_id, name, name_source FROM cluster_parents WHERE name IS NOT NULL
ORDER BY 1
"""


class _Named(NamedTuple):
    source: str
    parts: list[NamePart]


def cluster_names(
    session: Session, suite: str, map_id: str, policy: ReleaseOptions, pseudonyms: Pseudonyms
) -> dict[int, str]:
    """Cluster, or group of them as in `Drawn.parents` → what is left of its name; none where nothing is.

    A title of the taxonomy stays; one that a model gave stays as a whole or not at all.
    """
    titles = dict(session.rows("SELECT title, category_id FROM categories"))
    named = {
        id_: _Named(source, name_parts(name, source, titles))
        for id_, name, source in session.rows(NAMED)
    }
    person = ANYBODY if policy.accept_unknown_users else KNOWN
    held: dict[tuple[int, Phrases], int] = {}
    for level, cluster in enumerate(LEVELS):
        mine = {
            id_: [part.phrases for part in one.parts if part.phrases]
            for id_, one in named.items()
            if (id_ >= GROUPS_FROM) == (level > 0)
        }
        held |= held_by(session, mine, cluster, person)

    def told(id_: int, part: NamePart) -> bool:
        key = suite, map_id, str(id_), *part.phrases
        least = random_threshold(pseudonyms, policy.min_users, *key)
        return not part.phrases or held.get((id_, part.phrases), 0) >= least

    left = {
        id_: _Named(one.source, [part for part in one.parts if told(id_, part)])
        for id_, one in named.items()
    }
    return {id_: _joined(one, titles) for id_, one in left.items() if one.parts}


def _joined(named: _Named, titles: Mapping[str, str]) -> str:
    """As `clusters.naming` writes names."""
    said = [part.said for part in named.parts]
    if named.source == "category" and said[0] in titles and len(said) > 1:
        return f"{said[0]}: {', '.join(said[1:])}"
    return ", ".join(said)
