"""Whatever can lapse, of both documents, is proved over HTTP by whoever owes it, and rejected by a supervisor.

Every duty once, of every kind of subject: a leader checks in and files, a unit's user files for the body, and for the
lower side of a pair.
"""

from collections.abc import Iterable
from typing import Any
from uuid import uuid4

import pytest
import time_machine

from fieldwork.core.models import Event
from fieldwork.directory.models import Division, Leader, Organisation, User
from fieldwork.duties.enums import Activity
from fieldwork.duties.models import Obligation
from tests import factories as make
from tests.api.client import Phone
from tests.fieldwork.duties.whole_year import running

pytestmark = pytest.mark.django_db
NOON = "2026-12-01T12:00:00+08:00"
PERIODS = ("2026-12", "2026-Q4", "2026-H2", "2026")
REASON = {"verdict": "rejected", "reason": "材料与事项无关。"}


@pytest.mark.parametrize("pack", [running.qingyuan, running.zhanjiang])
def test_every_duty_is_proved_and_every_proof_rejected(pack: object) -> None:
    assert callable(pack)
    with time_machine.travel(NOON, tick=False):
        root: Division = pack().policy.division
        running.reconcile_year()
        supervisor = Phone.of(make.user(office="supervisor", division=root))
        duties = one_of_each(Obligation.objects.filter(period__in=PERIODS, outcome="pending"))
        for obligation in duties:
            phone = Phone.of(bearer(obligation))
            proofs = [prove(phone, obligation) for _ in range(obligation.minimum)]
            assert shown(phone, obligation) == ("met", obligation.minimum)
            rejected = supervisor.post(f"{proofs[-1]}/review", REASON)
            assert (rejected.status_code, rejected.json()["review"]["verdict"]) == (200, "rejected")
            assert shown(phone, obligation) == ("open", obligation.minimum - 1)
            told = Event.objects.filter(object_id=proofs[-1].split("/")[1]).order_by("pk")
            assert len(told.values_list("kind")) == 2, "the proof and the verdict"
        assert {obligation.duty.partition("@")[0] for obligation in duties} == lapsing(root)


def one_of_each(obligations: Iterable[Obligation]) -> list[Obligation]:
    """The first obligation of each duty and kind of subject."""
    first: dict[tuple[str, str], Obligation] = {}
    for obligation in obligations:
        first.setdefault((obligation.duty, obligation.subject_kind), obligation)
    return list(first.values())


def lapsing(root: Division) -> set[str]:
    """The duties of all rules that can lapse."""
    rules = root.policies.get().versions.get().rules.exclude(cadence="")
    return set(rules.values_list("duty", flat=True))


def bearer(obligation: Obligation) -> User:
    """The account of the leader, or that of the unit: of a pair its lower side's."""
    if obligation.leader is not None:
        return account(obligation.leader)
    body = obligation.lower_organisation or obligation.organisation
    assert body is not None
    return unit(body)


def account(leader: Leader) -> User:
    return User.objects.filter(leader=leader).first() or make.user(leader=leader)


def unit(body: Organisation) -> User:
    return User.objects.filter(organisation=body).first() or make.user(organisation=body)


def prove(phone: Phone, obligation: Obligation) -> str:
    """Where the proof is that the subject sent: a check-in of a leader who is to inspect, otherwise a filing."""
    if obligation.leader_id is not None and obligation.activity == Activity.INSPECTION:
        where = f"check-ins/{uuid4()}"
        body: dict[str, Any] = {"lead": str(obligation.leader_id), "captured_at": NOON}
    else:
        subject = phone.get(f"obligations/{obligation.pk}").json()["subject"]
        where = f"filings/{uuid4()}"
        body = {
            "subject": {"kind": subject["kind"], "id": subject["id"]}, "kind": obligation.activity,
            "held_on": "2026-12-01", "obligations": [str(obligation.pk)],
        }  # fmt: skip
    sent = phone.put(where, body)
    assert sent.status_code == 201, sent.content
    assert str(obligation.pk) in sent.json()["counts_for_obligations"]
    return where


def shown(phone: Phone, obligation: Obligation) -> tuple[str, int]:
    """Its status and count, from the list of what is mine."""
    mine = phone.get(f"obligations?mine=true&period={obligation.period}&page_size=200").json()["results"]
    (found,) = (each for each in mine if each["id"] == str(obligation.pk))
    return found["status"], found["progress"]["counted"]
