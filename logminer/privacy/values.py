"""Single values that stand beside a conversation: attributes, and the model of the log.

They are short, in small letters and joined by hyphens, so that a model of language finds no names in them: words are
looked at by themselves and in pairs.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator

from logminer.errors import LogminerError
from logminer.privacy import names
from logminer.privacy.detect import Detector
from logminer.privacy.finders.lexicon import (
    first_name,
    frequency,
    is_nationality,
    is_region,
    is_surname,
    is_town,
)
from logminer.privacy.finders.tokens import word_set
from logminer.privacy.patterns import find_all
from logminer.privacy.redact import as_utf8
from logminer.privacy.secrets.placeholders import is_random
from logminer.privacy.spans import Span

__all__ = ["REDACTED_VALUE", "Values"]

REDACTED_VALUE = "redacted"  # stands for what holds personal data
_MODEL_NAME = re.compile(r"[\w./:+@ ()-]{1,120}")
_TOPICAL = ("LOCATION", "ORGANIZATION", "NRP", "DATE_TIME")
# What names and versions of models are not taken for.
_IN_MODELS = ("EMAIL_ADDRESS", "USERNAME", "IP_ADDRESS", "MAC_ADDRESS", "CREDIT_CARD", "IBAN_CODE", "CRYPTO", "SECRET")  # fmt: skip
_UUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_LONG_RUN = re.compile(r"[a-z0-9]{28}")  # no word is that long
_COMMON = 1_000  # from this frequency on, a word is in use; see `lexicon.frequency`
_WORD = re.compile(r"[A-Z]?[^\W\d_A-Z]+|[A-Z]+(?![a-z])")
_PARTS = re.compile(r"[^:/@|,;\\]+?(?=__|[:/@|,;\\]|\Z)")
_OWNER = re.compile(r"\b([^\W\d_]{3,})['’]s\b")
_JOINT = re.compile(r"[-_. ]?")
_HOME = re.compile(r"((?:\A|[/\\])(?:home|users?)[-/\\])([\w.-]+)", re.IGNORECASE)
# Models that bear names, and words that names of models are made of.
_OF_MODELS = word_set(
    """
    ada aya albert alice alpaca alpha anthropic atlas babbage baichuan bard bella bert beta bloom bloomz camel chat claude clip codestral
    cohere command cosmos curie davinci deepseek devstral distilbert dolly dolphin electra enja ernie eva everest falcon flan gemini gemma
    glm goliath granite grok haiku hermes hunyuan internlm instruct jaen jamba jamba julia kimi koala leo llama llava lora lucie luna
    magistral magnum mai marco mars maverick max maya meditron mercury merlin meta midnight mini minimax ministral mistral mixtral mpt
    nemo nemotron neo nexus noromaid nous nova olmo openai openchat opus orca oasst oss palm pegasus phi phoenix pixtral platypus polaris pro
    pythia qwen qwq raven rin roberta rosa rwkv sakura samantha scout shisa sim sky solar sonar sonnet sophia stable stablelm starling stella
    steelskull sydney t5 titan tora tulu turbo ubuntu unphi venus vicuna viking vision wizard wizardlm xwin yarn yi zephyr ablation actadd dpo
    sft rlhf ppo kto
    """
)


class Values:
    """Looks at values, each once.

    Args:
        detector: what finds personal data.
        first: the language that values count as.
    """

    def __init__(self, detector: Detector, first: str) -> None:
        self._detector, self._first = detector, first
        self._values: dict[str, str] = {}
        self._models: dict[str, str | None] = {}

    def attribute(self, value: str) -> str:
        """An attribute's value, or `redacted` where it names or reaches a person. Looked at once each."""
        if value not in self._values:
            self._values[value] = REDACTED_VALUE if self._is_personal(value) else value
        return self._values[value]

    def model_name(self, value: str | None) -> str | None:
        """The model of the log, with `redacted` for what in it names or reaches a person; null where nothing else is left, or
        where it is no model's name.

        Looked at once each.
        """
        if not value:
            return None
        if value not in self._models:
            self._models[value] = self._model(value)
        return self._models[value]

    def _is_personal(self, value: str) -> bool:
        if any(map(_is_drawn, value.split())):
            return True
        words = re.findall(r"[^\W\d_]+", value.casefold())
        if len(words) > 1 and names.first_names().pool(words[0]) and names.is_listed(words[-1]):
            return True
        owners = [m[1].casefold() for m in _OWNER.finditer(value)]
        if any(frequency(word) < _COMMON or first_name(word) for word in owners):
            return True
        if any(self._named(value)):
            return True
        spans = self._found(value)
        if spans is None:
            return True
        named = any(map(names.is_listed, words))  # else the model guesses at a bare word
        return any(
            s.entity_type not in _TOPICAL and (s.entity_type != "PERSON" or named) for s in spans
        )

    def _model(self, value: str) -> str | None:
        if not _MODEL_NAME.fullmatch(value):
            return None
        value = _HOME.sub(lambda m: m[1] + (m[2] if m[2] in _OF_MODELS else REDACTED_VALUE), value)
        spans = self._found(value)
        if spans is None:
            return None
        places = [(s.start, s.end) for s in spans if s.entity_type in _IN_MODELS]
        places += [(s.start, s.end) for s in find_all(value)]
        out, done = [], 0
        for start, end in sorted([*places, *self._named(value)]):
            if start >= done:
                out += [value[done:start], REDACTED_VALUE]
            done = max(done, end)
        made = "".join((*out, value[done:]))
        return None if made == REDACTED_VALUE else made

    def _found(self, value: str) -> list[Span] | None:
        """What the detectors find; None where the value cannot be analysed."""
        try:
            return self._detector.detect([(as_utf8(value), self._first)])[0]
        except LogminerError:  # the first language has no model
            return find_all(value)
        except Exception:
            return None

    def _named(self, value: str) -> Iterator[tuple[int, int]]:
        """Where a first name stands, or two words that are somebody's name: `oksana-veldkamp`, `JohnSmith`."""
        for part in _PARTS.finditer(value):
            words = list(_WORD.finditer(value, *part.span()))
            alone = len(words) <= 3 and not any(map(str.isdigit, part.group()))
            end = 0
            for one, other in itertools.zip_longest(words, words[1:]):
                if one.start() < end:
                    continue
                if other and self._is_name(value, one, other, alone=alone):
                    end = other.end()
                    yield one.start(), end
                elif _is_first_name(one.group().casefold()):
                    end = one.end()
                    yield one.span()

    def _is_name(
        self, value: str, one: re.Match[str], other: re.Match[str], *, alone: bool
    ) -> bool:
        first, last = one.group().casefold(), other.group().casefold()
        if not _JOINT.fullmatch(value, one.end(), other.start()) or min(len(first), len(last)) < 3:
            return False
        if not _OF_MODELS.isdisjoint((first, last)) or is_nationality(last) or is_region(last):
            return False
        if first_name(first) == 2 and (is_surname(last) or frequency(last) < _COMMON):
            return True
        alike = one.group().islower() == other.group().islower() and not other.group().isupper()
        if not (alone and alike) or max(frequency(first), frequency(last)) >= _COMMON:
            return False
        text = f"{first.capitalize()} {last.capitalize()}"
        return all(
            any(s.entity_type == "PERSON" and s.end >= len(text) for s in self._found(said) or ())
            for said in (text, f"{text} wrote this yesterday.")
        )


def _is_first_name(word: str) -> bool:
    """Whether a word is one and hardly anything else: no town, no model."""
    clear = len(word) > 3 and first_name(word) == 2 and frequency(word) < 3 * _COMMON
    return clear and not is_town(word) and word not in _OF_MODELS


def _is_drawn(word: str) -> bool:
    """Whether a word looks drawn at random: attributes are in small letters, in which tokens are not what they were."""
    if _UUID.fullmatch(word):
        return False
    return is_random(word, 20) or bool(_LONG_RUN.search(word))
