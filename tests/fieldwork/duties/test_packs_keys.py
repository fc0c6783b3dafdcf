"""What packs say beyond leaders and their rules: bodies, pairs, standing duties, consequences, zones."""

from collections.abc import Iterator

import pytest
from django.utils import translation

from fieldwork.duties.packs import PackFaults, PairSpec, Place, ZoneSpec, read_pack
from tests.once import ONCE

pytestmark = ONCE

PACK = """\
code: test-zone
title: 测试办法
version: "1"
status: draft_for_comment
division:
  authority: local
  code: Z1
  name: 测试开发区
  level: county
  parent: {authority: test, code: "990100"}
  takes: [{authority: test, code: "990101001"}, {authority: test, code: "990101002"}]
zone: Asia/Shanghai
source: 测试
extends: test-city
roles:
  - code: chief
    name: 主要负责人
    article: 第一条
    responsibility: {kind: direct, scope: 对辖区负责, article: 第一条, accident_grade_at_least: larger}
  - {code: chair, name: 安委会主任, article: 第一条}
bodies:
  - {code: government, name: 政府, kind: government, level: county}
  - {code: town_government, name: 镇政府, kind: government, level: town, streets: switch}
  - {code: regulator, name: 监管部门, kind: department, department_kind: regulator}
rules:
  - code: plenary
    duty: plenary
    name: 全体会议
    subject: organisation
    activity: meeting
    cadence: quarter
    minimum: 1
    partial_period: 30
    bodies: [government, regulator]
    copies_to: [纪检部门]
    article: 第二条
    article_text: 每季度召开会议。
  - code: letter
    duty: letter
    name: 责任书
    subject: pair
    activity: letter
    cadence: year
    minimum: 1
    partial_period: 120
    due: 03-31
    pairs: [{upper: government, lower: town_government}]
    signed_by: {lower: [chief]}
    article: 第三条
    article_text: 每年初签订责任书。
    assumed: {due: 文件只写每年初。, pairs: 暂定。}
standing:
  - code: patrol
    name: 巡查
    subject: leader
    roles: [chief]
    kinds: [inspection, other]
    article: 第四条
    article_text: 日常巡查。
  - {code: tour, name: 巡查, subject: organisation, bodies: [government], kinds: [tour], article: 第五条, article_text: 巡。}
triggers:
  - code: talk
    draft: interview
    name: 约谈
    article: 第六条
    article_text: 发生较大事故的约谈。
    when: {accident_grade_at_least: larger, levels: [county], count: 2, within_days: 30, person_decides: true, assessed_as: [较差]}
    decided_by: 安委会
    assumed: {within_days: 首末相隔。}
checks:
  - code: chair_check
    kind: also_holds
    name: 兼任主任
    strength: in_principle
    roles: [chief]
    bodies: [government]
    in_roles: [chair]
    article: 第七条
    text: 兼任主任。
  - code: portfolio
    kind: portfolio_held_by
    name: 分管
    strength: must
    roles: [chief]
    bodies: [government]
    article: 第八条
    text: 分管。
indicators:
  - {code: deaths, name: 死亡人数, article: 第九条, text: 死亡人数。}
accident_grades:
  - {code: larger, name: 较大, deaths: 3, injured: 10, loss_yuan: 10000000, article: 第十条}
  - {code: ordinary, name: 一般, deaths: 0, injured: 0, loss_yuan: 0, article: 第十条}
"""  # noqa: E501


@pytest.fixture(autouse=True)
def _in_english() -> Iterator[None]:
    with translation.override("en"):
        yield


def faults(text: str) -> list[tuple[str, str]]:
    with pytest.raises(PackFaults) as bad:
        read_pack(text)
    return [(fault.field, fault.why) for fault in bad.value.faults]


def changed(old: str, new: str) -> str:
    assert PACK.count(old) == 1, old
    return PACK.replace(old, new)


def test_subjects_of_rules_are_bodies_or_pairs() -> None:
    plenary, letter = read_pack(PACK).rules
    assert (plenary.roles, plenary.bodies, plenary.pairs) == ((), ("government", "regulator"), ())
    assert (plenary.due, plenary.details) == ("", {"copies_to": ["纪检部门"]})
    assert (letter.roles, letter.bodies, letter.pairs) == ((), (), (PairSpec("government", "town_government"),))
    assert (letter.due, letter.details) == ("03-31", {"signed_by": {"lower": ["chief"]}})
    assert letter.assumed == {"due": "文件只写每年初。", "pairs": "暂定。"}


def test_bodies_have_kind_level_and_streets() -> None:
    government, town, regulator = read_pack(PACK).bodies
    assert (government.kind, government.level, government.binds_streets) == ("government", "county", True)
    assert (town.level, town.binds_streets) == ("town", False)
    assert (regulator.kind, regulator.department_kind, regulator.level) == ("department", "regulator", "")


def test_standing_duties_have_kinds_and_a_subject() -> None:
    patrol, tour = read_pack(PACK).standing
    assert (patrol.subject, patrol.roles, patrol.bodies, patrol.kinds) == (
        "leader", ("chief",), (), ("inspection", "other"),
    )  # fmt: skip
    assert (tour.subject, tour.bodies, tour.kinds) == ("organisation", ("government",), ("tour",))


def test_consequences_are_carried_with_every_key() -> None:
    pack = read_pack(PACK)
    assert pack.triggers[0]["when"] == {
        "accident_grade_at_least": "larger", "levels": ["county"], "count": 2, "within_days": 30,
        "person_decides": True, "assessed_as": ["较差"],
    }  # fmt: skip
    assert (pack.triggers[0]["decided_by"], pack.triggers[0]["effect"]) == ("安委会", "")
    assert pack.checks == (
        {
            "code": "chair_check", "kind": "also_holds", "name": "兼任主任", "article": "第七条", "text": "兼任主任。",
            "strength": "in_principle", "roles": ["chief"], "bodies": ["government"], "in_roles": ["chair"],
            "assumed": {},
        },
        {
            "code": "portfolio", "kind": "portfolio_held_by", "name": "分管", "article": "第八条", "text": "分管。",
            "strength": "must", "roles": ["chief"], "bodies": ["government"], "in_roles": [], "assumed": {},
        },
    )  # fmt: skip
    assert pack.indicators == ({"code": "deaths", "name": "死亡人数", "article": "第九条", "text": "死亡人数。"},)
    assert [(grade["code"], grade["loss_yuan"]) for grade in pack.accident_grades] == [
        ("larger", 10_000_000), ("ordinary", 0),
    ]  # fmt: skip
    assert pack.roles[0].responsibility == {
        "kind": "direct", "scope": "对辖区负责", "article": "第一条", "accident_grade_at_least": "larger",
    }  # fmt: skip
    assert pack.roles[1].responsibility == {}


def test_zone_is_founded_under_its_parent_with_its_towns() -> None:
    pack = read_pack(PACK)
    assert (pack.place, pack.extends) == (Place("local", "Z1"), "test-city")
    assert pack.founded == ZoneSpec(
        "测试开发区", "county", Place("test", "990100"), (Place("test", "990101001"), Place("test", "990101002"))
    )


@pytest.mark.parametrize(
    ("old", "new", "field", "why"),
    [
        ("subject: pair", "subject: organisation", "rules[1].bodies", "This key is missing"),
        ("bodies: [government, regulator]", "roles: [chief]", "rules[0].bodies", "“subject: organisation” needs it"),
        ("bodies: [government, regulator]", "bodies: [goverment]", "rules[0].bodies[0]", "mean “government”"),
        ("bodies: [government, regulator]", "bodies: [regulator, regulator]", "rules[0].bodies[1]", "here twice"),
        ("upper: government,", "upper: goverment,", "rules[1].pairs[0].upper", "mean “government”"),
        ("{upper: government, lower: town_government}", "{upper: government}", "rules[1].pairs[0].lower", "missing"),
        ("lower: town_government}]", "lower: government}]", "rules[1].pairs[0].lower", "no pair with itself"),
        (
            "pairs: [{upper: government, lower: town_government}]",
            "pairs: [{upper: government, lower: town_government}, {upper: government, lower: town_government}]",
            "rules[1].pairs[1]",
            "stands here twice",
        ),
        ("due: 03-31", "due: 02-29", "rules[1].due", "no day of every year"),
        ("due: 03-31", "due: 3-31", "rules[1].due", "no day of every year"),
        ("due: 03-31", "due: W11-1", "rules[1].due", "no day of every year"),
        ("copies_to: [纪检部门]", "due: 03-31", "rules[0].due", "Only a rule with “cadence: year”"),
        ("copies_to: [纪检部门]", "signed_by: {lower: [chief]}", "rules[0].signed_by", "Only a rule with “subject"),
        ("signed_by: {lower: [chief]}", "signed_by: {lower: [cheif]}", "rules[1].signed_by.lower[0]", "mean “chief”"),
        ("level: town, streets", "level: county, streets", "bodies[1].streets", "Only a body with “level: town”"),
        ("kind: department, dep", "kind: government, dep", "bodies[2].department_kind", "Only a body with"),
        ("department_kind: regulator", "department_kind: regulators", "bodies[2].department_kind", "mean “regulator”"),
        ("code: patrol", "code: letter", "standing[0].code", "is the code of rules[1] in line 38 already"),
        ("roles: [chief]\n    kinds", "kinds", "standing[0].roles", "“subject: leader” needs it"),
        ("subject: organisation, bodies", "subject: leader, bodies", "standing[1].roles", "needs it"),
        ("kinds: [tour]", "kinds: [touring]", "standing[1].kinds[0]", "mean “tour”"),
        ("kinds: [tour]", "kinds: []", "standing[1].kinds", "must not be empty"),
        ("draft: interview", "draft: talk", "triggers[0].draft", "is none of"),
        ("within_days: 30,", "within_day: 30,", "triggers[0].when.within_day", "mean “within_days”"),
        ("count: 2", "count: two", "triggers[0].when.count", "a whole number"),
        ("levels: [county]", "levels: [village]", "triggers[0].when.levels[0]", "is none of"),
        ("person_decides: true", "person_decides: yes", "triggers[0].when.person_decides", "true or false"),
        ("{accident_grade_at_least: larger,", "{accident_grade_at_least: large,", "triggers[0].when.accident_grade_at_least", "mean “larger”"),  # noqa: E501
        ("article: 第一条, accident_grade_at_least: larger", "article: 第一条, accident_grade_at_least: big", "roles[0].responsibility.accident_grade_at_least", "not known"),  # noqa: E501
        ("kind: direct", "kind: indirect", "roles[0].responsibility.kind", "mean “direct”"),
        ("kind: portfolio_held_by", "kind: portfolio_held_by\n    in_roles: [chair]", "checks[1].in_roles", "Only"),
        ("in_roles: [chair]", "in_roles: [chairs]", "checks[0].in_roles[0]", "mean “chair”"),
        ("strength: must", "strength: should", "checks[1].strength", "is none of"),
        ("code: portfolio\n", "code: chair_check\n", "checks[1].code", "already"),
        ("deaths: 0", "deaths: 3", "accident_grades[1].deaths", "gravest stands first"),
        ("  name: 测试开发区\n", "", "division.name", "a zone needs it"),
        ("level: county\n  parent", "level: district\n  parent", "division.level", "is none of"),
        ('parent: {authority: test, code: "990100"}', "parent: {authority: test}", "division.parent.code", "missing"),
        ('code: "990101002"', 'code: "990101001"', "division.takes[1]", "stands here twice"),
        ("extends: test-city", "extends: test-zone", "extends", "cannot add to itself"),
    ],
)  # fmt: skip
def test_wrong_value_is_refused(old: str, new: str, field: str, why: str) -> None:
    found = faults(changed(old, new))
    assert (field, True) in [(place, why in told) for place, told in found]


@pytest.mark.parametrize("key", ["roles: [chief]", "pairs: [{upper: government, lower: town_government}]"])
def test_rule_says_only_whom_its_subject_means(key: str) -> None:
    text = changed("    bodies: [government, regulator]\n", f"    bodies: [government, regulator]\n    {key}\n")
    assert faults(text) == [
        (f"rules[0].{key.partition(':')[0]}", "“subject: organisation” has “bodies” and not this."),
    ]


def test_empty_condition_is_refused() -> None:
    start = PACK.index("    when: ")
    text = PACK[:start] + "    when: {}\n" + PACK[PACK.index("    decided_by") :]
    assert ("triggers[0].when", "This must not be empty.") in faults(text)


def test_fault_of_a_body_has_its_line_and_column() -> None:
    with pytest.raises(PackFaults) as bad:
        read_pack(changed("kind: department,", "kind: departement,"))
    (fault,) = bad.value.faults
    assert (fault.line, fault.column, fault.field) == (24, 41, "bodies[2].kind")


def test_rules_of_one_duty_agree_in_their_due_day() -> None:
    start, end = PACK.index("  - code: letter"), PACK.index("standing:")
    second = PACK[start:end].replace("code: letter", "code: letter_too").replace("    due: 03-31\n", "")
    assert [
        field for field, _why in faults(PACK[:end] + second.replace("{due: 文件只写每年初。, ", "{") + PACK[end:])
    ] == ["rules[2].due"]
