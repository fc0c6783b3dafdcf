"""Reconciliation: the rows that rules, tenures and links demand, and when they count as met."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from django.db import transaction

from fieldwork.core.events import SYSTEM
from fieldwork.core.models import Event
from fieldwork.core.periods import Period
from fieldwork.duties.actions import record_performance
from fieldwork.duties.enums import Activity, Status
from fieldwork.duties.models import Obligation, Opening, Rule, Task, Tracking
from fieldwork.duties.reconcile import reconcile
from fieldwork.duties.status import status_case, task_status_case
from tests import factories as make
from tests.fieldwork.duties.county import NOVEMBER, NOW, rows, run, visit
from tests.status import status_of, task_status_of

pytestmark = pytest.mark.django_db


def test_reconcile_opens_an_obligation_and_a_task_for_each_link(seat: Any, county: Any) -> None:
    tenure = make.tenure(seat)
    town, industry = make.division("甲镇", county), make.industry()
    make.linkage(tenure, town)
    make.linkage(tenure, industry)
    done = run()
    assert (done.obligations, done.bases, done.tasks) == (1, 1, 2)
    obligation = Obligation.objects.get()
    assert obligation.leader == tenure.leader
    assert (obligation.starts_on, obligation.due_on) == (date(2026, 11, 1), date(2026, 11, 30))
    assert obligation.starts_at == datetime(2026, 10, 31, 16, tzinfo=UTC)
    assert obligation.due_at == datetime(2026, 11, 30, 16, tzinfo=UTC)
    assert set(obligation.tasks.values_list("target_key", flat=True)) == {
        f"town:{town.pk}",
        f"industry:{industry.pk}",
    }


def test_reconcile_again_changes_nothing_and_says_nothing(seat: Any, county: Any) -> None:
    make.linkage(make.tenure(seat), make.division("甲镇", county))
    run()
    before, told = rows(), Event.objects.count()
    assert run(at=NOW + timedelta(days=10)).total == 0
    assert rows() == before
    assert Event.objects.count() == told


def test_leader_without_links_gets_one_task_in_the_own_area(seat: Any, county: Any) -> None:
    make.tenure(seat)
    run()
    task = Task.objects.get()
    assert (task.target_key, task.target_kind, task.division) == ("own", "own_area", county)


def test_duties_of_two_chapters_stay_two_and_one_visit_proves_both(city: Any, county: Any) -> None:
    leader = make.leader()
    make.rule(city, ["county_government_member"], "inspection")
    make.rule(city, ["regulator_chief"], "led_inspection")
    make.tenure(make.post(make.organisation(county), "county_government_member"), leader)
    make.tenure(make.post(make.organisation(county, "department"), "regulator_chief"), leader)
    run()
    visit(leader, datetime(2026, 11, 5, tzinfo=UTC))
    assert list(Obligation.objects.order_by("duty").values_list("duty", "outcome")) == [
        ("inspection", "met"), ("led_inspection", "met"),
    ]  # fmt: skip


def test_visit_of_a_period_far_ahead_opens_nothing_before_its_time(seat: Any) -> None:
    leader = make.tenure(seat).leader
    with transaction.atomic():
        record_performance(
            leader=leader, activity=Activity.INSPECTION, at=datetime(2035, 1, 5, tzinfo=UTC),
            source=("check_in", "1"), touches=[], by=SYSTEM, now=NOW,
        )  # fmt: skip
    assert not Obligation.objects.exists()
    run(Period.parse("2035-01"), at=datetime(2035, 1, 6, tzinfo=UTC))
    assert Obligation.objects.get().outcome == "met"


def test_reconciling_one_division_leaves_the_others_to_their_own(city: Any, county: Any) -> None:
    make.rule(city, ["county_party_chief"])
    other = make.division("别县", city)
    make.tenure(make.post(make.organisation(county)), make.leader("此"))
    make.tenure(make.post(make.organisation(other)), make.leader("彼"))
    assert reconcile(NOVEMBER, by=SYSTEM, at=NOW, within=county).obligations == 1
    assert list(Obligation.objects.values_list("leader__name", flat=True)) == ["此"]
    assert not Opening.objects.exists(), "the period as a whole is still to be opened"


@pytest.mark.parametrize(
    ("captured", "period"),
    [
        ("2026-11-30T23:59:59+08:00", "2026-11"),
        ("2026-11-30T15:59:59+00:00", "2026-11"),
        ("2026-12-01T00:00:00+08:00", "2026-12"),
        ("2026-11-30T16:00:00+00:00", "2026-12"),
    ],
)
def test_visit_counts_for_the_month_of_its_capture_and_turns_the_lapse_back(
    seat: Any, captured: str, period: str
) -> None:
    leader = make.tenure(seat).leader
    run()
    run(NOVEMBER.next())
    now = datetime(2026, 12, 4, tzinfo=UTC)
    assert status_of(Obligation.objects.get(period="2026-11"), now) == Status.LAPSED
    visit(leader, datetime.fromisoformat(captured))
    met = Obligation.objects.filter(outcome="met").values_list("period", flat=True)
    assert list(met) == [period]


def test_visit_counts_though_no_scheduler_ever_opened_the_month(seat: Any) -> None:
    leader = make.tenure(seat).leader
    visit(leader, datetime(2026, 11, 5, tzinfo=UTC))
    assert Obligation.objects.get().outcome == "met"
    assert run().obligations == 0


def test_minimum_of_two_is_met_by_the_second_visit(city: Any, county: Any) -> None:
    make.rule(city, ["county_party_chief"], minimum=2)
    leader = make.tenure(make.post(make.organisation(county), "county_party_chief")).leader
    visit(leader, datetime(2026, 11, 5, tzinfo=UTC), source="1")
    assert Obligation.objects.values_list("counted", "outcome").get() == (1, "pending")
    visit(leader, datetime(2026, 11, 3, tzinfo=UTC), source="2")
    obligation = Obligation.objects.get()
    assert (obligation.counted, obligation.outcome) == (2, "met")
    assert obligation.met_at == datetime(2026, 11, 5, tzinfo=UTC)


def test_rule_changed_from_1_march_does_not_touch_february(city: Any, county: Any) -> None:
    old = make.rule(city, ["county_party_chief"], code="5.7", minimum=1)
    make.tenure(make.post(make.organisation(county), "county_party_chief"))
    february, march = Period.parse("2027-02"), Period.parse("2027-03")
    run(february)
    old.version.ends_on = date(2027, 2, 28)
    old.version.save()
    version = type(old.version).objects.create(
        policy=old.version.policy,
        version="2",
        status="in_force",
        starts_on=date(2027, 3, 1),
        text="",
        digest="",
    )
    make.rule(city, ["county_party_chief"], version=version, code="5.7", minimum=3, tracked_from=None)
    assert run(february).total == 0
    run(march)
    assert dict(Obligation.objects.values_list("period", "minimum")) == {"2027-02": 1, "2027-03": 3}


def test_rule_that_is_not_tracked_is_never_opened(city: Any, county: Any) -> None:
    rule = make.rule(city, ["county_party_chief"], tracked_from=None)
    make.tenure(make.post(make.organisation(county), "county_party_chief"))
    assert run().obligations == 0
    Tracking.objects.create(policy=rule.version.policy, rule_code=rule.code, division=city, starts_on=date(2026, 11, 2))
    assert run().obligations == 0, "a month that had begun before the rule was switched on is not asked for"
    assert run(NOVEMBER.next()).obligations == 1


def test_tracking_of_one_county_leaves_the_others_alone(city: Any, county: Any) -> None:
    rule = make.rule(city, ["county_party_chief"], tracked_from=None)
    Tracking.objects.create(policy=rule.version.policy, rule_code=rule.code, division=county, starts_on=make.BEGINNING)
    other = make.division("别县", city)
    make.tenure(make.post(make.organisation(county)), make.leader("此"))
    make.tenure(make.post(make.organisation(other)), make.leader("彼"))
    run()
    assert list(Obligation.objects.values_list("leader__name", flat=True)) == ["此"]


def test_streets_owe_only_where_their_county_switched_them_on(city: Any, county: Any) -> None:
    rule = make.rule(city, ["town_party_chief"], streets=False)
    street = make.division("某街道", county, street=True)
    make.tenure(make.post(make.organisation(street), "town_party_chief"))
    assert run().obligations == 0
    Tracking.objects.create(
        policy=rule.version.policy,
        rule_code=rule.code,
        division=county,
        starts_on=make.BEGINNING,
        streets=True,
    )
    assert run().obligations == 1


def test_batches_of_any_size_leave_the_same_rows(seat: Any, settings: Any) -> None:
    for number in range(7):
        make.tenure(seat, make.leader(f"甲{number}"))
        make.leader(f"无职{number}")
    settings.RECONCILE_BATCH = 2
    assert run().obligations == 7
    assert run().total == 0
    settings.RECONCILE_BATCH = 100
    assert run().total == 0


def test_status_in_sql_says_what_status_in_python_says(seat: Any, county: Any) -> None:
    lucky = make.tenure(seat)
    towns = [make.division("甲镇", county), make.division("乙镇", county)]
    for town in towns:
        make.linkage(lucky, town)
    make.linkage(make.tenure(seat, make.leader("乙")), towns[0], ends_on=date(2026, 11, 3))
    make.tenure(seat, make.leader("丙"), ends_on=date(2026, 11, 14))
    make.rule(county.parent, ["county_party_chief"], "other")
    run()
    visit(lucky.leader, NOW, f"town:{towns[0].pk}")
    seen = set()
    for now in [NOVEMBER.starts_at() - timedelta(seconds=1), NOW, NOVEMBER.ends_at()]:
        for obligation in Obligation.objects.annotate(status=status_case(now)):
            assert obligation.status == status_of(obligation, now)
            seen.add(obligation.status)
        for task in Task.objects.select_related("obligation").annotate(status=task_status_case(now)):
            assert task.status == task_status_of(task, now)
            seen.add(f"task {task.status}")
    assert seen == {
        "scheduled", "open", "met", "lapsed", "transferred",
        "task open", "task done", "task not_needed", "task lapsed", "task withdrawn", "task transferred",
    }  # fmt: skip


def test_rules_are_not_mixed_between_cadences(city: Any, county: Any) -> None:
    make.rule(city, ["county_party_chief"], "meeting", cadence="quarter", activity="meeting")
    make.tenure(make.post(make.organisation(county), "county_party_chief"))
    assert run().obligations == 0
    assert run(Period.parse("2026-Q4")).obligations == 1
    assert Rule.objects.get().cadence == "quarter"
    assert Task.objects.get().target_kind == ""
