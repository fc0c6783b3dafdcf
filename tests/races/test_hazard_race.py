"""Two people act on one hazard at the same moment, or one phone twice."""

from datetime import UTC, datetime
from functools import partial
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.db import connection, transaction

from fieldwork.core import events
from fieldwork.core.models import Event
from fieldwork.hazards.effects import EFFECTS
from fieldwork.hazards.enums import Action
from fieldwork.hazards.models import Hazard, Step
from fieldwork.hazards.queries import with_course
from tests.api.client import Phone
from tests.hazards import Works, body, bring, report, said
from tests.races.at_once import at_once, raised

NOW = datetime(2026, 11, 21, 4, tzinfo=UTC)
ROUNDS = 5

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite admits one writer"),
]


def posting(phone: Phone, pk: UUID, action: str, step: dict[str, Any]) -> Any:
    return lambda: phone.post(f"hazards/{pk}/{action}", step)


def test_of_two_acceptances_one_is_taken_and_the_other_told_how_it_stands(works: Works) -> None:
    for number in range(1, ROUNDS + 1):
        pk = bring(works, "submitted")
        phones = [works.phone("finder"), works.phone("office")]
        answers = at_once([posting(phone, pk, "accept", said(works, "accept")) for phone in phones])
        assert raised(answers) == []
        taken, refused = sorted(answers, key=lambda answer: answer.status_code)  # type: ignore[union-attr]
        assert (taken.status_code, refused.status_code) == (200, 409)  # type: ignore[union-attr]
        problem = refused.json()  # type: ignore[union-attr]
        assert (problem["code"], problem["errors"][0]["code"]) == ("wrong_state", "closed")
        assert Event.objects.filter(kind="hazard.accepted").count() == number


def test_acceptance_and_return_at_once_leave_one_of_them(works: Works) -> None:
    for _ in range(ROUNDS):
        pk = bring(works, "submitted")
        works_at_once = [
            posting(works.phone("finder"), pk, "accept", said(works, "accept")),
            posting(works.phone("office"), pk, "return", said(works, "return")),
        ]
        answers: list[Any] = at_once(works_at_once)
        assert sorted(answer.status_code for answer in answers) == [200, 409]
        last = Step.objects.filter(hazard=pk).order_by("-number").first()
        assert last is not None
        assert (last.number, last.after) == (4, Hazard.objects.get(pk=pk).state)


def test_twins_of_one_step_are_answered_alike_and_are_one_event(works: Works) -> None:
    for number in range(1, ROUNDS + 1):
        pk, phone = bring(works, "submitted"), works.phone("finder")
        step = said(works, "accept")
        answers: list[Any] = at_once([posting(phone, pk, "accept", step)] * 4)
        assert [answer.status_code for answer in answers] == [200] * 4
        assert len({answer.content for answer in answers}) == 1
        assert Event.objects.filter(kind="hazard.accepted").count() == number


def test_twins_of_one_report_are_one_hazard(works: Works) -> None:
    for _ in range(ROUNDS):
        pk, phone, content = uuid4(), works.phone("finder"), body(works)
        answers: list[Any] = at_once([partial(phone.put, f"hazards/{pk}", content)] * 4)
        assert sorted(answer.status_code for answer in answers) == [200, 200, 200, 201]


def test_of_two_hazards_that_are_each_called_the_others_duplicate_one_stays(works: Works) -> None:
    phone = works.phone("office")
    for _ in range(ROUNDS):
        one, other = report(works), report(works)
        pairs = [(one, other), (other, one)]
        answers: list[Any] = at_once(
            [posting(phone, pk, "dismiss", said(works, "dismiss", duplicate_of=str(like))) for pk, like in pairs]
        )
        assert sorted(answer.status_code for answer in answers) == [200, 400]
        assert Hazard.objects.filter(pk__in=[one, other], state="dismissed").count() == 1


def test_control_without_the_guard_both_are_taken(works: Works) -> None:
    """The same two acceptances, each from the state that it has seen, with an update that asks for nothing."""
    for _ in range(20):
        pk = bring(works, "submitted")

        def unguarded(party: str, pk: UUID = pk) -> bool:
            user = works.users[party]
            hazard = with_course(Hazard.objects.filter(pk=pk)).get()
            effect = EFFECTS[Action.ACCEPT](hazard, remark="", check_in=None, by=user, at=NOW)
            with transaction.atomic():
                Hazard.objects.filter(pk=pk).update(state="closed", **effect.columns)
                events.append("hazard.accepted", by=user, at=NOW, about=("hazard", pk))
            return True

        before = Event.objects.filter(kind="hazard.accepted").count()
        at_once([partial(unguarded, "finder"), partial(unguarded, "office")])
        if Event.objects.filter(kind="hazard.accepted").count() == before + 2:
            return
    pytest.fail("the race that the guard is for never showed")
