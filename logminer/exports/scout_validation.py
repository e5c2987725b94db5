"""`scout-validation`: what people say of single answers, as the cases of Scout's validation sets.

Source: `inspect_scout.validation_set` (0.6.2): CSV with `id` and `target`; `split` is read too, other columns are not.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from pathlib import Path

from logminer.errors import ConfigError
from logminer.exports.base import Target, Written
from logminer.exports.marking import append_lines, marked
from logminer.exports.reading import PEOPLE, Selected

__all__ = ["TARGET"]

WHAT = "Cases of Scout's validation sets: a CSV file for each category and channel."
USE = """
`id` is the `transcript_id` of `logminer export --to scout-transcripts`, `target` is true or false, `split` the half of the
users (discovery or inference; clusters were found on the first), `weight` the inverse of the chance with which the answer was drawn: Scout
does not weigh, so what it says of a stratified draw is of the draw.

    validation_set("refusal.response.not-released.csv", split="inference")
"""
HEADER = "id,target,split,weight\n"
TARGETS = {"yes": "true", "no": "false"}


def _write(selected: Selected, folder: Path) -> Written:
    truth = _truth(selected)
    files, left_out = Counter[str](), Counter[str]()
    for rows in selected.responses():
        said = selected.labelled(rows) if truth == PEOPLE else selected.judged(rows)
        lines = defaultdict[str, list[str]](list)
        for row in rows:
            for one in said.get(row["response_id"], ()):
                if one["label"] not in TARGETS:
                    left_out[one["label"]] += 1
                    continue
                name = marked(f"{one['category_id']}.{one['channel']}", ".csv")
                cells = (row["response_id"], TARGETS[one["label"]], row["split"])
                lines[name].append(f"{','.join(cells)},{one.get('weight', 1.0)!r}\n")
        for name, cases in lines.items():
            append_lines(cases if files[name] else [HEADER, *cases], folder / name)
            files[name] += len(cases)
    if not files:
        raise ConfigError(
            "scout-validation: people have labelled none of these answers yes or no: logminer label draws some,"
            " logminer calibrate takes the labels in; or name a scorer to be taken for the truth (--scorer)"
            if truth == PEOPLE
            else f"scout-validation: scorer {truth} says yes or no of none of these answers"
        )
    return Written(dict(sorted(files.items())), dict(left_out))


def _truth(selected: Selected) -> str:
    if not selected.chosen:
        return PEOPLE
    if len(selected.scorers) > 1:
        raise ConfigError(
            "--scorer: a validation set has one truth: name one scorer, or none for people's labels"
        )
    return selected.scorers[0]


TARGET = Target(WHAT, USE, _write)
