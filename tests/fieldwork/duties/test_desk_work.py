"""Desk work of leaders: it counts where it is named, and for whoever followed in the post."""

from datetime import UTC, date, datetime
from typing import Any

import pytest
from django.db import transaction

from fieldwork.core.events import SYSTEM
from fieldwork.core.periods import Period
from fieldwork.directory.models import Tenure
from fieldwork.duties.actions import record_performance, review_performance
from fieldwork.duties.enums import Activity
from fieldwork.duties.models import Obligation, RuleRole
from fieldwork.duties.policies import track
from fieldwork.duties.reconcile import reconcile
from tests import factories as make

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 12, 21, tzinfo=UTC)
QUARTER = Period.parse("2026-Q4")


def hold_meeting(tenure: Tenure, day: date, source: str = "1") -> Obligation:
    obligation = Obligation.objects.get(leader=tenure.leader, duty="meeting")
    with transaction.atomic():
        record_performance(
            activity=Activity.MEETING, at=datetime(day.year, day.month, day.day, 4, tzinfo=UTC),
            source=("filing", source), leader=tenure.leader, names=[obligation], by=SYSTEM, now=NOW,
        )  # fmt: skip
    obligation.refresh_from_db()
    return obligation


@pytest.fixture
def pair() -> tuple[Tenure, Tenure]:
    """Two who held one post one after the other."""
    county = make.division("测试县", make.division("测试市"))
    make.rule(county, ["county_party_chief"], "meeting", activity="meeting", cadence="quarter", partial_period=30)
    post = make.post(make.organisation(county))
    first = make.tenure(post, make.leader("前任"), ends_on=date(2026, 11, 15))
    return first, make.tenure(post, make.leader("后任"), date(2026, 11, 16))


def test_meeting_of_the_predecessor_meets_the_successors_duty(pair: tuple[Tenure, Tenure]) -> None:
    reconcile(QUARTER, by=SYSTEM, at=NOW)
    hold_meeting(pair[0], date(2026, 10, 20))
    theirs = Obligation.objects.get(leader=pair[1].leader)
    assert theirs.outcome == "met"
    assert theirs.tasks.get().done_at is not None
    assert reconcile(QUARTER, by=SYSTEM, at=NOW).total == 0


def test_successor_appointed_after_the_meeting_finds_it_met(pair: tuple[Tenure, Tenure]) -> None:
    Tenure.objects.filter(pk=pair[1].pk).update(starts_on=date(2027, 1, 1))
    reconcile(QUARTER, by=SYSTEM, at=NOW)
    hold_meeting(pair[0], date(2026, 10, 20))
    Tenure.objects.filter(pk=pair[1].pk).update(starts_on=date(2026, 11, 16))
    reconcile(QUARTER, by=SYSTEM, at=NOW)
    assert Obligation.objects.get(leader=pair[1].leader).outcome == "met"


def test_meeting_rejected_is_missing_for_the_successor_too(pair: tuple[Tenure, Tenure]) -> None:
    reconcile(QUARTER, by=SYSTEM, at=NOW)
    hold_meeting(pair[0], date(2026, 10, 20))
    review_performance(source=("filing", "1"), verdict="rejected", reason="未开", by=make.user(), at=NOW)
    assert set(Obligation.objects.values_list("outcome", "counted")) == {("transferred", 0), ("pending", 0)}


def test_meeting_of_the_successor_is_not_the_predecessors(pair: tuple[Tenure, Tenure]) -> None:
    reconcile(QUARTER, by=SYSTEM, at=NOW)
    hold_meeting(pair[1], date(2026, 12, 1))
    assert Obligation.objects.get(leader=pair[0].leader).outcome == "transferred"


def test_meeting_after_leaving_does_not_count(pair: tuple[Tenure, Tenure]) -> None:
    reconcile(QUARTER, by=SYSTEM, at=NOW)
    assert hold_meeting(pair[0], date(2026, 11, 16)).counted == 0
    assert Obligation.objects.get(leader=pair[1].leader).outcome == "pending"


def test_holders_of_one_post_at_once_meet_their_own_duties(pair: tuple[Tenure, Tenure]) -> None:
    Tenure.objects.update(ends_on=None)
    reconcile(QUARTER, by=SYSTEM, at=NOW)
    hold_meeting(pair[0], date(2026, 12, 1))
    assert Obligation.objects.get(leader=pair[1].leader).outcome == "pending"


def test_who_held_the_post_beside_a_leader_is_no_successor(pair: tuple[Tenure, Tenure]) -> None:
    Tenure.objects.filter(pk=pair[1].pk).update(starts_on=date(2025, 1, 1))
    reconcile(QUARTER, by=SYSTEM, at=NOW)
    hold_meeting(pair[0], date(2026, 10, 20))
    assert Obligation.objects.get(leader=pair[1].leader).outcome == "pending"


def test_successor_is_counted_whichever_batch_comes_first(settings: Any) -> None:
    """A, who comes later, filed for one post; the other one, left to B, is tracked only after that."""
    settings.RECONCILE_BATCH = 1
    city = make.division("测试市")
    counties = [make.division(name, city) for name in ("甲县", "乙县")]
    b, a = make.leader("乙"), make.leader("甲")
    rule = make.rule(city, ["county_party_chief"], "meeting", activity="meeting", cadence="quarter", tracked_from=None)
    posts = [make.post(make.organisation(county)) for county in counties]
    filing = make.tenure(posts[0], a)
    make.tenure(posts[1], a, ends_on=date(2026, 11, 10))
    make.tenure(posts[1], b, date(2026, 11, 11))
    for county in counties:
        track(rule.version.policy, [rule.code], division=county, starts_on=date(2026, 1, 1), by=SYSTEM, at=NOW)
        reconcile(QUARTER, by=SYSTEM, at=NOW)
        if county is counties[0]:
            hold_meeting(filing, date(2026, 11, 5))
    assert Obligation.objects.get(leader=b).outcome == "met"
    assert reconcile(QUARTER, by=SYSTEM, at=NOW).total == 0


def test_other_members_are_those_who_hold_no_chief_post_there() -> None:
    county = make.division("测试县", make.division("测试市"))
    town, elsewhere = make.division("测试镇", county), make.division("邻镇", county)
    rule = make.rule(county, ["deputy"], cadence="year", partial_period=30)
    RuleRole.objects.create(rule=rule, role="chief", streets=True, excepted=True)
    both, deputy, chief_elsewhere = (make.leader(name) for name in ("镇长兼副书记", "副书记", "外镇镇长"))
    for leader in (both, deputy, chief_elsewhere):
        make.tenure(make.post(make.organisation(town, "party_committee"), "deputy"), leader)
    make.tenure(make.post(make.organisation(town), "chief"), both)
    make.tenure(make.post(make.organisation(elsewhere), "chief"), chief_elsewhere)
    year = Period.parse("2026")
    reconcile(year, by=SYSTEM, at=NOW)
    assert set(Obligation.objects.values_list("leader__name", flat=True)) == {"副书记", "外镇镇长"}
    Tenure.objects.filter(leader=both, post__role="chief").update(ends_on=date(2026, 6, 30))
    reconcile(year, by=SYSTEM, at=NOW)
    assert Obligation.objects.filter(leader=both).exists()


def test_inspections_are_personal(pair: tuple[Tenure, Tenure]) -> None:
    make.rule(pair[0].post.organisation.division, ["county_party_chief"], cadence="quarter", partial_period=30)
    reconcile(QUARTER, by=SYSTEM, at=NOW)
    with transaction.atomic():
        record_performance(
            activity=Activity.INSPECTION, at=datetime(2026, 10, 20, tzinfo=UTC), source=("check_in", "1"),
            leader=pair[0].leader, by=SYSTEM, now=NOW,
        )  # fmt: skip
    outcomes = dict(Obligation.objects.filter(duty="inspection").values_list("leader__name", "outcome"))
    assert outcomes == {"前任": "met", "后任": "pending"}


def test_adopted_time_moves_a_visit_to_its_true_month(pair: tuple[Tenure, Tenure]) -> None:
    make.rule(pair[1].post.organisation.division, ["county_party_chief"])
    for month in ("2026-11", "2026-12"):
        reconcile(Period.parse(month), by=SYSTEM, at=NOW)
    with transaction.atomic():
        record_performance(
            activity=Activity.INSPECTION, at=datetime(2026, 12, 1, tzinfo=UTC), source=("check_in", "1"),
            leader=pair[1].leader, by=SYSTEM, now=NOW,
        )  # fmt: skip

    def months() -> dict[str, str]:
        mine = Obligation.objects.filter(leader=pair[1].leader, duty="inspection")
        return dict(mine.values_list("period", "outcome"))

    assert months() == {"2026-11": "pending", "2026-12": "met"}
    true = datetime(2026, 11, 30, 15, tzinfo=UTC)
    review_performance(source=("check_in", "1"), verdict="accepted", reason="", adopted_at=true, by=make.user(), at=NOW)
    assert months() == {"2026-11": "met", "2026-12": "pending"}
    review_performance(source=("check_in", "1"), verdict="accepted", reason="", by=make.user(), at=NOW)
    assert months() == {"2026-11": "pending", "2026-12": "met"}


def test_meetings_of_two_departments_do_not_merge() -> None:
    county = make.division("测试县", make.division("测试市"))
    make.rule(county, ["regulator_chief"], "meeting", activity="meeting", cadence="quarter", per_body=True)
    chief = make.leader()
    tenures = [
        make.tenure(make.post(make.organisation(county, "department", name=name), "regulator_chief"), chief)
        for name in ("应急局", "交通局")
    ]
    reconcile(QUARTER, by=SYSTEM, at=NOW)
    bodies = {f"meeting@{tenure.post.organisation_id}" for tenure in tenures}
    assert set(Obligation.objects.values_list("duty", flat=True)) == bodies
    assert reconcile(QUARTER, by=SYSTEM, at=NOW).total == 0
