"""A town merged into its neighbour, and a department into another: what was stays told, what goes on goes on."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.db import transaction

from fieldwork.core.errors import Code, DomainError
from fieldwork.core.events import SYSTEM
from fieldwork.core.geo import Position
from fieldwork.core.models import Event
from fieldwork.core.periods import Period
from fieldwork.directory import actions
from fieldwork.directory.division_mergers import MergedDivision
from fieldwork.directory.mergers import Merged, Merger
from fieldwork.directory.models import Division, Leader, Linkage, Organisation, Post, Site, Tenure, User
from fieldwork.directory.places import locate
from fieldwork.duties.actions import record_performance
from fieldwork.duties.enums import Activity, Outcome, Standing
from fieldwork.duties.models import Basis, Obligation, Task, Tracking
from fieldwork.duties.reconcile import reconcile
from fieldwork.hazards.actions import report_hazard
from fieldwork.hazards.declared import DeclaredHazard
from fieldwork.hazards.models import Hazard
from fieldwork.hazards.succession import catch_up
from fieldwork.inspections.declared import Location
from fieldwork.supervision.divisions import load_divisions
from fieldwork.supervision.ledger.facts import check_facts
from fieldwork.supervision.ledger.hazards import check_hazards
from fieldwork.supervision.merging import Followed, merge_body, merge_division
from fieldwork.supervision.models import Amendment
from fieldwork.supervision.months.amending import follow_frozen
from fieldwork.supervision.months.figures import figures_now
from fieldwork.supervision.months.freezing import freeze
from tests import factories as make
from tests.grounds import bound, box, polygon

pytestmark = pytest.mark.django_db
AT = datetime(2026, 11, 20, 2, tzinfo=UTC)
ON = date(2026, 11, 15)
EVE = date(2026, 11, 14)
OCTOBER, NOVEMBER = Period.parse("2026-10"), Period.parse("2026-11")
HERE, THERE = Position(23.70, 113.00), Position(23.78, 113.00)
BY: dict[str, Any] = {"by": SYSTEM, "at": AT}
DATED: dict[str, Any] = {"starts_on": make.BEGINNING, **BY}


class Ground:
    """A county with 甲镇, which goes into 乙镇; each has a government with its chief. The county's chief is linked to
    甲镇, its executive deputy to both; all by the actions, so that the ledger knows them."""

    def __init__(self) -> None:
        self.city = make.division("测试市")
        self.county = make.division("测试县", self.city)
        self.town = make.division("甲镇", self.county, latitude=HERE.latitude, longitude=HERE.longitude)
        self.other = make.division("乙镇", self.county, latitude=THERE.latitude, longitude=THERE.longitude)
        roles = ["county_party_chief", "town_government_chief"]
        self.rule = make.rule(self.city, roles, tracked_from=date(2026, 10, 1))
        make.body_rule(
            self.city, {"kind": "government", "level": "town"}, duty="meeting", cadence="quarter",
            tracked_from=date(2026, 10, 1),
        )  # fmt: skip
        self.body, self.other_body = (self._body(town, "government") for town in (self.town, self.other))
        self.post, self.other_post = (
            self._post(body, "town_government_chief") for body in (self.body, self.other_body)
        )
        self.head, self.other_head = self._tenure(self.post, "测试·甲"), self._tenure(self.other_post, "测试·乙")
        county = self._body(self.county, "party_committee")
        self.chief = self._tenure(self._post(county, "county_party_chief"), "测试·书记")
        self.deputy = self._tenure(self._post(county, "county_party_chief"), "测试·副")
        self.link = actions.link(tenure=self.chief, kind="town", target=self.town, **DATED)
        self.doubled = actions.link(tenure=self.deputy, kind="town", target=self.town, **DATED)
        self.known = actions.link(tenure=self.deputy, kind="town", target=self.other, **DATED)
        self.site = actions.create_site(name="测试厂", division=self.town, regulator=self.body, **DATED)
        self.office = make.user(office="supervisor", division=self.county)
        self.clerk = actions.create_user(username="clerk", office="supervisor", division=self.town, **BY)
        self.unit = actions.create_user(username="unit", organisation=self.body, **BY)
        self.finder = actions.create_user(username="head", leader=self.head.leader, **BY)
        for period in (OCTOBER, NOVEMBER, Period.parse("2026-Q4")):
            reconcile(period, by=SYSTEM, at=AT)

    def _body(self, division: Division, kind: str) -> Organisation:
        return actions.create_organisation(name=f"{division.name}{kind}", kind=kind, division=division, **DATED)

    def _post(self, body: Organisation, role: str) -> Post:
        return actions.create_post(organisation=body, title=role, role=role, **DATED)

    def _tenure(self, post: Post, name: str) -> Tenure:
        leader = actions.create_leader(name=name, division=self.county, **BY)
        return actions.appoint(leader=leader, post=post, **DATED)

    def merge(self, on: date = ON, **more: Any) -> Followed[MergedDivision]:
        fates = more.pop("fates", {})
        values: dict[str, Any] = {"by": self.office, "at": AT, **more}
        return merge_division(self.town, self.other, fates, Merger(on, "省政府批复"), **values)

    def report(self) -> Hazard:
        """Of the head of 甲镇, in it, at a site that its government regulates."""
        found = DeclaredHazard(
            uuid4(), AT, "site_fire", "general", "测试", lead=str(self.head.leader_id), site=str(self.site.pk),
            location=Location(HERE.latitude, HERE.longitude),
        )  # fmt: skip
        return report_hazard(found, files={}, by=self.finder, at=AT)[0]


@pytest.fixture
def ground() -> Ground:
    return Ground()


def stored() -> list[Any]:
    models = (Division, Organisation, Post, Tenure, Linkage, Site, User, Leader, Tracking, Hazard, Obligation, Task)
    return [list(model._default_manager.order_by("pk").values()) for model in models]


def fresh(row: Any) -> Any:
    return type(row)._default_manager.get(pk=row.pk)


def faults(caught: Any) -> list[str]:
    return [fault.field for fault in caught.value.errors]


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
    assert (fresh(closed).post, fresh(closed).division) == (ground.other_post, ground.other)


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


def test_list_that_still_has_the_merged_town_is_refused(ground: Ground) -> None:
    ground.merge()
    rows = [
        "code,name,level,parent,seat_latitude,seat_longitude,seat_source",
        f"{ground.town.code},甲镇,town,{ground.county.code},,,",
    ]
    with pytest.raises(DomainError) as caught:
        load_divisions(
            [f"{row}\n" for row in rows], authority="test", edition="2", on=date(2026, 11, 18), by=SYSTEM, at=AT
        )
    assert faults(caught) == ["2.code"]


def test_nothing_begins_or_goes_on_at_a_town_that_is_no_more(ground: Ground) -> None:
    ground.merge()
    town = fresh(ground.town)
    for begin in (
        lambda: actions.link(tenure=ground.chief, kind="town", target=town, starts_on=date(2026, 11, 1), **BY),
        lambda: actions.create_site(name="测试店", division=town, **DATED),
        lambda: actions.end(fresh(ground.link), ends_on=None, **BY),
    ):
        with pytest.raises(DomainError) as caught:
            begin()
        assert faults(caught) == ["ends_on"]


def test_account_of_an_administrator_is_not_moved_by_a_supervisor(ground: Ground) -> None:
    actions.create_user(username="boss", office="administrator", division=ground.town, **BY)
    with pytest.raises(DomainError) as caught:
        ground.merge()
    assert caught.value.code == Code.NOT_ALLOWED
    assert "boss" in str(caught.value.detail)


@pytest.mark.parametrize("kind", ["", "regulator"])
def test_department_goes_only_where_it_is_called_alike(ground: Ground, kind: str) -> None:
    for town, name in ((ground.town, "甲镇水利站"), (ground.other, "乙镇文化站")):
        make.organisation(town, "department", name=name, department_kind=kind)
    with pytest.raises(DomainError) as caught:
        ground.merge()
    assert faults(caught) == ["bodies"]


def test_body_does_not_go_into_one_that_ends_too(ground: Ground) -> None:
    one, two = (make.organisation(ground.town, "resident_unit", name=f"甲镇{name}站") for name in ("一", "二"))
    with pytest.raises(DomainError) as caught:
        ground.merge(fates={one: two, two: None})
    assert faults(caught) == ["bodies"]


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


def test_fate_of_every_body_is_said_or_plain(ground: Ground) -> None:
    station = make.organisation(ground.town, "department", name="甲镇应急站")
    with pytest.raises(DomainError) as caught:
        ground.merge()
    assert faults(caught) == ["bodies"]
    there = make.organisation(ground.other, "department", name="乙镇应急站")
    make.organisation(ground.other, "department", name="乙镇综合站")
    assert ground.merge(dry_run=True).merged.bodies[station] == there
    assert ground.merge(fates={station: None}).merged.bodies[station] is None
    assert fresh(station).ends_on == EVE


@pytest.mark.parametrize(
    ("wrong", "field"),
    [("ahead", "on"), ("itself", "into"), ("level", "into"), ("ended", "into"), ("below", "on"), ("late", "on")],
)
def test_what_cannot_be_a_merger_is_refused_and_stores_nothing(ground: Ground, wrong: str, field: str) -> None:
    on, into, source = ON, ground.other, ground.town
    match wrong:
        case "ahead":
            on = date(2026, 11, 21)
        case "itself":
            into = ground.town
        case "level":
            into = ground.county
        case "ended":
            Division.objects.filter(pk=into.pk).update(ends_on=date(2026, 12, 31))
        case "below":
            source, into = ground.county, make.division("另县", ground.city)
        case "late":
            make.tenure(ground.post, make.leader("测试·晚"), date(2026, 11, 16))
    before = stored()
    with pytest.raises(DomainError) as caught:
        merge_division(source, into, {}, Merger(on, "批复"), by=ground.office, at=AT)
    assert faults(caught) == [field]
    assert stored() == before


def test_merger_without_a_reason_is_refused(ground: Ground) -> None:
    with pytest.raises(DomainError) as caught:
        merge_division(ground.town, ground.other, {}, Merger(ON, " "), by=ground.office, at=AT)
    assert faults(caught) == ["reason"]


def test_second_time_is_a_conflict(ground: Ground) -> None:
    ground.merge()
    with pytest.raises(DomainError) as caught:
        ground.merge()
    assert caught.value.code == Code.WRONG_STATE


def _head_of_the_office(ground: Ground) -> User:
    User.objects.filter(pk=ground.finder.pk).update(office="supervisor", division=ground.county)
    return User.objects.get(pk=ground.finder.pk)


def test_nobody_ends_their_own_tenure_by_a_merger(ground: Ground) -> None:
    with pytest.raises(DomainError) as caught:
        ground.merge(by=_head_of_the_office(ground))
    assert caught.value.code == Code.NOT_ALLOWED
    assert fresh(ground.town).ends_on is None


@dataclass
class Bureaus:
    """安监局, which goes into 应急局; somebody is linked to it with its industry."""

    safety: Organisation
    emergency: Organisation
    industry: Linkage
    department: Linkage

    def merge(self, into: Organisation | None, by: User) -> Merged:
        return merge_body(self.safety, into, Merger(ON, "机构改革"), by=by, at=AT).merged


@pytest.fixture
def bureaus(ground: Ground) -> Bureaus:
    safety, emergency = (
        actions.create_organisation(name=name, kind="department", division=ground.county, **DATED)
        for name in ("测试安监局", "测试应急局")
    )
    industry = actions.link(tenure=ground.chief, kind="industry", target=make.industry(), **DATED)
    department = actions.link(
        tenure=ground.chief, kind="department", target=safety, paired_with=industry, **DATED
    )  # fmt: skip
    return Bureaus(safety, emergency, industry, department)


def test_pair_of_industry_and_department_begins_anew(ground: Ground, bureaus: Bureaus) -> None:
    done = bureaus.merge(bureaus.emergency, ground.office)
    assert fresh(bureaus.industry).ends_on == fresh(bureaus.department).ends_on == EVE
    new = Linkage.objects.get(organisation=bureaus.emergency)
    assert new.paired_with is not None
    assert (new.paired_with.industry, new.paired_with.starts_on, new.starts_on) == (bureaus.industry.industry, ON, ON)
    assert {(one.source, one.target) for one in done.linkages} == {
        (bureaus.industry.pk, new.paired_with.pk), (bureaus.department.pk, new.pk),
    }  # fmt: skip
    assert list(check_facts()) == []


def test_links_to_a_dissolved_body_end(ground: Ground, bureaus: Bureaus) -> None:
    done = bureaus.merge(None, ground.office)
    assert [(one.source, one.target) for one in done.linkages] == [(bureaus.department.pk, None)]
    assert fresh(bureaus.industry).ends_on is None
    assert fresh(bureaus.safety).merged_into is None
    assert fresh(bureaus.safety).ends_on == EVE


def test_link_to_what_lies_outside_the_area_ends(ground: Ground, bureaus: Bureaus) -> None:
    of_city = make.organisation(ground.city, "department", name="测试市局")
    done = bureaus.merge(of_city, ground.office)
    assert [(one.source, one.target) for one in done.linkages] == [(bureaus.department.pk, None)]
    assert fresh(bureaus.department).ends_on == EVE
    assert fresh(bureaus.industry).ends_on is None


def test_link_that_would_begin_only_later_begins_then_at_the_other(ground: Ground, bureaus: Bureaus) -> None:
    later = actions.link(
        tenure=ground.deputy, kind="department", target=bureaus.safety, starts_on=date(2026, 12, 1), **BY
    )
    bureaus.merge(bureaus.emergency, ground.office)
    assert not Linkage.objects.filter(pk=later.pk).exists()
    assert Linkage.objects.get(tenure=ground.deputy, organisation=bureaus.emergency).starts_on == date(2026, 12, 1)


def test_links_there_already_run_to_the_later_day(ground: Ground, bureaus: Bureaus) -> None:
    known = actions.link(
        tenure=ground.chief, kind="department", target=bureaus.emergency, ends_on=date(2026, 11, 25), **DATED
    )
    bureaus.merge(bureaus.emergency, ground.office)
    assert fresh(known).ends_on is None


def test_nobody_sheds_their_own_link_by_dissolving_what_it_leads_to(ground: Ground, bureaus: Bureaus) -> None:
    own = make.user(office="supervisor", division=ground.county, leader=ground.chief.leader)
    with pytest.raises(DomainError) as caught:
        bureaus.merge(None, own)
    assert caught.value.code == Code.NOT_ALLOWED
    assert bureaus.merge(bureaus.emergency, own).linkages[0].target


def test_bodies_of_two_kinds_are_not_merged(ground: Ground, bureaus: Bureaus) -> None:
    with pytest.raises(DomainError) as caught:
        bureaus.merge(ground.body, ground.office)
    assert faults(caught) == ["into"]


def test_end_of_a_merged_body_cannot_be_moved(ground: Ground, bureaus: Bureaus) -> None:
    bureaus.merge(bureaus.emergency, ground.office)
    with pytest.raises(DomainError) as caught:
        actions.end(fresh(bureaus.safety), ends_on=None, **BY)
    assert caught.value.code == Code.WRONG_STATE
