"""Periods by property, 2024 to 2035: two leap years' February, the year's end, any offset, any bad name."""

from datetime import UTC, date, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fieldwork.core.periods import ZONE, Cadence, Period, first_instant, local_day
from tests.once import ONCE

pytestmark = ONCE

days = st.dates(date(2024, 1, 1), date(2035, 12, 31))
cadences = st.sampled_from(Cadence)
periods = st.builds(Period.of_day, cadences, days)
instants = st.datetimes(
    datetime(2024, 1, 1),  # noqa: DTZ001 - hypothesis adds the zone
    datetime(2035, 12, 31),  # noqa: DTZ001
    timezones=st.just(UTC),
)
offsets = st.integers(-14 * 60, 14 * 60).map(lambda minutes: timezone(timedelta(minutes=minutes)))
LENGTHS = {
    Cadence.MONTH: (28, 31),
    Cadence.QUARTER: (90, 92),
    Cadence.HALF_YEAR: (181, 184),
    Cadence.YEAR: (365, 366),
}


@given(cadences, days)
def test_period_holds_its_day_and_is_the_only_one_that_does(cadence: Cadence, day: date) -> None:
    period = Period.of_day(cadence, day)
    assert period.starts_on <= day <= period.ends_on
    assert period.previous().ends_on < day < period.next().starts_on


@given(periods)
def test_periods_follow_without_gap_or_overlap(period: Period) -> None:
    assert period.next().starts_on == period.ends_on + timedelta(days=1)
    assert period.next().starts_at() == period.ends_at()
    assert period.next().previous() == period
    assert period < period.next()


@given(periods)
def test_period_has_the_length_of_its_cadence(period: Period) -> None:
    least, most = LENGTHS[period.cadence]
    assert least <= (period.ends_on - period.starts_on).days + 1 <= most


@given(periods)
def test_period_is_read_back_from_its_name(period: Period) -> None:
    assert Period.parse(str(period)) == period


@given(cadences, instants, offsets)
def test_period_of_an_instant_is_the_same_however_the_offset_is_written(
    cadence: Cadence, at: datetime, offset: timezone
) -> None:
    period = Period.of_instant(cadence, at)
    assert Period.of_instant(cadence, at.astimezone(offset)) == period
    assert period.starts_at() <= at < period.ends_at()


@given(periods)
def test_first_instant_is_in_and_the_one_after_the_last_is_out(period: Period) -> None:
    tick = timedelta(microseconds=1)
    assert Period.of_instant(period.cadence, period.starts_at()) == period
    assert Period.of_instant(period.cadence, period.ends_at() - tick) == period
    assert Period.of_instant(period.cadence, period.ends_at()) == period.next()
    assert Period.of_instant(period.cadence, period.starts_at() - tick) == period.previous()


@given(cadences, days, st.integers(0, 900))
def test_between_is_every_period_that_shares_a_day(cadence: Cadence, first: date, length: int) -> None:
    last = first + timedelta(days=length)
    found = list(Period.between(cadence, first, last))
    assert found == sorted(set(found))
    assert {Period.of_day(cadence, first + timedelta(days=day)) for day in range(length + 1)} == set(found)


@pytest.mark.parametrize("year", range(2024, 2036))
def test_february_has_its_29th_in_leap_years_alone(year: int) -> None:
    assert Period(Cadence.MONTH, year, 2).ends_on == date(year, 2, 29 if year in (2024, 2028, 2032) else 28)


@pytest.mark.parametrize(
    ("name", "starts_on", "ends_on"),
    [
        ("2026-12", date(2026, 12, 1), date(2026, 12, 31)),
        ("2026-Q4", date(2026, 10, 1), date(2026, 12, 31)),
        ("2026-H2", date(2026, 7, 1), date(2026, 12, 31)),
        ("2026", date(2026, 1, 1), date(2026, 12, 31)),
    ],
)
def test_last_period_of_a_year_ends_with_it(name: str, starts_on: date, ends_on: date) -> None:
    period = Period.parse(name)
    assert (period.starts_on, period.ends_on) == (starts_on, ends_on)
    assert period.next().starts_on == date(2027, 1, 1)


@pytest.mark.parametrize(
    "name",
    [
        "", "26-11", "2026-13", "2026-00", "2026-1", "2026-Q0", "2026-Q5", "2026-H3", "2026-q4", "2026-11 ",
        " 2026", "2026-11\n", "２０２６-11", "2026-１１", "2026-Q４", "0000", "0001-01", "9999", "2026-11-01",
        "2026/11", "-2026",
    ],
)  # fmt: skip
def test_what_is_no_period_is_refused(name: str) -> None:
    with pytest.raises(ValueError, match=r"period"):
        Period.parse(name)


def test_midnight_in_china_is_still_the_day_before_in_utc() -> None:
    assert first_instant(date(2026, 12, 1)) == datetime(2026, 11, 30, 16, tzinfo=UTC)
    assert local_day(datetime(2026, 11, 30, 16, 5, tzinfo=UTC)) == date(2026, 12, 1)
    assert local_day(datetime(2026, 11, 30, 15, 59, 59, tzinfo=UTC)) == date(2026, 11, 30)


def test_instant_without_an_offset_is_refused() -> None:
    with pytest.raises(ValueError, match="offset"):
        local_day(datetime(2026, 12, 1))  # noqa: DTZ001 - the fault under test
    assert local_day(datetime(2026, 12, 1, tzinfo=ZONE)) == date(2026, 12, 1)
