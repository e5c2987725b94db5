"""A study of many invented people, as one that was run under a policy: for tests of what is released."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from logminer.ids import Pseudonyms, response_id
from logminer.schemas import CLUSTERS
from logminer.store.layout import StudyFolder
from logminer.store.publication import revise
from logminer.store.records import RUN, StudyRecord, runs_table
from tests.conftest import KEY
from tests.kit.world import World, filled

__all__ = ["LEAST", "PROJECT", "releasable"]

PROJECT = "tests"
LEAST = 10
COMPARED: dict[str, Any] = {
    "pairs": [["a", "b"]],
    "strata": ["safe"],
    "margins": {"bad": {"absolute": 0.2}},
}
NAMED = {0: "shared phrase, lone phrase", 1: "unheard phrase"}  # clusters


def releasable(
    folder: Path,
    people: int = 300,
    *,
    rare: int = 3,
    known: bool = True,
    lone: bool = False,
    project: str = PROJECT,
    **policy: Any,
) -> Path:
    """A published study, its folder.

    Arm b shows it less than a; everybody says 'shared phrase', one person 'lone phrase'. `rare` people have a stratum of their
    own, 'safe=canary', and of every five people one asked twice.

    Args:
        folder: of the study.
        people: who asked; unknown where they are not `known`.
        rare: see above.
        lone: the first person alone was answered in the log, and is judged in what no other is.
        project: of its pseudonyms.
        policy: `release` and `privacy` of the pipeline; by default `LEAST` people, and no privacy.
    """
    world = World(folder, pseudonyms=Pseudonyms(bytes.fromhex(KEY), project))
    for i in range(people):
        label = ("yes" if i % 2 else "no",), ("yes" if i % 8 in (0, 1, 5) else "no",)
        safe = "canary" if i < rare else "true" if i % 3 else "false"
        for _ in range(1 + (i % 5 == 0)):
            user = f"u{i}" if known else None
            logged = {"logged": ("no",)} if lone and not i else {}
            prompt = world.add(*label, user=user, safe=safe, clusters=(i % 3 % 2, i % 2), **logged)
            for arm in "ab" if logged else "":
                response = response_id(prompt, arm, 0)
                world.judge(response, "yes", channel="thoughts")
                world.judge(response, "yes", scorer="another")
    for place, row in enumerate(world.tables["responses"]):
        row["response"] = "a shared phrase" + (" and a lone phrase" if place < 2 else "")
    said = {"release": {"min_users": LEAST}, "privacy": None, "digest": None} | policy
    options = {"project": project, "compare": COMPARED, "policy": said, "study": str(folder)}
    declared = {"bad": {"absolute": 0.2, "ratio": None}}
    row = {"pipeline": json.dumps(options), "margins": json.dumps(declared)}
    row |= {"scorers": json.dumps({"bad": ["judge"]}), "judged_parts": 0}
    folder.mkdir(parents=True)
    StudyRecord(StudyFolder(folder), RUN, options, row).end("done")
    world.tables["runs"] = runs_table(folder).to_pylist()
    world.compared(strata=("safe",), margins={"bad": 0.2})
    more = {"map_id": "m", "name_source": "keyphrases", "terms": []}
    more |= {"fit_size": 20, "fit_users": 20, "stability": 0.9, "radius": 0.5}
    clusters = [{"cluster_id": id_, "name": name} | more for id_, name in NAMED.items()]
    with revise(folder) as publication:
        publication.replace(CLUSTERS, filled(CLUSTERS, clusters))
    return folder
