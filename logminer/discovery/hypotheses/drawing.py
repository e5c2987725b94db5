"""Which pairs of answers an analyst is shown: of the discovery half alone, by a seeded draw that looks at no content."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any, NamedTuple

from logminer.errors import StoreError
from logminer.ids import Pseudonyms, person, rank
from logminer.messages.states import JUDGED
from logminer.scorers.autorater.rubric import conversation
from logminer.spec import content_hash
from logminer.store.session import Session

__all__ = ["ShownPair", "draw_pairs", "sample_digest"]

MOST_PROMPT = 1500  # characters that are shown of a prompt
MOST_ANSWER = 2400  # and of an answer
GAP = "\n[…]\n"

FIRST = """
SELECT prompt_id, arg_min(response, sample_index) AS response FROM responses
WHERE checkpoint = $arm AND state IN ({judged}) AND trim(response) <> '' GROUP BY prompt_id
"""
DRAWN = """
SELECT p.prompt_id, p.user_id, p.conversation_id, coalesce(p.prompt_group, p.prompt_id)
FROM prompts AS p JOIN ({base}) AS b USING (prompt_id) JOIN ({candidate}) AS c USING (prompt_id)
WHERE p.split = 'discovery' AND b.response <> c.response
"""
TEXTS = """
SELECT p.prompt_id, p.messages, b.response, c.response
FROM prompts AS p JOIN ({base}) AS b USING (prompt_id) JOIN ({candidate}) AS c USING (prompt_id)
WHERE p.prompt_id IN (SELECT unnest($3::VARCHAR[]))
"""


class ShownPair(NamedTuple):
    """A prompt and what both arms answered, as it is shown: `x` and `y` in an order that a keyed coin tossed for this prompt.

    Where a text is long its middle is left out.
    """

    prompt_id: str
    person: str
    prompt: str
    x: str
    y: str


def draw_pairs(
    session: Session, base: str, candidate: str, *, n: int, seed: int, pseudonyms: Pseudonyms
) -> list[ShownPair]:
    """Pairs of the discovery half on which both arms say something, and not the same.

    Of several samples the first is shown. As many people and as many ways to ask as there are come first; within that
    the order is that of a seeded hash of the prompts' ids. The arms could be swapped without another draw.

    Args:
        session: the study.
        base, candidate: the arms.
        n: pairs at most.
        seed: of the draw and of the coins.
        pseudonyms: for the coins, which nobody can toss again without the key.

    Raises:
        StoreError: there is no such pair.
    """
    rows = session.rows(_filled(DRAWN), [base, candidate])
    if not rows:
        raise StoreError(
            f"no pair to show: {base} and {candidate} answer no prompt of the discovery half differently"
        )
    people, groups = Counter[str](), Counter[str]()
    order: list[tuple[int, int, str, str]] = []
    for place, (prompt_id, user, talk, group) in enumerate(
        sorted(rows, key=lambda row: rank(seed, row[0]))
    ):
        who = person(user, talk)
        order.append((max(people[who], groups[group]), place, prompt_id, who))
        people[who] += 1
        groups[group] += 1
    chosen = {prompt_id: who for *_, prompt_id, who in sorted(order)[:n]}
    texts = {
        prompt_id: (messages, said)
        for prompt_id, messages, *said in session.rows(
            _filled(TEXTS), [base, candidate, list(chosen)]
        )
    }
    return [
        _pair(prompt_id, who, *texts[prompt_id], seed, pseudonyms)
        for prompt_id, who in chosen.items()
    ]


def sample_digest(pairs: Sequence[ShownPair]) -> str:
    """12 hex characters that name the prompts shown, in whatever order."""
    return content_hash(sorted(pair.prompt_id for pair in pairs))


def _filled(query: str) -> str:
    judged = ", ".join(map(repr, JUDGED))
    arms = {
        name: FIRST.format(judged=judged).replace("$arm", parameter)
        for name, parameter in (("base", "$1"), ("candidate", "$2"))
    }
    return query.format(**arms)


def _pair(
    prompt_id: str,
    who: str,
    messages: Sequence[dict[str, Any]],
    said: Sequence[str],
    seed: int,
    pseudonyms: Pseudonyms,
) -> ShownPair:
    heads = pseudonyms.digest("analyst", str(seed), prompt_id)[0] & 1
    x, y = (_cut(text, MOST_ANSWER) for text in (said[::-1] if heads else said))
    return ShownPair(prompt_id, who, _cut(conversation(messages), MOST_PROMPT), x, y)


def _cut(text: str, most: int) -> str:
    """The beginning and, half as long, the end: what answers open and close with is seen whole."""
    if len(text) <= most:
        return text
    tail = (most - len(GAP)) // 3
    return text[: most - len(GAP) - tail] + GAP + text[-tail:]
