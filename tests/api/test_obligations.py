"""Obligations on the wire."""

from datetime import UTC, datetime

import pytest
import time_machine

from fieldwork.core.events import SYSTEM
from fieldwork.core.periods import Period
from fieldwork.duties.models import Obligation
from fieldwork.duties.reconcile import reconcile
from tests import factories as make
from tests.api.client import Phone
from tests.place import Place

NOVEMBER = datetime(2026, 11, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    ("assumed", "lapses_at"),
    [({}, "2026-11-01T00:00:00+08:00"), ({"due": "测试"}, "2027-01-01T00:00:00+08:00")],
    ids=["with the due day", "with the period, as the day is only assumed"],
)
def test_obligation_tells_when_it_lapses(place: Place, assumed: dict[str, str], lapses_at: str) -> None:
    make.rule(place.city, ["county_party_chief"], duty="report", activity="report", cadence="year", due="10-31",
              assumed=assumed)  # fmt: skip
    reconcile(Period.parse("2026"), by=SYSTEM, at=NOVEMBER)
    owed = Obligation.objects.get(duty="report")
    with time_machine.travel(NOVEMBER, tick=False):
        shown = Phone.of(place.user).get(f"obligations/{owed.pk}").json()
    assert (shown["due_at"], shown["lapses_at"]) == ("2026-11-01T00:00:00+08:00", lapses_at)
