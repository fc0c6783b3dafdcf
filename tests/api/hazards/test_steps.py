"""Every state x action x party: who may do what when, as written down here, apart from the table that decides it."""

from collections.abc import Iterator
from uuid import UUID, uuid4

import pytest
import time_machine
from django.db import transaction

from fieldwork.core.models import Event
from fieldwork.directory.models import Delegation
from fieldwork.hazards.enums import Action, HazardState
from fieldwork.hazards.models import Hazard, Step
from tests import factories as make
from tests.api.client import Phone
from tests.hazards import WAYS, Works, bring, do, report, said
from tests.photos import declared, jpeg
from tests.place import Place

NOON = "2026-11-21T12:00:00+08:00"
PARTIES = ("finder", "office", "regulator", "rectifier", "named", "linked", "auditor", "stranger")
ALL = {"graded", "rectifying", "extension_requested", "submitted", "reopened"}
# By action: in which states, and by whom. Before anybody is assigned nobody rectifies it, and nobody is named.
MAY: dict[str, tuple[set[str], set[str]]] = {
    "grade": ({"reported", *ALL}, {"office", "regulator"}),
    "assign": ({"graded", "reopened", "rectifying"}, {"office", "regulator"}),
    "plan": (ALL, {"office", "regulator", "rectifier"}),
    "list": (ALL, {"office"}),
    "submit": ({"rectifying", "extension_requested"}, {"rectifier"}),
    "accept": ({"submitted"}, {"finder", "office", "regulator"}),
    "return": ({"submitted"}, {"finder", "office", "regulator"}),
    "request-extension": ({"rectifying"}, {"rectifier"}),
    "decide-extension": ({"extension_requested"}, {"office", "regulator"}),
    "reopen": ({"closed"}, {"finder", "office", "regulator", "linked"}),
    "look-back": ({"reported", "closed", *ALL}, {"finder", "office", "regulator", "linked"}),
    "dismiss": ({"reported", "graded"}, {"office", "regulator"}),
}
FIRST_ASSIGNED = {"rectifying", "extension_requested", "submitted", "closed", "reopened"}


@pytest.fixture(autouse=True)
def noon() -> Iterator[None]:
    with time_machine.travel(NOON, tick=False):
        yield


def test_this_table_knows_every_action_and_state() -> None:
    assert set(MAY) == {action.value for action in Action}
    assert set(WAYS) == {state.value for state in HazardState}


def expected(state: str, action: str, party: str) -> tuple[int, str]:
    """Status and code; the object is not visible to who is nothing to it yet."""
    states, parties = MAY[action]
    unassigned = state not in FIRST_ASSIGNED
    if party in ("stranger", "named") or (party == "rectifier" and unassigned):
        return 404, "not_found"
    if party not in parties:
        return 403, "not_allowed"
    return (200, "") if state in states else (409, "wrong_state")


@pytest.mark.parametrize("state", list(WAYS))
def test_step_is_taken_or_refused_with_the_reason(state: str, works: Works) -> None:
    pk = bring(works, state, grade="major")
    phones = {party: works.phone(party) for party in PARTIES}
    for action in MAY:
        for party, phone in phones.items():
            with transaction.atomic():
                answer = phone.post(f"hazards/{pk}/{action}", said(works, action))
                after = Hazard.objects.get(pk=pk).state
                transaction.set_rollback(True)
            status, code = expected(state, action, party)
            what = (state, action, party, answer.content.decode())
            assert answer.status_code == status, what
            assert status == 200 or answer.json()["code"] == code, what
            assert status == 200 or after == state, what
            if status == 409:
                (present,) = answer.json()["errors"]
                assert (present["field"], present["code"]) == ("state", state), what


@pytest.mark.parametrize("state", list(WAYS))
def test_allowed_actions_are_those_that_are_taken(state: str, works: Works) -> None:
    pk = bring(works, state, grade="major")
    for party in PARTIES:
        answer = works.phone(party).get(f"hazards/{pk}")
        allowed = [action for action in MAY if expected(state, action, party)[0] == 200]
        found = sorted(answer.json()["allowed_actions"]) if answer.status_code == 200 else []
        assert found == sorted(allowed), party


def test_same_step_again_is_answered_the_same_and_is_one_event(works: Works) -> None:
    pk, phone = report(works), works.phone("office")
    step = said(works, "grade")
    first, second = (phone.post(f"hazards/{pk}/grade", step) for _ in range(2))
    assert (first.status_code, second.status_code) == (200, 200)
    assert first.json() == second.json()
    assert Event.objects.filter(kind="hazard.graded").count() == Step.objects.count() == 1


def test_step_on_what_somebody_has_changed_since_is_refused(works: Works) -> None:
    pk, phone = bring(works, "rectifying"), works.phone("office")
    seen = phone.get(f"hazards/{pk}").json()["steps_taken"]
    assert phone.post(f"hazards/{pk}/plan", said(works, "plan", seen=seen)).status_code == 200
    late = works.phone("rectifier").post(f"hazards/{pk}/plan", said(works, "plan", seen=seen))
    assert (late.status_code, late.json()["code"]) == (409, "wrong_state")
    assert phone.post(f"hazards/{pk}/plan", said(works, "plan")).status_code == 200


def test_photos_of_a_submission_are_the_same_in_any_order(works: Works) -> None:
    pk, phone = bring(works, "rectifying"), works.phone("rectifier")
    photos = [declared(jpeg(number)) for number in (8, 9)]
    step = said(works, "submit", photos=photos)
    assert phone.post(f"hazards/{pk}/submit", step).status_code == 200
    assert phone.post(f"hazards/{pk}/submit", {**step, "photos": photos[::-1]}).status_code == 200
    assert Step.objects.filter(action="submit").count() == 1


def test_who_prepares_for_a_leader_of_the_unit_accepts_nothing_of_it(works: Works, place: Place) -> None:
    """The finder serves in the unit that rectifies, and says so himself: then his assistant is no other."""
    clerk = make.user(name="测试·文书")
    Delegation.objects.create(assistant=clerk, leader=place.leader, starts_on=make.BEGINNING)
    own = str(place.tenure.post.organisation_id)
    pk = report(works)
    do(works, "office", pk, "grade")
    do(works, "office", pk, "assign", rectifying_unit=own)
    do(works, "finder", pk, "submit")
    answer = Phone.of(clerk).post(f"hazards/{pk}/accept", said(works, "accept"))
    assert (answer.status_code, answer.json()["code"]) == (403, "not_allowed")
    assert "accept" not in Phone.of(clerk).get(f"hazards/{pk}").json()["allowed_actions"]


def test_check_in_out_of_sight_proves_no_step(works: Works) -> None:
    pk = bring(works, "submitted")
    stranger = make.tenure(make.post(make.organisation(make.division("别处镇")))).leader
    visit = uuid4()
    body = {"lead": str(stranger.pk), "captured_at": NOON}
    assert Phone.of(make.user(leader=stranger)).put(f"check-ins/{visit}", body).status_code == 201
    answer = works.phone("finder").post(f"hazards/{pk}/accept", said(works, "accept", check_in=str(visit)))
    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (400, "check_in")


def test_id_of_a_step_is_of_who_took_it(works: Works) -> None:
    pk, step = report(works), said(works, "grade")
    assert works.phone("office").post(f"hazards/{pk}/grade", step).status_code == 200
    answer = works.phone("regulator").post(f"hazards/{pk}/grade", step)
    assert (answer.status_code, answer.json()["code"]) == (409, "already_exists_differently")


@pytest.mark.parametrize("what", ["content", "action", "hazard"])
def test_id_of_a_step_stands_for_that_step_alone(what: str, works: Works) -> None:
    pk, phone = report(works), works.phone("office")
    step = said(works, "grade")
    assert phone.post(f"hazards/{pk}/grade", step).status_code == 200
    other: UUID = report(works) if what == "hazard" else pk
    action = "dismiss" if what == "action" else "grade"
    again = said(works, action, id=step["id"], **({"reason": "anders"} if what == "content" else {}))
    answer = phone.post(f"hazards/{other}/{action}", again)
    assert (answer.status_code, answer.json()["code"]) == (409, "already_exists_differently")
    assert Step.objects.count() == 1


def test_every_event_of_a_step_tells_what_was_before_and_after(works: Works) -> None:
    pk = bring(works, "closed")
    told = Event.objects.filter(object_kind="hazard", object_id=str(pk)).order_by("pk")
    steps = [(event.data["before"], event.data["after"]) for event in told if "step" in event.data]
    assert steps == [
        ("reported", "graded"), ("graded", "rectifying"), ("rectifying", "submitted"), ("submitted", "closed"),
    ]  # fmt: skip
