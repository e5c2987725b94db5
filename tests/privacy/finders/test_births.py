"""Birth dates go in whatever form a word announces them."""

from __future__ import annotations

import pytest

from logminer.privacy.options import Profile
from tests.privacy.finders.looking import left, removed

GOES = [
    ("born on 3.5.1984 here", "3.5.1984"),
    ("DOB: 1984-05-03", "1984-05-03"),
    ("birthday 5/3/84!", "5/3/84"),
    ("I was born 5-3-84", "5-3-84"),
    ("born on the 3rd of May, 1984", "3rd of May, 1984"),
    ("my birthday is May 3 '84", "May 3 '84"),
    ("DOB 03MAY1984", "03MAY1984"),
    ("ur. 3.V.1984 w", "3.V.1984"),
    ("生年月日：1984年5月3日", "1984年5月3日"),
    ("生年月日 S59.5.3", "S59.5.3"),
    ("dob=19840503&x", "19840503"),
    ("born Thursday, May 3, 1984", "May 3, 1984"),
    ("born on the third of May nineteen eighty-four", "third of May nineteen eighty-four"),
    ("geboren am 4. März 1952 in", "4. März 1952"),
    ("nací el 17 de mayo de 1950, ¿cuál", "17 de mayo de 1950"),
    ("我的生日是1978年3月19日，请", "1978年3月19日"),
    ("22MAY1995 | GB84", "22MAY1995"),
    ("née le 3 mai 1984 à", "3 mai 1984"),
    ("geb. 03.05.84", "03.05.84"),
    ("BDAY:19491028", "19491028"),
    ("my birthday is on May 3rd", "May 3rd"),
    ("дата рождения 3 мая 1984", "3 мая 1984"),
    ("تاريخ الميلاد ٣ مايو ١٩٨٤", "٣ مايو ١٩٨٤"),
    ("생년월일 1984년 5월 3일", "1984년 5월 3일"),
    ("昭和59年5月3日生まれ", "昭和59年5月3日"),
    ("date de naissance : 03/05/1984", "03/05/1984"),
    ("nata il 3 maggio 1984", "3 maggio 1984"),
    ("birth_date: \"1984-05-03\"", "1984-05-03"),
    ("urodzony 3 maja 1984", "3 maja 1984"),
    ("05/03/1984 is my birthday", "05/03/1984"),
]  # fmt: skip

STAYS = [
    "I was born in 1984 and came in May. See you on May 3; I may 3 be there",
    "the turn of events; birthright 20; may 5 percent",
]  # fmt: skip


@pytest.mark.parametrize("profile", ["balanced", "strict"])
@pytest.mark.parametrize(("text", "value"), GOES)
def test_goes_in_both_profiles(text: str, value: str, profile: Profile) -> None:
    assert left(text, value, profile) == ""


@pytest.mark.parametrize("text", STAYS)
def test_stays_in_balanced(text: str) -> None:
    assert removed(text) == set()


def test_a_year_of_birth_goes_in_strict_alone() -> None:
    assert left("I was born in 1984", "1984", "strict") == ""
    assert removed("I was born in 1984") == set()
