"""Which periods are reconciled when: after outages, after changes in the past, and ahead of time."""

from datetime import UTC, date, datetime
from typing import Any

import pytest

from fieldwork.core.events import SYSTEM
from fieldwork.core.periods import Period
from fieldwork.directory.actions import create_site
from fieldwork.directory.dated import end
from fieldwork.duties.models import Basis, Obligation, Opening
from fieldwork.duties.reconcile import reconcile
from fieldwork.duties.schedule import due_periods, follow_changes, note_changes, opened_since
from tests import factories as make
from tests.feed import wait_for_the_feed

pytestmark = pytest.mark.django_db(transaction=True)  # PostgreSQL feeds what is committed


def names(now: datetime) -> list[str]:
    return [str(period) for period in due_periods(now)]


def catch_up(now: datetime) -> list[str]:
    wait_for_the_feed()
    while note_changes(now):
        pass
    followed = follow_changes(now)
    due = due_periods(now)
    for period in due:
        reconcile(period, by=SYSTEM, at=now)
    return sorted({*followed, *map(str, due)})


@pytest.fixture
def tenure() -> Any:
    city = make.division("测试市")
    county = make.division("测试县", city)
    make.rule(city, ["county_party_chief"], tracked_from=date(2026, 9, 15))
    return make.tenure(make.post(make.organisation(county)))


def test_first_period_is_the_first_that_begins_under_tracking(tenure: Any) -> None:
    assert names(datetime(2026, 11, 10, tzinfo=UTC)) == ["2026-10", "2026-11"]


def test_next_period_is_opened_a_week_ahead(tenure: Any) -> None:
    assert names(datetime(2026, 11, 23, 15, tzinfo=UTC)) == ["2026-10", "2026-11"]
    assert names(datetime(2026, 11, 23, 16, tzinfo=UTC)) == ["2026-10", "2026-11", "2026-12"]


def test_present_period_is_compared_as_a_whole_once_a_day_and_past_ones_are_not(tenure: Any) -> None:
    catch_up(datetime(2026, 11, 10, tzinfo=UTC))
    assert names(datetime(2026, 11, 10, 15, 59, tzinfo=UTC)) == []
    assert names(datetime(2026, 11, 10, 16, tzinfo=UTC)) == ["2026-11"]


def test_after_ten_days_of_outage_the_missed_month_is_opened(tenure: Any) -> None:
    catch_up(datetime(2026, 11, 23, tzinfo=UTC))
    assert catch_up(datetime(2026, 12, 3, tzinfo=UTC)) == ["2026-12"]
    assert set(Obligation.objects.values_list("period", flat=True)) == {"2026-10", "2026-11", "2026-12"}


def test_change_concerns_the_opened_periods_that_end_on_its_day_or_later(tenure: Any) -> None:
    catch_up(datetime(2026, 11, 10, tzinfo=UTC))
    assert [str(period) for period in opened_since(date(2026, 10, 31))] == ["2026-10", "2026-11"]
    assert [str(period) for period in opened_since(date(2026, 11, 1))] == ["2026-11"]
    assert opened_since(date(2026, 12, 1)) == []


def test_ending_dated_back_reconciles_the_months_it_touches(tenure: Any) -> None:
    now = datetime(2026, 11, 10, tzinfo=UTC)
    catch_up(now)
    end(tenure, ends_on=date(2026, 10, 20), by=SYSTEM, at=now)
    assert catch_up(now) == ["2026-10", "2026-11"]
    assert dict(Basis.objects.values_list("obligation__period", "state")) == {
        "2026-10": "withdrawn", "2026-11": "withdrawn",
    }  # fmt: skip
    assert not Opening.objects.filter(stale_at__isnull=False).exists()


def test_news_that_no_duty_follows_from_makes_nothing_stale(tenure: Any) -> None:
    now = datetime(2026, 11, 10, tzinfo=UTC)
    catch_up(now)
    create_site(
        name="测试厂", division=tenure.post.organisation.division, starts_on=date(2026, 1, 1), by=SYSTEM, at=now
    )
    assert catch_up(now) == []


def test_change_during_a_run_leaves_the_period_stale(tenure: Any) -> None:
    now = datetime(2026, 11, 10, tzinfo=UTC)
    catch_up(now)
    Opening.objects.filter(period="2026-10").update(stale_at=now)
    later = datetime(2026, 11, 10, 1, tzinfo=UTC)

    class Meanwhile:
        """An actor at whose naming, late in the run, somebody else marks the period again."""

        @property
        def actor_key(self) -> str:
            Opening.objects.filter(period="2026-10").update(stale_at=later)
            return "system"

    Basis.objects.filter(obligation__period="2026-10").update(state="withdrawn")
    reconcile(Period.parse("2026-10"), by=Meanwhile(), at=now)
    assert Opening.objects.get(period="2026-10").stale_at == later
