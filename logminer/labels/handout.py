"""`logminer label`: texts of a study are drawn for people to label, and laid out so that nobody sees whose they are."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from logminer.errors import ConfigError, SourceError, did_you_mean
from logminer.ids import rank
from logminer.labels.annotation import write_sheet
from logminer.labels.drawing import Stratum, draw_prompts
from logminer.store.session import Session, open_session
from logminer.study.last_run import last_run
from logminer.study.pairs import compared_pairs

__all__ = ["DrawnSheet", "LabelRubric", "draw_sheet", "read_rubrics"]

Row = dict[str, Any]

TEXTS = {
    "response": ("prompt", "response"),
    "thoughts": ("prompt", "thoughts"),
    "pair": ("prompt", "thoughts", "response"),
}


class LabelRubric(NamedTuple):
    """What an annotator goes by."""

    category_id: str
    title: str
    counts: str
    not_counts: str


class DrawnSheet(NamedTuple):
    """What was drawn for a sheet.

    `rows` is the number of texts to read, `filled` of them bore a label already. `elsewhere` labels that the study has of
    the category are of texts that were not drawn: with these weights they go together only if they are of a draw of
    their own kind.
    """

    sheet: Path
    category: str
    channel: str
    scorer: str
    arms: tuple[str, ...]
    seed: int
    prompts: int
    rows: int
    filled: int
    elsewhere: int
    strata: tuple[Stratum, ...]

    def as_json(self) -> Row:
        """JSON-ready."""
        strata = [stratum._asdict() | {"weight": stratum.weight} for stratum in self.strata]
        return self._asdict() | {"sheet": str(self.sheet), "strata": strata}


def draw_sheet(
    study: Path,
    out: Path,
    *,
    category: str,
    n: int,
    seed: int = 0,
    scorer: str | None = None,
    channel: str | None = None,
    arms: Sequence[str] | None = None,
) -> DrawnSheet:
    """Draw `n` prompts by `drawing.draw_prompts` and write the answers of both arms to a sheet.

    Rows are shuffled by a seeded hash of their ids. Nothing in them tells the arm or what the scorer said. What people
    have said of these answers before, by an earlier `calibrate`, is filled in: a larger draw asks only for what is new.

    Args:
        study: its folder.
        out: the sheet, .csv or .parquet.
        category: to be labelled.
        n: prompts.
        seed: of the draw and of the order.
        scorer: decides the strata; by default the one that has the category's verdict, unless its labels are recorded: then the first of the
            pipeline that judged it and whose labels are not.
        channel: by default the response, or where the category was judged elsewhere only, that.
        arms: by default the first pair that was compared, in a study of one checkpoint this one.

    Raises:
        ConfigError: the study has no such category, scorer, channel or arm.
        StoreError: no study, or no prompt to label.
        SourceError: the sheet cannot be written there, or has labels already.
    """
    with open_session(study) as session:
        channel = _channel(session, category, channel)
        scorer = _scorer(session, category, channel, scorer)
        arms = _arms(session, arms)
        draw = draw_prompts(
            session,
            category=category,
            channel=channel,
            scorer=scorer,
            arms=arms,
            n=n,
            seed=seed,
        )
        weights = {response: weight for unit, weight in draw.units for response in unit.responses}
        rows = _sheet_rows(session, category, channel, weights)
        ((labels,),) = session.rows(
            "SELECT count(*) FROM human_labels WHERE category_id = ? AND channel = ? AND taken_from IS NULL",
            [category, channel],
        )
    filled = sum(row["label"] is not None for row in rows)
    rows.sort(key=lambda row: rank(seed, row["response_id"]))
    write_sheet(out, rows, TEXTS[channel])
    return DrawnSheet(
        sheet=out,
        category=category,
        channel=channel,
        scorer=scorer,
        arms=tuple(arms),
        seed=seed,
        prompts=len(draw.units),
        rows=len(rows),
        filled=filled,
        elsewhere=labels - filled,
        strata=draw.strata,
    )


def read_rubrics(session: Session, categories: Iterable[str]) -> dict[str, LabelRubric]:
    """The rubrics of these categories, as the study's taxonomy has them.

    Raises:
        SourceError: one that the study does not have.
    """
    rows = session.rows("SELECT category_id, title, definition FROM categories ORDER BY ALL")
    known = {
        category: LabelRubric(category, title, *_split(definition))
        for category, title, definition in rows
    }
    wanted = dict.fromkeys(categories)
    if unknown := [category for category in wanted if category not in known]:
        raise SourceError(
            f"the study has no category {', '.join(map(repr, unknown))}: is the sheet of another study?"
        )
    return {category: known[category] for category in wanted}


def _split(definition: str) -> tuple[str, str]:
    """`Category.definition` taken apart."""
    counts, _, not_counts = definition.partition(" Does not count: ")
    return counts.removeprefix("Counts: "), not_counts


def _sheet_rows(
    session: Session, category: str, channel: str, weights: dict[str, float]
) -> list[Row]:
    found = session.rows(
        "SELECT r.response_id, p.messages, r.thoughts, r.response, h.label, h.second_label"
        " FROM responses AS r JOIN prompts AS p USING (prompt_id)"
        " LEFT JOIN human_labels AS h ON h.response_id = r.response_id AND h.category_id = ? AND h.channel = ?"
        " AND h.taken_from IS NULL WHERE r.response_id IN (SELECT unnest(?::VARCHAR[]))",
        [category, channel, list(weights)],
    )
    return [
        {
            "response_id": response_id,
            "category": category,
            "channel": channel,
            "prompt": _conversation(messages),
            "thoughts": thoughts,
            "response": response,
            "label": label,
            "second_label": second,
            "weight": weights[response_id],
            "note": None,
        }
        for response_id, messages, thoughts, response, label, second in found
    ]


def _conversation(messages: Sequence[Row]) -> str:
    """A prompt to read: the user's words; of several messages each with its role before it."""
    if len(messages) == 1:
        return str(messages[0]["content"])
    return "\n\n".join(f"[{message['role']}]\n{message['content']}" for message in messages)


def _channel(session: Session, category: str, channel: str | None) -> str:
    judged = session.rows(
        "SELECT category_id, channel FROM judgements GROUP BY ALL ORDER BY category_id, channel"
    )
    channels = [there for of, there in judged if of == category]
    if not channels:
        categories = list(dict.fromkeys(of for of, _ in judged))
        hint = did_you_mean(category, categories, f"judged are {', '.join(categories)}")
        raise ConfigError(f"category '{category}': no scorer of this study judged it; {hint}")
    if channel is None:
        channel = "response" if "response" in channels else channels[0]
    if channel not in channels:
        raise ConfigError(
            f"channel '{channel}': {category} was not judged there, but in {', '.join(channels)}"
        )
    return channel


def _scorer(session: Session, category: str, channel: str, scorer: str | None) -> str:
    rows = session.rows(
        "SELECT DISTINCT scorer FROM judgements WHERE category_id = ? AND channel = ? ORDER BY scorer",
        [category, channel],
    )
    judged = [name for (name,) in rows]
    if scorer is None:
        order = _declared(session, category, channel)
        return next((name for name in order if name in judged), judged[0])
    if scorer not in judged:
        hint = did_you_mean(scorer, judged, f"{', '.join(judged)} did")
        raise ConfigError(f"scorer '{scorer}' did not judge {category} ({channel}); {hint}")
    return scorer


def _declared(session: Session, category: str, channel: str) -> list[str]:
    """Scorers of the last run, first what has a verdict, else as in the pipeline; recorded labels, often people's, come last."""
    last = last_run(session)
    scorers = last.options["judge"]["scorers"] if last else []
    compared = session.columns(
        "FROM comparisons WHERE category_id = ? AND channel = ?", [category, channel]
    ).to_pylist()
    # A study published by an earlier version has no roles.
    decides = {row["scorer"] for row in compared if row.get("role") == "primary"}

    def key(scorer: Row) -> tuple[bool, bool]:
        return scorer["kind"] == "recorded", scorer["name"] not in decides

    return [scorer["name"] for scorer in sorted(scorers, key=key)]


def _arms(session: Session, arms: Sequence[str] | None) -> Sequence[str]:
    known = [
        name for (name,) in session.rows("SELECT DISTINCT checkpoint FROM responses ORDER BY 1")
    ]
    if arms is not None:
        if unknown := [name for name in arms if name not in known]:
            hint = did_you_mean(unknown[0], known, f"it has {', '.join(known)}")
            raise ConfigError(f"pair: the study has no checkpoint '{unknown[0]}'; {hint}")
        return arms
    if pairs := compared_pairs(session):
        return pairs[0]
    if len(known) == 1:
        return known
    raise ConfigError(
        f"the study compared no pair: name one with --pair BASE,CANDIDATE (it has {', '.join(known)})"
    )
