"""A ledger of its own for each test: it lies beside the key."""

from __future__ import annotations

from pathlib import Path

import pytest

from logminer.ids import KEY_FILE_VARIABLE


@pytest.fixture(autouse=True)
def ledgers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of ledgers; no test touches the one in the home folder."""
    monkeypatch.setenv(KEY_FILE_VARIABLE, str(tmp_path / "keys" / "key"))
    return tmp_path / "keys" / "ledgers"
