"""All dates of a conversation are moved by one number of weeks, and written back as they were."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from logminer.ids import Pseudonyms
from logminer.privacy.dates.reading import DateReading, dates_in, moved, reading_of, says_only
from logminer.privacy.mentions.found import FoundValues
from logminer.privacy.surrogates.surrogates import Surrogates

PSEUDONYMS = Pseudonyms(b"k" * 32, "test")
FEW = settings(max_examples=60, deadline=None, derandomize=True)
NOW = DateReading()

FORMS = (
    "%Y-%m-%d", "%Y/%m/%d", "%d.%m.%Y", "%Y%m%d", "%d %B %Y", "%B %d, %Y", "%d-%b-%Y", "%Y-%m-%dT10:15:00Z", "%d %b %Y 10:30",
    "%Y年%m月%d日", "%G-W%V-%u", "on %A, %d %B %Y",
)  # fmt: skip
DAYS = st.dates(date(1900, 1, 1), date(2090, 1, 1))


def surrogates(conversation: str = "c", *said: str) -> Surrogates:
    found = FoundValues.opened(PSEUDONYMS, conversation)
    found.gather([("DATE_TIME", value, True) for value in said])
    return Surrogates(PSEUDONYMS, conversation, found)


@FEW
@given(DAYS, st.sampled_from(FORMS), st.integers(-1000, 1000))
def test_a_date_that_is_moved_is_written_in_its_form(day: date, form: str, days: int) -> None:
    value, shift = day.strftime(form), timedelta(days=days)
    written = moved(value, dates_in(value, NOW), shift, NOW)
    (read,) = dates_in(written, NOW)
    assert read.day == day + shift
    if "%B" not in form and "%b" not in form:  # a day before a name has no zero
        assert written == (day + shift).strftime(form)


@pytest.mark.parametrize(
    ("value", "later"),
    [
        ("3 May 2024", "27 June 2025"),
        ("3. Mai 2024", "27. Juni 2025"),
        ("3 mai 2024", "27 juin 2025"),
        ("el 3 de mayo de 2024", "el 27 de junio de 2025"),
        ("3 maja 2024", "27 czerwca 2025"),
        ("MAY 3RD, 2024", "JUNE 27TH, 2025"),
        ("3rd of May 2024", "27th of June 2025"),
        ("5/3/24", "6/27/25"),
        ("31/12/1999", "23/02/2001"),
        ("03-May-2024", "27-Jun-2025"),
        ("May 3-10, 2024", "June 27-July 4, 2025"),
        ("3–10 May 2024", "27 June–4 July 2025"),
        ("from 3 May 2024 to 10 May 2024", "from 27 June 2025 to 4 July 2025"),
        ("March 2021", "May 2022"),
        ("03/2021", "05/2022"),
        ("Q3 2021", "Q4 2022"),
        ("2019-2021", "2020-2022"),
        ("1990s", "2000s"),
        ("Monday, 3 May", "Monday, 26 June"),
        ("20240503T101500", "20250627T101500"),
        ("1714694400", "1750982400"),
        ("5月3日", "6月26日"),
        # what is no date, or leaves the calendar
        ("31/04/2020", None),
        ("9999-12-31", None),
        ("three weeks", None),
        ("10:30", None),
    ],
)
def test_forms_of_dates(value: str, later: str | None) -> None:
    found = dates_in(value, NOW)
    shift = timedelta(weeks=60)
    if later is None:
        assert found == []
    else:
        assert moved(value, found, shift, NOW) == later
        if "s" not in {one.knows for one in found}:
            assert moved(value, found, timedelta(0), NOW) == value


@FEW
@given(st.lists(DAYS, min_size=2, max_size=5), st.integers(0, 10**6))
def test_intervals_weekdays_and_forms_hold(days: list[date], seed: int) -> None:
    make = surrogates(str(seed))
    made = [date.fromisoformat(make("DATE_TIME", day.isoformat())) for day in days]
    shifts = {new - old for new, old in zip(made, days, strict=True)}
    (shift,) = shifts
    assert shift.days % 7 == 0
    assert 360 < abs(shift.days) < 1100
    for day, new in zip(days, made, strict=True):
        assert make("DATE_TIME", f"{day:%B} {day.day}, {day:%Y}") == f"{new:%B} {new.day}, {new:%Y}"
        assert (new.month, new.day) != (day.month, day.day)


def test_conversations_move_their_dates_apart() -> None:
    assert len({surrogates(str(i))("DATE_TIME", "2024-05-03") for i in range(40)}) > 20


def test_numbers_that_may_be_day_or_month_are_read_as_the_conversation_says() -> None:
    for said, day_first in (
        ((), False),
        (("31/12/2020",), True),
        (("12/31/2020",), False),
        (("2020-04-03",), True),
        (("2020-03-04",), False),
        (("3. Mai 2020",), True),
    ):
        assert reading_of([*said, "03/04/2020"]).day_first is day_first
    written = [
        surrogates("c", *v)("DATE_TIME", "03/04/1987") for v in (("25/12/1987",), ("12/25/1987",))
    ]
    assert written[0] != written[1]
    four = ("3 April 1987", "1987-04-03", "04/03/1987", "April 3, 1987")
    make = surrogates("c", *four)
    days = [dates_in(make("DATE_TIME", value), NOW)[0].day for value in four]
    assert len(set(days)) == 1


def test_times_by_themselves_move_and_times_of_dates_stay() -> None:
    make = surrogates()
    assert make("DATE_TIME", "2024-05-03 10:30").endswith(" 10:30")
    early, late = make("DATE_TIME", "from 9:00 to 17:00").removeprefix("from ").split(" to ")
    (h1, m1), (h2, m2) = (map(int, t.split(":")) for t in (early, late))
    assert (60 * (h2 - h1) + m2 - m1) % 1440 == 480
    assert make("DATE_TIME", "10:30 am") != "10:30 am"


def test_a_model_may_say_the_dates_of_its_prompt_in_other_words() -> None:
    days = {date(2025, 6, 27)}
    for value in ("2025-06-27", "June 27, 2025", "27/06/2025", "06/27/2025", "June 2025", "2025"):
        assert says_only(value, days)
    for value in ("2025-06-28", "May 2025", "2024", "27 June 2024 to 27 June 2025", "soon"):
        assert not says_only(value, days)
