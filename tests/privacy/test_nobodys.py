"""Numbers that stand for a person's are nobody's: no country has given them out, and no checksum holds."""

from __future__ import annotations

import phonenumbers
import pytest

from logminer.ids import Pseudonyms
from logminer.privacy.surrogates.proofs import is_proven
from logminer.privacy.surrogates.surrogates import Surrogates

PSEUDONYMS = Pseudonyms(b"k" * 32, "test")
FORMATS = (
    phonenumbers.PhoneNumberFormat.E164,
    phonenumbers.PhoneNumberFormat.INTERNATIONAL,
    phonenumbers.PhoneNumberFormat.NATIONAL,
)
LIKELY = ("US", "GB", "DE", "FR", "ES", "IT", "PL", "NL", "IL", "IN", "CA", "BR")
OTHERS = ("AU", "JP", "CN", "KR", "MX", "SE", "CH", "IE", "ZA", "TR", "NG", "EG", "UA", "ID", "AR", "PM")  # fmt: skip


def make(number: int) -> Surrogates:
    return Surrogates(PSEUDONYMS, f"c{number}")


def examples(region: str) -> list[str]:
    types = (phonenumbers.PhoneNumberType.MOBILE, phonenumbers.PhoneNumberType.FIXED_LINE)
    numbers = [phonenumbers.example_number_for_type(region, kind) for kind in types]
    formats = FORMATS if region in LIKELY else FORMATS[:2]
    return [phonenumbers.format_number(n, f) for n in numbers if n for f in formats]


def shape(text: str) -> str:
    return "".join("9" if c.isdigit() else c for c in text)


@pytest.mark.parametrize("region", [*LIKELY, *OTHERS])
def test_no_telephone_number_is_valid(region: str) -> None:
    for value in examples(region):
        for number in range(50 if region in LIKELY else 10):
            made = make(number)("PHONE_NUMBER", value)
            assert shape(made) == shape(value)
            assert made != value
            assert not phonenumbers.is_valid_number(phonenumbers.parse(made, region)), value


def test_country_codes_zeros_and_extensions_stay_and_americans_are_of_fiction() -> None:
    one = make(1)
    assert one("PHONE_NUMBER", "+44 (0)20 7946 0958").startswith("+44 (0)")
    assert one("PHONE_NUMBER", "06 12 34 56 78").startswith("0")
    written = one("PHONE_NUMBER", "(415) 867-5309 x 21")
    assert written[6:12] == "555-01"
    assert " x " in written
    assert one("PHONE_NUMBER", "+1 415 867 5309")[-8:-2] == "555 01"
    assert one("PHONE_NUMBER", "867-5309").startswith("555-01")


PROVEN = {
    "UK_NHS": "943 476 5919", "ES_NIF": "12345678Z", "ES_NIE": "X1234567L", "PL_PESEL": "44051401359", "BR_CPF": "111.444.777-35",
    "DE_TAX_ID": "86095742719", "CA_SIN": "046 454 286", "CN_ID": "11010519491231002X", "FR_NIR": "2 55 08 14 168 025 38",
    "IN_AADHAAR": "234123412346", "NL_BSN": "111222333", "AU_ABN": "51824753556", "AU_TFN": "123456782", "IT_FISCAL_CODE": "RSSMRA85T10A562S",
    "FI_PERSONAL_IDENTITY_CODE": "131052-308T", "SG_NRIC_FIN": "S1234567D", "VIN": "1HGBH41JXMN109186", "IMEI": "490154203237518",
    "US_NPI": "1245319599", "US_BANK_ROUTING": "111000025",
}  # fmt: skip


@pytest.mark.parametrize("kind", PROVEN)
def test_no_checksum_of_a_register_holds(kind: str) -> None:
    value = PROVEN[kind]
    assert is_proven(value)
    made = {make(number)(kind, value) for number in range(40)}
    made |= {make(number)("ID", value) for number in range(40)}
    assert not any(map(is_proven, made))
    assert {shape(m) for m in made if value.isdigit()} <= {shape(value)}
    assert len(made) >= 40


def test_no_social_security_number_was_ever_given_out() -> None:
    for number in range(60):
        for kind, value in (
            ("US_SSN", "531-64-2917"),
            ("US_SSN", "531 64 2917"),
            ("ID", "531642919"),
        ):
            made = make(number)(kind, value)
            digits = "".join(filter(str.isdigit, made))
            assert shape(made) == shape(value)
            assert digits[0] == "9"
            assert digits[3] in "01234"  # from 50 on, groups are of taxpayers' numbers


def test_devices_addresses_are_local() -> None:
    for value in ("3C:22:FB:AA:01:9E", "3c-22-fb-aa-01-9e", "3c22.fbaa.019e"):
        made = make(1)("MAC_ADDRESS", value)
        assert int(made[:2], 16) & 3 == 2
        assert (made.isupper(), len(made)) == (value.isupper(), len(value))
