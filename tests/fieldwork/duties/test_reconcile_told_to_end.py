"""Reconciliation that is broken off between its batches leaves the period to be done, and the rest is made up for."""

from typing import Any

import pytest
from django.utils import timezone

from fieldwork.core.events import SYSTEM
from fieldwork.core.periods import Period
from fieldwork.duties.models import Obligation, Opening
from fieldwork.duties.reconcile import reconcile
from fieldwork.duties.schedule import due_periods
from tests import factories
from tests.stopping import told_to_end_at

pytestmark = pytest.mark.django_db
NOVEMBER = Period.parse("2026-11")


@pytest.fixture
def two_who_owe(settings: Any) -> None:
    settings.RECONCILE_BATCH = 1
    town = factories.division("测试镇", factories.division("测试县", factories.division("测试市")))
    for role in ("county_party_chief", "county_government_chief"):
        factories.tenure(factories.post(factories.organisation(town, name=role), role=role))
    factories.rule(town, ["county_party_chief", "county_government_chief"])


def test_worker_told_to_end_in_the_first_batch_leaves_the_period_unopened(two_who_owe: None) -> None:
    now = timezone.now()
    with told_to_end_at("INSERT INTO"):
        assert reconcile(NOVEMBER, by=SYSTEM, at=now).total > 0
    assert Obligation.objects.filter(period="2026-11").count() == 1
    assert not Opening.objects.exists()
    assert NOVEMBER in due_periods(now)
    reconcile(NOVEMBER, by=SYSTEM, at=now)
    assert Obligation.objects.filter(period="2026-11").count() == 2
    assert Opening.objects.get().stale_at is None


def test_worker_told_to_end_as_it_compares_an_opened_period_leaves_it_stale(two_who_owe: None) -> None:
    now = timezone.now()
    reconcile(NOVEMBER, by=SYSTEM, at=now)
    Obligation.objects.update(minimum=9)
    with told_to_end_at("UPDATE"):
        reconcile(NOVEMBER, by=SYSTEM, at=now)
    assert sorted(Obligation.objects.values_list("minimum", flat=True)) == [1, 9]
    assert Opening.objects.get().stale_at == now
    reconcile(NOVEMBER, by=SYSTEM, at=now)
    assert set(Obligation.objects.values_list("minimum", flat=True)) == {1}
    assert Opening.objects.get().stale_at is None
