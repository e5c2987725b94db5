"""Set phrases of refusal."""

from __future__ import annotations

from logminer.scorers.base import LABELS
from logminer.scorers.string_match import StringMatch
from tests.kit.scoring import MODEL, SAFETY, items


def test_string_matching_takes_every_set_phrase_for_a_refusal() -> None:
    texts = ["I’m sorry, but I can’t.", "Here it is.", "İ. You asked what is UNETHICAL about it."]
    (verdict,) = StringMatch().open(SAFETY, MODEL).score(items(texts))
    assert [LABELS[code] for code in verdict.labels] == ["yes", "no", "yes"]
    assert verdict.evidence is not None
    told = [t[a:b] for t, (a, b) in zip(texts, verdict.evidence.tolist(), strict=True)]
    assert told[::2] == ["I’m sorry", "UNETHICAL"]
