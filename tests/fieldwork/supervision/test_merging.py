"""A town merged into its neighbour: what was stays told, what goes on goes on there."""

from datetime import UTC, date, datetime, timedelta
from uuid import uuid4

import pytest
from django.db import transaction

from fieldwork.core.events import SYSTEM
from fieldwork.core.geo import Position
from fieldwork.core.models import Event
from fieldwork.directory import actions
from fieldwork.directory.models import Division, Linkage, Organisation, Site
from fieldwork.directory.places import locate
from fieldwork.duties.actions import record_performance
from fieldwork.duties.enums import Activity, Outcome, Standing
from fieldwork.duties.models import Basis, Obligation, Task, Tracking
from fieldwork.hazards.actions import report_hazard
from fieldwork.hazards.declared import DeclaredHazard
from fieldwork.hazards.models import Hazard
from fieldwork.hazards.succession import catch_up
from fieldwork.inspections.declared import Location
from fieldwork.supervision.divisions import load_divisions
from fieldwork.supervision.ledger.facts import check_facts
from fieldwork.supervision.ledger.hazards import check_hazards
from fieldwork.supervision.models import Amendment
from fieldwork.supervision.months.amending import follow_frozen
from fieldwork.supervision.months.figures import figures_now
from fieldwork.supervision.months.freezing import freeze
from tests import factories as make
from tests.fieldwork.supervision.two_towns import (
    AT,
    DATED,
    EVE,
    HERE,
    OCTOBER,
    ON,
    THERE,
    Ground,
    fresh,
    ground,
    stored,
)
from tests.grounds import bound, box, polygon

pytestmark = pytest.mark.django_db
__all__ = ["ground"]


def test_links_to_the_town_lead_to_the_other_from_that_day(ground: Ground) -> None:
    done = ground.merge().merged
    assert fresh(ground.link).ends_on == fresh(ground.doubled).ends_on == EVE
    new = Linkage.objects.get(tenure=ground.chief, division=ground.other)
    assert (new.starts_on, new.ends_on) == (ON, None)
    moved = {(one.source, one.target) for one in done.linkages}
    assert moved == {(ground.link.pk, new.pk), (ground.doubled.pk, ground.known.pk)}
    assert Linkage.objects.count() == 4


def test_periods_that_are_over_stay_and_the_present_one_follows(ground: Ground) -> None:
    october = list(Obligation.objects.filter(period="2026-10").order_by("pk").values())
    ground.merge()
    assert list(Obligation.objects.filter(period="2026-10").order_by("pk").values()) == october
    tasks = {
        (task.obligation.period, task.target_key, task.linked_until)
        for task in Task.objects.filter(obligation__leader=ground.chief.leader).select_related("obligation")
    }
    here, there = f"town:{ground.town.pk}", f"town:{ground.other.pk}"
    assert tasks == {
        ("2026-10", here, date(2026, 10, 31)), ("2026-11", here, EVE), ("2026-11", there, date(2026, 11, 30)),
    }  # fmt: skip
    mine = Obligation.objects.filter(leader=ground.head.leader)
    assert dict(mine.values_list("period", "outcome")) == {
        "2026-10": Outcome.PENDING, "2026-11": Outcome.WITHDRAWN,
    }  # fmt: skip


def test_bodies_end_with_posts_and_tenures_and_owe_no_more(ground: Ground) -> None:
    done = ground.merge().merged
    assert {fresh(row).ends_on for row in (ground.body, ground.post, ground.head, ground.town)} == {EVE}
    assert fresh(ground.town).merged_into == ground.other
    assert fresh(ground.body).merged_into == ground.other_body
    assert [one.pk for one in done.tenures] == [ground.head.pk]
    assert fresh(ground.other_head).ends_on is None
    quarter = Obligation.objects.filter(period="2026-Q4").values_list("organisation", "outcome")
    assert dict(quarter) == {ground.body.pk: Outcome.WITHDRAWN, ground.other_body.pk: Outcome.PENDING}
    assert not Basis.objects.filter(obligation__period="2026-10").exclude(state=Standing.STANDING).exists()


def test_sites_and_accounts_go_along(ground: Ground) -> None:
    done = ground.merge().merged
    assert (fresh(ground.site).division, fresh(ground.site).regulator) == (ground.other, ground.other_body)
    assert fresh(ground.clerk).division == ground.other
    assert fresh(ground.unit).organisation == ground.other_body
    assert {user.pk for user in done.accounts} == {ground.clerk.pk, ground.unit.pk}


def test_open_hazards_belong_to_the_post_of_that_role_there(ground: Ground) -> None:
    hazard, closed = ground.report(), ground.report()
    Hazard.objects.filter(pk=closed.pk).update(state="dismissed")
    assert hazard.post == ground.post
    done = ground.merge()
    now = fresh(hazard)
    assert (now.division, now.post, now.regulator) == (ground.other, ground.other_post, ground.other_body)
    assert (fresh(closed).division, fresh(closed).post) == (ground.town, ground.post)
    assert (done.hazards, done.hazards_of_nobody) == (1, 0)
    Hazard.objects.filter(pk=closed.pk).delete()
    Event.objects.filter(object_id=str(closed.pk)).delete()
    assert list(check_hazards()) == []
    Hazard.objects.filter(pk=hazard.pk).update(post=ground.post)
    assert [one.where for one in check_hazards()] == ["post_id"]


def test_hazard_that_finds_no_post_is_told(ground: Ground) -> None:
    ground.report()
    done = ground.merge(fates={ground.body: None})
    assert (done.hazards, done.hazards_of_nobody) == (1, 1)


def test_the_ledger_knows_all_of_it(ground: Ground) -> None:
    assert list(check_facts()) == []
    ground.merge()
    assert list(check_facts()) == []
    Organisation.objects.filter(pk=ground.body.pk).update(merged_into=None)
    Site.objects.update(division=ground.town)
    assert {one.where for one in check_facts()} == {"merged_into_id", "division_id"}


def test_trial_stores_nothing_and_answers_the_same(ground: Ground) -> None:
    ground.report()
    before, told = stored(), Event.objects.count()
    tried = ground.merge(dry_run=True)
    assert (stored(), Event.objects.count()) == (before, told)
    done = ground.merge()
    assert (tried.dry_run, done.dry_run) == (True, False)
    assert (tried.hazards, len(tried.merged.linkages), tried.merged.sites) == (1, 2, done.merged.sites)


def test_published_months_answer_as_published(ground: Ground) -> None:
    for division in (ground.county, ground.town):
        freeze(OCTOBER, division, by=ground.office, at=AT)
    ground.merge()
    assert follow_frozen(AT) == 0
    assert not Amendment.objects.exists()
    assert {figures_now(OCTOBER, fresh(each), AT).owed for each in (ground.town, ground.other)} == {1}


def test_merger_dated_back_amends_what_was_published_with_its_reason(ground: Ground) -> None:
    published, _ = freeze(OCTOBER, ground.county, by=ground.office, at=AT - timedelta(days=2))
    figures = published.figures
    ground.merge(on=date(2026, 10, 10))
    amended = Amendment.objects.select_related("frozen__obligation")
    mine = {(one.frozen.obligation.leader_id, one.after, one.reason) for one in amended}
    assert (ground.head.leader_id, Outcome.WITHDRAWN, "省政府批复") in mine
    published.refresh_from_db()
    assert published.figures == figures


def test_visit_before_the_merger_that_arrives_later_lies_in_the_town_of_then(ground: Ground) -> None:
    ground.merge()
    then, now = locate(HERE, EVE), locate(HERE, ON)
    assert (then.inside(fresh(ground.town)), then.path) == (True, fresh(ground.town).path)
    assert (now.inside(ground.other), now.path) == (True, ground.other.path)
    assert locate(Position(23.65, 113.0), ON).path == ground.other.path
    at = datetime(2026, 11, 10, 2, tzinfo=UTC)
    with transaction.atomic():
        record_performance(
            leader=ground.chief.leader, activity=Activity.INSPECTION, at=at, source=("check_in", "1"),
            touches={f"town:{ground.town.pk}"}, by=SYSTEM, now=AT,
        )  # fmt: skip
    task = Task.objects.get(obligation__leader=ground.chief.leader, target_key=f"town:{ground.town.pk}", done_at=at)
    assert task.obligation.period == "2026-11"


def test_ground_becomes_one_and_was_two(ground: Ground) -> None:
    west = polygon(box(112.9, 23.6, 113.1, 23.75))
    east = polygon(box(112.9, 23.75, 113.1, 23.9))
    bound({ground.town: west, ground.other: east})
    ground.merge()
    assert locate(HERE, ON).inside(ground.other) is True
    assert locate(HERE, EVE).inside(fresh(ground.town)) is True
    assert locate(HERE, EVE).path == fresh(ground.town).path
    assert locate(THERE, EVE).path == ground.other.path


def test_visit_between_the_merger_and_its_entry_serves_the_other_town(ground: Ground) -> None:
    at = datetime(2026, 11, 18, 2, tzinfo=UTC)
    with transaction.atomic():
        record_performance(
            leader=ground.chief.leader, activity=Activity.INSPECTION, at=at, source=("check_in", "1"),
            touches={f"town:{ground.town.pk}"}, by=SYSTEM, now=AT,
        )  # fmt: skip
    ground.merge()
    task = Task.objects.get(obligation__leader=ground.chief.leader, target_key=f"town:{ground.other.pk}")
    assert task.done_at == at


def test_hazard_that_arrives_later_or_is_open_again_belongs_to_the_other(ground: Ground) -> None:
    closed = ground.report()
    Hazard.objects.filter(pk=closed.pk).update(state="dismissed")
    ground.merge()
    found_at = datetime(2026, 11, 10, 2, tzinfo=UTC)
    late = DeclaredHazard(
        uuid4(), found_at, "site_fire", "general", "测试", lead=str(ground.head.leader_id),
        location=Location(HERE.latitude, HERE.longitude),
    )  # fmt: skip
    hazard = report_hazard(late, files={}, by=ground.finder, at=AT)[0]
    assert (hazard.post, hazard.division) == (ground.other_post, ground.other)
    catch_up(fresh(closed), by=ground.office, at=AT)
    assert fresh(closed).post == ground.post  # closed as it is
    Hazard.objects.filter(pk=closed.pk).update(state="graded")
    catch_up(fresh(closed), by=ground.office, at=AT)
    now = fresh(closed)
    assert (now.post, now.division, now.regulator) == (ground.other_post, ground.other, ground.other_body)


def test_merged_town_stays_with_its_county_when_that_gets_another_name(ground: Ground) -> None:
    published, _ = freeze(OCTOBER, ground.county, by=ground.office, at=AT - timedelta(days=2))
    hazard = ground.report()
    ground.merge()
    code, parent = ground.county.code, ground.city.code
    other = f"{ground.other.code},新乙镇,town,{code},,,"
    rows = [
        "code,name,level,parent,seat_latitude,seat_longitude,seat_source",
        f"{code},测试区,county,{parent},,,",
        other,
    ]
    load_divisions([f"{row}\n" for row in rows], authority="test", edition="2", on=date(2026, 11, 18), by=SYSTEM, at=AT)
    county = Division.objects.get(code=code, ends_on=None)
    town = fresh(ground.town)
    assert (town.parent, town.path.startswith(county.path)) == (county, True)
    assert town.merged_into == Division.objects.get(code=ground.other.code, ends_on=None)
    assert figures_now(OCTOBER, county, AT).data == published.figures
    assert follow_frozen(AT) == 0
    assert fresh(hazard).division == town.merged_into
    assert [*check_facts(), *check_hazards()] == []


def test_mark_of_a_problem_town_goes_on_behind_one_that_ends_sooner(ground: Ground) -> None:
    actions.mark_problem_town(division=ground.town, reason="事故较多", **DATED)
    there = actions.mark_problem_town(division=ground.other, reason="隐患较多", ends_on=date(2026, 11, 30), **DATED)
    ground.merge()
    assert [(mark.reason, mark.starts_on, mark.ends_on) for mark in ground.other.problem_marks.order_by("pk")] == [
        ("隐患较多", there.starts_on, there.ends_on), ("事故较多", date(2026, 12, 1), None),
    ]  # fmt: skip


def test_mark_of_a_problem_town_goes_along_once(ground: Ground) -> None:
    mark = actions.mark_problem_town(division=ground.town, reason="事故较多", **DATED)
    done = ground.merge().merged
    assert fresh(mark).ends_on == EVE
    other = ground.other.problem_marks.get()
    assert (other.reason, other.starts_on, done.marks) == ("事故较多", ON, {mark.pk: other.pk})


def test_rules_tracked_for_the_town_itself_end(ground: Ground) -> None:
    Tracking.objects.create(
        policy=ground.rule.version.policy, rule_code=ground.rule.code, division=ground.town, starts_on=make.BEGINNING
    )
    assert ground.merge().untracked == 1
    assert Tracking.objects.get(division=ground.town).ends_on == EVE
