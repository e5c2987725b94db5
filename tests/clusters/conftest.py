"""A map that is easy to find."""

from __future__ import annotations

import pytest

from logminer.clusters.map import ClusterMap
from tests.kit.vectors import Matrix, find, planted


@pytest.fixture(scope="module")
def easy() -> tuple[Matrix, Matrix]:
    return planted(1600, 16, 384, spread=1.0)


@pytest.fixture(scope="module")
def found(easy: tuple[Matrix, Matrix]) -> ClusterMap:
    return find(easy[0])
