"""Ways in which a planted value goes on: each is found, and what only looks a little like it is not."""

from __future__ import annotations

import base64
import codecs
import hashlib
import html
from collections.abc import Callable
from urllib.parse import quote

import pytest

from logminer.audit.canaries import Seeker
from logminer.audit.forms import FORMS

NAME, ACCENTED, PHONE, MAIL = (
    "Zorbline Quaxworth",
    "Łucja Müllenør",
    "+49 30 5550 1379",
    "zq@mail.example",
)
LETTERS = NAME.replace(" ", "")
WIDE = {c: chr(ord(c) + 0xFEE0) for c in LETTERS}
BOLD = {c: chr(ord(c) + (0x1D400 - 65 if c.isupper() else 0x1D41A - 97)) for c in LETTERS}


def swap(text: str, from_: str, to: str) -> str:
    return text.translate(str.maketrans(from_, to))


WAYS = (
    ("separated", NAME, "zorbline_quaxworth"),
    ("separated", NAME, "x-zorbline-quaxworth-1.png"),
    ("separated", NAME, "zorbline.quaxworth"),
    ("separated", NAME, "**Zorbline** **Quaxworth**"),
    ("separated", NAME, "-".join(NAME)),
    ("separated", NAME, "\U0001f338".join(NAME.split())),
    ("no_spaces", NAME, "getZorblineQuaxworthById"),
    ("no_spaces", NAME, "\u200b".join(NAME)),
    ("lookalike", NAME, swap(NAME, "oea", "оеа")),
    ("lookalike", NAME, "".join(WIDE.get(c, c) for c in NAME)),
    ("lookalike", NAME, "".join(BOLD.get(c, c) for c in NAME)),
    ("lookalike", NAME, "Zo\u0301rbline Quaxwo\u0308rth"),
    ("lookalike", ACCENTED, "Lucja Mullenor"),
    ("lookalike", ACCENTED, "lucja_muellenoer"),
    ("reversed", NAME, NAME[::-1].lower().replace(" ", "_")),
    ("swapped", NAME, "Quaxworth, Zorbline"),
    ("swapped", NAME, "quaxworth_zorbline"),
    ("swapped", "Bo Tan Wei", "Wei, Bo Tan"),
    ("initials", NAME, "zquaxworth"),
    ("initials", NAME, "/home/z.quaxworth/x"),
    ("initials", NAME, "Quaxworth, Z."),
    ("initials", "Zorbline J. Quaxworth", "quaxworth_z"),
    ("inserted", NAME, "Zorbline J. Quaxworth"),
    ("inserted", NAME, "Zorbline van der Quaxworth"),
    ("national", PHONE, "030 55501379"),
    ("national", PHONE, "+49 (0)30/5550-1379"),
    ("national", PHONE, "3055501379"),
    ("national", PHONE, "0049 30 55501379"),
    ("national", PHONE, swap("030 5550 1379", "0123456789", "٠١٢٣٤٥٦٧٨٩")),
    ("national", PHONE, "\n".join("03055501379")),
    ("digits_only", PHONE, "４９３０５５５０１３７９"),
    ("reversed", PHONE, "9731055503"),
    ("spelled", PHONE, "three zero, five five five zero, one three seven nine"),
    ("spelled", PHONE, "30 five five five oh 1379"),
    ("spelled", MAIL, "zq at mail dot example"),
    ("url_encoded", NAME, quote(quote(NAME))),
    ("json_escaped", NAME, "\\x5a" + NAME[1:]),
    ("html_escaped", MAIL, html.escape(html.escape("&#122;q@mail.example"))),
    ("base64", NAME, base64.b64encode(f"id={NAME.lower()};".encode()).decode()),
    ("base64", NAME, base64.b64encode(NAME[::-1].encode()).decode()),
    ("base32", NAME, base64.b32encode(f"a {NAME}.".encode()).decode()),
    ("hex", NAME, "".join(f"0x{b:02x}, " for b in NAME.lower().encode())),
    ("character_codes", NAME, " ".join(str(ord(c)) for c in NAME)),
    ("rot13", NAME, codecs.encode(NAME, "rot13")),
    ("leet", NAME, swap(NAME, "oei", "031")),
    ("acrostic", NAME, "\n".join(f"* {c} is for something" for c in LETTERS)),
    ("hashed", NAME, hashlib.md5(NAME.lower().encode()).hexdigest()),
    ("hashed", NAME, base64.b64encode(hashlib.sha256(NAME.encode()).digest()).decode()),
    ("hashed", MAIL, hashlib.sha1(MAIL.encode()).hexdigest().upper()),
    ("hashed", PHONE, hashlib.sha512(b"+493055501379").hexdigest()),
)  # fmt: skip
OTHERS = ("Ada Wong", "Bo Li", "601 234 567", "tok-1f0c2e3b4a5d6978", "!!!###???")


@pytest.fixture(scope="module")
def seeker() -> Seeker:
    return Seeker([NAME, ACCENTED, PHONE, MAIL, "Bo Tan Wei", "Zorbline J. Quaxworth", *OTHERS])


@pytest.mark.parametrize(("form", "value", "written"), WAYS)
def test_a_way_of_writing_a_value_is_found(form: str, value: str, written: str) -> None:
    seeker = Seeker([*OTHERS, value])
    around = (
        (f"so: {written}, yes", "", "nothing") if form != "acrostic" else (written, "", "nothing")
    )
    for texts in (around, (f"“{around[0]}”",)):
        found = {(m.canary, m.form) for m in seeker.in_texts(texts)}
        assert (len(OTHERS), form) in found
        assert {canary for canary, _ in found} == {len(OTHERS)}
    raw = b"\xfe\x00\xff" * 99 + f"\n{around[0]}\n".encode() + b"\xfe\x00\xff" * 99
    assert len(OTHERS) in {canary for canary, _ in seeker.in_undecoded(raw)} or value == MAIL


def test_each_form_has_its_row() -> None:
    older = {"as_is", "case_folded"}  # in every kind of artefact: test_auditor
    assert {form for form, _, _ in WAYS} | older == set(FORMS)


@pytest.mark.parametrize(
    "text",
    [
        "Zorbline and Quaxworth went, the Quaxworths of Zorbline",
        "zquaxworthy, A Quaxworth, quaxworth z, Quaxworth's",
        "by Quaxworth. Zorbline said so",
        "canada-wongs, ad a wong, a da won g, mandala wong, adaw-ong",
        "5550 1379, 530 5550 13790, 130 5550 1379",
        "three zero five five five zero one three seven eight",
        "boli, Boli, b-o-l-i, kabob limits",
        hashlib.md5(b"Zorbline").hexdigest(),
        "Mullen or Lucja",
    ],
)
def test_what_only_looks_like_it_is_not_found(text: str, seeker: Seeker) -> None:
    assert seeker.in_texts([text, f"“{text}”"]) == []


def test_many_values_and_hostile_texts_are_searched_in_one_go() -> None:
    """Runs of what patterns stumble over: what is hidden at their ends is found."""
    values = [f"Person{i:03d}x Quaxworth" for i in range(300)]
    runs: list[Callable[[int], str]] = [
        lambda n: "quaxworth " * n,
        lambda n: "\n_*" * n,
        lambda n: "a_" * n,
        lambda n: "%25" * n,
        lambda n: "&amp;" * n,
        lambda n: "оa\u0301" * n,
    ]
    texts = [f"{run(60_000)} person{i:03d}x_quaxworth" for i, run in enumerate(runs)]
    found = {(m.text, m.canary) for m in Seeker(values).in_texts(texts)}
    assert found == {(i, i) for i in range(len(runs))}
