"""Surrogates prove nothing, reach nobody, and keep the form of what they replace."""

import ipaddress
import re

from faker import Faker

from logminer.ids import Pseudonyms
from logminer.privacy.patterns import find_all, is_iban
from logminer.privacy.surrogates.surrogates import Surrogates

KEY, OTHER_KEY = b"k" * 32, b"o" * 32
PSEUDONYMS = Pseudonyms(KEY, "test")
DOCUMENTATION = ("192.0.2.0/24", "198.51.100.0/24", "203.0.113.0/24")


def test_surrogates_prove_nothing_and_reach_nobody() -> None:
    make = Surrogates(PSEUDONYMS, "c")
    fake = Faker("de_DE")
    fake.seed_instance(3)
    for _ in range(40):
        card, iban = fake.credit_card_number(), fake.iban()
        assert len(make("CREDIT_CARD", card)) == len(card)
        assert not find_all(make("CREDIT_CARD", card))
        assert make("IBAN_CODE", iban)[:2] == iban[:2]
        assert not is_iban(make("IBAN_CODE", iban))
        assert make("EMAIL_ADDRESS", fake.email()).endswith("@example.org")
        address = ipaddress.ip_address(make("IP_ADDRESS", fake.ipv4()))
        assert any(address in ipaddress.ip_network(net) for net in DOCUMENTATION)
        assert ipaddress.ip_address(make("IP_ADDRESS", fake.ipv6())) in ipaddress.ip_network(
            "2001:db8::/32"
        )
    assert re.fullmatch(r"\+48 \d{3} \d{3} \d{3}", make("PHONE_NUMBER", "+48 601 234 567"))
    assert make("URL", "https://u:p@host.test/x").startswith("https://example.org/")
    assert re.fullmatch(r"[A-Z][a-z]+ \d{1,2}, 19[89]\d", make("DATE_TIME", "March 5, 1987"))


def test_words_of_a_name_agree_with_the_name() -> None:
    make = Surrogates(PSEUDONYMS, "c")
    first, last = make("PERSON", "Anna Kowalska").split()
    assert make("PERSON", "Anna") == first
    assert make("PERSON", "ANNA") == first.upper()
    assert make("PERSON", "Dr. Kowalska") == f"Dr. {last}"
    assert make("PERSON", "A. Kowalska's") == f"A. {last}'s"
    assert make("LOCATION", "Warsaw, Poland").split(", ")[0] == make("LOCATION", "Warsaw")


def test_another_conversation_or_key_gives_another_surrogate() -> None:
    values = [
        ("PERSON", "Anna Kowalska"),
        ("EMAIL_ADDRESS", "a@b.com"),
        ("LOCATION", "Warsaw"),
        ("CREDIT_CARD", "4111111111111111"),
    ]
    here, there = Surrogates(PSEUDONYMS, "c1"), Surrogates(PSEUDONYMS, "c2")
    keyed = Surrogates(Pseudonyms(OTHER_KEY, "test"), "c1")
    for kind, value in values:
        assert len({make(kind, value) for make in (here, there, keyed)}) == 3


def test_surrogates_of_the_new_types_keep_the_form() -> None:
    make = Surrogates(Pseudonyms(b"k" * 32, "test"), "c")
    street = make("ADDRESS", "12 Oak Street\nApt. 5\nSpringfield, IL 62704")
    assert [word in street for word in ("Street\nApt. ", ", IL ", "Oak", "Springfield", "62704")] == [True, True, False, False, False]  # fmt: skip
    assert make("ADDRESS", "rue de la Paix 5").startswith("rue de la ")
    assert 90 <= int(make("AGE", "95 years old").removesuffix(" years old")) <= 99
    assert 0 < abs(int(make("AGE", "47")) - 47) <= 3
    assert make("PERSON", "Mr. Takuda").startswith("Mr. ")
    assert make("PERSON", "@anna_k92").startswith("@")
    assert len(make("ID", "X1234567")) == 8


def test_a_date_or_number_takes_the_name_beside_it_along() -> None:
    make = Surrogates(Pseudonyms(b"k" * 32, "test"), "c")
    for kind, value in (("DATE_TIME", "3 May 1990 Kowalska"), ("PHONE_NUMBER", "555 0199 4471 Ridderkerk"), ("DATE_TIME", "el lunes 17 de mayo, Iñigo")):  # fmt: skip
        made = make(kind, value)
        assert not any(name in made for name in ("Kowalska", "Ridderkerk", "Iñigo"))
    assert "lunes" in make("DATE_TIME", "el lunes 17 de mayo")


def test_coordinates_stay_on_earth_in_their_form() -> None:
    make = Surrogates(PSEUDONYMS, "c")
    forms = {
        "35.0575°S 123.7676°W": r"\d\d\.\d{4}°[NS] \d{3}\.\d{4}°[EW]",
        "-39.317454,22.8492": r"-\d\d\.\d{6},\d\d\.\d{4}",
    }
    for value, form in forms.items():
        made = make("COORDINATES", value)
        assert made != value
        assert re.fullmatch(form, made)
        assert all(float(figure) < 90 for figure in re.findall(r"\d+\.\d+", made))
