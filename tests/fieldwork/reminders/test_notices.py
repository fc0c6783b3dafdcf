"""The yearly notice: loading it, single days, and knowing that it is lacking."""

from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from fieldwork.core.errors import DomainError
from fieldwork.core.events import SYSTEM
from fieldwork.core.models import Event
from fieldwork.core.periods import ZONE, first_instant
from fieldwork.reminders.models import Moment, Workday
from fieldwork.reminders.notices import load_workdays, set_workday
from fieldwork.reminders.workdays import (
    after_working_days,
    is_working_day,
    known_until,
    knows_notice,
    missing_notice,
    overrides,
)
from fieldwork.supervision.tick import tick
from tests.place import Place

AT = datetime(2026, 11, 20, tzinfo=UTC)
NOTICE = "测试发〔2026〕1号"
NATIONAL = {date(2027, 10, 6): False, date(2027, 10, 7): False, date(2027, 10, 9): True}


def load(*rows: str, source: str = NOTICE, header: str = "date,worked") -> int:
    return load_workdays([f"{line}\n" for line in (header, *rows)], source=source, by=SYSTEM, at=AT)


def told() -> list[Event]:
    return list(Event.objects.filter(kind__startswith="workday").order_by("pk"))


@pytest.mark.django_db
def test_notice_wins_over_the_calendar_and_loads_again() -> None:
    rows = ("2027-10-06,休", "2027-10-07,no", "2027-10-09,班", "2027-02-20,yes")
    assert load(*rows) == 4
    assert overrides(date(2027, 10, 1), date(2027, 10, 31)) == NATIONAL
    assert overrides() == {**NATIONAL, date(2027, 2, 20): True}
    assert overrides(date(2027, 10, 9)) == {date(2027, 10, 9): True}
    assert is_working_day(date(2027, 10, 9), overrides())
    assert load(*rows) == 0
    (event,) = told()
    assert (event.kind, event.data["source"]) == ("workdays.loaded", NOTICE)
    assert event.data["changes"][0] == {"day": "2027-10-06", "worked": False, "was": None}


@pytest.mark.django_db
def test_changed_day_is_replaced_and_the_event_keeps_what_it_was() -> None:
    load("2027-10-06,休", "2027-10-09,班")
    first = Workday.objects.get(day=date(2027, 10, 9))
    assert load("2027-10-06,休", "2027-10-09,休") == 1
    first.refresh_from_db()
    assert not first.worked
    was = {"worked": True, "source": NOTICE}
    assert told()[1].data["changes"] == [{"day": "2027-10-09", "worked": False, "was": was}]
    assert load("2027-10-09,休", source="测试发〔2026〕2号") == 1
    assert Workday.objects.get(day=date(2027, 10, 9)).source == "测试发〔2026〕2号"
    assert Workday.objects.count() == 2


@pytest.mark.django_db
def test_every_fault_is_named_by_line_and_nothing_is_stored() -> None:
    with pytest.raises(DomainError) as caught:
        load(
            "2027-10-06,休",
            "2027-13-01,休",
            "20271007,班",
            "2027-10-08,maybe",
            "2027-10-06,班",
            "2027-10-09,休,班",
            "x",
        )
    assert [fault.field for fault in caught.value.errors] == [
        "3.date", "4.date", "5.worked", "6.date", "7.", "8.date", "8.worked"
    ]  # fmt: skip
    assert not Workday.objects.exists()
    assert told() == []


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("rows", "header", "source", "fields"),
    [
        (["2027-10-06"], "date", NOTICE, ["1.worked"]),
        ([], "", NOTICE, ["1.date", "1.worked"]),
        (['2027-10-06,"休'], "date,worked", NOTICE, ["2."]),
        (["2027-10-06,休"], "date,worked", "", ["source"]),
        (["2027-10-06,休"], "date,worked", "号" * 201, ["source"]),
    ],
)
def test_a_file_or_source_that_is_none_is_refused(rows: list[str], header: str, source: str, fields: list[str]) -> None:
    with pytest.raises(DomainError) as caught:
        load(*rows, header=header, source=source)
    assert [fault.field for fault in caught.value.errors] == fields
    assert not Workday.objects.exists()


@pytest.mark.django_db
def test_command_loads_a_file_and_says_what_is_wrong(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "notice.csv"
    file.write_text("\ufeffworked,date\r\n休,2027-10-06\r\n", encoding="utf-8")
    call_command("load_workdays", str(file), source=NOTICE)
    assert capsys.readouterr().out == "changed 1\n"
    file.write_text("date,worked\n2027-10-06,x\n", encoding="utf-8")
    with pytest.raises(CommandError, match=r"2\.worked"):
        call_command("load_workdays", str(file), source=NOTICE)
    with pytest.raises(CommandError, match="cannot be read"):
        call_command("load_workdays", str(tmp_path / "none.csv"), source=NOTICE)


@pytest.mark.django_db
def test_single_day_is_said_by_hand_and_once() -> None:
    row = set_workday(day=date(2027, 3, 5), worked=False, source="停工一日", by=SYSTEM, at=AT)
    assert set_workday(day=date(2027, 3, 5), worked=False, source="停工一日", by=SYSTEM, at=AT) == row
    assert overrides() == {date(2027, 3, 5): False}
    set_workday(day=date(2027, 3, 5), worked=True, source="停工一日", by=SYSTEM, at=AT)
    assert [(event.kind, event.object_id, event.data["worked"]) for event in told()] == [
        ("workday.set", str(row.pk), False), ("workday.set", str(row.pk), True)
    ]  # fmt: skip
    with pytest.raises(DomainError) as caught:
        set_workday(day=date(1900, 1, 1), worked=True, source="x", by=SYSTEM, at=AT)
    assert [fault.field for fault in caught.value.errors] == ["day"]


@pytest.mark.parametrize(
    ("day", "number", "expected"),
    [
        (date(2026, 11, 20), 3, date(2026, 11, 25)),  # a Friday: Monday is the first
        (date(2026, 11, 21), 1, date(2026, 11, 23)),  # a Saturday
        (date(2026, 9, 30), 1, date(2026, 10, 8)),  # National Day and the days exchanged for it
        (date(2026, 10, 9), 1, date(2026, 10, 10)),  # a Saturday that is worked in exchange
        (date(2026, 11, 20), 0, date(2026, 11, 20)),
    ],
)
def test_after_working_days_counts_working_days_alone(day: date, number: int, expected: date) -> None:
    assert after_working_days(day, number) == expected


def test_after_working_days_lets_overrides_win() -> None:
    assert after_working_days(date(2027, 10, 5), 1) == date(2027, 10, 6)
    assert after_working_days(date(2027, 10, 5), 1, NATIONAL) == date(2027, 10, 8)
    assert after_working_days(date(2027, 10, 5), 2, NATIONAL) == date(2027, 10, 9)


def test_notice_of_a_year_that_nobody_knows_is_missed_from_december_on() -> None:
    assert knows_notice(2026)
    assert not knows_notice(2098)
    assert missing_notice(date(2026, 11, 30)) is None
    assert missing_notice(date(2098, 11, 30)) == 2098
    table = {date(2098, 10, 6): False, date(2098, 10, 11): True}
    assert missing_notice(date(2098, 11, 30), table) is None
    assert missing_notice(date(2098, 12, 1), table) == 2099
    assert known_until(date(2098, 12, 1), table) == 2098
    assert known_until(date(2098, 12, 1)) is None


def test_single_day_written_by_hand_is_no_notice() -> None:
    assert missing_notice(date(2098, 1, 2), {date(2098, 3, 5): False}) == 2098
    assert missing_notice(date(2098, 1, 2), {date(2098, 3, 8): True}) == 2098


FREE = date(2026, 12, 1)
DIGEST = datetime(2026, 12, 1, 9, tzinfo=ZONE)


def digest_at() -> datetime:
    return Moment.objects.get(kind="digest", due_at=first_instant(FREE)).at.astimezone(ZONE)


def test_tick_reads_the_table(place: Place) -> None:
    set_workday(day=FREE, worked=False, source="停工一日", by=SYSTEM, at=AT)
    tick(datetime(2026, 11, 25, 9, tzinfo=ZONE))
    assert digest_at() == DIGEST + timedelta(days=1)


def test_day_that_changes_moves_the_digest_that_is_to_come(place: Place) -> None:
    tick(datetime(2026, 11, 25, 9, tzinfo=ZONE))
    assert digest_at() == DIGEST
    set_workday(day=FREE, worked=False, source="停工一日", by=SYSTEM, at=DIGEST - timedelta(minutes=1))
    assert digest_at() == DIGEST + timedelta(days=1)
    load("2026-12-01,班", "2026-12-02,休")
    assert digest_at() == DIGEST


@pytest.mark.parametrize(
    ("planned", "at"), [(None, DIGEST), (DIGEST, DIGEST + timedelta(hours=1)), (DIGEST, DIGEST - timedelta(days=1))]
)
@pytest.mark.django_db
def test_digest_that_has_come_is_told_once_and_stays(planned: datetime | None, at: datetime) -> None:
    Moment.objects.create(kind="digest", at=DIGEST, due_at=first_instant(FREE), planned_at=planned)
    set_workday(day=FREE, worked=False, source="停工一日", by=SYSTEM, at=at)
    assert digest_at() == DIGEST
