"""Both answers to one prompt, side by side: what is behind a figure, to read. Only on a page that holds texts."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from markupsafe import Markup

from logminer.messages.printable import printable
from logminer.report.material import Material
from logminer.report.page import Section
from logminer.report.room import Room
from logminer.study.changed import changed_pairs
from logminer.study.verdicts import ORDER

__all__ = ["TextRoom", "drilldown"]

Row = dict[str, Any]
ALL = "all"
EACH = 5  # pairs of answers of a behaviour or cluster
LONGEST = 6000  # characters of a text
MOST_CLUSTERS = 12

# Prompts on which one arm's answer lies in the cluster and the other's does not; the same ones each time.
MOVED = """
WITH placed AS (
    SELECT r.prompt_id, r.checkpoint, r.response, r.thoughts, a.cluster_id = $cluster AS inside
    FROM responses AS r JOIN assignments AS a USING (response_id) WHERE r.sample_index = 0
)
SELECT p.messages[-1].content AS prompt, b.response AS base_response, b.thoughts AS base_thoughts,
    c.response AS candidate_response, c.thoughts AS candidate_thoughts,
    CASE WHEN c.inside THEN 'gained' ELSE 'lost' END AS direction
FROM placed AS b JOIN placed AS c USING (prompt_id) JOIN prompts AS p USING (prompt_id)
WHERE b.checkpoint = $base AND c.checkpoint = $candidate AND b.inside <> c.inside
ORDER BY prompt_id LIMIT $n
"""


class TextRoom(Room):
    """For pairs of answers; `shortened` are texts of those that have room."""

    def __init__(self, most: int) -> None:
        super().__init__(most)
        self.shortened = 0

    def has(self, case: Row) -> bool:
        """Whether a pair of answers still finds room."""
        told = self.take(sum(len(str(text).encode()) for text in case.values()))
        self.shortened += case["shortened"] if told else 0
        return told


def drilldown(material: Material, room: TextRoom) -> Section:
    """Of a study: for each pair its behaviours, what was found first, then clusters whose share differs."""
    changed: dict[tuple[str, str, str], list[Row]] = {}
    for one in changed_pairs(material.session, None, n=EACH).to_pylist():
        key = one["base"], one["candidate"], one["category_id"]
        changed.setdefault(key, []).append(one)
    pairs = [
        {
            "base": base,
            "candidate": candidate,
            "behaviours": list(_behaviours(material, (base, candidate), changed, room)),
            "clusters": list(_clusters(material, (base, candidate), room)),
        }
        for base, candidate in material.pairs
    ]
    content = {"pairs": pairs, "left_out": room.left_out, "shortened": room.shortened}
    return Section("answers", "Answers to read", "drilldown", content)


def _behaviours(
    material: Material,
    pair: tuple[str, str],
    changed: Mapping[tuple[str, str, str], list[Row]],
    room: TextRoom,
) -> Iterator[Row]:
    rows = [
        row
        for row in material.of(pair, "category")
        if row["role"] == "primary" and row["stratum"] == ALL
    ]
    titles: dict[str, Row] = {}
    for row in sorted(rows, key=_importance):
        titles.setdefault(row["category_id"], row)
    for category, row in titles.items():
        found = changed.get((*pair, category), [])
        cases = [case for one in found if room.has(case := _case(one))]
        if cases:
            yield {"what": row["title"] or category, "verdict": row["verdict"], "cases": cases}


def _clusters(material: Material, pair: tuple[str, str], room: TextRoom) -> Iterator[Row]:
    rows = [row for row in material.of(pair, "cluster") if row["stratum"] == ALL]
    for row in sorted(rows, key=_importance)[:MOST_CLUSTERS]:
        given = {"base": pair[0], "candidate": pair[1], "cluster": row["cluster_id"], "n": EACH}
        found = material.session.columns(MOVED, given).to_pylist()
        cases = [case for one in found if room.has(case := _case(one))]
        if cases:
            name = material.names.get(row["cluster_id"], "in no cluster")
            yield {"what": name, "verdict": row["verdict"], "cases": cases}


def _importance(row: Row) -> tuple[int, float]:
    verdict = ORDER.index(row["verdict"]) if row["verdict"] in ORDER else len(ORDER)
    return verdict, -abs(row["difference"] or 0.0)


def _case(found: Row) -> Row:
    """One prompt with both answers; `gained`: the candidate shows it, or lies there, and the base does not."""
    case: Row = {"direction": found["direction"], "prompt": _text(found["prompt"], ())}
    texts = [found["prompt"]]
    for arm in ("base", "candidate"):
        spans = found.get(f"{arm}_evidence") or ()
        for channel in ("response", "thoughts"):
            mine = [span for span in spans if span["channel"] == channel]
            case[f"{arm}_{channel}"] = _text(found[f"{arm}_{channel}"], mine)
            texts.append(found[f"{arm}_{channel}"])
    case["shortened"] = sum(len(text) > LONGEST for text in texts if text)
    return case


def _text(text: str | None, spans: Sequence[Row]) -> Markup | None:
    """A text with its evidence marked; of a long one the part around the evidence, or its beginning."""
    if text is None:
        return None
    marks = [(max(s["start"], 0), min(s["end"], len(text))) for s in spans]
    marks = sorted((start, end) for start, end in marks if start < end)
    begin = 0
    if marks and marks[0][1] > LONGEST:
        begin = max(marks[0][0] - LONGEST // 4, 0)
    end = min(begin + LONGEST, len(text))
    told, at = [_cut(begin)], begin
    for start, stop in marks:
        start, stop = max(start, at), min(stop, end)
        if start < stop:
            told += [
                _plain(text[at:start]),
                Markup("<mark>{}</mark>").format(_plain(text[start:stop])),
            ]
            at = stop
    told += [_plain(text[at:end]), _cut(len(text) - end)]
    return Markup("").join(told)


def _plain(text: str) -> Markup:
    return Markup.escape(printable(text))


def _cut(n: int) -> Markup:
    return (
        Markup('<span class="quiet"> … {} characters … </span>').format(f"{n:,}") if n else Markup()
    )
