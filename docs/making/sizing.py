"""docs/reference/sizing.md: what a dump of some size takes, from rates that were measured on one core."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from docs.making.markdown import table

__all__ = ["sizing_page"]


class Rates(NamedTuple):
    """What was measured (docs/measured.md, docs/cluster.md), of conversations of 1,414 characters on one core."""

    anonymise_per_s: float = 107.0  # conversations; reckoned: 71, measured before, × 1.50
    embed_per_s: float = 53.0  # responses, in bfloat16
    embed_zen4_per_s: float = 34.0  # at most, on a Zen 4, which has no AMX
    judge_per_s: float = 1292.0  # responses, by `rules` and a probe
    ask_per_s: float = 305.0  # answers that are asked for, anonymised and kept
    hand_out_per_s: float = 500.0  # parts, by the one process that does it
    rows_a_part: int = 512
    worker_gb: float = 1.5  # with its models
    conversation_bytes: float = 1850.0  # in parts: the conversation and its prompt
    response_bytes: float = 900.0  # in parts: the answer and its judgements
    vector_bytes: float = 1600.0  # 384 × 4, and ids
    hot_bytes: float = 800.0  # in study.duckdb, for a prompt and for each response


RATES = Rates()
ARMS = 2
CORES = 32  # of a machine
SIZES = {"1 million": 10**6, "100 million": 10**8, "10 billion": 10**10}
DAY_S = 86_400

PAGE = """# Sizing

What a dump takes, reckoned from what one core was measured to do ([measured.md](../measured.md)); [cluster.md](../cluster.md) says what it means. All that stands under *Sizes*
is reckoned: nothing of it was measured at the two larger sizes, and no figure is of an accelerator.

Assumed: conversations as real ones are (1,414 characters, one prompt each), {arms} checkpoints that are asked, one answer each, a machine of {cores} cores.

## Rates

{rates}
## Sizes

{sizes}
With n conversations and a arms:

```text
core seconds    n × (1/anonymise + a × (1/ask + 1/embed + 1/judge))
parts           n / rows × (2 + 4 × a)
bytes of parts  n × (conversation + a × response)
vectors         n × a × vector
study.duckdb    n × (1 + a) × hot
```

- **Embedding hangs on the processor**: {embed:g} rows/s a core where it multiplies in bfloat16 by itself (AMX, as Intel has since Sapphire Rapids), at most {zen4:g} on a Zen 4. The
  row *without AMX* takes the latter; the others, and what is said of a day, the former.
- **Small files make more parts**: no part holds rows of two files, so n / rows is no less than the files.
- **{hot:,.0f} bytes** a row of `study.duckdb` were measured at 10,240 real conversations with three arms (33 MB) and hold from about there on; below, what DuckDB takes of a table is more
  than what is in it: 347 prompts with 1,041 responses are 12 MB.
- **With recorded answers** (`kind: recorded`) no request is made, and what is said of requests drops out. Answers are found, anonymised and kept all the same: `1/ask`
  stays, as the most that it takes.
"""


def sizing_page() -> str:
    """The page, as Markdown."""
    r = RATES
    measured, reckoned = "measured", "reckoned"
    rates = [
        ("anonymise", f"{r.anonymise_per_s:g} conversations/s", f"{reckoned}: 71, measured with AMX, × 1.50 that it has gained since"),
        ("ask, anonymise and keep answers", f"{r.ask_per_s:g} answers/s", measured),
        ("embed", f"{r.embed_per_s:g} responses/s", f"{measured} with AMX"),
        ("embed, without AMX", f"{r.embed_zen4_per_s:g} responses/s at most", f"{measured} on a Zen 4"),
        ("judge", f"{r.judge_per_s:,.0f} responses/s", f"{measured}, by `rules` and a probe"),
        ("hand out parts", f"{r.hand_out_per_s:g} parts/s, one process", measured),
        ("rows of a part", f"{r.rows_a_part} at most", "set"),
        ("a worker", f"{r.worker_gb:g} GB of memory", measured),
        ("in parts", f"{r.conversation_bytes:,.0f} bytes a conversation, {r.response_bytes:,.0f} a response", measured),
        ("vectors", f"{r.vector_bytes:,.0f} bytes a response", f"{reckoned}: 384 × 4, and ids"),
        ("study.duckdb", f"{r.hot_bytes:,.0f} bytes a prompt or a response", measured),
    ]  # fmt: skip
    sizes = [(what, *(of(n) for n in SIZES.values())) for what, of in _ROWS.items()]
    return PAGE.format(
        arms=ARMS,
        cores=CORES,
        rates=table(("of one core", "", "how it is known"), rates),
        sizes=table(("conversations", *SIZES), sizes),
        embed=r.embed_per_s,
        zen4=r.embed_zen4_per_s,
        hot=r.hot_bytes,
    )


def _core_s(n: int, embed_per_s: float = RATES.embed_per_s) -> float:
    response = 1 / RATES.ask_per_s + 1 / embed_per_s + 1 / RATES.judge_per_s
    return n * (1 / RATES.anonymise_per_s + ARMS * response)


def _parts(n: int) -> float:
    """Two stages of conversations, four of each arm: answers, vectors, judgements, clusters."""
    return n / RATES.rows_a_part * (2 + 4 * ARMS)


_ROWS: dict[str, Callable[[int], str]] = {
    "core hours": lambda n: _number(_core_s(n) / 3600),
    "core hours, without AMX": lambda n: _number(_core_s(n, RATES.embed_zen4_per_s) / 3600),
    "cores, to be done in a day": lambda n: _number(max(1, _core_s(n) / DAY_S)),
    "machines, to be done in a day": lambda n: _number(max(1, _core_s(n) / DAY_S / CORES)),
    "their memory": lambda n: _bytes(max(1, _core_s(n) / DAY_S) * RATES.worker_gb * 1e9),
    "parts": lambda n: _number(_parts(n)),
    "handing them out": lambda n: f"{_number(_parts(n) / RATES.hand_out_per_s / 3600)} h",
    "requests to the checkpoints": lambda n: _number(n * ARMS),
    "requests/s, to be done in a day": lambda n: _number(n * ARMS / DAY_S),
    "parts without vectors": lambda n: _bytes(
        n * (RATES.conversation_bytes + ARMS * RATES.response_bytes)
    ),
    "vectors": lambda n: _bytes(n * ARMS * RATES.vector_bytes),
    "study.duckdb": lambda n: _bytes(n * (1 + ARMS) * RATES.hot_bytes),
}


def _number(value: float) -> str:
    """With two digits that count."""
    return f"{float(f'{value:.2g}'):,.{0 if value >= 9.5 else 1}f}"


def _bytes(value: float) -> str:
    for unit, size in (("PB", 1e15), ("TB", 1e12), ("GB", 1e9)):
        if value >= size:
            return f"{_number(value / size)} {unit}"
    return f"{_number(value / 1e6)} MB"
