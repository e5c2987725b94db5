"""The language of a conversation: what a dump's column says, or what the text looks like, as ISO 639-1."""

from __future__ import annotations

import contextlib
import functools
import importlib.metadata
import importlib.util
import json
from collections.abc import Collection, Iterable, Mapping
from pathlib import Path
from typing import Any

from logminer.models.packaged import find_packaged
from logminer.privacy.languages.scripts import MAIN, is_chinese, reads, share, weigh

__all__ = [
    "default_model",
    "folder_of",
    "has_stock_model",
    "how_to_bring",
    "how_to_install",
    "labels_of",
    "locate",
    "normalise_language",
    "stock_model",
    "sure_language",
    "tell_language",
]

LEAST_LETTERS = 40  # of a text whose language can be told
NO_LANGUAGE = "zxx"  # ISO 639-2: "no linguistic content"
LEAST_CONFIDENCE = 0.5
SURE = 0.99

# ISO 639-1, ISO 639-3 (and the other three-letter form where there is one), English name(s).
_NAMES = """
af afr afrikaans|ar ara arabic|az aze azerbaijani|be bel belarusian|bg bul bulgarian|bn ben bengali bangla|bs bos bosnian
ca cat catalan valencian|cs ces cze czech|cy cym wel welsh|da dan danish|de deu ger german|el ell gre greek|en eng english
eo epo esperanto|es spa spanish castilian|et est estonian|eu eus baq basque|fa fas per persian farsi|fi fin finnish
fr fra fre french|ga gle irish|gl glg galician|gu guj gujarati|he heb hebrew iw|hi hin hindi|hr hrv croatian|hu hun hungarian
hy hye arm armenian|id ind indonesian in|is isl ice icelandic|it ita italian|ja jpn japanese jp|ka kat geo georgian|kk kaz kazakh
km khm khmer|kn kan kannada|ko kor korean kr|la lat latin|lt lit lithuanian|lv lav latvian|mk mkd mac macedonian|ml mal malayalam
mn mon mongolian|mr mar marathi|ms msa may malay|my mya bur burmese|nb nob bokmal|ne nep nepali|nl nld dut dutch flemish|nn nno nynorsk
no nor norwegian|pa pan punjabi|pl pol polish|pt por portuguese|ro ron rum romanian moldovan|ru rus russian|si sin sinhala
sk slk slo slovak|sl slv slovenian slovene|so som somali|sq sqi alb albanian|sr srp serbian|sv swe swedish|sw swa swahili|ta tam tamil
te tel telugu|th tha thai|tl tgl tagalog fil filipino|tr tur turkish|uk ukr ukrainian|ur urd urdu|uz uzb uzbek|vi vie vietnamese
xh xho xhosa|yo yor yoruba|zh zho chi chinese mandarin cn yue cmn cantonese wuu|zu zul zulu
aa aar afar|ab abk abkhazian abkhaz|ak aka akan|am amh amharic|as asm assamese|ay aym aymara|ba bak bashkir|bi bis bislama
bo bod tib tibetan|br bre breton|co cos corsican|dv div divehi dhivehi|dz dzo dzongkha|ee ewe|fj fij fijian|fo fao faroese
fy fry frisian western|gd gla scottish|gn grn guarani|gv glv manx|ha hau hausa|ht hat haitian|ig ibo igbo|iu iku inuktitut
jv jav javanese|kl kal kalaallisut greenlandic|ks kas kashmiri|ku kur kurdish|ky kir kyrgyz kirghiz|lb ltz luxembourgish
lg lug ganda luganda|ln lin lingala|lo lao laothian|mg mlg malagasy|mi mri mao maori|mt mlt maltese|oc oci occitan|om orm oromo
or ori odia oriya|ps pus pashto|qu que quechua|rm roh romansh|rn run rundi|rw kin kinyarwanda|sa san sanskrit|sd snd sindhi
sg sag sango|sm smo samoan|sn sna shona|ss ssw swati swazi|st sot sotho southern sesotho|su sun sundanese|tg tgk tajik
ti tir tigrinya|tk tuk turkmen|tn tsn tswana|to ton tonga tongan|ts tso tsonga|tt tat tatar|ug uig uyghur uighur|ve ven venda
wo wol wolof|yi yid yiddish|za zha zhuang
"""
_CODES = {
    word: entry.split()[0]
    for line in _NAMES.split("\n")
    for entry in line.split("|")
    for word in entry.split()
}

# Which corpus spaCy's stock models of a language were trained on; `news` where nothing else is said.
_WEB = ("en", "zh")
# Those that have any (https://spacy.io/models).
_STOCK = "ca da de el en es fi fr hr it ja ko lt mk nb nl pl pt ro ru sl sv uk zh"


def normalise_language(value: str | None) -> str | None:
    """ISO 639-1 code of what a dump's language column says; None where it says nothing we know.

    Takes codes of two and three letters, with a region (`en-US`, `zh_Hans`), and English names, in any case.
    """
    words = (value or "").strip().lower().replace("_", "-").replace("(", " ").replace(")", " ")
    for word in (words, words.split("-")[0].strip(), words.split(" ")[0]):
        if code := _CODES.get(word):
            return code
    return None


# Languages whose model a package on the registry carries: models in order of preference, and our extra.
_INSTALLABLE = {
    "en": ("en_core_web_sm",),
    "fi": ("fi_core_news_sm", "spacy_fi_experimental_web_md"),
    "fr": ("fr_core_news_md", "fr_core_news_sm"),
    "ja": ("ja_core_news_sm", "ja_ginza"),
}
_EXTRAS = {"en": "demo", "fi": "fi", "fr": "fr", "ja": "ja"}


def stock_model(language: str) -> str:
    """Name of spaCy's small stock model of a language."""
    return f"{language}_core_{'web' if language in _WEB else 'news'}_sm"


def default_model(language: str) -> str:
    """Name of a language's model where none is named: the first one installed, else spaCy's small stock one."""
    installed = (name for name in _INSTALLABLE.get(language, ()) if locate(name))
    return next(installed, stock_model(language))


def how_to_install(language: str, model: str) -> str:
    """The commands that bring a model in."""
    command = f"python -m spacy download {model}"
    extra = _EXTRAS.get(language)
    return f"{command}, or pip install 'logminer[{extra}]'" if extra else command


def how_to_bring(models: Mapping[str, str]) -> str:
    """The commands that bring in the models of several languages: one for our extras, one for the rest."""
    ours = [_EXTRAS[code] for code, model in models.items() if model in _INSTALLABLE.get(code, ())]
    rest = [model for code, model in models.items() if model not in _INSTALLABLE.get(code, ())]
    commands = [f"pip install 'logminer[{','.join(ours)}]'"] if ours else []
    return ", ".join(commands + [f"python -m spacy download {model}" for model in rest])


def has_stock_model(language: str) -> bool:
    """Whether spaCy, or a package that we know, has one of `default_model`'s name."""
    return language in _STOCK.split()


def tell_language(column: str | None, texts: Iterable[str], first: str) -> str:
    """ISO 639-1 code of a conversation: what the dump says, else what the text looks like.

    The dump is not believed where most of the text is in a script that the language is not written in.

    Args:
        column: the dump's language column.
        texts: what was said, in order.
        first: the code that a short or uncertain text counts as, unless it is in another script.
    """
    said = normalise_language(column)
    sample = "\n".join(texts)[:20_000]
    if sample.isascii() and said:
        return said
    shares = weigh(sample)
    if said and _fits(said, sample, shares):
        return said
    likely = first if _fits(first, sample, shares) else _by_script(sample, shares)
    # a word of Latin script has four letters and more where a Chinese one has one or two
    if sum(1 if c < "\u0250" else 4 for c in sample if c.isalpha()) < LEAST_LETTERS:
        return likely
    code, confidence = _identifier().classify(sample)
    if code == NO_LANGUAGE or confidence < LEAST_CONFIDENCE:  # code, tables, numbers
        return likely
    code = normalise_language(code) or code
    return code if _fits(code, sample, shares) else likely


def sure_language(text: str, among: Collection[str]) -> str | None:
    """Which of some languages a text is in; None where that is not beyond doubt."""
    if sum(map(str.isalpha, text)) < LEAST_LETTERS:
        return None
    code, confidence = _identifier().classify(text)
    code = normalise_language(code) or code
    return code if code in among and confidence >= SURE else None


def _fits(language: str, text: str, shares: Mapping[str, float]) -> bool:
    """Whether most of a text is in scripts that the language's models read."""
    if language == "ja" and is_chinese(text) and share(shares, ("Han",)) > 0.5:
        return False
    return not shares or share(shares, reads(language)) >= 0.5


def _by_script(text: str, shares: Mapping[str, float]) -> str:
    """The likeliest language of a text's most frequent script."""
    most = max(shares, key=lambda script: shares[script])
    if most == "Han" and not is_chinese(text):
        return "ja"
    return MAIN.get(most, "und")


@functools.cache
def _identifier() -> Any:
    from py3langid.langid import MODEL_FILE, LanguageIdentifier

    return LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)


def locate(model: str) -> str | None:
    """What `spacy.load` takes for a model's name: an installed package, a folder, or a packaged copy."""
    with contextlib.suppress(importlib.metadata.PackageNotFoundError, ValueError):
        importlib.metadata.distribution(model)
        return model
    if (Path(model) / "meta.json").is_file():
        return model
    packaged = find_packaged(model)
    return str(packaged) if packaged else None


def folder_of(model: str) -> Path | None:
    """The folder of an installed model with its `meta.json`; None where there is none."""
    found = locate(model)
    if found is None:
        return None
    folder = Path(found)
    if not folder.is_dir():
        spec = importlib.util.find_spec(found)
        if spec is None or not spec.submodule_search_locations:
            return None
        folder = Path(spec.submodule_search_locations[0])
    return folder if (folder / "meta.json").is_file() else None


def labels_of(model: str) -> list[str] | None:
    """What a model's recogniser of names can say, read from its description; None where that is not said there."""
    folder = folder_of(model)
    if folder is None:
        return None
    try:
        meta = json.loads((folder / "meta.json").read_text("utf-8"))
        labels = meta.get("labels", {}).get("ner")
        if labels is None and "ner" in meta["pipeline"]:
            return None
        return list(labels or ())
    except (OSError, ValueError, AttributeError, KeyError, TypeError):
        return None
