"""Presidio's recognisers: which ones look, what is known to be wrong with them, and when they need not look."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from logminer.errors import ConfigError, ModelError
from logminer.models.trust import nobody_asked, unloadable
from logminer.privacy.engine.pipeline import SpacyPipeline
from logminer.privacy.engine.presidio import (
    GLiNERRecognizer,
    HuggingFaceNerRecognizer,
    NlpArtifacts,
    PhoneRecognizer,
    RecognizerConfigurationLoader,
    RecognizerListLoader,
    RecognizerRegistry,
    RecognizerResult,
    SpacyRecognizer,
)
from logminer.spec import load_yaml

__all__ = ["Recognition", "quicken", "registry"]

PHONE_REGIONS = ("US", "GB", "DE", "FR", "ES", "IT", "PL", "NL", "IL", "IN", "CA", "BR")

# What a model that takes its labels as words is asked for.
ASKED_FOR = {
    "person": "PERSON",
    "username": "PERSON",
    "location": "LOCATION",
    "address": "ADDRESS",
    "organization": "ORGANIZATION",
    "date of birth": "DATE_TIME",
    "phone number": "PHONE_NUMBER",
    "email": "EMAIL_ADDRESS",
}


class Recognition(NamedTuple):
    """Which of Presidio's recognisers look at texts.

    Args:
        countries: whose recognisers look, whatever the language; None for those that Presidio loads for the language.
        recognizers: a file of recognisers of one's own, in Presidio's form.
        ner: a second model that finds names: a folder, or a name in the local cache of models.
        ignored: types of entity that nobody asks for: what is found of them need not be right, or there.
        needed: what a text must hold for a model's guess of a type to be asked for.
    """

    countries: tuple[str, ...] | None = None
    recognizers: str | None = None
    ner: str | None = None
    ignored: frozenset[str] = frozenset()
    needed: Mapping[str, re.Pattern[str]] = {}


def registry(
    language: str, pipeline: SpacyPipeline, recognition: Recognition
) -> RecognizerRegistry:
    """What looks at texts in a language.

    Raises:
        ConfigError: the file of recognisers is not one.
        ModelError: the second model cannot be loaded.
    """
    configuration = RecognizerConfigurationLoader.get(
        registry_configuration={"supported_languages": [language]}
    )
    entries = []
    for entry in configuration["recognizers"]:
        if entry["name"] in ("EmailRecognizer", "PhoneRecognizer"):
            continue
        if entry["name"] == "UsLicenseRecognizer":
            entry = {**entry, "score_thresholds": {"default": 0.4}}  # a context word beside it
        country = entry.get("country_code")
        if country and recognition.countries is not None:
            enabled = country in recognition.countries
            entry = {**entry, "enabled": enabled, "supported_languages": [language]}
        entries.append(entry)
    recognisers = list(RecognizerListLoader.get(**{**configuration, "recognizers": entries}))
    recognisers.append(
        PhoneRecognizer(supported_language=language, supported_regions=PHONE_REGIONS)
    )
    if pipeline.pipeline.has_pipe("ner"):
        recognisers.append(
            _NameRecognizer(
                supported_language=language,
                supported_entities=sorted(pipeline.get_supported_entities()),
                name="SpacyRecognizer",
            )
        )
    if recognition.recognizers:
        recognisers += _own(recognition.recognizers, language)
    if recognition.ner:
        recognisers.append(_second(recognition.ner, language))
    asked = [r for r in recognisers if not recognition.ignored.issuperset(r.supported_entities)]
    return RecognizerRegistry(recognizers=asked, supported_languages=[language])


def _own(path: str, language: str) -> list[Any]:
    """The recognisers in a file in Presidio's form, of one language.

    Raises:
        ConfigError: not such a file. Says which entry, and nothing of what is in a deny list.
    """
    entries = load_yaml(Path(path)).get("recognizers")
    if not isinstance(entries, list) or not entries:
        raise ConfigError(
            f"{path}: recognizers: a list of recognisers in Presidio's form is required"
        )
    made: list[Any] = []
    for index, entry in enumerate(entries):
        place = f"{path}: recognizers.{index}"
        if not isinstance(entry, dict) or entry.get("type", "custom") != "custom":
            raise ConfigError(
                f"{place}: only recognisers of one's own (type: custom) can stand here; Presidio's are switched on "
                "by anonymise.countries"
            )
        if not entry.get("supported_language") and not entry.get("supported_languages"):
            entry = {**entry, "supported_languages": [language]}
        try:
            made += RecognizerListLoader.get(
                recognizers=[entry],
                supported_languages=[language],
                global_regex_flags=RecognizerRegistry().global_regex_flags,
            )
        except Exception as error:
            raise ConfigError(
                f"{place}: Presidio does not take it ({type(error).__name__}); a recogniser has name, supported_entity, "
                "and patterns (name, regex, score) or deny_list"
            ) from None
    return made


def _second(name: str, language: str) -> Any:
    """A second model that finds names: GLiNER's form where it says so, else a token classifier of transformers.

    Raises:
        ModelError: it cannot be loaded, or needs what is not installed.
    """
    folder = Path(name)
    takes_labels = "gliner" in name.casefold() or (folder / "gliner_config.json").is_file()
    try:
        with nobody_asked():
            if takes_labels:
                return GLiNERRecognizer(
                    model_name=name, supported_language=language, entity_mapping=ASKED_FOR
                )
            return HuggingFaceNerRecognizer(model_name=name, supported_language=language)
    except ImportError:
        raise ModelError(
            f"anonymise.ner: {name} needs what is not installed: pip install 'logminer[ner]'"
        ) from None
    except Exception as error:
        otherwise = (
            f"{name} cannot be loaded ({type(error).__name__}): name a folder with a token "
            "classifier or a GLiNER model; nothing is downloaded"
        )
        raise unloadable("anonymise.ner", name, otherwise) from None


# ---- names that are none ----------------------------------------------------------------------------------------

_CODE = re.compile(r"\(\)|::|->|=>|==|//|[{}<>\\^]|__|[a-z][A-Z]\w*[a-z][A-Z]")
_NUMBER = re.compile(
    r"v?\d+(?:[.,:/-]\d+)*(?:st|nd|rd|th|rc|ms|kg|km|[ap]\.?m|[abhskmx])?\d*|0x[\da-f]+|[a-z]",
    re.IGNORECASE,
)


def _is_no_name(text: str) -> bool:
    """Whether every word is a number, a time, a version, a letter alone, or code."""
    words = (word.strip("<>{}[]()\"'`*|.,;:!?") for word in text.split())
    return all(
        _NUMBER.fullmatch(word) or _CODE.search(word) or not any(c.isalpha() for c in word)
        for word in words
    )


class _NameRecognizer(SpacyRecognizer):  # type: ignore[misc]
    """Presidio's reader of entities, without names that are none."""

    def analyze(
        self, text: str, entities: list[str], nlp_artifacts: NlpArtifacts | None = None
    ) -> list[RecognizerResult]:
        return [
            result
            for result in super().analyze(text, entities, nlp_artifacts)
            if result.entity_type == "DATE_TIME" or not _is_no_name(text[result.start : result.end])
        ]


# ---- shortcuts --------------------------------------------------------------------------------------------------

# What a text must hold for a recogniser to find anything in it: a condition that all its patterns imply.
_NEEDED = {
    "CreditCardRecognizer": re.compile(r"\d{4}[- ]?\d{3}"),
    "UsBankRecognizer": re.compile(r"\d{8}"),
    "UsItinRecognizer": re.compile(r"9\d\d[- ]?[5-9]\d"),
    "UsPassportRecognizer": re.compile(r"\d{8}"),
    "UsSsnRecognizer": re.compile(r"\d{3}[-. ]?\d\d"),
    "NhsRecognizer": re.compile(r"\d{3}[- ]?\d{3}"),
    "IbanRecognizer": re.compile(r"[^\W\d_]{2}\d\d"),
    "IpRecognizer": re.compile(r"::|\d\.\d|:[0-9A-F]{1,4}:", re.IGNORECASE),
    "MedicalLicenseRecognizer": re.compile(r"\d{7}"),
    "UuidRecognizer": re.compile(r"[0-9A-F]{8}-", re.IGNORECASE),
}
# The same for recognisers whose matches hold none of some characters: they need to see only what stands between those.
_NEEDED_BETWEEN = {
    "CryptoRecognizer": (re.compile(r"[^\W_]{26}"), " \n"),
    "DateRecognizer": (re.compile(r"\d[-/.]\d|\d-[^\W\d_]|[^\W\d_]-\d"), " \n"),
    "MacAddressRecognizer": (
        re.compile(r"[0-9A-F]{2}[:-][0-9A-F]{2}[:-]|[0-9A-F]{4}\.[0-9A-F]{4}\.", re.IGNORECASE),
        " \n",
    ),
    "UsLicenseRecognizer": (re.compile(r"[^\W\d_]\d|\d[^\W\d_]|\]\d|\d{6}"), " \n"),
    "UrlRecognizer": (re.compile(r"\.[^\W\d_]"), " \n"),
    # five digits, the fewest of a number in any region, with no more between two than its matcher lets stand there
    "PhoneRecognizer": (
        re.compile(r"\d(?:(?:[^\w\n\r\t,:;!?'\"$%&*<=>#@]|[xXｘＸ\u30fc]){0,4}\d){4}"),
        "\n",
    ),
}


def quicken(recogniser: Any) -> None:
    """Ask a recogniser only about the texts, or the parts of them, that its patterns can match. It finds the same."""
    kind = type(recogniser).__name__
    if needed := _NEEDED.get(kind):
        recogniser.analyze = _only_where(needed, recogniser.analyze)
    elif between := _NEEDED_BETWEEN.get(kind):
        recogniser.analyze = _only_between(*between, recogniser.analyze)


def _only_where(needed: re.Pattern[str], analyze: Callable[..., Any]) -> Callable[..., Any]:
    def quick(text: str, entities: list[str], nlp_artifacts: Any = None) -> Any:
        return analyze(text, entities, nlp_artifacts) if needed.search(text) else []

    return quick


def _only_between(
    needed: re.Pattern[str], borders: str, analyze: Callable[..., Any]
) -> Callable[..., Any]:
    border = re.compile(f"[{borders}]")

    def quick(text: str, entities: list[str], nlp_artifacts: Any = None) -> Any:
        parts: list[str] = []
        starts: list[int] = []  # of the parts in the text
        seen: list[int] = []  # of the parts in what the recogniser sees
        end = length = 0
        for match in needed.finditer(text):
            if match.start() >= end:
                start = max(text.rfind(char, end, match.start()) for char in borders) + 1
                start = max(start, end)
                after = border.search(text, match.end())
                end = after.start() if after else len(text)
                parts.append(text[start:end])
                starts.append(start)
                seen.append(length)
                length += end - start + 1
        if not parts:
            return []
        results = analyze("\n".join(parts), entities, nlp_artifacts)
        for result in results:
            number = bisect_right(seen, result.start) - 1
            shift = starts[number] - seen[number]
            result.start, result.end = result.start + shift, result.end + shift
        return results

    return quick
