"""The clusters that two studies have in common: those of one map, and those that kept their id on a later one."""

from __future__ import annotations

from logminer.store.session import Session

__all__ = ["shared_clusters"]


def shared_clusters(study: Session, later: Session) -> dict[int, str]:
    """Id → name in `study`, of the clusters that `later` has too; none where its map does not come from that one."""
    before, after = _map(study), _map(later)
    if before is None or after is None or before not in _ancestors(later, after):
        return {}
    kept = {id_ for (id_,) in later.rows("SELECT cluster_id FROM clusters WHERE cluster_id >= 0")}
    names = study.rows(
        "SELECT cluster_id, name FROM clusters WHERE cluster_id >= 0 ORDER BY cluster_id"
    )
    return {id_: name for id_, name in names if id_ in kept}


def _map(session: Session) -> str | None:
    """The study's map; None before there were such tables, or before one was found."""
    known = "SELECT 1 FROM duckdb_tables() WHERE table_name = 'cluster_maps'"
    found = session.rows("SELECT map_id FROM cluster_maps") if session.rows(known) else []
    return found[0][0] if found else None


def _ancestors(session: Session, map_id: str) -> list[str]:
    """A map and those whose ids it carries on."""
    earlier = dict(session.rows("SELECT DISTINCT map_id, earlier_map_id FROM cluster_lineage"))
    chain = [map_id]
    while (before := earlier.get(chain[-1])) and before not in chain:
        chain.append(before)
    return chain
