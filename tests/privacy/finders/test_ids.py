"""Ids of people are found by the word that announces them, by their form, and not without either."""

from __future__ import annotations

import pytest

from logminer.privacy.options import Profile
from tests.privacy.finders.looking import left, removed

GOES = [
    ("My Aadhaar is 7445 7640 4520", "7445 7640 4520"),
    ("Mój PESEL to 87040375385", "87040375385"),
    ("meu CPF é 236.317.059-80", "236.317.059-80"),
    ("Steuerliche Identifikationsnummer: 23972561480", "23972561480"),
    ("PAN card BQVPR4821K", "BQVPR4821K"),
    ("licence plate B-XK 4821", "B-XK 4821"),
    ("numéro de sécurité sociale 2 87 04 75 116 042 35", "2 87 04 75 116 042 35"),
    ("medicare card 2428 77813 2 1", "2428 77813 2 1"),
    ("my registration is AB12 CDE and", "AB12 CDE"),
    ("matrícula 4821 BXK", "4821 BXK"),
    ("la plaque AB-123-CD est", "AB-123-CD"),
    ("Kennzeichen M-AB 1234", "M-AB 1234"),
    ("targa AB 123 CD", "AB 123 CD"),
    ("numer rejestracyjny WX 48213", "WX 48213"),
    ("license plate: 7abc123", "7abc123"),
    ("我的身份证号码是11010519491231002X。", "11010519491231002X"),
    ("車牌 京A·12345", "京A·12345"),
    ("주민등록번호는 950101-1234567 입니다", "950101-1234567"),
    ("マイナンバーは1234 5678 9018です", "1234 5678 9018"),
    ("NHS number 943 476 5919", "943 476 5919"),
    ("my SIN is 546 454 286", "546 454 286"),
    ("TFN 123 456 782", "123 456 782"),
    ("CURP: GOMC850412HDFRRL09", "GOMC850412HDFRRL09"),
    ("RFC GOMC850412AB1", "GOMC850412AB1"),
    ("DNI 12345678Z", "12345678Z"),
    ("mi NIE es X-1234567-L", "X-1234567-L"),
    ("codice fiscale RSSMRA85M01H501U", "RSSMRA85M01H501U"),
    ("BSN 1234.56.782", "1234.56.782"),
    ("personnummer 850412-1234", "850412-1234"),
    ("CPR-nr. 120485-1234", "120485-1234"),
    ("HKID A123456(3)", "A123456(3)"),
    ("my NRIC is S1234567D", "S1234567D"),
    ("Emirates ID 784-1985-1234567-1", "784-1985-1234567-1"),
    ("CNIC 35202-1234567-1", "35202-1234567-1"),
    ("Passport no. X1234567 expires", "X1234567"),
    ("passport number: AB 1234567", "AB 1234567"),
    ("driving licence MORGA 753116 SM9IJ", "MORGA 753116 SM9IJ"),
    ("driver's license D123-4567-8901", "D123-4567-8901"),
    ("policy number HX-4821-993 please", "HX-4821-993"),
    ("my claim is CLM 2024 00482", "CLM 2024 00482"),
    ("employee id E-48213", "E-48213"),
    ("student number 20481733", "20481733"),
    ("tracking 1Z 999 AA1 01 2345 6784", "1Z 999 AA1 01 2345 6784"),
    ("order number 114-3941689-8772232", "114-3941689-8772232"),
    ("IMEI 35-209900-176148-1", "35-209900-176148-1"),
    ("VIN 1M8GDM9AXKP042788", "1M8GDM9AXKP042788"),
    ("serial number C02X1234JGH5", "C02X1234JGH5"),
    ("NI number QQ 12 34 56 C", "QQ 12 34 56 C"),
    ("87040375385 to mój PESEL", "87040375385"),
    ("booking reference XK4P9Z", "XK4P9Z"),
    ("sort code 12-34-56 account 12345678", "12-34-56"),
    ("{\"passport_number\": \"X1234567\", \"nationalId\": \"8812345678\"}", "X1234567"),
    ("ИНН 770123456789", "770123456789"),
    ("паспорт 4509 123456", "4509 123456"),
    ("СНИЛС 112-233-445 95", "112-233-445 95"),
    ("RUT 12.345.678-5", "12.345.678-5"),
    ("cédula de ciudadanía 1.032.456.789", "1.032.456.789"),
    ("AHV-Nummer 756.1234.5678.97", "756.1234.5678.97"),
    ("rijksregisternummer 85.04.12-123.45", "85.04.12-123.45"),
    ("henkilötunnus 131052-308T", "131052-308T"),
    ("ת\"ז 123456782", "123456782"),
    ("आधार 7445 7640 4520", "7445 7640 4520"),
    ("رقم الهوية 1023456789", "1023456789"),
    ("the plate ends B-XK 4821", "B-XK 4821"),
    ("car reg ab12 cde", "ab12 cde"),
    ("my A-number is A123-456-789", "A123-456-789"),
]  # fmt: skip

STAYS = [
    "order 1732380000 and 1732380000000, {\"id\": 98273645, \"ts\": 1732380000}",
    "in 2019 there were 1 234 567 rows; ISBN 978-3-16-148410-0; price $1,299.00",
    "version 10.4.2, build 20240315, port 8080",
]  # fmt: skip


@pytest.mark.parametrize("profile", ["balanced", "strict"])
@pytest.mark.parametrize(("text", "value"), GOES)
def test_goes_in_both_profiles(text: str, value: str, profile: Profile) -> None:
    assert left(text, value, profile) == ""


@pytest.mark.parametrize("text", STAYS)
def test_stays_in_balanced(text: str) -> None:
    assert removed(text) == set()
