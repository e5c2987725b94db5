"""One writer at a time."""

from __future__ import annotations

from pathlib import Path

import pytest

from logminer.errors import StoreError
from logminer.store.lock import lock_study


def test_one_writer_at_a_time(tmp_path: Path) -> None:
    with (
        lock_study(tmp_path),
        pytest.raises(StoreError, match="another run"),
        lock_study(tmp_path),
    ):
        pass
    with lock_study(tmp_path):
        pass
