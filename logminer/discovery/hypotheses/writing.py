"""An analyst's notes as a taxonomy, and the file of it."""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Iterator, Sequence

from logminer.discovery.hypotheses.notes import Note
from logminer.schemas.reserved import FOUND_PREFIX
from logminer.spec import content_hash
from logminer.taxonomy.found import FoundBy
from logminer.taxonomy.tree import Category, Taxonomy

__all__ = ["as_taxonomy", "as_yaml"]

LONGEST_ID = 48
HEAD = """\
# What a model proposed after it was shown pairs of answers of the discovery half. These are hypotheses and no findings:
# they are judged and tested on the other half of the users. In the pipeline file:
#
#   judge:
#     found: {path}
#     scorers: [{{kind: autorater, judge: …, categories: [found]}}]
#
# Take out what makes no sense, and sharpen what is vague, before it is judged. Ids keep their beginning.
"""


def as_taxonomy(notes: Sequence[Note], by: FoundBy) -> Taxonomy:
    """A category for each note, neutral in direction, judged in the response.

    The name is a hash of who was asked and what was shown.
    """
    ids = set[str]()
    categories = []
    for note in notes:
        ids.add(named := _id(note.title, ids))
        categories.append(
            Category(
                id=named,
                title=note.title,
                counts=note.counts,
                not_counts=note.not_counts,
                channel="response",
                direction="neutral",
                severity="low",
                source=f"proposed by {by.analyst}, in {note.weight} of its calls",
            )
        )
    return Taxonomy(
        name=f"found-{content_hash(by.options(), 8)}",
        version="1",
        title=f"What {by.analyst} says differs between {by.base} and {by.candidate}",
        source=f"proposed by {by.analyst} after {by.pairs} pairs of answers, blinded",
        found=by,
        categories=tuple(categories),
    )


def as_yaml(taxonomy: Taxonomy, path: str) -> str:
    """The file; every text is quoted as JSON, which is YAML, whatever a model has put into it.

    Args:
        taxonomy: a found one, without levels.
        path: under which a pipeline file names it.
    """
    return HEAD.format(path=path) + "\n".join(_lines(taxonomy)) + "\n"


def _lines(taxonomy: Taxonomy) -> Iterator[str]:
    assert taxonomy.found is not None
    for name in ("name", "version", "title", "source"):
        yield f"{name}: {_quoted(getattr(taxonomy, name))}"
    yield "found:"
    for name, value in taxonomy.found.model_dump().items():
        yield f"  {name}: {_quoted(value)}"
    yield "categories:"
    for category in taxonomy.categories:
        said = ("id", "title", "counts", "not_counts", "channel", "direction", "severity", "source")
        for place, name in enumerate(said):
            yield f"{'    ' if place else '  - '}{name}: {_quoted(getattr(category, name))}"


def _quoted(value: object) -> str:
    text = json.dumps(value, ensure_ascii=False)
    return "".join(c if c.isprintable() else json.dumps(c)[1:-1] for c in text)


def _id(title: str, taken: set[str]) -> str:
    plain = unicodedata.normalize("NFKD", title).encode("ascii", "ignore").decode().lower()
    words = re.findall(r"[a-z0-9]+", plain)
    slug = "_".join(words)[:LONGEST_ID].strip("_") or "behaviour"
    found, number = FOUND_PREFIX + slug, 2
    while found in taken:
        found, number = f"{FOUND_PREFIX}{slug}_{number}", number + 1
    return found
