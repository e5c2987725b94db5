"""What is held against earlier releases, whatever option was changed since."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

import pytest

from logminer.compare.options import CompareOptions
from logminer.errors import ReleaseRefused
from logminer.ids import Pseudonyms
from logminer.pipeline.releasing import ReleaseOptions
from logminer.release.drawing import draw
from logminer.release.drawn import Drawn
from logminer.release.history import held_against, refuse_near_suites
from logminer.release.ledger import KeptRelease
from logminer.store.session import open_session
from tests.conftest import KEY
from tests.kit.releasable import LEAST, PROJECT, releasable


def drawn(study: Path, suite: str = "logs", contribution: int = 1) -> Drawn:
    policy = ReleaseOptions(min_users=LEAST, contribution=contribution)
    pseudonyms = Pseudonyms(bytes.fromhex(KEY), PROJECT)
    with open_session(study) as session:
        return draw(session, suite, CompareOptions(), policy, pseudonyms)


def kept(studies: Sequence[Drawn], contribution: int = 1) -> KeptRelease:
    people = frozenset(digest for one in studies for digest in one.digests)
    now = datetime.now(UTC)
    return KeptRelease("before", now, LEAST, 5, {}, people, contribution=contribution)


def held(now: Drawn, before: KeptRelease, contribution: int = 1) -> int:
    """How many people it is held against."""
    return sum(len(one.people) for one in held_against(now, [before], LEAST, contribution, [now]))


def test_neither_another_draw_nor_another_name_hides_few(tmp_path: Path) -> None:
    """Six went; half of the people asked twice, so that more prompts of each are other prompts."""
    all_, some = (releasable(tmp_path / str(n), n, rare=0) for n in (60, 54))
    before = kept([drawn(all_)])
    assert held(drawn(all_), before) == 60
    for contribution in (1, 2):
        with pytest.raises(ReleaseRefused, match="fewer than 20"):
            held(drawn(some, contribution=contribution), before, contribution)
    of_suites = kept([drawn(all_, "one"), drawn(all_, "two")])
    assert held(drawn(all_, "two"), of_suites) == 60
    for name in ("uno", "logs"):
        with pytest.raises(ReleaseRefused, match="name that it had then"):
            held(drawn(some, name), of_suites)


def test_what_more_people_were_promised_holds_for_them_when_fewer_are_asked_for(
    tmp_path: Path,
) -> None:
    """Twice the people of the stricter of two policies have to differ."""
    all_, some = (drawn(releasable(tmp_path / str(n), n, rare=0)) for n in (150, 125))
    before = kept([all_])
    assert held(some, before) == 150
    with pytest.raises(ReleaseRefused, match="fewer than 40"):
        held(some, before._replace(least=2 * LEAST))


def test_more_of_each_are_not_told_of_the_same_people(tmp_path: Path) -> None:
    """Thirty asked twice: enough, but what the two tell apart may be few."""
    study = releasable(tmp_path / "study", 150, rare=0)
    before = kept([drawn(study)])
    with pytest.raises(ReleaseRefused, match=r"release\.contribution is 2, and was 1"):
        held(drawn(study, contribution=2), before, 2)


def test_no_suite_of_a_release_is_a_copy_of_another_without_a_few(tmp_path: Path) -> None:
    """Of the same people, of six fewer, and of so many fewer that these are a crowd."""
    sizes = (60, 60, 54, 40)
    whole, same, few, many = (
        drawn(releasable(tmp_path / str(i), n, rare=0), f"suite{i}") for i, n in enumerate(sizes)
    )
    for others in ((same,), (many,), (same, many)):
        refuse_near_suites([whole, *others], LEAST)
    for others in ((few,), (same, few), (few, many)):
        with pytest.raises(ReleaseRefused, match=r"suites suite\d and suite2 .* fewer than 20"):
            refuse_near_suites([whole, *others], LEAST)
    nobodys = [Drawn(**one._asdict() | {"known": False}) for one in (whole, few)]
    refuse_near_suites(nobodys, LEAST)
    elsewhere = Drawn(**few._asdict() | {"asked": tuple(b"other" + one for one in few.asked)})
    refuse_near_suites([whole, elsewhere], LEAST)
