"""What the finders and the proofs find in a text and in what stands inside it, without an engine."""

from __future__ import annotations

from logminer.privacy.finders.finding import find_more
from logminer.privacy.normalise import leaves, normalise
from logminer.privacy.options import Profile
from logminer.privacy.patterns import find_all
from logminer.privacy.policy.profiles import is_removed


def removed(text: str, profile: Profile = "balanced", language: str = "en") -> set[str]:
    """What the profile removes of a text, as it is written."""
    return {text[a:b] for a, b in _places(text, profile, language)}


def left(text: str, value: str, profile: Profile = "balanced", language: str = "en") -> str:
    """What the profile leaves of the letters and digits of `value`."""
    places = _places(text, profile, language)
    start = text.index(value)
    return "".join(
        text[i]
        for i in range(start, start + len(value))
        if text[i].isalnum() and not any(a <= i < b for a, b in places)
    )


def _places(text: str, profile: Profile, language: str) -> set[tuple[int, int]]:
    whole = normalise(text)
    inner = leaves(whole.text)
    return {
        place
        for view in ([whole] if inner is None else [whole, inner.through(whole)])
        for span in [*find_all(view.text), *find_more(view.text, language)]
        if is_removed(profile, span, view.text)
        for place in view.original(span.start, span.end)
    }
