"""Two bodies that are merged into each other at once, and a town while somebody is linked to it."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from functools import partial

import pytest
from django.db import connection

from fieldwork.core.errors import Code, DomainError
from fieldwork.directory import bounds
from fieldwork.directory.actions import link
from fieldwork.directory.mergers import Merger
from fieldwork.directory.models import Linkage, Organisation, User
from fieldwork.supervision.merging import merge_body
from tests import factories as make
from tests.fieldwork.supervision.two_towns import BY, EVE, ON, Ground
from tests.races.at_once import at_once, raised, until_somebody_waits
from tests.races.late import Late

NOW = datetime(2026, 11, 21, 6, tzinfo=UTC)
THIS = Merger(date(2026, 11, 20), "测试批复")
ROUNDS = 5

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite admits one writer"),
]


@pytest.fixture
def clerk() -> User:
    return make.user("clerk", office="administrator")


def bodies() -> list[Organisation]:
    county = make.division("测试县", make.division("测试市"))
    return [make.organisation(county, "department", name=f"测试{name}局") for name in "甲乙"]


def ended() -> int:
    return Organisation.objects.filter(ends_on__isnull=False).count()


def test_of_two_that_take_each_other_in_one_stays(clerk: User) -> None:
    for number in range(1, ROUNDS + 1):
        one, other = bodies()
        results = at_once([partial(merge_body, *pair, THIS, by=clerk, at=NOW) for pair in ((one, other), (other, one))])
        (error,) = raised(results)
        assert isinstance(error, DomainError)
        assert error.code == Code.INVALID
        assert ended() == number


def test_control_without_holding_both_neither_is_left(clerk: User) -> None:
    """What `merge_body` would do if it looked before it held."""

    def unguarded(source: Organisation, into: Organisation) -> None:
        if Organisation.objects.filter(pk=into.pk, ends_on__isnull=True).exists():
            Organisation.objects.filter(pk=source.pk).update(ends_on=THIS.on - timedelta(days=1), merged_into=into)

    for number in range(20):
        one, other = bodies()
        at_once([partial(unguarded, *pair) for pair in ((one, other), (other, one))])
        if ended() > number + 1:
            return
    pytest.fail("the race that the guard is for never showed")


@pytest.fixture
def towns() -> Ground:
    return Ground()


def linking(towns: Ground) -> Callable[[], Linkage]:
    """One more leader of the county is linked to the town that is merged into the other."""
    tenure = make.tenure(towns.chief.post)
    return partial(link, tenure=tenure, kind="town", target=towns.town, starts_on=date(2026, 11, 1), **BY)


def commit_once_waited_for(late: Late) -> None:
    until_somebody_waits()
    late.commit()


def test_link_that_is_being_made_goes_along(towns: Ground) -> None:
    assert raised(at_once([towns.merge, partial(commit_once_waited_for, Late(linking(towns)))])) == []
    was, now = Linkage.objects.order_by("-pk").filter(tenure__leader=Linkage.objects.latest("pk").tenure.leader)[::-1]
    assert (was.division, was.ends_on) == (towns.town, EVE)
    assert (now.division, now.starts_on, now.ends_on) == (towns.other, ON, None)


def test_link_behind_a_merger_is_refused(towns: Ground) -> None:
    (error,) = raised(at_once([linking(towns), partial(commit_once_waited_for, Late(towns.merge))]))
    assert isinstance(error, DomainError)
    assert [(fault.field, fault.code) for fault in error.errors] == [("ends_on", Code.INVALID)]


def test_control_without_the_lock_a_link_leads_to_no_town(towns: Ground, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bounds, "hold_divisions", lambda: None)
    late = Late(linking(towns))
    towns.merge()
    late.commit()
    towns.town.refresh_from_db()
    assert towns.town.ends_on == EVE
    assert Linkage.objects.filter(division=towns.town, ends_on=None).exists()
