"""One post handed over twice at once: it has one successor, and the second is told so."""

from datetime import UTC, date, datetime
from functools import partial

import pytest
from django.db import connection

from fieldwork.core.errors import Code, DomainError
from fieldwork.core.events import SYSTEM
from fieldwork.core.models import Event
from fieldwork.directory.handing import pass_on
from fieldwork.directory.models import Leader, Linkage, Tenure
from fieldwork.supervision.handover import HandedOver, HandOver, hand_over
from tests import factories as make
from tests.races.at_once import at_once, raised

NOW = datetime(2026, 11, 21, 6, tzinfo=UTC)
FIRST = date(2026, 11, 25)
ROUNDS = 5

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite admits one writer"),
]


def linked() -> Tenure:
    county = make.division("测试县", make.division("测试市"))
    tenure = make.tenure(make.post(make.organisation(county)))
    make.linkage(tenure, make.division("测试镇", county))
    make.linkage(tenure, make.organisation(county, "department"))
    return tenure


def holders(tenure: Tenure) -> int:
    return Tenure.objects.filter(post=tenure.post_id, ends_on__isnull=True).count()


def test_two_successors_at_once_have_one_winner() -> None:
    for _round in range(ROUNDS):
        tenure = linked()
        works = [
            partial(hand_over, tenure, HandOver(make.leader(name), FIRST), by=SYSTEM, at=NOW) for name in ("甲", "乙")
        ]
        (error,) = raised(at_once(works))
        assert isinstance(error, DomainError)
        assert error.code == Code.WRONG_STATE
        assert holders(tenure) == 1
        assert Linkage.objects.filter(tenure__post=tenure.post_id, ends_on__isnull=True).count() == 2


def test_the_same_hand_over_at_once_is_done_once() -> None:
    for _round in range(ROUNDS):
        tenure, leader = linked(), make.leader()
        works = [partial(hand_over, tenure, HandOver(leader, FIRST), by=SYSTEM, at=NOW)] * 4
        results = at_once(works)
        assert raised(results) == []
        done = [one for one in results if isinstance(one, HandedOver)]
        assert sorted(one.repeated for one in done) == [False, True, True, True]
        assert len({one.successor.pk for one in done}) == holders(tenure) == 1
        assert Event.objects.filter(kind="tenure.handed_over", object_id=str(tenure.pk)).count() == 1


def test_control_without_looking_under_the_lock_a_post_gets_two_successors() -> None:
    """What `hand_over` would do if it looked before it held."""

    def unguarded(tenure: Tenure, leader: Leader) -> None:
        if not Tenure.objects.filter(post=tenure.post_id, starts_on=FIRST).exists():
            pass_on(tenure=tenure, leader=leader, on=FIRST, acting=False, linkages=None, by=SYSTEM, at=NOW)

    for _round in range(20):
        tenure = linked()
        assert raised(at_once([partial(unguarded, tenure, make.leader(name)) for name in ("甲", "乙")])) == []
        if holders(tenure) == 2:
            return
    pytest.fail("the race that the lock is for never showed")
