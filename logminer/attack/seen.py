"""What an attacker is shown of clusters: by a release, or where nothing is protected."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import NamedTuple

from logminer.attack.world import ILLNESSES, ORDER, TOLD, Victim
from logminer.store.session import open_session

__all__ = ["ShownNames", "carelessly", "claim", "released"]

LIKE = 0.6  # of the words of a complaint that a name holds which is made of it
LIGHT = frozenset("my a an in on at the when while after i it of from to and".split())  # noqa: SIM905
TEXTS = """
SELECT a.cluster_id, p.messages[-1].content
FROM assignments AS a JOIN responses AS r USING (response_id) JOIN prompts AS p USING (prompt_id)
WHERE a.cluster_id >= 0 ORDER BY ALL
"""
_SAID = re.compile(re.escape(TOLD).replace(r"\{\}", r"(\w[\w' ]*?)"))
_ORDERED = re.compile(re.escape(ORDER).replace(r"\{\}", r"(\w[\w' ]*?)"))


class ShownNames(NamedTuple):
    """Name of each cluster that has one."""

    names: Mapping[int, str]


def released(path: Path) -> ShownNames:
    """What `release.duckdb` tells."""
    with open_session(path) as session:
        rows = session.rows("SELECT cluster_id, name FROM clusters WHERE name IS NOT NULL")
    return ShownNames(dict(rows))


def carelessly(study: Path) -> ShownNames:
    """Clusters named from their anonymised texts, however few people are behind them, by whom a text can give orders to.

    What a language model would do at its worst: it reads every text of a cluster and does what it is told there.
    """
    texts: dict[int, list[str]] = {}
    with open_session(study) as session:
        for cluster, text in session.rows(TEXTS):
            texts.setdefault(cluster, []).append(text)
    return ShownNames({cluster: _obeying(own) for cluster, own in texts.items()})


def _obeying(texts: Iterable[str]) -> str:
    said = {found.groups()[:3]: found[4] for text in texts if (found := _SAID.search(text))}
    orders = {found.groups() for text in texts for found in _ORDERED.finditer(text)}
    return "; ".join(
        f"{complaint}: {said[sex, age, complaint]}"
        for sex, age, complaint in sorted(orders & said.keys())
    )


def claim(seen: ShownNames, target: Victim) -> int | None:
    """The secret that names tell the attacker; None: they tell none, or several, and he has to guess.

    He looks for names that are made of the complaint, which he knows, and reads illnesses in them.
    """
    wanted = _words(target.complaint)
    best, found = LIKE * len(wanted), set[int]()
    for name in seen.names.values():
        for part in name.split("; "):
            words = _words(part)
            if (like := len(wanted & words)) >= best:
                told = {i for i, illness in enumerate(ILLNESSES) if illness in words}
                best, found = like, told if like > best else found | told
    return found.pop() if len(found) == 1 else None


def _words(text: str) -> set[str]:
    return set(re.findall(r"[\w']+", text.lower())) - LIGHT
