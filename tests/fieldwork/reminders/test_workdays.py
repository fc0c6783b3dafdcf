"""Working days in China."""

from datetime import date

import pytest

from fieldwork.reminders.workdays import next_working_day


@pytest.mark.parametrize(
    ("day", "expected"),
    [
        (date(2026, 12, 1), date(2026, 12, 1)),  # a Tuesday
        (date(2026, 2, 1), date(2026, 2, 2)),  # a Sunday
        (date(2026, 10, 1), date(2026, 10, 8)),  # National Day and the days exchanged for it
        (date(2026, 5, 1), date(2026, 5, 6)),  # Labour Day
        (date(2026, 1, 1), date(2026, 1, 4)),  # New Year, and a Sunday that is worked in exchange
        (date(2026, 10, 10), date(2026, 10, 10)),  # a Saturday that is worked in exchange
    ],
)
def test_next_working_day_knows_weekends_holidays_and_exchanged_days(day: date, expected: date) -> None:
    assert next_working_day(day) == expected


def test_next_working_day_lets_overrides_win() -> None:
    notice = {date(2027, 10, 6): False, date(2027, 10, 7): False, date(2027, 10, 9): True}
    assert next_working_day(date(2027, 10, 6)) == date(2027, 10, 6)
    assert next_working_day(date(2027, 10, 6), notice) == date(2027, 10, 8)
    assert next_working_day(date(2027, 10, 9), notice) == date(2027, 10, 9)
