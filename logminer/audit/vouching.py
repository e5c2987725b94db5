"""Which parts of a study are as a run wrote them, by the digests in their footers."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable

from logminer.audit.findings import Undecoded, Vouched
from logminer.errors import SecretError
from logminer.files.objects import AnyPath
from logminer.store.layout import StudyFolder
from logminer.store.parts import PartFile

__all__ = ["vouched"]


def vouched(
    studies: Iterable[StudyFolder], files: Iterable[AnyPath], artefact: Callable[[AnyPath], str]
) -> Vouched:
    """Look at every part, and at the answers of unfinished ones; other files have nothing that vouches for them.

    Args:
        studies: the study, and those of its suites.
        files: all that lies in them.
        artefact: how a file is called in what is told.
    """
    counts, altered = Counter[str](), list[Undecoded]()
    parts = {study.parts for study in studies}
    for path in files:
        if parts.isdisjoint(path.parents) or path.suffix != ".parquet" or path.name.startswith("."):
            continue
        try:
            found = PartFile(path).examined()
        except SecretError:
            counts["unverified"] += 1
            continue
        if isinstance(found, str):
            altered.append(Undecoded(artefact(path), found))
        else:
            counts["verified" if found.digest else "older"] += 1
    return Vouched(**counts, altered=tuple(altered))
