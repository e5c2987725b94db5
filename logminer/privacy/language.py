"""The language of a conversation: what a dump's column says, or what the text looks like, as ISO 639-1."""

from __future__ import annotations

import contextlib
import functools
import importlib.metadata
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from logminer.models.packaged import find_packaged

__all__ = ["default_model", "has_stock_model", "locate", "normalise_language", "tell_language"]

LEAST_LETTERS = 40  # of a text whose language can be told
NO_LANGUAGE = "zxx"  # ISO 639-2: "no linguistic content"
LEAST_CONFIDENCE = 0.5

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


def default_model(language: str) -> str:
    """Name of spaCy's small stock model of a language."""
    return f"{language}_core_{'web' if language in _WEB else 'news'}_sm"


def has_stock_model(language: str) -> bool:
    """Whether spaCy has one of `default_model`'s name."""
    return language in _STOCK.split()


def tell_language(column: str | None, texts: Iterable[str], first: str) -> str:
    """ISO 639-1 code of a conversation: what the dump says, else what the text looks like.

    Args:
        column: the dump's language column.
        texts: what was said, in order.
        first: the code that a short or uncertain text counts as.
    """
    if said := normalise_language(column):
        return said
    sample = "\n".join(texts)[:20_000]
    # a word of Latin script has four letters and more where a Chinese one has one or two
    if sum(1 if c < "\u0250" else 4 for c in sample if c.isalpha()) < LEAST_LETTERS:
        return first
    code, confidence = _identifier().classify(sample)
    if code == NO_LANGUAGE:  # code, tables, numbers
        return first
    return (normalise_language(code) or code) if confidence >= LEAST_CONFIDENCE else first


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
