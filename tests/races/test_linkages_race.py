"""Many linkages at once, twice: no tenure is linked to one target on one day by two."""

from collections.abc import Callable
from datetime import UTC, date, datetime
from functools import partial

import pytest
from django.db import connection, transaction

from fieldwork.core.errors import DomainError
from fieldwork.core.events import SYSTEM
from fieldwork.directory import bulk_links
from fieldwork.directory.bulk_links import Beginning
from fieldwork.directory.models import Division, Linkage, Tenure
from fieldwork.supervision.actions import link
from fieldwork.supervision.linking import link_many
from tests import factories as make
from tests.races.at_once import at_once, raised

NOW = datetime(2026, 11, 21, 6, tzinfo=UTC)
FIRST = date(2026, 11, 25)
ROUNDS = 5

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite admits one writer"),
]


def stand() -> tuple[list[Tenure], Division]:
    county = make.division("测试县", make.division("测试市"))
    body = make.organisation(county)
    return [make.tenure(make.post(body)) for _each in range(8)], make.division("测试镇", county)


def many(tenures: list[Tenure], town: Division) -> None:
    rows = [Beginning(place, tenure, "town", town, FIRST) for place, tenure in enumerate(tenures)]
    link_many(rows, [], by=SYSTEM, at=NOW)


def test_bulk_beside_bulk_in_the_other_order_and_single_links() -> None:
    for _round in range(ROUNDS):
        tenures, town = stand()
        one = partial(link, kind="town", target=town, starts_on=FIRST, by=SYSTEM, at=NOW)
        works: list[Callable[[], object]] = [partial(one, tenure=tenure) for tenure in tenures[:2]]
        works += [partial(many, tenures, town), partial(many, tenures[::-1], town)]
        results = at_once(works)
        assert all(isinstance(error, DomainError) for error in raised(results)), results
        linked = Linkage.objects.filter(tenure__in=tenures).values_list("tenure", flat=True)
        assert len(linked) == len(set(linked))


def test_control_without_holding_the_tenures_links_double_up(monkeypatch: pytest.MonkeyPatch) -> None:
    """What `change` would do if it looked at rows that nobody held."""
    monkeypatch.setattr(bulk_links, "lock_all", lambda model, ids, *related: model.objects.in_bulk(ids))
    for _round in range(20):
        tenures, town = stand()
        at_once([partial(many, tenures, town)] * 2)
        with transaction.atomic():
            if Linkage.objects.filter(tenure__in=tenures).count() > len(tenures):
                return
    pytest.fail("the race that the lock is for never showed")
