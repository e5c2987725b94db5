"""What stands for a value keeps its form: postcodes, escapes, the fields of tables, JSON."""

from __future__ import annotations

import csv
import io
import json
import re

import pytest
from faker import Faker

from logminer.ids import Pseudonyms
from logminer.privacy.anonymiser import open_anonymiser
from logminer.privacy.options import AnonymiseOptions, Profile
from logminer.privacy.requests import ConversationRequest
from logminer.privacy.surrogates.surrogates import Surrogates

PSEUDONYMS = Pseudonyms(b"k" * 32, "test")


@pytest.mark.parametrize(
    ("value", "form"),
    [
        ("LA1 3PN", r"[A-PR-UWYZ][A-HK-Y]\d \d[ABD-HJLNP-UW-Z]{2}"),
        ("EC1A 1BB", r"[A-PR-UWYZ][A-HK-Y]\d[ABEHMNPRVWXY] \d[ABD-HJLNP-UW-Z]{2}"),
        ("w1a1aa", r"[a-pr-uwyz]\d[a-hjkpstuw]\d[abd-hjlnp-uw-z]{2}"),
        ("K1A 0B1", r"[ABCEGHJ-NPRSTVXY]\d[ABCEGHJ-NPRSTV-Z] \d[ABCEGHJ-NPRSTV-Z]\d"),
        ("D02 X285", r"[AC-FHKNPRTV-Y]\d\d [AC-FHKNPRTV-Y\d]{4}"),
        ("1012 AB", r"[1-9]\d{3} [A-Z]{2}"),
        ("90210-1234", r"\d{5}-\d{4}"),
        ("00-950", r"\d\d-\d{3}"),
        ("〒150-0001", r"〒\d{3}-\d{4}"),
        ("D-80331", r"D-\d{5}"),
    ],
)
def test_a_postcode_becomes_a_postcode_alone_and_in_an_address(value: str, form: str) -> None:
    for number in range(20):
        make = Surrogates(PSEUDONYMS, f"c{number}")
        made = make("LOCATION", value)
        assert re.fullmatch(form, made)
        assert made != value
        address = make("ADDRESS", f"48 Quernmore Mews, Lancaster {value}")
        assert address.endswith(f" {made}")
        assert " Mews, " in address
        assert "Lancaster" not in address


@pytest.mark.parametrize(
    ("kind", "escaped", "value", "left"),
    [
        ("PERSON", r"Bj\u00f8rn \u00d8sterg\u00e5rd", "Bjørn Østergård", ""),
        ("PERSON", r"Bj\\u00f8rn", "Bjørn", ""),
        ("PERSON", r"Bj\xf8rn", "Bjørn", ""),
        ("PERSON", "Bj&oslash;rn", "Bjørn", ""),
        ("PERSON", "Bj%C3%B8rn", "Bjørn", ""),
        ("PERSON", "Ａｎｎａ", "Anna", ""),
        ("PERSON", "O&#39;Brien", "O'Brien", "&#39;"),
        ("EMAIL_ADDRESS", "anna%40acme.test", "anna@acme.test", "%40"),
        ("EMAIL_ADDRESS", r"anna\u0040acme.test", "anna@acme.test", r"\u0040"),
        ("DATE_TIME", "2024-05-03T10%3A15", "2024-05-03T10:15", "%3A15"),
        ("ADDRESS", r"12 Oak Street\nApt. 5", "12 Oak Street\nApt. 5", r" Street\nApt. "),
        ("LOCATION", r"M\u00fcnchen", "München", ""),
    ],
)
def test_what_is_escaped_has_the_surrogate_of_what_it_means(
    kind: str, escaped: str, value: str, left: str
) -> None:
    make = Surrogates(PSEUDONYMS, "c")
    made, plain = make(kind, escaped), make(kind, value)
    assert left in made
    for written, meant in (
        ("&#39;", "'"),
        ("%40", "@"),
        (r"\u0040", "@"),
        ("%3A", ":"),
        (r"\n", "\n"),
    ):
        made = made.replace(written, meant) if written == left or written in left else made
    assert made == plain


def table(seed: int) -> list[list[str]]:
    fake = Faker(("en_US", "en_GB", "de_DE", "fr_FR")[seed % 4])
    fake.seed_instance(seed)
    form = ("%Y-%m-%d", "%m/%d/%Y", "%d.%m.%Y", "%B %d, %Y")[seed % 3]
    rows = [["name", "phone", "dob", "email", "city", "zip", "amount", "notes"]]
    for _ in range(3):
        born = fake.date_of_birth().strftime(form)
        notes = f'Called {fake.first_name()}, asked "why"'
        rows.append([fake.name(), fake.phone_number(), born, fake.email(), fake.city(), fake.postcode(), "2.5", notes])  # fmt: skip
    return rows


@pytest.mark.parametrize("profile", ["balanced", "strict"])
def test_tables_keep_their_fields_and_json_parses(profile: Profile) -> None:
    anonymiser = open_anonymiser(AnonymiseOptions(profile=profile), PSEUDONYMS)
    for seed in range(8):
        rows = table(seed)
        text = io.StringIO()
        quoting = csv.QUOTE_ALL if seed % 2 else csv.QUOTE_MINIMAL
        csv.writer(text, quoting=quoting).writerows(rows)
        inner = json.dumps(rows, ensure_ascii=seed % 2 == 0)
        said = [text.getvalue(), inner, json.dumps({"payload": inner})]
        messages = [{"role": "user", "content": content} for content in said]
        request = ConversationRequest(messages, f"c{seed}", "en")
        (done,) = anonymiser.conversations([request])
        as_csv, as_json, nested = (m["content"] for m in done.messages)
        read = list(csv.reader(io.StringIO(as_csv)))
        assert [len(row) for row in read] == [len(row) for row in rows]
        assert as_csv.count('"') == text.getvalue().count('"')
        assert [len(row) for row in json.loads(as_json)] == [len(row) for row in rows]
        assert all(isinstance(json.loads(part), list) for part in json.loads(nested).values())
        for row, new in zip(rows[1:], read[1:], strict=True):
            assert row[3] not in as_csv  # the address
            assert [c.isdigit() for c in new[2]] == [c.isdigit() for c in row[2]] or "," in row[2]
