"""One answer, one category, one of the scorers that ask no model; nothing of Inspect in it."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import pyarrow as pa

from logminer.checkpoints.base import Answer
from logminer.errors import ConfigError
from logminer.exports.unscored import unscored_reason
from logminer.messages.states import JUDGED
from logminer.models.encoder import encoder
from logminer.schemas.table import MESSAGE
from logminer.scorers.base import LABELS, NO, UNPARSABLE, YES, Items, Scorer, ScorerSpec
from logminer.stages.embed import EmbedOptions
from logminer.taxonomy.tree import Channel, Taxonomy, channels_of, load_taxonomy, shipped_taxonomies

__all__ = ["AnswerJudge", "Verdict"]

TAXONOMIES = ("refusal", "safety")  # where the categories of these scorers are


class Verdict(NamedTuple):
    """What is said of one answer.

    Attributes:
        value: whether it shows the behaviour; None: not told.
        label: as in table `judgements`; None: not judged.
        score: degree in [0, 1]; None: none is given.
        evidence: the words that it rests on; None: it points to none.
        reason: why there is no value, as Inspect has it.
    """

    value: bool | None
    label: str | None = None
    score: float | None = None
    evidence: str | None = None
    reason: str | None = None


class AnswerJudge:
    """A scorer opened for a single category and channel.

    Args:
        spec: the scorer.
        category: one that it judges.
        channel: response or thoughts.
        embeds: whether it reads vectors; the encoder of a study's default is loaded then.

    Raises:
        ConfigError: it does not judge that category there.
        ModelError: the encoder is not on this machine.
    """

    def __init__(
        self,
        spec: ScorerSpec,
        category: str,
        channel: Channel = "response",
        *,
        embeds: bool = False,
    ) -> None:
        self._category, self._channel = category, channel
        options = EmbedOptions()
        taxonomy = _taxonomy(spec, category, channel)
        self._scorer: Scorer = spec.open(taxonomy, options.model)
        self._encoder = (
            encoder(options.model, options.precision, options.max_chunks, options.device)
            if embeds
            else None
        )

    def verdict(self, answer: Answer) -> Verdict:
        """What the scorer says of an answer; of one that failed, or says nothing there, why it says nothing."""
        text = answer.thoughts if self._channel == "thoughts" else answer.response
        if answer.state not in JUDGED or not text:
            reason = unscored_reason(answer.state, self._channel, answer.thoughts_state)
            return Verdict(None, reason=reason if reason != "not_judged" else "no_response")
        found = next(
            judged
            for judged in self._scorer.score(self._items(text))
            if judged.category == self._category
        )
        label, score = int(found.labels[0]), float(found.scores[0])
        start, end = (-1, -1) if found.evidence is None else found.evidence[0].tolist()
        reasons = {YES: None, NO: None, UNPARSABLE: "invalid_response_format"}
        return Verdict(
            value={YES: True, NO: False}.get(label),
            label=LABELS[label],
            score=None if np.isnan(score) else score,
            evidence=text[start:end] if start >= 0 else None,
            reason=reasons.get(label, LABELS[label]),
        )

    def _items(self, text: str) -> Items:
        vectors = self._encoder.encode([text]) if self._encoder else np.zeros((1, 0), np.float32)
        return Items(self._channel, [text], pa.nulls(1, pa.list_(MESSAGE)), vectors, {})


def _taxonomy(spec: ScorerSpec, category: str, channel: Channel) -> Taxonomy:
    known = []
    for name in TAXONOMIES:
        taxonomy = load_taxonomy(name, shipped_taxonomies()[name].parent)
        for judged in spec.categories(taxonomy):
            if judged.id == category and channel in channels_of(judged):
                return taxonomy
            known += [f"{judged.id} ({one})" for one in channels_of(judged)]
    raise ConfigError(
        f"scorer {spec.kind} does not judge '{category}' in {channel}; it judges"
        f" {', '.join(dict.fromkeys(known))}"
    )
