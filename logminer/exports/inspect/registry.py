"""What inspect_ai and inspect_scout load by the entry point `logminer` of group `inspect_ai`."""

from __future__ import annotations

import importlib.util

from logminer.exports.inspect import acting, outcomes, scorers, tasks

__all__ = ["acting", "outcomes", "scorers", "tasks"]

if importlib.util.find_spec("inspect_scout"):
    from logminer.exports.inspect import scanners  # noqa: F401
