"""A ledger of its own for each test: it lies in the user's configuration."""

from __future__ import annotations

from pathlib import Path

import pytest

from logminer.ids import CONFIGURATION_VARIABLE


@pytest.fixture(autouse=True)
def ledgers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of ledgers; no test touches the one in the home folder."""
    monkeypatch.setenv(CONFIGURATION_VARIABLE, str(tmp_path / "mine"))
    return tmp_path / "mine" / "logminer" / "ledgers"
