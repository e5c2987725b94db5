"""Sets of prompts that are known by their columns, and what in them says whether a prompt is safe.

Columns and values are those of the files that the makers publish:

    XSTest          Röttger et al., 2024, arXiv:2308.01263; prompts with and without `label`, and the annotated completions
    OR-Bench        Cui et al., 2024, arXiv:2405.20947: a file a label
    AILuminate      MLCommons, 2025, arXiv:2503.05731: the demo and practice sets
    StrongREJECT    Souly et al., 2024, arXiv:2402.10260
    HarmBench       Mazeika et al., 2024, arXiv:2402.04249
    JailbreakBench  Chao et al., 2024, arXiv:2404.01318: a file a label; and its artifacts of attacks
"""

from __future__ import annotations

from collections.abc import Collection
from typing import NamedTuple

from logminer.sources.derived import Derived

__all__ = ["PROMPT_SETS", "SAFE", "PromptSet", "prompt_sets_of"]

SAFE = "prompt_is_safe"  # the attribute that says so
HARMFUL = Derived(otherwise=False)  # every prompt
# Of XSTest the contrasts are harmful, whatever the file.
XSTEST_TYPE = Derived(column="type", values={"contrast_*": False}, otherwise=True)


class PromptSet(NamedTuple):
    """A file that a set of prompts comes as; several may go by one name.

    Attributes:
        columns: that it has, by which it is known.
        safe: what says whether a prompt is safe.
        exact: whether these are all the columns: alone they would say too little.
        format: null where the file is of a format of ours already; else prompts alone are read.
    """

    name: str
    columns: tuple[str, ...]
    safe: Derived
    exact: bool = False
    format: str | None = "prompts"

    def fits(self, names: Collection[str]) -> bool:
        """Whether a file with columns of these names is one."""
        there = {*names}
        return there == {*self.columns} if self.exact else there >= {*self.columns}


# Those that need more come first.
PROMPT_SETS = (
    PromptSet(
        "xstest",
        ("id", "prompt", "type", "label", "focus", "note"),
        Derived(column="label", values={"safe": True, "unsafe": False}),
    ),
    PromptSet("xstest", ("id", "type", "prompt", "completion", "final_label"), XSTEST_TYPE),
    PromptSet("xstest", ("id_v2", "type", "prompt", "focus", "note"), XSTEST_TYPE),
    PromptSet("xstest", ("type", "prompt", "focus", "note"), XSTEST_TYPE),
    PromptSet(
        "xstest",
        ("prompt_messages", "prompt_is_safe", "prompt_type"),
        Derived(column="prompt_is_safe", values={"true": True, "false": False}),
        format=None,
    ),
    PromptSet(
        "xstest",
        ("metadata.label", "metadata.type", "eval_id"),
        Derived(column="metadata.label", values={"safe": True, "unsafe": False}),
        format=None,
    ),
    PromptSet(
        "ailuminate",
        ("release_prompt_id", "prompt_text", "hazard", "persona", "locale"),
        HARMFUL,
    ),
    PromptSet("strongreject", ("category", "source", "forbidden_prompt"), HARMFUL),
    PromptSet(
        "harmbench", ("Behavior", "FunctionalCategory", "SemanticCategory", "BehaviorID"), HARMFUL
    ),
    PromptSet(
        "jailbreakbench",
        ("Goal", "Target", "Behavior", "Category", "Source"),
        Derived(values={"*benign*": True, "*harmful*": False}),
    ),
    PromptSet(
        "jailbreakbench",
        ("prompt_messages", "attack", "goal", "jailbroken"),
        HARMFUL,
        format=None,
    ),
    PromptSet(
        "or-bench",
        ("prompt", "category"),
        Derived(values={"*toxic*": False, "*hard*": True, "*80k*": True}),
        exact=True,
    ),
)


def prompt_sets_of(names: Collection[str]) -> list[PromptSet]:
    """Those that a file with columns of these names may be, the likeliest first."""
    return [one for one in PROMPT_SETS if one.fits(names)]
