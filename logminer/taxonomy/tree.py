"""Behaviours as data: what counts, what does not, and which way is bad.

A taxonomy is a YAML file. The shipped ones go by name; a study's own lies beside its pipeline file. Its whole content
is part of the judge's fingerprint: a changed definition is another measurement.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from importlib.resources import files
from pathlib import Path
from typing import Literal, NamedTuple

from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from logminer.errors import ConfigError, did_you_mean
from logminer.schemas.reserved import FOUND_PREFIX
from logminer.spec import Spec, content_hash, incidental, load_yaml, parse
from logminer.taxonomy.found import FoundBy, is_found_id

__all__ = [
    "CHANNELS",
    "Category",
    "Channel",
    "Node",
    "Scale",
    "Severity",
    "Taxonomy",
    "channels_of",
    "joined",
    "load_found",
    "load_taxonomy",
    "rubric_hash",
    "rubrics",
    "shipped_taxonomies",
]

# `pair`: thoughts and response held against each other, for what neither shows alone.
Channel = Literal["response", "thoughts", "pair"]
CHANNELS: tuple[Channel, ...] = ("response", "thoughts", "pair")
Severity = Literal["low", "medium", "high", "critical"]  # in this order


class Scale(Spec):
    """Degrees in place of yes and no.

    Attributes:
        levels: what each degree means, from degree 0 on.
        yes_from: the lowest degree that counts as yes.
    """

    levels: tuple[str, ...] = Field(min_length=2)
    yes_from: int = Field(ge=1)

    @property
    def top(self) -> int:
        """The highest degree."""
        return len(self.levels) - 1

    @model_validator(mode="after")
    def _within(self) -> Scale:
        if self.yes_from > self.top:
            raise PydanticCustomError(
                "yes_from",
                "`yes_from` must be one of the degrees, 1 to {most}",
                {"most": self.top},
            )
        return self


class Category(Spec):
    """A behaviour. What holds for a child holds for its parent: the parent is shown whenever a child is."""

    id: str = Field(pattern=r"^[a-z][a-z0-9_]*$")
    title: str = Field(min_length=1)
    counts: str = Field(min_length=1)
    not_counts: str = Field(min_length=1)
    channel: Literal["response", "thoughts", "both", "pair"]  # where it can be seen
    direction: Literal["worse", "better", "neutral"]  # what more of it means
    severity: Severity
    examples: tuple[str, ...] = ()  # texts that show it
    hard_negatives: tuple[str, ...] = ()  # texts near to it that do not
    scale: Scale | None = None  # for what has degrees
    topic: bool = False  # what a text is about tells it; else it is a matter of conduct
    needs_prompt: bool = False  # the text alone cannot show it: scorers that read no prompt skip it
    source: str = Field(min_length=1)  # where the behaviour is described
    crosswalk: dict[str, str] = {}  # other taxonomy → its code
    children: tuple[Category, ...] = ()

    @property
    def is_found(self) -> bool:
        """Whether a model proposed it after a look at the discovery half."""
        return is_found_id(self.id)

    @property
    def definition(self) -> str:
        """What counts and what does not, as one text."""
        return f"Counts: {self.counts.strip()} Does not count: {self.not_counts.strip()}"


class Node(NamedTuple):
    """A category with the id of the one above it (None at a root), and where it stands in the file."""

    category: Category
    parent: str | None
    path: str  # categories.5.children.0


class Taxonomy(Spec):
    """A named and versioned tree of behaviours; ids are unique in it.

    Attributes:
        found: how it was found, where it was; null: people wrote it.
    """

    name: str = Field(pattern=r"^[a-z][a-z0-9_-]*$")
    version: str = Field(min_length=1)
    title: str = Field(min_length=1)
    source: str = Field(min_length=1)
    licence: str | None = None
    found: FoundBy | None = incidental(None)
    categories: tuple[Category, ...] = Field(min_length=1)

    @model_validator(mode="after")
    def _unique_ids(self) -> Taxonomy:
        seen: dict[str, str] = {}
        for node in self.nodes():
            if first := seen.get(node.category.id):
                raise PydanticCustomError(
                    "duplicate_id",
                    "two categories have the id '{id}' ({first} and {second}): rename one",
                    {"id": node.category.id, "first": first, "second": node.path},
                )
            seen[node.category.id] = node.path
        return self

    def nodes(self) -> tuple[Node, ...]:
        """Every category, parents before their children, in the order of the file."""
        return tuple(_walk(self.categories, None, "categories"))

    @property
    def content_hash(self) -> str:
        """12 hex characters; another definition, example or order gives another."""
        return content_hash(self.options())


def channels_of(category: Category) -> tuple[Channel, ...]:
    """The channels in which a category is judged."""
    return ("response", "thoughts") if category.channel == "both" else (category.channel,)


def rubric_hash(category: Category) -> str:
    """12 hex characters that name how a category is defined, its children apart: a judgement is by this rubric."""
    return content_hash(category.options() | {"children": []})


def rubrics(taxonomy: Taxonomy) -> dict[str, str]:
    """Category → the hash of its rubric."""
    return {node.category.id: rubric_hash(node.category) for node in taxonomy.nodes()}


def shipped_taxonomies() -> dict[str, Path]:
    """Name → file of the taxonomies that come with the package."""
    return {path.stem: path for path in sorted(_shipped_folder().glob("*.yaml"))}


def load_taxonomy(name_or_path: str, base: Path) -> Taxonomy:
    """A shipped taxonomy by its name, or one's own by its path relative to `base`.

    Raises:
        ConfigError: unknown name, or a file that is missing or wrong (the message names file and path inside it), or ids
            that are kept for what is found, in one that was not (or others, in one that was).
    """
    if "/" in name_or_path or name_or_path.endswith((".yaml", ".yml")):
        path = base / name_or_path
    else:
        shipped = shipped_taxonomies()
        if name_or_path not in shipped:
            hint = did_you_mean(name_or_path, shipped, "")
            raise ConfigError(
                f"taxonomy '{name_or_path}' is not shipped: choose {', '.join(shipped)}, "
                f"or give the path of a .yaml file{'; ' * bool(hint)}{hint}"
            )
        path = shipped[name_or_path]
    taxonomy = parse(Taxonomy, load_yaml(path), str(path))
    for node in taxonomy.nodes():
        if node.category.is_found != bool(taxonomy.found):
            why = (
                f"begins not with '{FOUND_PREFIX}', as all that is found"
                if taxonomy.found
                else "is an id kept for what `logminer hypothesise` finds"
            )
            raise ConfigError(f"{path}: {node.path}.id: '{node.category.id}' {why}")
    return taxonomy


def load_found(path: str, base: Path) -> Taxonomy:
    """A taxonomy that was found, by its path relative to `base`.

    Raises:
        ConfigError: as `load_taxonomy`; or people wrote it.
    """
    taxonomy = load_taxonomy(path, base)
    if taxonomy.found is None:
        raise ConfigError(
            f"judge.found: taxonomy {taxonomy.name} was not found but written: name it under judge.taxonomy"
        )
    return taxonomy


def joined(declared: Taxonomy, found: Taxonomy | None) -> Taxonomy:
    """What is judged: what was declared and, after it, what was found; ids of the one are never those of the other."""
    if found is None:
        return declared
    return declared.model_copy(update={"categories": (*declared.categories, *found.categories)})


def _shipped_folder() -> Path:
    package = Path(str(files("logminer")))
    installed = package / "taxonomies"
    return installed if installed.is_dir() else package.parent / "taxonomies"  # a source checkout


def _walk(categories: Sequence[Category], parent: str | None, above: str) -> Iterator[Node]:
    for place, category in enumerate(categories):
        path = f"{above}.{place}"
        yield Node(category, parent, path)
        yield from _walk(category.children, category.id, f"{path}.children")
