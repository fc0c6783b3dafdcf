"""A month from its opening to its lapse, over HTTP and the worker's tick."""

from datetime import datetime
from typing import Any

import pytest
import time_machine

from fieldwork.core.models import Pulse
from fieldwork.directory.enums import Office
from fieldwork.directory.models import Leader
from fieldwork.supervision.tick import tick
from tests import factories as make
from tests.api.check_in import body, put, put_multipart
from tests.api.client import Phone
from tests.feed import wait_for_the_feed
from tests.photos import jpeg
from tests.place import Place

pytestmark = pytest.mark.django_db(transaction=True)  # PostgreSQL feeds what is committed


def at(text: str) -> datetime:
    return datetime.fromisoformat(f"{text}+08:00")


def worker(text: str) -> None:
    """The worker ticks, every change before it being readable."""
    wait_for_the_feed()
    tick(at(text))


def unread(phone: Phone) -> list[str]:
    return [message["kind"] for message in phone.get("notifications?unread=true").json()["results"]]


def status(phone: Phone, period: str) -> str:
    (obligation,) = phone.get(f"obligations?mine=true&period={period}").json()["results"]
    return str(obligation["status"])


@pytest.fixture
def colleague(place: Place) -> Phone:
    """Another leader of the same county, who does not go."""
    leader = make.leader("测试·县长")
    make.tenure(make.post(make.organisation(place.county)), leader)
    with time_machine.travel(at("2026-11-01T08:00"), tick=False):
        return Phone.of(make.user(leader=leader))


@pytest.fixture
def office(place: Place) -> Phone:
    with time_machine.travel(at("2026-11-01T08:00"), tick=False):
        return Phone.of(make.user(office=Office.SUPERVISOR, division=place.county))


def test_who_has_gone_is_left_alone_and_who_has_not_is_reminded_and_told(
    place: Place, colleague: Phone, office: Phone
) -> None:
    with time_machine.travel(at("2026-11-20T09:10"), tick=False):
        worker("2026-11-20T09:01")
        phone = Phone.of(place.user)
        assert unread(phone) == unread(colleague) == ["reminder"]
        (task,) = phone.get("tasks?mine=true&period=2026-11").json()["results"]
        assert (task["target"]["kind"], task["target"]["name"]) == ("town", "测试镇")
        photo = jpeg()
        answer = put_multipart(
            phone, body(place, photo, task=task["id"], captured_at="2026-11-20T09:05:00+08:00"), photo
        )
        assert answer.json()["counts_for"] == [task["id"]]
        assert status(phone, "2026-11") == "met"
        assert unread(phone) == []
        assert phone.get("notifications").json()["results"][0]["settled"] is True
    for day in ("2026-11-27", "2026-11-29"):
        worker(f"{day}T09:01")
        with time_machine.travel(at(f"{day}T10:00"), tick=False):
            assert (unread(phone), unread(colleague)) == ([], ["reminder"])
    with time_machine.travel(at("2026-12-01T09:30"), tick=False):
        worker("2026-12-01T08:01")
        worker("2026-12-01T09:01")
        assert unread(phone) == []
        assert unread(colleague) == ["lapse"]
        assert status(colleague, "2026-11") == "lapsed"
        assert unread(office) == ["digest"]
        assert len(colleague.get("notifications").json()["results"]) == 4


def test_late_upload_turns_the_lapse_back_and_its_notice_is_settled(place: Place, colleague: Phone) -> None:
    worker("2026-11-02T09:00")
    with time_machine.travel(at("2026-12-04T09:00"), tick=False):
        worker("2026-12-01T08:01")
        phone = Phone.of(place.user)
        assert (status(phone, "2026-11"), unread(phone)) == ("lapsed", ["lapse"])
        late = body(place, jpeg(), captured_at="2026-11-30T23:59:59+08:00", device=None)
        assert {flag["code"] for flag in put(phone, late).json()["flags"]} >= {"uploaded_late"}
        assert (status(phone, "2026-11"), unread(phone)) == ("met", [])
        assert status(phone, "2026-12") == "open"


def test_hand_over_on_the_15th_moves_the_duty_and_keeps_what_was_done(place: Place, office: Phone) -> None:
    worker("2026-11-02T09:00")
    with time_machine.travel(at("2026-11-10T12:00"), tick=False):
        phone = Phone.of(place.user)
        assert put(phone, body(place, captured_at="2026-11-10T11:00:00+08:00", device=None)).status_code == 201
    with time_machine.travel(at("2026-11-16T12:00"), tick=False):
        ended = office.patch(f"tenures/{place.tenure.pk}", {"ends_on": "2026-11-14"})
        assert ended.status_code == 200
        successor = Leader.objects.get(pk=office.post("leaders", {"name": "测试·新书记"}).json()["id"])
        given = {"leader": str(successor.pk), "post": str(place.tenure.post_id), "starts_on": "2026-11-15"}
        assert office.post("tenures", given).status_code == 201
        newcomer = Phone.of(make.user(leader=successor))
        assert status(newcomer, "2026-11") == "open"
        assert status(phone, "2026-11") == "met"
        (obligation,) = phone.get("obligations?period=2026-11&mine=true").json()["results"]
        assert [reason["code"] for reason in obligation["reasons"]] == ["handed_over"]
        tenure = office.get(f"tenures?leader={successor.pk}").json()["results"][0]["id"]
        link = {"tenure": tenure, "kind": "town", "target": str(place.town.pk), "starts_on": "2026-11-16"}
        assert office.post("linkages", link).status_code == 201
        (task,) = newcomer.get("tasks?status=open&period=2026-11").json()["results"]
        assert task["target"]["id"] == str(place.town.pk)


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"ends_on": "2026-10-31", "starts_on": "2026-11-01"}, "ends_on"),
        ({"target": "elsewhere"}, "target"),
        ({"starts_on": "2019-01-01"}, "starts_on"),
        ({"kind": "county"}, "target"),
    ],
)
def test_linkage_that_cannot_be_is_refused_and_changes_nothing(
    place: Place, office: Phone, changed: Any, field: str
) -> None:
    if "target" in changed:
        other = make.division("别镇", make.division("别县", place.city))
        changed = {"target": str(other.pk)}
    with time_machine.travel(at("2026-11-16T12:00"), tick=False):
        link = {"tenure": str(place.tenure.pk), "kind": "town", "target": str(place.town.pk), "starts_on": "2026-11-16"}
        before = office.get("linkages").json()["results"]
        answer = office.post("linkages", link | changed)
        assert answer.status_code == 400
        assert answer.json()["errors"][0]["field"] == field
        assert office.get("linkages").json()["results"] == before


def test_office_finds_who_lapsed_by_division_and_leader(place: Place, colleague: Phone, office: Phone) -> None:
    worker("2026-12-01T09:01")
    with time_machine.travel(at("2026-12-01T10:00"), tick=False):
        lapsed = f"obligations?period=2026-11&status=lapsed&division={place.county.pk}"
        assert len(office.get(lapsed).json()["results"]) == 2
        elsewhere = make.division("别县", place.city)
        assert office.get(f"tasks?division={elsewhere.pk}").json()["results"] == []
        mine = f"tasks?period=2026-11&leader={place.leader.pk}&division={place.county.pk}"
        (task,) = office.get(mine).json()["results"]
        assert task["status"] == "lapsed"


def test_tick_leaves_a_pulse(place: Place) -> None:
    worker("2026-11-16T12:00")
    assert Pulse.objects.get(name="tick").at == at("2026-11-16T12:00")


def test_ten_days_without_a_worker_are_made_up_in_one_tick(place: Place, colleague: Phone) -> None:
    worker("2026-11-02T09:00")
    with time_machine.travel(at("2026-12-03T10:00"), tick=False):
        worker("2026-12-03T10:00")
        assert unread(colleague) == ["lapse"]
        assert status(colleague, "2026-12") == "open"
        worker("2026-12-03T10:00")
        assert unread(colleague) == ["lapse"]
