"""How much of what is personal goes out of texts made to be hard, by kind, beside Presidio as it comes.

The texts are those of `tests/kit/hostile`: 866 invented values in 400 texts. `value` is the recall of a family of kinds in
percent, `ratio` that recall over Presidio's own on the same texts; `presidio` is the baseline. No time is measured.
"""

from __future__ import annotations

from collections import Counter

from benchmarks.harness import Row, report_met
from logminer.privacy.evaluate import Evaluation, Score, evaluate
from logminer.privacy.options import Profile
from tests.kit.hostile.texts import documents, hostile

TEXTS = 400
LEAST: dict[Profile, tuple[float, float]] = {"balanced": (0.90, 0.92), "strict": (0.95, 0.78)}
FAMILIES = {
    "names": "PERSON PERSON_FIRST PERSON_LAST NICKNAME",
    "names in small letters, in capitals, misspelled": "PERSON_LOWER PERSON_UPPER PERSON_NOISY",
    "user names and handles": "USERNAME HANDLE",
    "e-mail addresses": "EMAIL",
    "telephone numbers": "PHONE",
    "streets with a number, postcodes": "STREET_ADDRESS POSTCODE",
    "birth dates, ages over 89": "BIRTH_DATE AGE_OVER_89",
    "national numbers of 24 countries": "SSN SSN_LAST4 NINO NHS STEUER_ID PESEL CPF CNPJ NIR CODICE_FISCALE DNI NIE PERSONNUMMER HETU"
    " FODSELSNUMMER BSN AADHAAR PAN SIN CHINA_ID CURP RUT RRN AHV CNP RODNE_CISLO EGN AMKA MEDICARE_AU TFN",
    "passports, licences, plates, VINs": "PASSPORT DRIVING_LICENCE PLATE VIN",
    "accounts, IBANs, cards, wallets": "BANK_ACCOUNT SORT_CODE ROUTING IBAN CARD CRYPTO VAT IFSC",
    "numbers of patients, students, staff": "MEDICAL_RECORD INSURANCE MEDICAL_LICENSE STUDENT_ID EMPLOYEE_ID ORCID",
    "orders, parcels, cases, policies, bookings": "ORDER_NUMBER TRACKING CASE_NUMBER POLICY_NUMBER BOOKING NUMBER",
    "networks, devices, coordinates": "IP MAC DEVICE IMSI GPS",
    "secrets: tokens of vendors": "SECRET_TOKEN SECRET_JWT",
    "secrets: passwords and codes": "PASSWORD PIN OTP SECRET_RECOVERY SECRET_TOTP SECRET_SEED",
    "secrets: headers, logins, links, keys": "SECRET SECRET_HEADER SECRET_COOKIE SECRET_CONNECTION SECRET_URL SECRET_HASH SECRET_PEM",
}


def main() -> None:
    texts = hostile(seed=1, texts=TEXTS)
    found: dict[Profile, Evaluation] = {
        profile: evaluate(
            documents(texts, profile), profile=profile, beside_as_shipped=profile == "strict"
        )
        for profile in LEAST
    }
    shipped = found["strict"].as_shipped
    assert shipped is not None  # it was asked for
    rows = _rows("presidio", shipped, shipped)
    conditions = {}
    for profile, (recall, precision) in LEAST.items():
        ours = found[profile].ours
        rows += _rows(profile, ours, shipped)
        conditions[f"{profile}: recall ≥ {recall}"] = (ours.overall.recall or 0) >= recall
        conditions[f"{profile}: precision ≥ {precision}"] = (
            ours.overall.precision or 0
        ) >= precision
    report_met("privacy", rows, conditions)


def _rows(name: str, score: Score, shipped: Score) -> list[Row]:
    """Recall overall and by family, and precision, in percent."""
    ours, theirs = _recalls(score), _recalls(shipped)
    rows = [
        Row(f"{name}: {family}", 100 * share, f"% of {count}", share / max(theirs[family][0], 1e-3))
        for family, (share, count) in ours.items()
    ]
    overall, base = score.overall, shipped.overall
    recall, precision = overall.recall or 0.0, overall.precision or 0.0
    rows.append(Row(f"{name}: all", 100 * recall, f"% of {overall.n}", recall / (base.recall or 1)))
    ratio = precision / (base.precision or 1)
    return [*rows, Row(f"{name}: precision", 100 * precision, "% of redactions", ratio)]


def _recalls(score: Score) -> dict[str, tuple[float, int]]:
    family_of = {kind: family for family, kinds in FAMILIES.items() for kind in kinds.split()}
    masked, labelled = Counter[str](), Counter[str]()
    for kind, entity in score.by_entity.items():
        if family := family_of.get(kind):
            labelled[family] += entity.n
            masked[family] += round(entity.n * (entity.recall or 0))
    return {family: (masked[family] / labelled[family], labelled[family]) for family in FAMILIES}
