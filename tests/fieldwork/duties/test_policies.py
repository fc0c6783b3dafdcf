"""Policies come into force: versions follow one another, each with its roles and rules."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime
from hashlib import sha256

import pytest
from django.db import connection

from fieldwork.core.errors import Code, DomainError
from fieldwork.core.events import SYSTEM
from fieldwork.core.models import Event
from fieldwork.directory.models import Division
from fieldwork.duties.models import Policy, PolicyVersion, Role, Rule, RuleRole
from fieldwork.duties.policies import load_pack, rules_in_force
from tests import factories as make

pytestmark = pytest.mark.django_db

AT = datetime(2026, 11, 21, 2, 0, tzinfo=UTC)
JANUARY, JULY = date(2026, 1, 1), date(2026, 7, 1)
PACK = """\
code: test-city
title: 测试办法
version: "1"
status: draft_for_comment
division: {authority: test, code: "441800"}
zone: Asia/Shanghai
source: 测试
roles:
  - code: county_chief
    name: 县主要负责人
    article: 第一条
    level: county
    quotas:
      - {kinds: [town], count: 1, problem: true, article: 第一条（一）, text: 联系1个问题突出镇。}
  - {code: town_chief, name: 镇主要负责人, article: 第二条, level: town, streets: switch}
rules:
  - code: visit
    duty: inspection
    name: 排查
    subject: leader
    activity: inspection
    cadence: month
    minimum: 1
    partial_period: 10
    roles: [county_chief, town_chief]
    article: 第一条（三）
    article_text: 每月排查。
    assumed: {partial_period: 文件未规定。}
  - code: lead
    duty: led_inspection
    name: 带队检查
    subject: leader
    activity: inspection
    cadence: month
    minimum: 1
    partial_period: 10
    roles: [county_chief]
    article: 第三条
    article_text: 每月带队检查。
"""
SECOND = PACK.replace('version: "1"', 'version: "2"')


@pytest.fixture
def city() -> Division:
    return make.division("测试市", code="441800")


@pytest.fixture
def policy(city: Division) -> Policy:
    return load(PACK).policy


def load(text: str, valid_from: date = JANUARY, valid_to: date | None = None) -> PolicyVersion:
    return load_pack(text, valid_from=valid_from, valid_to=valid_to, by=SYSTEM, at=AT)


def refused(code: Code) -> pytest.RaisesExc[DomainError]:
    return pytest.raises(DomainError, check=lambda error: error.code is code)


def test_loaded_pack_stands_with_all_its_rows(city: Division) -> None:
    version = load(PACK, JANUARY, date(2026, 12, 31))
    assert version.policy.division == city
    assert version.policy.title == "测试办法"
    assert (version.starts_on, version.ends_on) == (JANUARY, date(2026, 12, 31))
    assert (version.text, version.digest) == (PACK, sha256(PACK.encode()).hexdigest())
    assert list(Role.objects.order_by("pk").values_list("code", "streets")) == [
        ("county_chief", "included"),
        ("town_chief", "switch"),
    ]
    assert Role.objects.get(code="county_chief").quotas == [
        {
            "kinds": ["town"],
            "count": 1,
            "problem": True,
            "article": "第一条（一）",
            "text": "联系1个问题突出镇。",
        }
    ]
    assert set(RuleRole.objects.values_list("rule__code", "role", "streets")) == {
        ("visit", "county_chief", True),
        ("visit", "town_chief", False),
        ("lead", "county_chief", True),
    }
    assert Rule.objects.get(code="visit").assumed == {"partial_period": "文件未规定。"}
    event = Event.objects.get()
    assert (event.kind, event.division_path, event.data["since"]) == (
        "policy.loaded",
        city.path,
        "2026-01-01",
    )


def test_same_pack_again_changes_nothing(city: Division) -> None:
    first = load(PACK)
    assert load(PACK) == first
    assert Rule.objects.count() == 2
    assert Event.objects.count() == 1


def test_new_version_ends_the_one_before_on_the_day_before(city: Division) -> None:
    first = load(PACK)
    second = load(SECOND, JULY)
    first.refresh_from_db()
    assert (first.ends_on, second.starts_on, second.ends_on) == (date(2026, 6, 30), JULY, None)
    assert {rule.version for rule in rules_in_force(date(2026, 6, 30))} == {first}
    assert {rule.version for rule in rules_in_force(JULY)} == {second}
    assert not rules_in_force(date(2025, 12, 31))


@pytest.mark.parametrize("valid_to", [None, JULY])
def test_earlier_version_again_changes_nothing_though_its_successor_cut_it_short(
    city: Division, valid_to: date | None
) -> None:
    first = load(PACK, JANUARY, valid_to)
    load(SECOND.replace("测试办法", "测试办法修订"), JULY)
    assert load(PACK, JANUARY, valid_to) == first
    first.refresh_from_db()
    assert first.ends_on == date(2026, 6, 30)
    assert Policy.objects.get().title == "测试办法修订"


def test_version_that_ended_before_its_successor_keeps_its_end(city: Division) -> None:
    first = load(PACK, JANUARY, date(2026, 3, 31))
    load(SECOND, JULY)
    first.refresh_from_db()
    assert first.ends_on == date(2026, 3, 31)
    assert not rules_in_force(date(2026, 4, 1))


@pytest.mark.parametrize("valid_from", [date(2025, 7, 1), JANUARY])
def test_new_version_must_begin_after_the_one_before(city: Division, valid_from: date) -> None:
    load(PACK)
    with refused(Code.INVALID) as error:
        load(SECOND, valid_from)
    assert error.value.errors[0].field == "valid_from"


def test_version_of_other_content_or_days_is_refused(city: Division) -> None:
    load(PACK)
    with refused(Code.ALREADY_EXISTS_DIFFERENTLY):
        load(PACK + "# changed\n")
    with refused(Code.ALREADY_EXISTS_DIFFERENTLY):
        load(PACK, JULY)
    with refused(Code.ALREADY_EXISTS_DIFFERENTLY):
        load(PACK, JANUARY, date(2026, 12, 31))


def test_last_day_before_the_first_is_refused(city: Division) -> None:
    with refused(Code.INVALID):
        load(PACK, JULY, JANUARY)


def test_faulty_pack_is_refused_with_every_fault(city: Division) -> None:
    with refused(Code.INVALID) as error:
        load(PACK.replace("month", "moon").replace("title: 测试办法\n", ""))
    assert [fault.field for fault in error.value.errors] == ["title", "rules[0].cadence", "rules[1].cadence"]
    assert "21" in str(error.value.errors[1].detail)
    assert not Policy.objects.exists()


def test_division_that_does_not_stand_is_refused(city: Division) -> None:
    Division.objects.update(ends_on=date(2026, 1, 31))
    with refused(Code.UNKNOWN_REFERENCE) as error:
        load(PACK)
    assert error.value.errors[0].field == "division.code"
    assert "load_divisions" in str(error.value.errors[0].detail)


def test_policy_cannot_move_to_another_division(city: Division, policy: Policy) -> None:
    make.division("测试二市", code="441900")
    with refused(Code.INVALID):
        load(SECOND.replace("441800", "441900"), JULY)


def test_duty_of_a_policy_that_reaches_the_same_people_is_refused(city: Division, policy: Policy) -> None:
    county = make.division("测试县", city, code="441881")
    other = PACK.replace("test-city", "test-county").replace("441800", county.code)
    with refused(Code.INVALID) as error:
        load(other)
    assert len(error.value.errors) == 2
    assert "inspection" in str(error.value.errors[0].detail)
    load(other.replace("inspection\n    name", "county_inspection\n    name"))


def test_duty_of_a_policy_elsewhere_may_have_the_same_key(city: Division, policy: Policy) -> None:
    make.division("测试二市", code="441900")
    assert load(PACK.replace("test-city", "test-other").replace("441800", "441900")).rules.count() == 2


def county_pack(extends: str = "test-city", code: str = "test-county", division: str = "441881") -> str:
    """A pack of a county that has the city's duties `inspection` and `led_inspection`."""
    text = PACK.replace("code: test-city", f"code: {code}").replace("441800", division)
    return text.replace("source: 测试\n", f"source: 测试\nextends: {extends}\n") if extends else text


def test_pack_that_extends_another_may_use_its_duties(city: Division, policy: Policy) -> None:
    county = make.division("测试县", city, code="441881")
    version = load(county_pack())
    assert version.policy.division == county
    assert load(SECOND, JULY).rules.count() == 2  # nor does the county's pack stop the city's next version


def test_packs_that_extend_one_policy_may_share_its_duties(city: Division, policy: Policy) -> None:
    make.division("测试县", city, code="441881")
    load(county_pack())
    load(county_pack(code="member-unit"))
    with refused(Code.INVALID):
        load(county_pack(extends="", code="stranger"))


@pytest.mark.parametrize(
    ("old", "new"), [("cadence: month", "cadence: quarter"), ("activity: inspection", "activity: meeting")]
)
def test_shared_duties_must_agree(city: Division, policy: Policy, old: str, new: str) -> None:
    make.division("测试县", city, code="441881")
    with refused(Code.INVALID) as error:
        load(county_pack().replace(old, new))
    assert "履行主体、活动、周期或者截止日不同" in str(error.value.errors[0].detail)
    assert [fault.field for fault in error.value.errors] == ["rules", "rules"]


def test_policy_that_is_extended_must_stand_and_reach(city: Division, policy: Policy) -> None:
    make.division("测试二县", make.division("测试二市"), code="441981")
    with refused(Code.UNKNOWN_REFERENCE) as error:
        load(county_pack(extends="nowhere", division="441800"))
    assert error.value.errors[0].field == "extends"
    with refused(Code.INVALID):
        load(county_pack(division="441981"))


@pytest.mark.django_db(transaction=True)
def test_packs_loaded_at_once_stand_once(city: Division) -> None:
    if connection.vendor == "sqlite":
        pytest.skip("SQLite in memory has one connection")

    def load_here(_turn: int) -> int:
        try:
            return load(PACK).pk
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as pool:
        assert len(set(pool.map(load_here, range(4)))) == 1
    assert Event.objects.filter(kind="policy.loaded").count() == 1
