"""Who owes what: reconciliation over changes of post, links, rules and clocks."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from django.db import transaction

from fieldwork.core.events import SYSTEM
from fieldwork.core.models import Event
from fieldwork.core.periods import Period
from fieldwork.directory.models import Leader
from fieldwork.duties.actions import record_performance
from fieldwork.duties.enums import Activity, Status, TaskStatus
from fieldwork.duties.models import Basis, Obligation, Opening, Rule, Task, Tracking
from fieldwork.duties.reconcile import Reconciled, reconcile
from fieldwork.duties.status import status_case, status_of, task_status_case, task_status_of
from tests import factories as make

NOVEMBER = Period.parse("2026-11")
NOW = datetime(2026, 11, 21, 2, 0, tzinfo=UTC)

pytestmark = pytest.mark.django_db


def run(period: Period = NOVEMBER, at: datetime = NOW) -> Reconciled:
    return reconcile(period, by=SYSTEM, at=at)


def visit(leader: Leader, at: datetime, *touches: str, source: str = "1") -> None:
    with transaction.atomic():
        record_performance(
            leader=leader, activity=Activity.INSPECTION, at=at, source=("check_in", source), touches=touches,
            by=SYSTEM, now=at,
        )  # fmt: skip


def rows() -> list[Any]:
    """Everything that reconciliation writes, without ids and without when it was found."""
    return [
        sorted(Obligation.objects.values_list("leader__name", "duty", "period", "minimum", "counted", "outcome")),
        sorted(Basis.objects.values_list("obligation__leader__name", "rule__code", "tenure_id", "state", "reason")),
        sorted(Task.objects.values_list("obligation__leader__name", "target_key", "state", "reason", "done_at")),
    ]


def states() -> dict[str, tuple[str, str]]:
    return {name: (state, reason) for name, state, reason in
            Basis.objects.values_list("tenure__leader__name", "state", "reason")}  # fmt: skip


@pytest.fixture
def city() -> Any:
    return make.division("测试市")


@pytest.fixture
def county(city: Any) -> Any:
    return make.division("测试县", city)


@pytest.fixture
def seat(city: Any, county: Any) -> Any:
    """The post of the county's party chief, and the rule that binds it."""
    make.rule(city, ["county_party_chief"], article="第五条（七）")
    return make.post(make.organisation(county, "party_committee"), "county_party_chief")


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


def test_change_of_post_on_the_15th_moves_the_duty_to_the_successor(seat: Any) -> None:
    make.tenure(seat, make.leader("前任"), ends_on=date(2026, 11, 14))
    make.tenure(seat, make.leader("继任"), date(2026, 11, 15))
    run()
    assert states() == {"前任": ("transferred", "handed_over"), "继任": ("standing", "")}
    outcomes = dict(Obligation.objects.values_list("leader__name", "outcome"))
    assert outcomes == {"前任": "transferred", "继任": "pending"}


def test_rows_after_a_hand_over_are_the_same_whether_or_not_the_month_was_open_before(seat: Any, county: Any) -> None:
    town = make.division("甲镇", county)
    leaving = make.tenure(seat, make.leader("前任"))
    make.linkage(leaving, town)
    run()
    leaving.linkages.update(ends_on=date(2026, 11, 14))
    leaving.ends_on = date(2026, 11, 14)
    leaving.save()
    make.linkage(make.tenure(seat, make.leader("继任"), date(2026, 11, 15)), town, date(2026, 11, 15))
    run()
    opened_before = rows()
    Task.objects.all().delete()
    Basis.objects.all().delete()
    Obligation.objects.all().delete()
    run()
    assert rows() == opened_before


def test_visit_before_leaving_stays_met(seat: Any) -> None:
    tenure = make.tenure(seat, make.leader("前任"))
    run()
    visit(tenure.leader, datetime(2026, 11, 5, tzinfo=UTC))
    tenure.ends_on = date(2026, 11, 14)
    tenure.save()
    make.tenure(seat, make.leader("继任"), date(2026, 11, 15))
    run()
    assert dict(Obligation.objects.values_list("leader__name", "outcome")) == {
        "前任": "met",
        "继任": "pending",
    }
    assert states()["前任"] == ("transferred", "handed_over")


def test_leaver_without_successor_owes_nothing_and_the_reason_says_so(seat: Any) -> None:
    make.tenure(seat, make.leader("前任"), ends_on=date(2026, 11, 29))
    run()
    assert states() == {"前任": ("withdrawn", "left")}
    assert Obligation.objects.get().outcome == "withdrawn"


@pytest.mark.parametrize(("begins", "state"), [(21, "standing"), (22, "withdrawn")])
def test_ten_days_in_office_oblige_and_nine_do_not(seat: Any, begins: int, state: str) -> None:
    make.tenure(seat, make.leader("新任"), date(2026, 11, begins))
    run()
    assert states()["新任"][0] == state


def test_acting_leader_who_is_then_given_the_post_is_one_holder(seat: Any) -> None:
    leader = make.leader("主持")
    make.tenure(seat, leader, date(2026, 10, 1), ends_on=date(2026, 11, 27), acting=True)
    make.tenure(seat, leader, date(2026, 11, 28))
    run()
    assert Obligation.objects.get().outcome == "pending"
    assert Basis.objects.filter(state="standing").count() == 1


def test_acting_leader_owes_beside_the_absent_holder(seat: Any) -> None:
    make.tenure(seat, make.leader("本任"))
    make.tenure(seat, make.leader("代理"), date(2026, 11, 10), acting=True)
    run()
    assert states() == {"本任": ("standing", ""), "代理": ("standing", "")}


def test_three_posts_with_one_duty_are_one_obligation_with_every_article(city: Any, county: Any) -> None:
    leader = make.leader("身兼三职")
    for role in ["county_party_chief", "county_government_chief", "county_executive_deputy"]:
        make.rule(city, [role], article=f"条 {role}")
        make.tenure(make.post(make.organisation(county), role), leader)
    run()
    obligation = Obligation.objects.get()
    assert len(set(obligation.bases.values_list("rule__article", flat=True))) == 3
    Tenure = type(leader.tenures.get(post__role="county_party_chief"))
    Tenure.objects.filter(post__role="county_party_chief").update(ends_on=date(2026, 11, 15))
    run()
    obligation.refresh_from_db()
    assert obligation.outcome == "pending"
    assert sorted(obligation.bases.values_list("state", flat=True)) == ["standing", "standing", "withdrawn"]


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


def test_link_changed_in_mid_month_withdraws_one_task_and_opens_another(seat: Any, county: Any) -> None:
    tenure = make.tenure(seat)
    old, new = make.division("旧镇", county), make.division("新镇", county)
    linkage = make.linkage(tenure, old)
    run()
    linkage.ends_on = date(2026, 11, 10)
    linkage.save()
    make.linkage(tenure, new, date(2026, 11, 11))
    run()
    assert dict(Task.objects.values_list("target_key", "state")) == {
        f"town:{old.pk}": "withdrawn", f"town:{new.pk}": "standing",
    }  # fmt: skip
    assert Task.objects.get(target_key=f"town:{old.pk}").reason == "link_ended"


def test_task_done_before_its_link_ended_stays_done(seat: Any, county: Any) -> None:
    tenure = make.tenure(seat)
    town = make.division("旧镇", county)
    linkage = make.linkage(tenure, town)
    run()
    visit(tenure.leader, datetime(2026, 11, 5, tzinfo=UTC), f"town:{town.pk}")
    linkage.ends_on = date(2026, 11, 10)
    linkage.save()
    run()
    task = Task.objects.select_related("obligation").get(target_key=f"town:{town.pk}")
    assert task_status_of(task, NOW) == TaskStatus.DONE
    assert task.obligation.outcome == "met"


@pytest.mark.parametrize(
    ("begins", "ends", "visited", "outcome"),
    [(10, None, 5, "pending"), (10, None, 10, "met"), (1, 14, 14, "met"), (1, 14, 20, "withdrawn")],
)
def test_visit_counts_only_while_its_leader_is_in_office(
    seat: Any, begins: int, ends: int | None, visited: int, outcome: str
) -> None:
    ends_on = ends and date(2026, 11, ends)
    tenure = make.tenure(seat, starts_on=date(2026, 11, begins), ends_on=ends_on)
    run()
    visit(tenure.leader, datetime(2026, 11, visited, 1, tzinfo=UTC))
    assert Obligation.objects.get().outcome == outcome


def test_hand_over_to_one_who_acted_first_is_transferred(seat: Any) -> None:
    make.tenure(seat, make.leader("前任"), ends_on=date(2026, 11, 10))
    successor = make.leader("继任")
    make.tenure(seat, successor, date(2026, 11, 11), ends_on=date(2026, 11, 25), acting=True)
    make.tenure(seat, successor, date(2026, 11, 26))
    run()
    assert dict(Obligation.objects.values_list("leader__name", "outcome")) == {"前任": "transferred", "继任": "pending"}


def test_tasks_of_a_leader_who_handed_over_are_transferred_with_the_duty(seat: Any, county: Any) -> None:
    leaving = make.tenure(seat, make.leader("前任"), ends_on=date(2026, 11, 14))
    make.linkage(leaving, make.division("甲镇", county), ends_on=date(2026, 11, 14))
    make.tenure(seat, make.leader("继任"), date(2026, 11, 15))
    run()
    task = Task.objects.select_related("obligation").get(obligation__leader=leaving.leader)
    assert task_status_of(task, NOW) == TaskStatus.TRANSFERRED


def test_own_area_is_that_of_the_post_which_the_duty_rests_on(city: Any, county: Any) -> None:
    leader, other = make.leader(), make.division("别县", city)
    make.rule(city, ["county_party_chief"])
    left = make.tenure(make.post(make.organisation(county)), leader, ends_on=date(2026, 11, 10))
    make.tenure(make.post(make.organisation(other)), leader, date(2026, 11, 11))
    run()
    task = Task.objects.get()
    assert (task.target_kind, task.division) == ("own_area", other)
    visit(leader, datetime(2026, 11, 20, tzinfo=UTC), f"own:{city.pk}")
    task.refresh_from_db()
    assert task.done_at is None
    visit(leader, datetime(2026, 11, 21, tzinfo=UTC), f"own:{other.pk}", source="2")
    task.refresh_from_db()
    assert task.done_at == datetime(2026, 11, 21, tzinfo=UTC)
    assert left.ends_on == date(2026, 11, 10)


def test_visit_after_the_link_ended_does_not_serve_its_task(seat: Any, county: Any) -> None:
    tenure = make.tenure(seat)
    old, new = make.division("旧镇", county), make.division("新镇", county)
    make.linkage(tenure, old, ends_on=date(2026, 11, 10))
    make.linkage(tenure, new, date(2026, 11, 11))
    visit(tenure.leader, datetime(2026, 11, 21, tzinfo=UTC), f"town:{old.pk}")
    assert Task.objects.get(target_key=f"town:{old.pk}").done_at is None
    visit(tenure.leader, datetime(2026, 11, 10, tzinfo=UTC), f"town:{old.pk}", source="2")
    assert Task.objects.get(target_key=f"town:{old.pk}").done_at == datetime(2026, 11, 10, tzinfo=UTC)


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


def test_basis_comes_back_when_a_mistaken_ending_is_corrected(seat: Any) -> None:
    tenure = make.tenure(seat)
    tenure.ends_on = date(2026, 11, 14)
    tenure.save()
    run()
    assert Obligation.objects.get().outcome == "withdrawn"
    tenure.ends_on = None
    tenure.save()
    run()
    assert Obligation.objects.get().outcome == "pending"


def test_basis_whose_post_no_longer_falls_under_the_rule_is_withdrawn_with_the_reason(seat: Any) -> None:
    make.tenure(seat, make.leader("某"))
    run()
    seat.role = "support_chief"
    seat.save()
    run()
    assert states() == {"某": ("withdrawn", "not_demanded")}
    assert Obligation.objects.get().outcome == "withdrawn"
    assert Task.objects.get().state == "withdrawn"


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
