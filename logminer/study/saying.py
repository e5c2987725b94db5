"""Who says a phrase: prompts with the answers of both arms."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import pairwise
from typing import Any

from logminer.errors import QueryError
from logminer.schemas.discovered import OR, UNNAMED
from logminer.store.session import Session
from logminer.study.found import knows_found

__all__ = ["pattern", "saying"]

NEAR = 400  # characters at either end of a text in which an opening or a closing lies
# Scripts that part no words: their letters follow each other.
UNSPACED = (
    "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3005-\u3007\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff"
)
NUMBER = "<number>"  # stands for any in a phrase
GAP = r"[^\pL\pN]"  # what is no word

Row = dict[str, Any]


def saying(
    session: Session, phrase: str, *, checkpoint: str | None = None, n: int = 5
) -> list[Row]:
    """Every answer to `n` prompts on which somebody says it, pseudorandom by id; the same ones each time.

    Args:
        session: the study.
        phrase: as it stands in `phrases`, or one of those that stand for each other there, whose channel, position and
            arms it then has; or any other, which is looked for in the whole of all responses.
        checkpoint: only where this one says it.
        n: prompts.

    Returns:
        `prompt_id, prompt, checkpoint, response, thoughts, response_id, says` (whether this one does), prompt by prompt,
        those who say it first; empty where nobody does.

    Raises:
        QueryError: nothing in it can be looked for, or the study has no such checkpoint.
    """
    phrase = phrase.encode("utf-8", "replace").decode()  # a terminal may hand over half a character
    channel, position, arms = _known(session, phrase)
    if checkpoint is not None and checkpoint not in (*arms, *_checkpoints(session)):
        raise QueryError(f"the study has no checkpoint '{checkpoint}'")
    where = {"opening": f"left(r.{channel}, {NEAR})", "closing": f"right(r.{channel}, {NEAR})"}
    says = f"coalesce(regexp_matches({where.get(position, f'r.{channel}')}, $1, 'i'), false)"
    rows: list[Row] = session.columns(
        f"WITH said AS (SELECT r.*, {says} AS says FROM responses AS r WHERE list_contains($2, r.checkpoint)),"
        " chosen AS (SELECT DISTINCT prompt_id FROM said WHERE says AND checkpoint = coalesce($3, checkpoint)"
        " ORDER BY prompt_id LIMIT $4)"
        " SELECT prompt_id, p.messages[-1].content AS prompt, s.checkpoint, s.response, s.thoughts, s.response_id, s.says"
        " FROM chosen JOIN said AS s USING (prompt_id) JOIN prompts AS p USING (prompt_id)"
        " ORDER BY prompt_id, s.says DESC, s.checkpoint, s.sample_index",
        [pattern(phrase), arms, checkpoint, n],
    ).to_pylist()
    return rows


def _known(session: Session, phrase: str) -> tuple[str, str, list[str]]:
    """Channel, position and arms of a phrase that was found; of another `response`, all of it, and all checkpoints."""
    found = (
        session.rows(
            "SELECT channel, position, base, candidate FROM phrases"
            " WHERE phrase = $1 OR list_contains(string_split(phrase, $2), $1)"
            " ORDER BY phrase <> $1, verdict, q NULLS LAST, channel, position",
            [phrase, OR],
        )
        if knows_found(session)
        else []
    )
    if not found:
        return "response", "all", _checkpoints(session)
    channel, position, *_ = found[0]
    return channel, position, sorted({arm for _, _, *pair in found for arm in pair})


def _checkpoints(session: Session) -> list[str]:
    return [
        name for (name,) in session.rows("SELECT DISTINCT checkpoint FROM responses ORDER BY 1")
    ]


def pattern(phrase: str) -> str:
    """A phrase, or several parted by ' | ', in DuckDB's regular expressions (RE2): whole words, whatever is between them."""
    patterns = []
    for one in phrase.split(OR):
        if one == UNNAMED:
            continue
        tokens = re.findall(rf"{NUMBER}|[{UNSPACED}]|[^\s{UNSPACED}]+", one)
        if tokens:
            body = _joined(tokens)
            patterns.append(_bounded(tokens[0], tokens[-1], body))
    if not patterns or not re.search(r"\w|[^\x00-\x7f]", phrase):
        raise QueryError("--phrase: no word to look for")
    return "|".join(patterns)


def _joined(tokens: Sequence[str]) -> str:
    """The tokens, between two words something, and elsewhere perhaps."""
    made = _token(tokens[0])
    for before, after in pairwise(tokens):
        apart = _spaced(before[-1]) and _spaced(after[0])
        made += f"{GAP}{'+' if apart else '*'}{_token(after)}"
    return made


def _token(token: str) -> str:
    if token == NUMBER:
        return r"\pN[\pN.,:/]*"
    return re.escape(token).replace("'", "['’]")


def _bounded(first: str, last: str, body: str) -> str:
    """Only as whole words, where the script has any."""
    start = f"(?:^|{GAP})" if _spaced(first[0]) else ""
    end = f"(?:{GAP}|$)" if _spaced(last[-1]) else ""
    return f"{start}(?:{body}){end}"


def _spaced(char: str) -> bool:
    return (char.isalnum() or char in "<>") and re.match(f"[{UNSPACED}]", char) is None
