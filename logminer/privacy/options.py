"""How a pipeline says what is anonymised."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal, Self

from pydantic import Field, field_validator

from logminer.errors import ConfigError, ModelError
from logminer.files.finding import DumpFile, rooted
from logminer.files.identity import identity
from logminer.privacy.languages.labels import check_labels
from logminer.privacy.languages.language import (
    default_model,
    how_to_install,
    labels_of,
    locate,
    normalise_language,
    stock_model,
)
from logminer.spec import Spec

__all__ = ["COUNTRIES", "AnonymiseOptions", "Profile", "PublicFigures", "Times", "truncated"]

Profile = Literal["strict", "balanced"]
PublicFigures = Literal["replace", "keep"]
Times = Literal["exact", "day", "month", "year"]
# Whose recognisers Presidio has.
COUNTRIES = tuple("au ca de es fi in it kr ng ph pl se sg th tr uk us za".split())  # noqa: SIM905


class AnonymiseOptions(Spec):
    """What is removed, in which languages, and what is put in its place.

    Attributes:
        profile: `balanced` leaves the topic; `strict` removes everything that is found.
        languages: ISO 639-1 codes; a short text counts as the first.
        operator: `surrogate`, which reads like what it stands for, or `placeholder`, such as `<PERSON_1>`.
        unsupported_language: what happens to a conversation in a language without a model.
        unsupported_script: what happens to a conversation that holds letters of a script that no model here reads: it is
            rejected, or they are masked. Where patterns are enough for a language, they are for a script.
        models: language → spaCy model, where it is not the small stock one.
        countries: whose numbers and documents are looked for, in every language (`[us, uk, de]`); null leaves it to
            Presidio, which has some for each language.
        recognizers: a file of patterns and deny lists of one's own, in Presidio's form.
        ner: a second model that finds names: the folder of a token classifier of transformers or of a GLiNER model.
        allow: names that stay, as they are written and in any case.
        public_figures: `keep` leaves the names of public figures and of places that everybody knows, where nothing
            says that a private person is meant or where one lives.
        times: how exactly the times of conversations are kept (UTC); null: the day, under `strict` the year.
    """

    profile: Profile = "balanced"
    languages: tuple[str, ...] = Field(default=("en",), min_length=1)
    operator: Literal["surrogate", "placeholder"] = "surrogate"
    unsupported_language: Literal["reject", "patterns_only"] = "reject"
    unsupported_script: Literal["reject", "mask"] = "reject"
    models: dict[str, str] = {}
    countries: tuple[str, ...] | None = None
    recognizers: str | None = None
    ner: str | None = None
    allow: tuple[str, ...] = ()
    public_figures: PublicFigures = "replace"
    times: Times | None = None

    @property
    def kept_times(self) -> Times:
        """How exactly the times of conversations are kept."""
        return self.times or ("year" if self.profile == "strict" else "day")

    @field_validator("languages")
    @classmethod
    def _codes(cls, languages: tuple[str, ...]) -> tuple[str, ...]:
        for language in languages:
            if normalise_language(language) != language:
                raise ValueError(f"'{language}' is not an ISO 639-1 code such as en, de or zh")
        return languages

    @field_validator("countries")
    @classmethod
    def _countries(cls, countries: tuple[str, ...] | None) -> tuple[str, ...] | None:
        for country in countries or ():
            if country not in COUNTRIES:
                raise ValueError(f"no recogniser for '{country}'; there are: {' '.join(COUNTRIES)}")
        return countries

    def rooted(self, base: Path) -> Self:
        """The same with relative paths taken from `base`; a model that is no folder there keeps its name."""
        moved = {}
        if self.recognizers:
            moved["recognizers"] = rooted(self.recognizers, base)
        if self.ner and (base / Path(self.ner).expanduser()).exists():
            moved["ner"] = rooted(self.ner, base)
        return self.model_copy(update=moved)

    def options(self) -> dict[str, Any]:
        """As ever, but files count by what is in them.

        Raises:
            ConfigError: the file of recognisers is not there.
        """
        options = super().options()
        if installed := self._installed():
            options["models"] = installed | options["models"]
        if self.recognizers:
            file = Path(self.recognizers)
            if not file.is_file():
                raise ConfigError(f"anonymise.recognizers: {file}: no such file")
            options["recognizers"] = identity(DumpFile(file, ""))
        if self.ner and Path(self.ner).is_dir():
            files = sorted(p for p in Path(self.ner).iterdir() if p.is_file())
            options["ner"] = [identity(DumpFile(file, file.name)) for file in files]
        return options

    def _installed(self) -> dict[str, str]:
        """Languages whose model is not the small stock one because another one is installed: output depends on it."""
        named = {code: default_model(code) for code in self.languages if code not in self.models}
        return {code: model for code, model in named.items() if model != stock_model(code)}

    def model_name(self, language: str) -> str:
        """Name of the spaCy model that finds names in this language."""
        return self.models.get(language, default_model(language))

    def missing_models(self) -> dict[str, str]:
        """Configured languages whose model is not installed, with its name."""
        named = {language: self.model_name(language) for language in self.languages}
        return {language: model for language, model in named.items() if not locate(model)}

    def require_model(self) -> None:
        """Raise ModelError where no configured language has a model, or a model has no label for persons."""
        missing = self.missing_models()
        if len(missing) == len(self.languages):
            language, model = next(iter(missing.items()))
            raise ModelError(
                f"anonymise.languages: no spaCy model for {', '.join(missing)}: {how_to_install(language, model)}, "
                "or name an installed model or a folder under anonymise.models"
            )
        for model in (self.model_name(code) for code in self.languages if code not in missing):
            if (labels := labels_of(model)) is not None:
                check_labels(model, labels)

    def takes(self, language: str) -> bool:
        """Whether a conversation in this language is taken in; no model is loaded to tell."""
        named = language in self.languages and language not in self.missing_models()
        return named or self.unsupported_language == "patterns_only"


def truncated(time: datetime | None, times: Times) -> datetime | None:
    """The beginning (UTC) of the day, month or year of a time; null stays null."""
    if time is None or times == "exact":
        return time
    if time.tzinfo is not None:
        time = time.astimezone(UTC)
    time = time.replace(hour=0, minute=0, second=0, microsecond=0)
    if times != "day":
        time = time.replace(day=1)
    return time.replace(month=1) if times == "year" else time
