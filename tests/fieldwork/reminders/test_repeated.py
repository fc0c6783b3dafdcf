"""What lapsed twice running goes to the level above, once; duties whose due day is assumed; units and pairs."""

from datetime import date, timedelta
from typing import Any

import pytest

from fieldwork.directory.models import Division, Tenure, User
from fieldwork.duties.models import Obligation, Rule
from fieldwork.reminders.models import Notification
from tests import factories as make
from tests.fieldwork.reminders.november import LAPSED, TEN_DAYS_LEFT
from tests.fieldwork.reminders.services import MINUTE, Outside, inbox, local

pytestmark = pytest.mark.django_db

DIGEST = local(12, 1, 9)


def office(division: Division | None) -> User:
    return make.user(office="supervisor", division=division, language="en")


def town_of(tenure: Tenure) -> Division:
    return tenure.post.organisation.division


def county_of(tenure: Tenure) -> Division:
    county = town_of(tenure).parent
    assert county is not None
    return county


def heard(user: User, kind: str = "repeated") -> list[Notification]:
    return list(Notification.objects.filter(user=user, kind=kind, delivered_at__isnull=False).order_by("at"))


@pytest.fixture
def twice(tenure: Tenure, rule: Rule) -> list[Obligation]:
    """Of one leader, who has no account: October's and November's."""
    return [make.obligation(tenure, rule, period) for period in ("2026-10", "2026-11")]


def test_two_months_running_are_told_to_the_level_above_once_with_the_digest(
    twice: list[Obligation], tenure: Tenure, outside: Outside
) -> None:
    own, above, city = office(town_of(tenure)), office(county_of(tenure)), office(county_of(tenure).parent)
    for now in (LAPSED, DIGEST, DIGEST, DIGEST + MINUTE, DIGEST + timedelta(hours=3), local(12, 2, 9)):
        outside.at(now)
    (one,) = heard(above)
    assert (one.at, one.title) == (DIGEST, "1 duty was not done 2 times running.")
    assert one.body == "测试员甲 (测试镇): 排查, 2026-10, 2026-11"
    assert [heard(user) for user in (own, city)] == [[], []]
    assert [one.at for one in heard(above, "digest")][-1:] == [DIGEST]


@pytest.mark.parametrize("changed", ["gone", "met", "excused", "withdrawn"])
@pytest.mark.parametrize("which", [0, 1])
def test_one_month_is_not_running(
    twice: list[Obligation], tenure: Tenure, outside: Outside, changed: str, which: int
) -> None:
    above = office(county_of(tenure))
    pk = twice[which].pk
    if changed == "gone":
        twice[which].bases.all().delete()
        Obligation.objects.filter(pk=pk).delete()
    else:
        Obligation.objects.filter(pk=pk).update(outcome=changed)
    outside.at(DIGEST)
    assert heard(above) == []


def test_month_between_that_was_met_ends_the_row(
    twice: list[Obligation], tenure: Tenure, rule: Rule, outside: Outside
) -> None:
    Obligation.objects.filter(pk=twice[0].pk).update(period="2026-09")
    make.obligation(tenure, rule, "2026-10", outcome="met")
    above = office(county_of(tenure))
    outside.at(DIGEST)
    assert heard(above) == []


def test_what_is_turned_back_before_it_is_sent_is_not_told(
    twice: list[Obligation], tenure: Tenure, outside: Outside
) -> None:
    above = office(county_of(tenure))
    outside.at(LAPSED)
    Obligation.objects.filter(pk=twice[0].pk).update(outcome="met")
    outside.at(DIGEST)
    assert (heard(above), heard(above, "digest")[-1].at) == ([], DIGEST)


def test_leader_with_two_posts_is_one_row_for_each_office_above(
    twice: list[Obligation], tenure: Tenure, rule: Rule, outside: Outside
) -> None:
    above = office(county_of(tenure))
    city = county_of(tenure).parent
    elsewhere = make.division("测试乙县", city)
    sibling = make.division("测试乙镇", county_of(tenure))
    city_office = office(city)
    for place in (sibling, elsewhere):
        second = make.tenure(make.post(make.organisation(place)), tenure.leader)
        for one in twice:
            one.bases.create(rule=rule, tenure=second, division=place, state="standing", since=one.starts_at)
    outside.at(DIGEST)
    assert [one.title for one in heard(above)] == ["1 duty was not done 2 times running."]
    assert [one.title for one in heard(city_office)] == ["1 duty was not done 2 times running."]


def test_above_a_county_without_supervisors_the_city_hears(
    twice: list[Obligation], tenure: Tenure, outside: Outside
) -> None:
    office(town_of(tenure))
    make.user(office="supervisor", division=county_of(tenure), is_active=False)
    city = office(county_of(tenure).parent)
    outside.at(DIGEST)
    assert len(heard(city)) == 1


def test_quarter_running_is_of_quarters(tenure: Tenure, rule: Rule, outside: Outside) -> None:
    for period in ("2026-11", "2026-Q3", "2026-Q4"):
        make.obligation(tenure, rule, period, duty="letter" if "Q" in period else "inspection")
    above = office(county_of(tenure))
    outside.at(local(12, 31, 9))
    outside.at(local(1, 4, 9).replace(year=2027))
    assert [one.body for one in heard(above)] == ["测试员甲 (测试镇): 排查, 2026-Q3, 2026-Q4"]


# A due day that is only assumed


def test_duty_whose_due_day_is_assumed_is_reminded_of_before_it_and_lapses_later(
    obligation: Obligation, user: User, outside: Outside, tenure: Tenure
) -> None:
    above = office(town_of(tenure))
    Obligation.objects.update(lapses_at=local(12, 21), ends_on=date(2026, 12, 20))
    for day in range(45):
        for hour in (8, 9):
            outside.at(local(11, 15, hour) + timedelta(days=day))
    assert [(kind, at) for kind, at in inbox(user) if kind != "unopened"] == [
        ("reminder", TEN_DAYS_LEFT),
        ("reminder", local(11, 27, 9)),
        ("reminder", local(11, 29, 9)),
        ("lapse", local(12, 21, 8)),
    ]
    assert [at for kind, at in inbox(above) if kind == "digest"] == [local(12, 21, 9)]


# Units and pairs


def owed_by_bodies(tenure: Tenure, rule: Rule, upper: Any, lower: Any) -> None:
    for fields in (
        {"subject_key": f"organisation:{upper.pk}", "subject_kind": "organisation", "organisation": upper},
        {
            "subject_key": f"pair:{upper.pk}:{lower.pk}", "subject_kind": "pair", "duty": "letter",
            "activity": "letter", "organisation": upper, "lower_organisation": lower,
        },
    ):  # fmt: skip
        make.obligation(tenure, rule, leader=None, **fields)


def test_units_are_reminded_of_their_own_duties_and_of_pairs_on_either_side(
    tenure: Tenure, rule: Rule, outside: Outside
) -> None:
    county = make.organisation(county_of(tenure))
    town = tenure.post.organisation
    owed_by_bodies(tenure, rule, county, town)
    upper, second, lower = (make.user(organisation=body, language="en") for body in (county, county, town))
    stranger = make.user(organisation=make.organisation(county_of(tenure), "department"))
    closed = make.user(organisation=county, is_active=False)
    outside.at(TEN_DAYS_LEFT)
    outside.at(TEN_DAYS_LEFT)
    lines = {one.user: len(one.body.splitlines()) for one in Notification.objects.filter(delivered_at__isnull=False)}
    assert lines == {upper: 2, second: 2, lower: 1}
    assert not Notification.objects.filter(user__in=[stranger, closed]).exists()
    outside.at(LAPSED)
    assert [kind for kind, _at in inbox(lower)] == ["reminder", "lapse"]
