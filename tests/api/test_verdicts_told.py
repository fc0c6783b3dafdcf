"""A verdict changes what is owed: whoever is reminded of the period is told to look again."""

from typing import Any

import pytest
import time_machine

from fieldwork.core.models import Event
from tests import factories as make
from tests.api import check_in
from tests.api.client import Phone
from tests.place import Place


@pytest.fixture(autouse=True)
def afternoon() -> Any:
    with time_machine.travel("2026-11-21T14:00:00+08:00", tick=False):
        yield


def told_of_periods() -> list[tuple[str, int, Any]]:
    """Of each period that verdicts have changed, how many obligations, and by which source."""
    events = Event.objects.filter(kind="period.reconciled").order_by("pk")
    told = [(event.object_id, event.data) for event in events]
    return [(period, data["refreshed"], data["source"]) for period, data in told if "source" in data]


def test_verdict_tells_that_the_period_has_changed(place: Place) -> None:
    office = Phone.of(make.user(office="supervisor", division=place.county))
    pk = check_in.put(Phone.of(place.user), check_in.body(place)).json()["id"]
    assert told_of_periods() == []
    rejected, accepted = {"verdict": "rejected", "reason": "照片与地点不符"}, {"verdict": "accepted"}
    once = ("2026-11", 1, ["check_in", pk])
    for verdict, told in ((rejected, [once]), (rejected, [once]), (accepted, [once] * 2)):
        assert office.post(f"check-ins/{pk}/review", verdict).status_code == 200
        assert told_of_periods() == told
