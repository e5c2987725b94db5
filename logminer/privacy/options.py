"""How a pipeline says what is anonymised."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Literal, Self

from pydantic import Field, field_validator

from logminer.errors import ConfigError, ModelError
from logminer.files.finding import DumpFile, rooted
from logminer.files.identity import identity
from logminer.privacy.language import default_model, locate, normalise_language
from logminer.spec import Spec

__all__ = ["COUNTRIES", "AnonymiseOptions", "Profile", "PublicFigures"]

Profile = Literal["strict", "balanced"]
PublicFigures = Literal["replace", "keep"]
# Whose recognisers Presidio has.
COUNTRIES = tuple("au ca de es fi in it kr ng ph pl se sg th tr uk us za".split())  # noqa: SIM905


class AnonymiseOptions(Spec):
    """What is removed, in which languages, and what is put in its place.

    Attributes:
        profile: `balanced` leaves the topic; `strict` removes everything that is found.
        languages: ISO 639-1 codes; a short text counts as the first.
        operator: `surrogate`, which reads like what it stands for, or `placeholder`, such as `<PERSON_1>`.
        unsupported_language: what happens to a conversation in a language without a model.
        models: language → spaCy model, where it is not the small stock one.
        countries: whose numbers and documents are looked for, in every language (`[us, uk, de]`); null leaves it to
            Presidio, which has some for each language.
        recognizers: a file of patterns and deny lists of one's own, in Presidio's form.
        ner: a second model that finds names: the folder of a token classifier of transformers or of a GLiNER model.
        allow: names that stay, as they are written and in any case.
        public_figures: `keep` leaves the names of public figures and of places that everybody knows, where nothing
            says that a private person is meant or where one lives.
    """

    profile: Profile = "balanced"
    languages: tuple[str, ...] = Field(default=("en",), min_length=1)
    operator: Literal["surrogate", "placeholder"] = "surrogate"
    unsupported_language: Literal["reject", "patterns_only"] = "reject"
    models: dict[str, str] = {}
    countries: tuple[str, ...] | None = None
    recognizers: str | None = None
    ner: str | None = None
    allow: tuple[str, ...] = ()
    public_figures: PublicFigures = "replace"

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
        if self.recognizers:
            file = Path(self.recognizers)
            if not file.is_file():
                raise ConfigError(f"anonymise.recognizers: {file}: no such file")
            options["recognizers"] = identity(DumpFile(file, ""))
        if self.ner and Path(self.ner).is_dir():
            files = sorted(p for p in Path(self.ner).iterdir() if p.is_file())
            options["ner"] = [identity(DumpFile(file, file.name)) for file in files]
        return options

    def model_name(self, language: str) -> str:
        """Name of the spaCy model that finds names in this language."""
        return self.models.get(language, default_model(language))

    def missing_models(self) -> dict[str, str]:
        """Configured languages whose model is not installed, with its name."""
        named = {language: self.model_name(language) for language in self.languages}
        return {language: model for language, model in named.items() if not locate(model)}

    def require_model(self) -> None:
        """Raise ModelError where no configured language has a model, so that nothing could be taken in."""
        missing = self.missing_models()
        if len(missing) == len(self.languages):
            model = next(iter(missing.values()))
            raise ModelError(
                f"anonymise.languages: no spaCy model for {', '.join(missing)}: python -m spacy download {model}, "
                "or name an installed model or a folder under anonymise.models"
            )

    def takes(self, language: str) -> bool:
        """Whether a conversation in this language is taken in; no model is loaded to tell."""
        named = language in self.languages and language not in self.missing_models()
        return named or self.unsupported_language == "patterns_only"
