"""Who moves to the same office elsewhere: what a body held before the move proves nothing for the next body."""

from datetime import UTC, date, datetime, timedelta

import pytest
from django.db import transaction

from fieldwork.core.events import SYSTEM
from fieldwork.core.periods import Period
from fieldwork.directory.models import Leader, Tenure
from fieldwork.duties.actions import record_performance
from fieldwork.duties.enums import Activity
from fieldwork.duties.models import Obligation
from fieldwork.duties.reconcile import reconcile
from tests import factories as make
from tests.fieldwork.duties.whole_year import running

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 12, 21, 2, 0, tzinfo=UTC)
NOVEMBER = (date(2026, 11, 3), date(2026, 11, 10))
SPRING = (date(2026, 2, 3), date(2026, 3, 10))


def move(tenure: Tenure, on: date) -> Tenure:
    """Into the same office of a like body in a neighbouring place; nobody follows."""
    old = tenure.post.organisation
    Tenure.objects.filter(pk=tenure.pk).update(ends_on=on - timedelta(days=1))
    body = make.organisation(make.division("别处", old.division.parent), old.kind)
    return make.tenure(make.post(body, tenure.post.role), tenure.leader, on)


def prove(obligation: Obligation, leader: Leader, day: date) -> None:
    with transaction.atomic():
        record_performance(
            activity=Activity(obligation.activity), at=datetime(day.year, day.month, day.day, 4, tzinfo=UTC),
            source=("filing", str(day)), leader=leader, names=[obligation], by=SYSTEM, now=NOW,
        )  # fmt: skip
    obligation.refresh_from_db()


@pytest.mark.parametrize(
    ("role", "duty", "period", "days"),
    [
        ("town_party_chief", "town_party_meeting", "2026-11", NOVEMBER),
        ("town_government_chief", "town_leadership_meeting", "2026-11", NOVEMBER),
        ("county_party_chief", "standing_committee_meeting", "2026-Q4", NOVEMBER),
        ("county_government_chief", "executive_meeting", "2026-Q4", NOVEMBER),
        ("county_government_chief", "duty_list", "2026", SPRING),
        ("town_government_chief", "town_duty_list", "2026", SPRING),
    ],
)
def test_proof_of_one_body_is_not_the_next_body_s(role: str, duty: str, period: str, days: tuple[date, date]) -> None:
    running.qingyuan()
    proved, moved = days
    old = Tenure.objects.get(post__role=role, post__organisation__division__street=False)
    reconcile(Period.parse(period), by=SYSTEM, at=NOW)
    here = Obligation.objects.get(leader=old.leader, duty__startswith=duty)
    prove(here, old.leader, proved)
    assert here.outcome == "met"
    new = move(old, moved)
    reconcile(Period.parse(period), by=SYSTEM, at=NOW)
    owed = Obligation.objects.filter(leader=old.leader, duty__startswith=duty, outcome="pending")
    (there,) = owed
    assert (there.duty, there.counted) == (f"{duty}@{new.post.organisation_id}", 0)
    prove(there, old.leader, moved)
    assert there.outcome == "met"
