"""The taxonomies of a pipeline file: the one that was declared, and the one that a model proposed, kept apart where it counts."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from pathlib import Path

from logminer.errors import ConfigError
from logminer.pipeline.file import PipelineFile
from logminer.scorers.kinds import in_place
from logminer.store.layout import StudyFolder
from logminer.store.records import HYPOTHESISE, earlier
from logminer.taxonomy.tree import Taxonomy, joined, load_found, load_taxonomy

__all__ = ["Taxonomies", "read_taxonomies"]


class Taxonomies:
    """What is looked for.

    Args:
        declared: before anything was looked at.
        found: what a model proposed; None: nothing.
    """

    def __init__(self, declared: Taxonomy, found: Taxonomy | None) -> None:
        self.declared, self.found = declared, found
        self.all = joined(declared, found)

    def in_place(self, file: PipelineFile) -> Taxonomy:
        """What the judge stage knows: of what was found nothing, unless it judges it, so that its judgements hold."""
        judged = (c for s in in_place(file.judge.scorers) for c in s.categories(self.all))
        return self.all if any(category.is_found for category in judged) else self.declared

    def notes(self, file: PipelineFile, pairs: Sequence[tuple[str, str]]) -> Iterator[str]:
        """What is to be known of what was found: whether anybody judges it, of whom it was found, and in which study."""
        if self.found is None or self.found.found is None:
            return
        by = self.found.found
        if not any(c.is_found for s in file.judge.scorers for c in s.categories(self.all)):
            yield (
                "judge.found: no scorer judges it: name `found` among the `categories` of an autorater"
            )
        if not any({by.base, by.candidate} == set(pair) for pair in pairs):
            yield f"judge.found: it was found between {by.base} and {by.candidate}, which are not compared here"
        records = earlier(StudyFolder(file.study), HYPOTHESISE)
        samples = (json.loads(record["summary"] or "{}").get("sample") for record in records)
        if by.sample not in samples:
            yield (
                "judge.found: it was found in another study: whose answers were shown there may be on the inference half"
                " here, so what is tested on them is no news; use it on other people's prompts"
            )


def read_taxonomies(file: PipelineFile, base: Path) -> Taxonomies:
    """Both taxonomies that a pipeline file names.

    Raises:
        ConfigError: a file is missing or wrong, or stands under the other's name.
    """
    declared = load_taxonomy(file.judge.taxonomy, base)
    if declared.found:
        raise ConfigError(
            f"judge.taxonomy: {declared.name} was found after a look at the discovery half: name it under judge.found"
        )
    return Taxonomies(declared, load_found(file.judge.found, base) if file.judge.found else None)
