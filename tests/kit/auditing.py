"""Searching a study for what was planted, from Python and from the terminal."""

from __future__ import annotations

from pathlib import Path

from click.testing import CliRunner, Result

from logminer.audit.auditor import audit
from logminer.audit.findings import Audit, Canary
from logminer.cli.main import main
from logminer.store.session import Session

__all__ = ["planted", "run", "search"]


def run(*arguments: object) -> Result:
    return CliRunner().invoke(main, ["audit", *map(str, arguments)])


def planted(*texts: str) -> list[Canary]:
    return [Canary(i, "plumbing", text) for i, text in enumerate(texts)]


def search(study: Path, *texts: str) -> Audit:
    return audit(study, Session, canaries=planted(*texts))
