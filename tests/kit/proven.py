"""Identifiers that prove themselves, of many countries."""

from faker import Faker

__all__ = ["LOCALES", "planted"]


LOCALES = ("en_US", "en_GB", "de_DE", "fr_FR", "es_ES", "it_IT", "pl_PL", "nl_NL", "pt_PT", "ro_RO", "sk_SK")  # fmt: skip


def planted(locale: str) -> list[str]:
    fake = Faker(locale)
    fake.seed_instance(7)
    values = [
        make() for make in (fake.email, fake.company_email, fake.ipv4, fake.ipv6) for _ in range(25)
    ]
    values += [fake.credit_card_number() for _ in range(60)]
    for iban in (fake.iban() for _ in range(25)):
        values += [iban, " ".join(iban[i : i + 4] for i in range(0, len(iban), 4))]
    card = Faker("en_US").credit_card_number("visa16")
    groups = [card[i : i + 4] for i in range(0, 16, 4)]
    values += ["-".join(groups), " ".join(groups), "3782 822463 10005", "3056-930902-5904"]
    return values
