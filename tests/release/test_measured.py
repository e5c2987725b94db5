"""What a release is of hangs on nobody's answers alone."""

from __future__ import annotations

from pathlib import Path

import pytest

from logminer.compare.options import CompareOptions
from logminer.ids import Pseudonyms
from logminer.pipeline.releasing import ReleaseOptions
from logminer.release.cube import count
from logminer.release.drawing import draw
from logminer.release.drawn import Drawn
from logminer.store.session import open_session
from tests.conftest import KEY
from tests.kit.releasable import COMPARED, LEAST, PROJECT, releasable

PSEUDONYMS = Pseudonyms(bytes.fromhex(KEY), PROJECT)


def drawn(folder: Path, *, private: bool) -> Drawn:
    """As a release reads it."""
    options = CompareOptions.model_validate(COMPARED, strict=False)
    policy = ReleaseOptions(min_users=LEAST)
    with open_session(folder) as session:
        return draw(session, "logs", options, policy, PSEUDONYMS, private=private)


@pytest.mark.parametrize("private", [True, False])
def test_one_person_makes_no_row_and_takes_nobody_away(tmp_path: Path, private: bool) -> None:
    """The only one in the log, the only one whose thoughts are judged, and by a scorer of his own."""
    with_, without = (
        drawn(releasable(tmp_path / str(lone), 60, lone=lone), private=private)
        for lone in (True, False)
    )
    assert with_.arms == without.arms == ("a", "b")
    assert [*with_.labels] == [*without.labels]
    assert len(with_) == len(without) == 60
    if not private:
        blocks = [count([one], LEAST, PSEUDONYMS).blocks for one in (with_, without)]
        assert blocks[0] == blocks[1]
