"""Of findings that say the same one is shown."""

from __future__ import annotations

from typing import Any

from logminer.discovery.showing import told_once


def row(phrase: str, difference: float, q: float = 0.01, **more: Any) -> dict[str, Any]:
    said = {"base": "a", "candidate": "b", "channel": "response", "scope": "all"}
    verdict = "different" if q <= 0.05 else "undetermined"
    return (
        said
        | {"phrase": phrase, "difference": difference, "q": q, "p": q, "verdict": verdict}
        | more
    )


def shown(*rows: dict[str, Any]) -> list[tuple[str, str]]:
    return [(one["phrase"], one["scope"]) for one in told_once(rows)]


def test_a_bundle_is_shown_where_no_phrase_of_it_carries_half_of_it() -> None:
    weak, strong = row("please | i beg | stay", 0.05, 0.001), row("please", 0.02)
    assert shown(weak, strong) == [("please | i beg | stay", "all"), ("please", "all")]
    assert shown(weak, row("please", 0.03)) == [("please", "all")]
    assert shown(weak, row("please", 0.03, 0.2)) == [
        ("please | i beg | stay", "all"),
        ("please", "all"),
    ]
    assert len(shown(weak, row("please", -0.03))) == 2  # the other arm says it
    assert len(shown(weak, row("stay", 0.03, channel="thoughts"))) == 2
    assert len(shown(weak, row("thanks", 0.05))) == 2


def test_of_bundles_with_much_in_common_the_most_certain_is_shown() -> None:
    sure, unsure = row("a | b | c", 0.05, 0.001), row("b | c | d | e", 0.04, 0.01)
    other = row("c | f | g | h", 0.03, 0.02)
    assert shown(unsure, other, sure) == [("c | f | g | h", "all"), ("a | b | c", "all")]
    assert len(shown(unsure | {"difference": -0.04}, sure)) == 2
    assert (
        len(shown(row("a | …", 0.05), row("b | …", 0.04))) == 2
    )  # what is not named is not the same


def test_within_a_scope_is_shown_what_is_not_told_of_all_prompts() -> None:
    everywhere = row("or", 0.2)
    assert shown(everywhere, row("or", 0.3, scope="cluster=1")) == [("or", "all")]
    assert len(shown(everywhere, row("or", 0.4, scope="cluster=1"))) == 2
    assert len(shown(everywhere, row("and", 0.3, scope="cluster=1"))) == 2
    assert len(shown(row("or", 0.2, 0.3), row("or", 0.3, scope="cluster=1"))) == 2
