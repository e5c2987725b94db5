"""Shared by the tests: a key of their own, and no wish to look for models on a network."""

from __future__ import annotations

import pytest

from logminer.models import go_offline

go_offline()

KEY = "5f" * 32


@pytest.fixture(autouse=True)
def key(monkeypatch: pytest.MonkeyPatch) -> str:
    """A fixed pseudonym key, so that no test touches the one in the home folder."""
    monkeypatch.setenv("LOGMINER_KEY", KEY)
    return KEY
