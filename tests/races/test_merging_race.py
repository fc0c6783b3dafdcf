"""Two bodies that are merged into each other at once, each over a connection of its own."""

from datetime import UTC, date, datetime, timedelta
from functools import partial

import pytest
from django.db import connection

from fieldwork.core.errors import Code, DomainError
from fieldwork.directory.mergers import Merger
from fieldwork.directory.models import Organisation, User
from fieldwork.supervision.merging import merge_body
from tests import factories as make
from tests.races.at_once import at_once, raised

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
