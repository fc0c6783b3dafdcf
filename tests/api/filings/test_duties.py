"""Which standing duties a filing may name: those that bind its subject on the day that it states."""

from datetime import date
from typing import Any

from fieldwork.duties.models import Naming, Rule, RuleBody, RulePair
from tests import factories as make
from tests.api.client import Phone
from tests.api.filing import body, of_pair, of_town, put, stored
from tests.desk import Desk


def drill(desk: Desk, **fields: Any) -> Rule:
    """A standing duty of town governments."""
    return make.body_rule(
        desk.place.city, {"kind": "government", "level": "town"},
        **{"duty": "drill", "activity": "drill", "cadence": "", **fields},
    )  # fmt: skip


def refused(answer: Any) -> bool:
    found = (answer.status_code, answer.json()["code"], [error["field"] for error in answer.json().get("errors", [])])
    return found == (400, "unknown_reference", ["duties.0"])


def test_leaders_duty_is_not_a_bodys_and_a_bodys_not_the_leaders(desk: Desk, phone: Phone, unit: Phone) -> None:
    theirs = drill(desk)
    assert refused(put(unit, of_town(desk, duties=[desk.study.key])))
    assert refused(put(phone, body(desk, duties=[theirs.key])))
    assert stored() == (0, 0, [])
    assert put(unit, of_town(desk, duties=[theirs.key])).status_code == 201
    assert put(phone, body(desk, duties=[desk.study.key])).status_code == 201
    assert set(Naming.objects.filter(rule__isnull=False).values_list("rule", flat=True)) == {theirs.pk, desk.study.pk}


def test_bodys_duty_binds_its_own_kind_alone(desk: Desk) -> None:
    theirs = drill(desk)
    county = Phone.of(make.user(organisation=desk.county))
    content = of_town(desk, subject={"kind": "organisation", "id": str(desk.county.pk)}, obligations=[])
    assert refused(put(county, content | {"duties": [theirs.key]}))
    RuleBody.objects.create(rule=theirs, body=make.body(theirs.version, level="county"))
    assert put(county, content | {"duties": [theirs.key]}).status_code == 201


def test_duty_of_a_pair_is_filed_by_the_pair_or_one_side(desk: Desk, unit: Phone) -> None:
    rule = make.rule(desk.place.city, [], subject="pair", activity="tour", duty="tour", cadence="")
    lower = make.body(rule.version, level="town")
    RulePair.objects.create(rule=rule, upper=make.body(rule.version, level="county"), lower=lower)
    assert put(unit, of_pair(desk, duties=[rule.key])).status_code == 201
    assert put(unit, of_town(desk, duties=[rule.key])).status_code == 201


def test_another_citys_duty_binds_nobody_here(desk: Desk, phone: Phone, unit: Phone) -> None:
    away = make.division("别市")
    study = make.rule(away, ["county_party_chief"], duty="study", activity="study", cadence="")
    theirs = make.body_rule(away, {"kind": "government", "level": "town"}, duty="drill", activity="drill", cadence="")
    assert refused(put(phone, body(desk, duties=[study.key])))
    assert refused(put(unit, of_town(desk, duties=[theirs.key])))


def test_duty_binds_by_the_posts_of_that_day_and_not_of_today(desk: Desk, phone: Phone) -> None:
    desk.place.leader.tenures.update(starts_on=date(2026, 11, 10), ends_on=date(2026, 11, 15))
    days = {"2026-11-09": 400, "2026-11-10": 201, "2026-11-15": 201, "2026-11-16": 400}
    given = {
        day: put(phone, body(desk, held_on=day, obligations=[], duties=[desk.study.key])).status_code for day in days
    }
    assert given == days
