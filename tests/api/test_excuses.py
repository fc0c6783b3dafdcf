"""Excuses: granted by whose scope holds all of it, no performance, taken back and still on record."""

from collections.abc import Iterator
from datetime import UTC, date, datetime
from typing import Any

import pytest
import time_machine

from fieldwork.core.events import SYSTEM
from fieldwork.core.models import Event
from fieldwork.core.periods import Period
from fieldwork.directory.models import User
from fieldwork.duties.models import Excuse, Obligation
from fieldwork.duties.reconcile import differing, reconcile
from fieldwork.supervision.ledger.excuses import check_excuses
from tests import factories as make
from tests.api.client import Phone
from tests.fieldwork.duties.county import visit
from tests.place import Place

OPENED = datetime(2026, 11, 1, tzinfo=UTC)
DAY = datetime(2026, 11, 21, 4, tzinfo=UTC)
DECEMBER = datetime(2026, 12, 2, 4, tzinfo=UTC)
NOVEMBER = Period.parse("2026-11")
LEAVE = {"kind": "leave", "reason": "病假，住院三周"}


@pytest.fixture
def owed(place: Place) -> Iterator[Obligation]:
    reconcile(NOVEMBER, by=SYSTEM, at=OPENED)
    with time_machine.travel(DECEMBER, tick=False):
        yield Obligation.objects.get()


@pytest.fixture
def office(place: Place) -> User:
    return make.user(office="supervisor", division=place.county)


def status(place: Place, owed: Obligation) -> str:
    return str(Phone.of(place.user).get(f"obligations/{owed.pk}").json()["status"])


def grant(user: User, owed: Obligation, body: dict[str, Any] | None = None) -> Any:
    return Phone.of(user).post(f"obligations/{owed.pk}/excuse", body or LEAVE)


def take_back(user: User, owed: Obligation) -> Any:
    return Phone.of(user).delete(f"obligations/{owed.pk}/excuse")


def test_lapse_is_excused_and_the_leader_sees_why(place: Place, owed: Obligation, office: User) -> None:
    assert status(place, owed) == "lapsed"
    answer = grant(office, owed)
    assert answer.status_code == 200, answer.content
    assert answer.json()["status"] == "excused"
    shown = Phone.of(place.user).get(f"obligations/{owed.pk}").json()
    (text,) = [one["text"] for one in shown["reasons"] if one["code"] == "excused"]
    assert text.endswith(LEAVE["reason"])
    assert shown["excuses"][0] | {"id": "", "granted_at": ""} == {
        "id": "", "kind": "leave", "reason": LEAVE["reason"], "document": None, "granted_by": str(office.pk),
        "granted_at": "", "taken_back_by": None, "taken_back_at": None,
    }  # fmt: skip
    (task,) = Phone.of(place.user).get("tasks?mine=true").json()["results"]
    assert (task["status"], task["reason"]) == ("excused", text)
    assert Phone.of(place.user).get(f"tasks/{task['id']}").json()["reason"] == task["reason"]


def test_what_is_open_or_yet_to_come_may_be_excused_too(place: Place, office: User) -> None:
    for name, at in (("2026-11", DAY), ("2026-12", DAY)):
        reconcile(Period.parse(name), by=SYSTEM, at=OPENED)
        with time_machine.travel(at, tick=False):
            assert grant(office, Obligation.objects.get(period=name)).json()["status"] == "excused"


def test_later_proof_meets_what_was_excused_and_the_excuse_stays_on_record(
    place: Place, owed: Obligation, office: User
) -> None:
    grant(office, owed)
    visit(place.leader, DAY)
    assert status(place, owed) == "met"
    assert Excuse.objects.get().taken_back_at is None
    assert list(differing(NOVEMBER)) == []


def test_taken_back_it_lapses_again_and_both_stay_on_record(place: Place, owed: Obligation, office: User) -> None:
    grant(office, owed)
    answer = take_back(office, owed)
    assert (answer.status_code, answer.json()["status"]) == (200, "lapsed")
    (said,) = answer.json()["excuses"]
    assert (said["reason"], said["taken_back_by"]) == (LEAVE["reason"], str(office.pk))
    assert not [one for one in answer.json()["reasons"] if one["code"] == "excused"]
    grant(office, owed, {**LEAVE, "kind": "official_travel"})
    assert status(place, owed) == "excused"
    assert Excuse.objects.count() == 2


def test_reconciliation_keeps_the_excuse_and_revives_what_it_lost(place: Place, owed: Obligation, office: User) -> None:
    grant(office, owed)
    assert reconcile(NOVEMBER, by=SYSTEM, at=DECEMBER).total == 0
    Obligation.objects.update(outcome="pending")
    assert [what for _named, what in differing(NOVEMBER)] == ["outcome, counted"]
    assert reconcile(NOVEMBER, by=SYSTEM, at=DECEMBER).refreshed == 1
    assert status(place, owed) == "excused"


def test_excuse_of_who_left_is_no_reason_any_more(place: Place, owed: Obligation, office: User) -> None:
    """Met, then excused; but that only while a basis stands."""
    grant(office, owed)
    place.tenure.ends_on = date(2026, 11, 20)
    place.tenure.save()
    reconcile(NOVEMBER, by=SYSTEM, at=DECEMBER)
    assert status(place, owed) == "withdrawn"


@pytest.mark.parametrize("outcome", ["met", "transferred", "withdrawn"])
def test_what_is_not_owed_unmet_is_not_excused(owed: Obligation, office: User, outcome: str) -> None:
    Obligation.objects.update(outcome=outcome)
    answer = grant(office, owed)
    assert (answer.status_code, answer.json()["code"]) == (409, "wrong_state")
    assert answer.json()["errors"][0]["code"] == outcome


def test_same_again_is_one_and_another_conflicts(owed: Obligation, office: User) -> None:
    assert grant(office, owed).json() == grant(office, owed).json()
    assert Excuse.objects.count() == 1
    answer = grant(office, owed, {**LEAVE, "reason": "出差"})
    assert (answer.status_code, answer.json()["code"]) == (409, "already_exists_differently")


def test_scope_must_hold_every_standing_basis(place: Place, owed: Obligation, office: User) -> None:
    elsewhere = make.division("别处县", place.city)
    make.tenure(make.post(make.organisation(elsewhere, "party_committee")), place.leader)
    make.rule(place.city, ["county_party_chief"])
    reconcile(NOVEMBER, by=SYSTEM, at=DECEMBER)
    assert grant(office, owed).status_code == 403
    assert grant(make.user(office="supervisor", division=place.city), owed).status_code == 200
    assert take_back(office, owed).status_code == 403


@pytest.mark.parametrize("office", ["auditor", ""])
def test_auditors_and_leaders_grant_nothing(place: Place, owed: Obligation, office: str) -> None:
    user = make.user(office=office, division=place.county) if office else place.user
    assert grant(user, owed).status_code == 403


def test_nobody_excuses_what_they_owe_themselves(place: Place, owed: Obligation) -> None:
    own = User.objects.get(pk=place.user.pk)
    own.office, own.division = "supervisor", place.city
    own.save()
    assert grant(own, owed).status_code == 403


@pytest.mark.parametrize(
    "body",
    [{"kind": "leave"}, {"kind": "leave", "reason": "  "}, {"kind": "holiday", "reason": "x"},
     {**LEAVE, "document": "7d9f6a52-0000-4000-8000-000000000001"}],
)  # fmt: skip
def test_excuse_says_why(owed: Obligation, office: User, body: dict[str, str]) -> None:
    assert grant(office, owed, body).status_code == 400
    assert not Excuse.objects.exists()


def test_document_is_a_filing_that_the_office_sees(place: Place, owed: Obligation, office: User) -> None:
    key = "7d9f6a52-0000-4000-8000-000000000001"
    subject = {"kind": "leader", "id": str(place.leader.pk)}
    body = {"subject": subject, "kind": "other", "held_on": "2026-11-20", "title": "请假条"}
    assert Phone.of(place.user).put(f"filings/{key}", body).status_code == 201
    assert grant(office, owed, {**LEAVE, "document": key}).json()["excuses"][0]["document"] == key


def test_nothing_to_take_back_is_404(owed: Obligation, office: User) -> None:
    assert take_back(office, owed).status_code == 404


def test_phones_are_told(place: Place, owed: Obligation, office: User) -> None:
    phone = Phone.of(place.user)
    cursor = phone.get("sync").json()["cursor"]
    grant(office, owed)
    told = phone.get(f"sync?cursor={cursor}").json()
    assert [one["status"] for one in told["obligations"]] == ["excused"]
    assert [one["status"] for one in told["tasks"]] == ["excused"]


def test_ledger_finds_what_was_made_up_altered_or_removed(owed: Obligation, office: User) -> None:
    grant(office, owed)
    take_back(office, owed)
    assert list(check_excuses()) == []
    assert set(Event.objects.filter(object_kind="obligation").values_list("kind", flat=True)) == {
        "obligation.excused", "obligation.excuse_taken_back",
    }  # fmt: skip
    Excuse.objects.update(taken_back_at=None, taken_back_by=None)
    assert [str(one.where) for one in check_excuses()] == ["taken_back"]
    Excuse.objects.update(taken_back_at=DECEMBER, taken_back_by=office, reason="另有原因")
    assert [one.where for one in check_excuses()] == ["reason"]
    Excuse.objects.all().delete()
    assert [one.fault for one in check_excuses()] == ["removed"]
    Excuse.objects.create(obligation=owed, granted_by=office, granted_at=DECEMBER, **LEAVE)
    assert "inserted" in [one.fault for one in check_excuses()]
