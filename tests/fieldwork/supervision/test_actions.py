"""Changes of who is where reach duties at once, and cost what they touch."""

from datetime import UTC, date, datetime
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from fieldwork.core.events import SYSTEM
from fieldwork.core.periods import Period
from fieldwork.duties.models import Obligation
from fieldwork.duties.reconcile import reconcile
from fieldwork.supervision.actions import appoint, end_tenure
from tests import factories as make
from tests.place import Place

NOW = datetime(2026, 11, 21, tzinfo=UTC)
STATEMENTS_A_PERIOD = 70

pytestmark = pytest.mark.django_db


def outcomes() -> dict[str, str]:
    return dict(Obligation.objects.filter(period="2026-11").values_list("leader__name", "outcome"))


def test_ending_a_tenure_and_taking_it_back_is_seen_at_once(place: Place) -> None:
    reconcile(Period.parse("2026-11"), by=SYSTEM, at=NOW)
    end_tenure(tenure=place.tenure, ends_on=date(2026, 11, 14), by=SYSTEM, at=NOW)
    assert outcomes() == {"测试·书记": "withdrawn"}
    successor = make.leader("测试·继任")
    appoint(leader=successor, post=place.tenure.post, starts_on=date(2026, 11, 15), by=SYSTEM, at=NOW)
    assert outcomes() == {"测试·书记": "transferred", "测试·继任": "pending"}
    end_tenure(tenure=place.tenure, ends_on=None, by=SYSTEM, at=NOW)
    assert outcomes() == {"测试·书记": "pending", "测试·继任": "pending"}


def test_appointing_costs_the_same_however_many_held_the_post_before(place: Place) -> None:
    periods = [Period.parse(f"2026-{month}") for month in ("11", "12")]
    for period in periods:
        reconcile(period, by=SYSTEM, at=NOW)

    def cost(name: str) -> int:
        with CaptureQueriesContext(connection) as queries:
            appoint(leader=make.leader(name), post=place.tenure.post, starts_on=date(2026, 11, 15), by=SYSTEM, at=NOW)
        return len(queries)

    first = cost("甲")
    for number in range(20):
        ends_on: Any = date(2020, 1, 1 + number)
        make.tenure(place.tenure.post, make.leader(f"前{number}"), date(2020, 1, 1), ends_on=ends_on)
    assert cost("乙") == first < STATEMENTS_A_PERIOD * len(periods)
