"""Dumps in WildChat's schemas, as their dataset cards have them."""

from __future__ import annotations

import datetime

import pyarrow as pa

TEXT, TRUTH, WHOLE, REAL = pa.string(), pa.bool_(), pa.int64(), pa.float64()
HEADER = pa.struct([("accept-language", TEXT), ("user-agent", TEXT)])
PLACES = (
    "harassment",
    "harassment/threatening",
    "harassment_threatening",
    "self-harm",
    "self_harm",
)
MODERATION = pa.list_(
    pa.struct(
        [
            ("categories", pa.struct([(name, TRUTH) for name in PLACES])),
            ("category_scores", pa.struct([(name, REAL) for name in PLACES])),
            ("flagged", TRUTH),
        ]
    )
)
DETOXIFY = pa.list_(pa.struct([("toxicity", REAL), ("insult", REAL)]))


def message(time: pa.DataType, **more: pa.DataType) -> pa.DataType:
    fields = {
        "content": TEXT,
        "country": TEXT,
        "hashed_ip": TEXT,
        "header": HEADER,
        "language": TEXT,
        "redacted": TRUTH,
        "role": TEXT,
        "state": TEXT,
        "timestamp": time,
        "toxic": TRUTH,
        "turn_identifier": WHOLE,
    }
    return pa.list_(pa.struct(list((fields | more).items())))


ZONED, NAIVE = pa.timestamp("us", "UTC"), pa.timestamp("us")
USAGE = pa.struct([("completion_tokens", WHOLE), ("prompt_tokens", WHOLE)])
LATER = {
    "created": WHOLE,
    "openai_id": TEXT,
    "temperature": REAL,
    "token_counter": WHOLE,
    "top_p": REAL,
    "system_fingerprint": TEXT,
    "usage": USAGE,
}
WHEN = datetime.datetime(2024, 5, 1, 12, tzinfo=datetime.UTC)


def wildchat(kind: pa.DataType, when: pa.DataType, **columns: object) -> dict[str, object]:
    """Three conversations of two addresses; the first one's browser changes."""
    names = [field.name for field in kind.value_type]

    def turn(role: str, content: str) -> dict[str, object]:
        told = {
            "role": role,
            "content": content,
            "language": "English",
            "hashed_ip": "in a message",
        }
        return {name: told.get(name) for name in names}

    talks = [[turn("user", f"q{i}"), turn("assistant", f"a{i}")] for i in range(3)]
    flagged = [
        {"categories": {"self-harm": False, "self_harm": False}, "flagged": False},
        {"categories": {"self-harm": True, "self_harm": True}, "flagged": True},
    ]
    time = WHEN if when == ZONED else WHEN.replace(tzinfo=None)
    return {
        "conversation_hash": ["h0", "h1", "h2"],
        "model": ["gpt-4"] * 3,
        "timestamp": pa.array([time] * 3, when),
        "conversation": pa.array(talks, kind),
        "turn": [1, 1, 1],
        "language": ["English", "Spanish", "English"],
        "openai_moderation": pa.array([flagged, flagged[:1], None], MODERATION),
        "detoxify_moderation": pa.array(
            [[{"toxicity": 0.01}, {"toxicity": 0.4}], [{"toxicity": 0.1}], []], DETOXIFY
        ),
        "toxic": [True, False, False],
        "redacted": [False, False, True],
        "state": ["Texas", None, None],
        "country": ["United States", "Spain", None],
        "hashed_ip": ["ip1", "ip1", "ip2"],
        "header": pa.array(
            [{"accept-language": "en", "user-agent": agent} for agent in ("A", "B", "A")], HEADER
        ),
        **columns,
    }
