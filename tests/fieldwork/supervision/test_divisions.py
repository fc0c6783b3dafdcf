"""A renamed or moved division: who owes what, was linked where and did what goes on under the new row."""

import re
from datetime import UTC, date, datetime
from typing import Any
from uuid import uuid4

import pytest
from django.core.management import CommandError, call_command
from django.db import transaction

from fieldwork.core.errors import DomainError
from fieldwork.core.events import SYSTEM
from fieldwork.core.geo import Position
from fieldwork.core.models import Event
from fieldwork.core.periods import Period
from fieldwork.directory.divisions import Loaded
from fieldwork.directory.models import Division, Leader, Linkage, ProblemTownMark, Site, Tenure, User
from fieldwork.directory.places import locate
from fieldwork.duties.actions import record_performance
from fieldwork.duties.enums import Activity, Outcome, Standing
from fieldwork.duties.models import Basis, Obligation, Opening, Policy, Task, Touch, Tracking
from fieldwork.duties.policies import rules_with_tracking, track
from fieldwork.duties.queries import last_visits, obligations_visible_to
from fieldwork.duties.reconcile import reconcile
from fieldwork.hazards.actions import report_hazard
from fieldwork.hazards.declared import DeclaredHazard
from fieldwork.hazards.models import Hazard
from fieldwork.hazards.queries import hazards_visible_to
from fieldwork.inspections.declared import Location
from fieldwork.reminders.models import Notification
from fieldwork.supervision.divisions import load_divisions
from fieldwork.supervision.models import Freeze
from fieldwork.supervision.tick import tick
from tests import factories as make
from tests.grounds import bound, box, polygon

pytestmark = pytest.mark.django_db
MONTHS = [Period.parse(f"2026-{month}") for month in ("09", "10", "11")]
ON = date(2026, 11, 15)
AT = datetime(2026, 11, 20, 2, 0, tzinfo=UTC)
TODAY = date(2026, 11, 20)
PLACE = Position(23.7, 113.0)


def load(*rows: str, on: date = ON, at: datetime = AT) -> Loaded:
    header = "code,name,level,parent,seat_latitude,seat_longitude,seat_source"
    return load_divisions(
        [f"{line}\n" for line in (header, *rows)], authority="test", edition="2", on=on, by=SYSTEM, at=at
    )


def rename(division: Division, name: str) -> Division:
    parent = division.parent.code if division.parent else ""
    load(f"{division.code},{name},{division.level},{parent},,,")
    return standing(division)


def standing(division: Division) -> Division:
    return Division.objects.get(code=division.code, ends_on=None)


def visit(leader: Leader, at: datetime, own: Division, source: str) -> None:
    """A check-in in 甲镇, with what it touches; it may arrive after the town was renamed."""
    located = locate(PLACE, at.date())
    holding = Division.objects.filter(path__in=located.division_paths)
    touches = {f"{level}:{pk}" for level, pk in holding.values_list("level", "pk")} | {f"own:{own.pk}"}
    with transaction.atomic():
        record_performance(
            leader=leader, activity=Activity.INSPECTION, at=at, source=("check_in", source), touches=touches,
            by=SYSTEM, now=AT,
        )  # fmt: skip


class Ground:
    """A city with a county and its town 甲镇; the county's chief, linked to it, and the city's without a link."""

    def __init__(self) -> None:
        self.city = make.division("测试市")
        self.county = make.division("测试县", self.city)
        self.town = make.division("甲镇", self.county, latitude=PLACE.latitude, longitude=PLACE.longitude)
        self.rule = make.rule(
            self.city, ["county_party_chief", "city_party_chief"], tracked_from=date(2026, 9, 1)
        )  # fmt: skip
        self.chief = make.tenure(make.post(make.organisation(self.county)), make.leader("县"))
        self.upper = make.tenure(make.post(make.organisation(self.city), "city_party_chief"), make.leader("市"))
        make.linkage(self.chief, self.town)
        ProblemTownMark.objects.create(division=self.town, reason="测试原因", starts_on=make.BEGINNING)
        Site.objects.create(name="测试厂", division=self.town, starts_on=make.BEGINNING)
        self.supervisor = make.user(office="supervisor", division=self.county)
        for period in MONTHS:
            reconcile(period, by=SYSTEM, at=AT)
        visit(self.chief.leader, datetime(2026, 9, 9, 2, tzinfo=UTC), self.county, "1")
        visit(self.chief.leader, datetime(2026, 11, 5, 2, tzinfo=UTC), self.county, "2")
        visit(self.upper.leader, datetime(2026, 11, 6, 2, tzinfo=UTC), self.city, "3")
        found = DeclaredHazard(
            uuid4(), AT, "site_fire", "general", "测试", location=Location(PLACE.latitude, PLACE.longitude)
        )
        report_hazard(found, files={}, by=self.supervisor, at=AT)
        Notification.objects.create(user=self.supervisor, kind="digest", at=AT, division=self.county)


@pytest.fixture
def ground() -> Ground:
    return Ground()


def rows() -> list[Any]:
    """All that reconciliation writes but which row of a place it names."""
    return [
        sorted(Obligation.objects.values_list("pk", "period", "minimum", "counted", "outcome", "met_at")),
        sorted(Basis.objects.values_list("pk", "state", "reason", "since")),
        sorted(Task.objects.values_list("pk", "state", "reason", "since", "done_at", "linked_until")),
    ]


@pytest.mark.parametrize("renamed", ["city", "county", "town"])
def test_renaming_changes_nothing_of_what_is_owed_or_done(ground: Ground, renamed: str) -> None:
    before = rows()
    rename(getattr(ground, renamed), "试点地")
    assert rows() == before
    Opening.objects.update(stale_at=AT)
    tick(AT)
    assert [kept for kept in rows()[0] if kept in before[0]] == before[0]
    assert rows()[1][: len(before[1])] == before[1]
    assert rows()[2][: len(before[2])] == before[2]
    assert not Basis.objects.exclude(state=Standing.STANDING).exists()
    assert not Obligation.objects.filter(outcome=Outcome.WITHDRAWN).exists()
    town = standing(ground.town)
    tasks = {(task.obligation.leader_id, task.target_key) for task in Task.objects.select_related("obligation")}
    assert tasks == {(ground.chief.leader_id, f"town:{town.pk}"), (ground.upper.leader_id, "own")}


def test_months_after_a_renaming_open_as_before_it(ground: Ground) -> None:
    rename(ground.city, "试点市")
    reconcile(Period.parse("2026-12"), by=SYSTEM, at=AT)
    december = Task.objects.filter(obligation__period="2026-12").order_by("pk")
    assert {(task.obligation.leader_id, task.target_key, task.state) for task in december} == {
        (ground.chief.leader_id, f"town:{standing(ground.town).pk}", Standing.STANDING),
        (ground.upper.leader_id, "own", Standing.STANDING),
    }
    seen = last_visits(list(december.select_related("obligation")))
    assert set(seen.values()) == {datetime(2026, 11, 5, 2, tzinfo=UTC), datetime(2026, 11, 6, 2, tzinfo=UTC)}


def test_no_row_is_left_at_a_division_that_went_on(ground: Ground) -> None:
    bound({ground.town: polygon(box(PLACE.longitude - 1, PLACE.latitude - 1, PLACE.longitude + 1, PLACE.latitude + 1))})
    Freeze.objects.create(
        period="2026-08", division=ground.county, figures={}, incomplete={}, by=ground.supervisor, at=AT
    )
    rename(ground.city, "试点市")
    town = standing(ground.town)
    for day in (make.BEGINNING, date(2026, 11, 20), date(2026, 12, 1)):
        assert locate(PLACE, day).grounds == (town.path,)
    for relation in Division._meta.related_objects:
        model, column = relation.related_model, relation.field.name
        if model is not Division:
            assert model._default_manager.filter(**{f"{column}__isnull": False}).exists(), f"no {model} to tell by"
            assert not model._default_manager.filter(**{f"{column}__ends_on__isnull": False}).exists(), model
    old = set(Division.objects.filter(ends_on__isnull=False).values_list("pk", flat=True))
    for key in Touch.objects.values_list("target_key", flat=True):
        assert int(key.partition(":")[2]) not in old


def test_supervisor_goes_on_seeing_past_and_present(ground: Ground) -> None:
    other = make.user(office="supervisor", division=make.division("邻县", ground.city))
    before = set(obligations_visible_to(ground.supervisor, TODAY))
    assert len(before) == 3
    rename(ground.county, "试点区")
    tick(AT)
    supervisor = User.objects.get(pk=ground.supervisor.pk)
    visible = obligations_visible_to(supervisor, TODAY)
    assert before <= set(visible)
    assert list(hazards_visible_to(supervisor, TODAY)) == list(Hazard.objects.all())
    assert set(visible) == set(Obligation.objects.filter(leader=ground.chief.leader))
    assert not obligations_visible_to(other, TODAY).exists()


def test_visit_of_before_that_arrives_after_the_renaming_serves_the_same_task(ground: Ground) -> None:
    new = rename(ground.county, "试点区")
    task = Task.objects.get(obligation__period="2026-10", obligation__leader=ground.chief.leader)
    assert task.done_at is None
    at = datetime(2026, 10, 9, 2, tzinfo=UTC)
    visit(ground.chief.leader, at, new, "late")
    task.refresh_from_db()
    assert task.done_at == at


def test_policy_and_switches_follow_so_that_they_can_be_changed_again(ground: Ground) -> None:
    city = rename(ground.city, "试点市")
    assert (Policy.objects.get().division, Tracking.objects.get().division) == (city, city)
    [tracked] = rules_with_tracking(standing(ground.town), TODAY)
    assert tracked.tracked_from == date(2026, 9, 1)
    track(Policy.objects.get(), [ground.rule.code], division=standing(ground.county), starts_on=TODAY, by=SYSTEM, at=AT)
    assert Tracking.objects.count() == 2


def test_following_is_told_once_and_not_at_all_when_nothing_moved(ground: Ground) -> None:
    new = rename(ground.county, "试点区")
    event = Event.objects.get(kind="policy.followed")
    assert (event.division_path, event.data["since"]) == (new.path, "2026-11-15")
    assert event.data["followed"] == {"task": 3, "touch": 8, "basis": 3, "tracking": 0, "policy": 0}
    assert load(f"{new.code},试点区,county,{ground.city.code},,,").ended == 0
    assert Event.objects.filter(kind="policy.followed").count() == 1


def test_towns_of_two_counties_made_one_keep_their_duties_and_are_seen_by_the_other(ground: Ground) -> None:
    other = make.division("邻县", ground.city)
    office = make.user(office="supervisor", division=other)
    rule = make.rule(ground.city, ["town_party_chief"], duty="town", tracked_from=date(2026, 9, 1))
    head = make.tenure(make.post(make.organisation(ground.town), "town_party_chief"), make.leader("镇"))
    for period in MONTHS:
        reconcile(period, by=SYSTEM, at=AT)
    before = rows()
    load(f"{ground.town.code},甲镇,town,{other.code},,,")
    Opening.objects.update(stale_at=AT)
    for period in MONTHS:
        reconcile(period, by=SYSTEM, at=AT)
    assert rows() == before
    mine = Obligation.objects.filter(leader=head.leader, duty=rule.duty)
    assert set(obligations_visible_to(office, TODAY)) == set(mine)
    assert not obligations_visible_to(ground.supervisor, TODAY).filter(leader=head.leader).exists()
    assert Linkage.objects.get().division == standing(ground.town)


def test_fault_in_a_list_moves_nothing(ground: Ground) -> None:
    before = list(Basis.objects.values_list("division", flat=True))
    with pytest.raises(DomainError):
        load(f"{ground.city.code},试点市,city,,,,", ",坏,county,,,,")
    assert list(Basis.objects.values_list("division", flat=True)) == before
    assert Tenure.objects.get(pk=ground.chief.pk).post.organisation.division == ground.county


def test_shipped_list_loads_and_loads_again(capsys: pytest.CaptureFixture[str]) -> None:
    call_command("load_divisions", "--on", "2020-01-01")
    call_command("load_divisions", "--on", "2020-01-01")
    said = [re.findall("[0-9]+", line) for line in capsys.readouterr().out.splitlines()]
    assert said == [["227", "0", "0", "0"], ["0", "0", "0", "227"]]
    assert Division.objects.filter(authority="mca", edition="2026-09-11", level="town").count() == 207
    assert Division.objects.filter(level="town", latitude=None).count() == 28
    assert Division.objects.get(name="下𱳪镇").parent == Division.objects.get(name="英德市")


def test_command_names_faults_by_line(tmp_path: object) -> None:
    with pytest.raises(CommandError, match="cannot be read"):
        call_command("load_divisions", f"{tmp_path}/none.csv")
    with pytest.raises(CommandError, match="--on"):
        call_command("load_divisions", "--edition", "spring")
