"""The questions of docs/sql.md: short, and answered by any study."""

from __future__ import annotations

import re

import pytest

from logminer.store.session import open_session
from tests.conftest import Demo
from tests.kit.places import ROOT

# A heading with its number, the query, and what the answer means.
QUESTION = re.compile(
    r"^### \d+\. (.+?)\n\n```sql\n((?:(?!^```).)*)^```\n\n[\w`]", re.DOTALL | re.MULTILINE
)
QUESTIONS = dict(QUESTION.findall((ROOT / "docs/sql.md").read_text("utf-8")))
LONGEST = 8  # lines
NOTHING = {"Where do judges disagree?"}  # each behaviour of the demo has one


def test_there_are_ten_questions() -> None:
    assert len(QUESTIONS) == 10
    assert QUESTIONS.keys() > NOTHING


@pytest.mark.parametrize("question", QUESTIONS)
def test_each_is_short_and_answered(question: str, demo: Demo) -> None:
    assert len(QUESTIONS[question].splitlines()) <= LONGEST
    with open_session(demo.study) as session:
        answer = session.sql(QUESTIONS[question]).to_arrow_table()
    assert bool(len(answer)) == (question not in NOTHING)
