"""Working days at the office's pages: who may say them, and what the start page says where a notice is lacking."""

from datetime import date
from typing import Any

import pytest
import time_machine
from django.urls import reverse

from fieldwork.core.models import Event
from fieldwork.reminders.models import Workday
from tests import factories as make
from tests.fieldwork.supervision.clerk import Clerk, errors
from tests.place import Place

pytestmark = pytest.mark.usefixtures("noon")
DAY = date(2027, 3, 6)


@pytest.fixture
def administrator(place: Place) -> Clerk:
    return Clerk(make.user(office="administrator"))


def add(clerk: Clerk, **given: Any) -> Any:
    return clerk.send("reminders_workday_add", **{"day": "2027-03-06", "worked": "on", "source": "测试通知", **given})


def test_administrator_says_a_day_and_says_it_anew(administrator: Clerk) -> None:
    assert add(administrator).status_code == 302
    row = Workday.objects.get()
    assert (row.day, row.worked, row.source) == (DAY, True, "测试通知")
    answer = administrator.send("reminders_workday_change", row.pk, source="更正")
    assert answer.status_code == 302
    assert Workday.objects.values_list("day", "worked", "source").get() == (DAY, False, "更正")
    told = Event.objects.filter(kind="workday.set", object_id=row.pk).order_by("pk")
    assert [event.data["worked"] for event in told] == [True, False]
    assert "更正" in administrator.page("core_event_change", told[1].pk).content.decode()


def test_day_that_stands_already_is_said_anew_and_stays_one_row(administrator: Clerk) -> None:
    add(administrator)
    assert add(administrator, source="第二次").status_code == 302
    assert Workday.objects.values_list("source", flat=True).get() == "第二次"


def test_day_needs_a_source(administrator: Clerk) -> None:
    assert list(errors(add(administrator, source=""))) == ["source"]
    assert not Workday.objects.exists()


@pytest.mark.parametrize("office", ["supervisor", "administrator", "auditor"])
def test_an_office_of_a_part_of_the_installation_reads_alone(place: Place, office: str) -> None:
    row = Workday.objects.create(day=DAY, worked=True, source="测试通知")
    clerk = Clerk.of(place, office)
    assert add(clerk, day="2027-03-07").status_code == 403
    assert clerk.send("reminders_workday_change", row.pk, source="更正").status_code == 403
    assert clerk.page("reminders_workday_change", row.pk).status_code == 200
    assert clerk.page("reminders_workday_changelist").status_code == 200
    assert Workday.objects.values_list("worked", "source").get() == (True, "测试通知")


@pytest.mark.parametrize(("year", "status"), [("2027", 200), ("x", 302), ("²027", 302), ("99999", 302)])
def test_list_is_filtered_by_year(administrator: Clerk, year: str, status: int) -> None:
    Workday.objects.create(day=DAY, worked=True, source="测试通知")
    Workday.objects.create(day=date(2028, 1, 1), worked=False, source="测试通知")
    answer = administrator.page("reminders_workday_changelist", year=year)
    assert answer.status_code == status
    if status == 200:
        assert [row.day for row in answer.context_data["cl"].result_list] == [DAY]


def test_start_page_misses_the_notice_until_it_is_loaded(place: Place, administrator: Clerk) -> None:
    with time_machine.travel("2098-12-01T12:00:00+08:00", tick=False):
        index = reverse("admin:index")
        administrator, clerk = Clerk(administrator.user), Clerk.of(place)
        assert "2098" in str(*administrator.get(index).context["messages"])
        assert not list(clerk.get(index).context["messages"])
        for year in (2098, 2099):
            Workday.objects.create(day=date(year, 10, 6), worked=False, source="测试通知")
            assert list(administrator.get(index).context["messages"])
            Workday.objects.create(day=date(year, 10, 11), worked=True, source="测试通知")
        assert not list(administrator.get(index).context["messages"])
