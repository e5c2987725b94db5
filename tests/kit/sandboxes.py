"""A sandbox that contains, or none of the test."""

from __future__ import annotations

import pytest

from logminer.errors import SandboxError
from logminer.sandbox.base import Sandbox
from logminer.sandbox.opening import open_sandbox

__all__ = ["contained_or_skip"]


def contained_or_skip() -> Sandbox:
    """The test is skipped where the system refuses what such a one needs."""
    try:
        return open_sandbox()
    except SandboxError as refused:
        pytest.skip(str(refused))
