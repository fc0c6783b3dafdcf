"""What is added to a check-in later: by whom, once, and as the answer to a rejection."""

from typing import Any

import pytest
import time_machine

from fieldwork.core.models import Event
from fieldwork.directory.models import Delegation
from fieldwork.inspections.models import Addendum
from tests import factories as make
from tests.api import check_in
from tests.api.client import Phone
from tests.place import Place

TEXT = {"text": "更正：检查的是二号车间。"}


@pytest.fixture(autouse=True)
def afternoon() -> Any:
    with time_machine.travel("2026-11-21T14:00:00+08:00", tick=False):
        yield


@pytest.fixture
def leader(place: Place) -> Phone:
    return Phone.of(place.user)


@pytest.fixture
def address(place: Place, leader: Phone) -> str:
    return f"check-ins/{check_in.put(leader, check_in.body(place)).json()['id']}"


def test_addendum_stands_beside_what_was_sent(place: Place, leader: Phone, address: str) -> None:
    before = leader.get(address).json()
    answer = leader.post(f"{address}/addenda", TEXT)
    assert answer.status_code == 201
    assert answer.json() == {
        "id": str(Addendum.objects.get().pk), **TEXT, "by": str(place.user.pk), "at": "2026-11-21T14:00:00+08:00",
        "answers": None,
    }  # fmt: skip
    assert leader.get(address).json() == {**before, "addenda": [answer.json()]}
    event = Event.objects.get(kind="check_in.addendum_added")
    assert (event.object_id, event.division_path) == (address.partition("/")[2], place.county.path)
    assert (event.data["text"], event.data["answers"]) == (TEXT["text"], None)


def test_addendum_answers_the_rejection_that_stands(place: Place, leader: Phone, address: str) -> None:
    office = Phone.of(make.user(office="supervisor", division=place.county))
    said = office.post(f"{address}/review", {"verdict": "rejected", "reason": "照片不符"}).json()
    assert leader.post(f"{address}/addenda", TEXT).json()["answers"] == said["review"]["id"]
    office.post(f"{address}/review", {"verdict": "accepted"})
    assert leader.post(f"{address}/addenda", TEXT).json()["answers"] is None
    assert [one["answers"] for one in leader.get(address).json()["addenda"]] == [said["review"]["id"], None]


def test_only_who_may_record_for_the_lead_adds(place: Place, address: str) -> None:
    delegate, former = make.user(), make.user()
    Delegation.objects.create(assistant=delegate, leader=place.leader, starts_on=make.BEGINNING)
    Delegation.objects.create(assistant=former, leader=place.leader, starts_on=make.BEGINNING, ends_on="2026-10-01")
    users = {
        "delegate": delegate,
        "former": former,
        "supervisor": make.user(office="supervisor", division=place.county),
        "other": make.user(leader=make.leader("旁人")),
    }
    given = {who: Phone.of(user).post(f"{address}/addenda", TEXT).status_code for who, user in users.items()}
    assert given == {"delegate": 201, "former": 404, "supervisor": 403, "other": 404}


@pytest.mark.parametrize(
    "wrong", [{}, {"text": ""}, {"text": "  "}, {"text": "字" * 2001}, {"text": None}, {"text": 7}]
)
def test_text_that_is_none_is_refused(leader: Phone, address: str, wrong: Any) -> None:
    answer = leader.post(f"{address}/addenda", wrong)
    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (400, "text")
    assert not Addendum.objects.exists()


def test_key_makes_a_repeated_addendum_the_first(leader: Phone, address: str) -> None:
    answers = [leader.post(f"{address}/addenda", TEXT, HTTP_IDEMPOTENCY_KEY="k1") for _ in range(2)]
    assert answers[0].json() == answers[1].json()
    assert Addendum.objects.count() == 1
