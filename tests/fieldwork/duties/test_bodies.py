"""What organisations and pairs of organisations owe, and how it is proved."""

from datetime import UTC, date, datetime

import pytest
from django.db import transaction

from fieldwork.core.events import SYSTEM
from fieldwork.core.periods import Period
from fieldwork.directory.models import Division, Organisation
from fieldwork.duties.actions import record_performance, review_performance
from fieldwork.duties.enums import Activity, Status
from fieldwork.duties.models import Basis, Obligation, Task, Tracking
from fieldwork.duties.queries import obligations_visible_to, served_by
from fieldwork.duties.reconcile import reconcile
from tests import factories as make
from tests.status import status_of

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 21, tzinfo=UTC)
YEAR = Period.parse("2026")
QUARTER = Period.parse("2026-Q4")
CITY, COUNTY, TOWN = ({"kind": "government", "level": level} for level in ("city", "county", "town"))


@pytest.fixture
def city() -> Division:
    return make.division("测试市")


@pytest.fixture
def county(city: Division) -> Division:
    return make.division("测试县", city)


@pytest.fixture
def town(county: Division) -> Division:
    return make.division("测试镇", county)


def subjects(period: Period = YEAR) -> set[tuple[str, str]]:
    """(kind, names) of what is owed."""
    return {
        (one.subject_kind, "/".join(body.name for body in (one.organisation, one.lower_organisation) if body))
        for one in Obligation.objects.filter(period=str(period)).select_related("organisation", "lower_organisation")
    }


def prove(obligation: Obligation, day: date, source: str = "1") -> None:
    with transaction.atomic():
        record_performance(
            activity=Activity(obligation.activity), at=datetime(day.year, day.month, day.day, 4, tzinfo=UTC),
            source=("filing", source), organisation=obligation.organisation, names=[obligation], by=SYSTEM, now=NOW,
        )  # fmt: skip
    obligation.refresh_from_db()


def test_bodies_of_the_kind_and_level_owe_and_no_others(city: Division, county: Division, town: Division) -> None:
    for place in (city, county, town):
        make.organisation(place, "government", name=f"{place.name}政府")
        make.organisation(place, "party_committee", name=f"{place.name}党委")
    make.body_rule(city, COUNTY, TOWN, cadence="quarter")
    reconcile(QUARTER, by=SYSTEM, at=NOW)
    assert subjects(QUARTER) == {("organisation", "测试县政府"), ("organisation", "测试镇政府")}
    assert set(Task.objects.values_list("target_kind", "target_key")) == {("", "own")}
    assert reconcile(QUARTER, by=SYSTEM, at=NOW).total == 0


def test_kinds_of_departments_are_told_apart(county: Division) -> None:
    for kind in ("regulator", "industry", "support"):
        make.organisation(county, "department", department_kind=kind, name=kind)
    rule = make.body_rule(county, {"kind": "department", "department_kind": "regulator"},
                          {"kind": "department", "department_kind": "industry"},
                          activity="inspection", cadence="quarter")  # fmt: skip
    reconcile(QUARTER, by=SYSTEM, at=NOW)
    assert {name for _kind, name in subjects(QUARTER)} == {"regulator", "industry"}
    assert set(Task.objects.values_list("target_kind", "division")) == {("own_area", county.pk)}
    assert Basis.objects.filter(rule=rule, division=county).count() == 2


def test_streets_owe_where_bound_or_switched_on(county: Division, town: Division) -> None:
    street = make.division("测试街道", county, street=True)
    for place in (town, street):
        make.organisation(place, name=place.name)
    make.body_rule(county, {**TOWN, "streets": False}, cadence="quarter")
    reconcile(QUARTER, by=SYSTEM, at=NOW)
    assert {name for _kind, name in subjects(QUARTER)} == {"测试镇"}
    Tracking.objects.update(streets=True)
    reconcile(QUARTER, by=SYSTEM, at=NOW)
    assert {name for _kind, name in subjects(QUARTER)} == {"测试镇", "测试街道"}


def test_pairs_are_of_adjacent_bodies_above_one_another(city: Division, county: Division, town: Division) -> None:
    elsewhere = make.division("别县", city)
    for place in (city, county, elsewhere, town):
        make.organisation(place, name=place.name)
    make.pair_rule(city, CITY, COUNTY)
    make.pair_rule(city, COUNTY, TOWN, duty="letter_below")
    reconcile(YEAR, by=SYSTEM, at=NOW)
    assert subjects() == {("pair", "测试市/测试县"), ("pair", "测试市/别县"), ("pair", "测试县/测试镇")}
    assert reconcile(YEAR, by=SYSTEM, at=NOW).total == 0


def test_pair_inside_one_division_binds_a_government_and_its_departments(county: Division, town: Division) -> None:
    make.organisation(county, name="管委会")
    make.organisation(county, "department", name="本级部门")
    make.organisation(town, "department", name="镇的部门")
    make.pair_rule(county, COUNTY, {"kind": "department", "level": "county"})
    reconcile(YEAR, by=SYSTEM, at=NOW)
    assert subjects() == {("pair", "管委会/本级部门")}


def test_pair_is_owed_only_where_the_upper_side_is_tracked(city: Division, county: Division) -> None:
    make.organisation(city, name="市政府")
    make.organisation(county, name="县政府")
    rule = make.pair_rule(city, CITY, COUNTY, tracked_from=None)
    tracking = Tracking.objects.create(
        policy=rule.version.policy, rule_code=rule.code, division=county, starts_on=date(2026, 1, 1)
    )
    reconcile(YEAR, by=SYSTEM, at=NOW)
    assert subjects() == set()
    Tracking.objects.filter(pk=tracking.pk).update(division=city)
    reconcile(YEAR, by=SYSTEM, at=NOW)
    assert subjects() == {("pair", "市政府/县政府")}


def test_assumed_due_day_reminds_and_the_lapse_waits_for_the_years_end(city: Division, county: Division) -> None:
    make.organisation(city)
    make.organisation(county)
    make.pair_rule(city, CITY, COUNTY, due="03-31", assumed={"due": "文件只说每年初"})
    reconcile(YEAR, by=SYSTEM, at=NOW)
    letter = Obligation.objects.get()
    assert letter.due_on == date(2026, 3, 31)
    assert letter.due_at == datetime(2026, 3, 31, 16, tzinfo=UTC)
    assert letter.ends_on == date(2026, 12, 31)
    assert status_of(letter, datetime(2026, 12, 31, 15, 59, 59, tzinfo=UTC)) == Status.OPEN
    assert status_of(letter, datetime(2026, 12, 31, 16, tzinfo=UTC)) == Status.LAPSED
    prove(letter, date(2026, 6, 1))
    assert letter.outcome == "met"


def test_due_day_of_the_text_lapses_and_later_work_does_not_count(city: Division, county: Division) -> None:
    make.organisation(city)
    make.organisation(county)
    rule = make.pair_rule(city, CITY, COUNTY, due="03-31")
    reconcile(YEAR, by=SYSTEM, at=NOW)
    letter = Obligation.objects.get()
    assert status_of(letter, datetime(2026, 3, 31, 16, tzinfo=UTC)) == Status.LAPSED
    prove(letter, date(2026, 4, 1))
    assert letter.outcome == "pending"
    rule.due = "04-30"
    rule.save()
    reconcile(YEAR, by=SYSTEM, at=NOW)
    letter.refresh_from_db()
    assert (letter.due_on, letter.outcome) == (date(2026, 4, 30), "met")


def test_body_that_ends_or_begins_inside_the_period_owes_nothing(county: Division, town: Division) -> None:
    ended = make.organisation(town, name="撤销的", ends_on=date(2026, 12, 30))
    make.organisation(town, name="新设的", starts_on=date(2026, 12, 20))
    make.organisation(town, name="一直在的")
    make.body_rule(county, TOWN, cadence="quarter", partial_period=30)
    reconcile(QUARTER, by=SYSTEM, at=NOW)
    assert dict(Basis.objects.values_list("obligation__organisation__name", "reason")) == {
        "撤销的": "body_ended", "新设的": "body_new", "一直在的": "",
    }  # fmt: skip
    assert Obligation.objects.get(organisation=ended).outcome == "withdrawn"
    Organisation.objects.filter(pk=ended.pk).update(ends_on=None)
    assert reconcile(QUARTER, by=SYSTEM, at=NOW).changed == 1
    assert Obligation.objects.get(organisation=ended).outcome == "pending"


def test_filing_counts_only_for_what_it_names(county: Division, town: Division) -> None:
    make.organisation(town)
    make.body_rule(county, TOWN, cadence="quarter")
    make.body_rule(county, TOWN, cadence="quarter", duty="prevention_meeting")
    reconcile(QUARTER, by=SYSTEM, at=NOW)
    one, other = Obligation.objects.order_by("pk")
    prove(one, date(2026, 10, 1))
    other.refresh_from_db()
    assert (one.outcome, one.counted, other.outcome, other.counted) == ("met", 1, "pending", 0)
    assert Task.objects.get(obligation=one).done_at is not None
    assert served_by("filing", ["1"])["1"].obligations == [one.pk]
    assert served_by("filing", ["1"])["1"].tasks == [one.tasks.get().pk]
    assert reconcile(QUARTER, by=SYSTEM, at=NOW).total == 0


def test_filing_outside_the_period_does_not_count(county: Division, town: Division) -> None:
    make.organisation(town)
    make.body_rule(county, TOWN, cadence="quarter")
    reconcile(QUARTER, by=SYSTEM, at=NOW)
    meeting = Obligation.objects.get()
    prove(meeting, date(2026, 9, 30))
    assert meeting.counted == 0
    assert served_by("filing", ["1"])["1"].obligations == []


def test_rejected_filing_counts_no_more_and_accepted_again_it_does(county: Division, town: Division) -> None:
    make.organisation(town)
    make.body_rule(county, TOWN, cadence="quarter")
    reconcile(QUARTER, by=SYSTEM, at=NOW)
    meeting = Obligation.objects.get()
    prove(meeting, date(2026, 10, 1))
    supervisor = make.user(office="supervisor", division=county)
    review_performance(source=("filing", "1"), verdict="rejected", reason="没有记录", by=supervisor, at=NOW)
    meeting.refresh_from_db()
    assert (meeting.outcome, meeting.counted, meeting.tasks.get().done_at) == ("pending", 0, None)
    review_performance(source=("filing", "1"), verdict="accepted", reason="", by=supervisor, at=NOW)
    meeting.refresh_from_db()
    assert meeting.outcome == "met"


def test_both_sides_see_a_pair_and_members_see_what_their_body_owes(city: Division, county: Division) -> None:
    upper, lower = make.organisation(city), make.organisation(county)
    make.pair_rule(city, CITY, COUNTY)
    reconcile(YEAR, by=SYSTEM, at=NOW)
    today = date(2026, 11, 21)
    member = make.tenure(make.post(lower)).leader
    elsewhere = make.division("别县", city)
    sees = [
        make.user(organisation=upper), make.user(organisation=lower), make.user(leader=member),
        make.user(office="supervisor", division=county), make.user(office="auditor", division=city),
    ]  # fmt: skip
    blind = [make.user(), make.user(office="supervisor", division=elsewhere), make.user(leader=make.leader())]
    assert [obligations_visible_to(user, today).count() for user in sees] == [1] * len(sees)
    assert [obligations_visible_to(user, today).count() for user in blind] == [0] * len(blind)
