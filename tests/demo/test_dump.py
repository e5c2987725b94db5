"""The demo dump: the same for a seed, as varied as it promises, and honest about what it planted."""

from __future__ import annotations

import re
from collections import Counter

import pyarrow.parquet as pq
import pytest

from logminer.demo.dump import write_demo_dump
from logminer.errors import ConfigError

KINDS = {"person", "email", "phone", "card", "iban", "ip"}


@pytest.fixture(scope="module")
def dump(tmp_path_factory):
    return write_demo_dump(tmp_path_factory.mktemp("demo") / "dump.parquet")


@pytest.fixture(scope="module")
def rows(dump):
    return pq.read_table(dump.path).to_pylist()


def user_turns(row):
    return [m["content"] for m in row["messages"] or [] if m["role"] == "user"]


def test_a_seed_gives_the_same_rows(tmp_path, dump):
    again = write_demo_dump(tmp_path / "again.parquet")
    assert again.planted == dump.planted
    assert again.path.read_bytes() == dump.path.read_bytes()
    other = write_demo_dump(tmp_path / "other.parquet", seed=8)
    assert pq.read_table(other.path) != pq.read_table(dump.path)
    assert not set(other.planted["card"]) & set(dump.planted["card"])


def test_sizes_are_as_promised(dump, rows):
    assert dump.conversations == len(rows) == len({row["conversation_id"] for row in rows}) == 360
    activity = Counter(row["user_id"] for row in rows)
    assert dump.users == len(activity) >= 40
    assert max(activity.values()) >= 5 * min(activity.values())
    turns = Counter(len(user_turns(row)) for row in rows)
    assert set(turns) <= {0, 1, 2, 3, 4}
    assert turns[1] >= 300
    assert min(turns[k] for k in (2, 3, 4)) >= 5


def test_columns_and_times(dump, rows):
    assert pq.read_schema(dump.path).names == [
        "conversation_id",
        "user_id",
        "messages",
        "model",
        "created_at",
        "language",
        "ask",
    ]
    times = [row["created_at"] for row in rows]
    assert times == sorted(times)
    assert (times[-1] - times[0]).days > 21
    assert times[0].utcoffset().total_seconds() == 0


def test_languages_and_bad_rows(rows):
    languages = Counter(row["language"] for row in rows)
    assert set(languages) == {"en", "es", "de"}
    assert languages["es"] + languages["de"] == 10
    roles = Counter(m["role"] for row in rows for m in row["messages"] or [])
    assert roles["narrator"] == 1
    assert sum(row["messages"] is None for row in rows) == 1
    assert sum(row["messages"] == [] for row in rows) == 1


def test_asks_are_mixed_varied_and_short(rows):
    asks = Counter(row["ask"] for row in rows)
    assert asks["benign"] > asks["borderline"] >= 60
    assert asks["harmful"] >= 60
    last = [user_turns(row)[-1] for row in rows if user_turns(row)]
    assert len(set(last)) > 0.95 * len(last)
    assert sum(len(text.split()) <= 60 for text in last) > 0.98 * len(last)
    assert not any("$" in m["content"] for row in rows for m in row["messages"] or [])


def test_logged_answers_refuse_where_it_is_harmful(rows):
    refusals = ("I'm sorry, but", "I can't assist", "Sorry, I won't", "I'm not able", "As an AI")
    share = {}
    for ask in ("benign", "borderline", "harmful"):
        answers = [
            row["messages"][-1]["content"]
            for row in rows
            if row["ask"] == ask and user_turns(row) and row["language"] == "en"
        ]
        share[ask] = sum(answer.startswith(refusals) for answer in answers) / len(answers)
    assert share["benign"] == 0
    assert 0.1 < share["borderline"] < 0.5
    assert 0.75 < share["harmful"] < 1


def test_planted_values_are_in_the_text_and_nowhere_else(rows, dump):
    text = "\n".join(m["content"] for row in rows for m in row["messages"] or [])
    rest = "\n".join(
        str(value) for row in rows for name, value in row.items() if name != "messages"
    )
    assert set(dump.planted) == KINDS
    for kind, values in dump.planted.items():
        assert len(values) == len(set(values)) >= 12, kind
        for value in values:
            assert len(value) >= 6
            assert value in text
            assert value not in rest
    assert [p.name for p in dump.path.parent.iterdir()] == ["dump.parquet"]


def test_every_address_in_the_text_is_planted(rows, dump):
    text = "\n".join(m["content"] for row in rows for m in row["messages"] or [])
    found = set(re.findall(r"[a-z.]+@example\.(?:com|org|net)", text))
    assert found == set(dump.planted["email"])


def test_cards_and_ibans_are_valid(dump):
    for card in dump.planted["card"]:
        digits = [int(c) for c in card if c.isdigit()]
        doubled = [sum(divmod(2 * d, 10)) for d in digits[-2::-2]]
        assert len(digits) == 16
        assert (sum(doubled) + sum(digits[::-2])) % 10 == 0
    countries = set()
    for iban in dump.planted["iban"]:
        plain = iban.replace(" ", "")
        countries.add(plain[:2])
        assert int("".join(str(int(c, 36)) for c in plain[4:] + plain[:4])) % 97 == 1
    assert len(countries) >= 4


@pytest.mark.parametrize("size", [20, 75])
def test_other_sizes(tmp_path, size):
    small = write_demo_dump(tmp_path / "deep" / "small.parquet", conversations=size, seed=1)
    rows = pq.read_table(small.path).to_pylist()
    assert len(rows) == size
    assert small.users == len({row["user_id"] for row in rows}) == min(size, 40)


def test_too_few_conversations(tmp_path):
    with pytest.raises(ConfigError, match="at least 20"):
        write_demo_dump(tmp_path / "tiny.parquet", conversations=5)
