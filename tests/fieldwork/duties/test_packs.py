"""Reading and checking policy packs: the text, and the keys of roles and rules."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.conf import settings
from django.utils import translation

from fieldwork.duties.packs import PackFaults, Place, decode, read_pack
from fieldwork.duties.packs.reading import LIMIT_BYTES
from tests.once import ONCE

pytestmark = ONCE

POLICIES = Path(settings.BASE_DIR) / "fieldwork" / "policies"
PACK = """\
code: test-city
title: 测试办法
version: "1"
status: draft_for_comment
division: {authority: test, code: 007}
zone: Asia/Shanghai
source: 测试
roles:
  - code: county_chief
    name: 县主要负责人
    article: 第一条
    level: county
    quotas:
      - {kinds: [town], count: 1, problem: true, article: 第一条（一）, text: 联系1个问题突出镇。}
      - {kinds: [industry, department], count: 1, article: 第一条（二）, text: 联系1个行业及部门。}
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
"""
SECOND_RULE = PACK[PACK.index("  - code: visit") :].replace("code: visit", "code: visit_too")


EXCEPTING = PACK.replace("roles: [county_chief, town_chief]", "roles: [county_chief]\n    except_roles: [town_chief]")


@pytest.fixture(autouse=True)
def _in_english() -> Iterator[None]:
    with translation.override("en"):
        yield


def faults(text: str) -> list[tuple[str, str]]:
    with pytest.raises(PackFaults) as bad:
        read_pack(text)
    return [(fault.field, fault.why) for fault in bad.value.faults]


def only_fault(text: str) -> tuple[int, int, str, str]:
    with pytest.raises(PackFaults) as bad:
        read_pack(text)
    (fault,) = bad.value.faults
    return fault.line, fault.column, fault.field, fault.why


def changed(old: str, new: str) -> str:
    assert PACK.count(old) == 1
    return PACK.replace(old, new)


def test_pack_holds_what_the_text_says() -> None:
    pack = read_pack(PACK)
    county, town = pack.roles
    (rule,) = pack.rules
    assert (pack.code, pack.version, pack.place, pack.founded) == ("test-city", "1", Place("test", "007"), None)
    assert county.quotas[0].as_json() == {
        "kinds": ["town"],
        "count": 1,
        "problem": True,
        "article": "第一条（一）",
        "text": "联系1个问题突出镇。",
    }
    assert county.quotas[1].kinds == ("industry", "department")
    assert not county.quotas[1].problem
    assert county.binds_streets
    assert not town.binds_streets
    assert (rule.minimum, rule.partial_period, rule.roles) == (1, 10, ("county_chief", "town_chief"))
    assert rule.assumed == {"partial_period": "文件未规定。"}


def test_fault_tells_line_column_path_and_why() -> None:
    assert only_fault(changed("cadence: month", "cadence: monthly")) == (
        23,
        14,
        "rules[0].cadence",
        "“monthly” is none of: month, quarter, half_year, year. Did you mean “month”?",
    )


def test_all_faults_are_told_at_once_in_the_order_of_the_text() -> None:
    text = PACK.replace("minimum: 1", "minimum: 0").replace("title: 测试办法\n", "").replace("leader", "leaders")
    assert [field for field, _why in faults(text)] == ["title", "rules[0].subject", "rules[0].minimum"]


@pytest.mark.parametrize(
    ("old", "new", "field", "why"),
    [
        ("version: ", "title: 又一次\nversion: ", "title", "This key stands here twice, first in line 2."),
        ("article_text: 每月排查。", "article_text:", "rules[0].article_text", "This must not be empty."),
        ("article_text: 每月排查。", 'article_text: " "', "rules[0].article_text", "This must not be empty."),
        ("title: 测试办法", "title: [测试]", "title", "This must be text."),
        ("minimum: 1", "minimum: 0", "rules[0].minimum", "a whole number from 1"),
        ("minimum: 1", 'minimum: "1"', "rules[0].minimum", "without quotes"),
        ("minimum: 1", "minimum: 1e3", "rules[0].minimum", "a whole number"),
        ("partial_period: 10", "partial_period: 29", "rules[0].partial_period", "from 1 to 28"),
        ("problem: true", "problem: yes", "roles[0].quotas[0].problem", "true or false"),
        ("kinds: [town]", "kinds: [county]", "roles[0].quotas[0].problem", "Only a quota with"),
        ("kinds: [town]", "kinds: []", "roles[0].quotas[0].kinds", "This must not be empty."),
        ("level: county", "streets: switch", "roles[0].streets", "level: town"),
        (
            "roles: [county_chief,",
            "roles: [county_cheif,",
            "rules[0].roles[0]",
            "Did you mean “county_chief”?",
        ),
        ("roles: [county_chief,", "roles: [mayor,", "rules[0].roles[0]", "It knows county_chief, town_chief."),
        (
            "code: 007",
            "code: 007, name: 甲, level: city",
            "division.parent",
            "what a list has goes without name, level, parent",
        ),
        ("roles: [county_chief,", "roles: [town_chief,", "rules[0].roles[1]", "stands here twice"),
        ("code: visit", "code: Visit one", "rules[0].code", "small letters"),
        ("{partial_period: 文件", "{code: 文件", "rules[0].assumed.code", "There is no such key."),
        ("source: 测试", "source: 测试\nextends: test-city", "extends", "cannot add to itself"),
        ("zone: Asia/Shanghai", "zone: Asia/Urumqi", "zone", "none of: Asia/Shanghai"),
        ("source: 测试", 'source: "a\\0b"', "source", "U+0000"),
        ("source: 测试", 'source: "\\ud800"', "source", "U+D800"),
        ("source: 测试", "source: !!python/name:os.system x", "source", "Tags (!) are not allowed"),
        ("source: 测试", f"source: {'长' * 10_001}", "source", "This has 10001 characters"),
    ],
)
def test_wrong_value_is_refused(old: str, new: str, field: str, why: str) -> None:
    assert [(found, why in told) for found, told in faults(changed(old, new))] == [(field, True)]


def test_misspelt_key_is_refused_with_the_one_that_was_meant() -> None:
    assert faults(changed("cadence: month", "cadense: month")) == [
        ("rules[0].cadence", "This key is missing."),
        ("rules[0].cadense", "There is no such key. Did you mean “cadence”?"),
    ]


def test_code_of_two_roles_or_rules_is_refused() -> None:
    twice = PACK.replace("{code: town_chief", "{code: county_chief").replace(", town_chief]", "]")
    assert faults(twice) == [("roles[1].code", "“county_chief” is the code of roles[0] in line 9 already.")]
    assert faults(PACK + SECOND_RULE.replace("visit_too", "visit")) == [
        ("rules[1].code", "“visit” is the code of rules[0] in line 18 already.")
    ]


@pytest.mark.parametrize("key", ["division", "roles", "rules"])
def test_nothing_in_place_of_a_section_is_refused(key: str) -> None:
    text = re.sub(rf"^{key}:.*\n(?:[ ].*\n)*", f"{key}:\n", PACK, flags=re.MULTILINE)
    assert key in [field for field, _why in faults(text)]


@pytest.mark.parametrize("word", ["no", "2026-01-01", "1e3", "0x1F", "12:30:00", ".inf", "off"])
def test_plain_word_stays_text(word: str) -> None:
    assert read_pack(changed("title: 测试办法", f"title: {word}")).title == word


@pytest.mark.parametrize(("key", "value"), [("activity", "meeting"), ("cadence", "quarter")])
def test_rules_of_one_duty_must_agree(key: str, value: str) -> None:
    text = PACK + re.sub(rf"{key}: \w+", f"{key}: {value}", SECOND_RULE)
    assert [(field, "Rules of the duty “inspection” must agree" in why) for field, why in faults(text)] == [
        (f"rules[1].{key}", True)
    ]


def test_rules_of_one_duty_may_differ_in_minimum() -> None:
    assert len(read_pack(PACK + SECOND_RULE.replace("minimum: 1", "minimum: 2")).rules) == 2


def test_broken_yaml_is_refused_where_it_breaks() -> None:
    line, column, field, why = only_fault(changed("title: 测试办法", "title: 测试: 办法"))
    assert (line, column, field) == (2, 10, "")
    assert "mapping values are not allowed here" in why


@pytest.mark.parametrize(
    "text", ["", "# nothing\n", "word", "- a", f"{PACK}---\n{PACK}", "code: \tx: y", "a: 'b", "[" * 100_000]
)
def test_text_that_is_no_pack_is_refused(text: str) -> None:
    assert faults(text)


def test_aliases_are_refused_and_do_not_multiply() -> None:
    bomb = "a0: &a0 [x, x]\n" + "".join(f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]\n" for n in range(1, 40))
    assert "a0" in [field for field, _why in faults(bomb)]
    assert only_fault(changed("name: 排查", "name: &n 排查").replace("article_text: 每月排查。", "article_text: *n"))[
        2:
    ] == ("rules[0].article_text", "Aliases (*) are not allowed; write the value out.")


def test_control_characters_are_told_with_their_place() -> None:
    assert only_fault(changed("version", "\0version"))[:3] == (3, 1, "")


def test_bytes_that_are_no_utf8_are_told_with_their_place() -> None:
    with pytest.raises(PackFaults) as bad:
        decode("code: x\ntitle: 测试".encode("gb18030"))
    (fault,) = bad.value.faults
    assert (fault.line, fault.column) == (2, 8)
    assert "UTF-8" in fault.why


def test_files_beyond_the_limit_are_refused() -> None:
    assert decode(b"x" * LIMIT_BYTES)
    with pytest.raises(PackFaults, match="may have at most"):
        decode(b"x" * (LIMIT_BYTES + 1))
    with pytest.raises(PackFaults, match="may have at most"):
        read_pack("字" * (LIMIT_BYTES // 3 + 1))


def test_byte_order_mark_and_windows_line_ends_are_taken() -> None:
    assert read_pack(decode(b"\xef\xbb\xbf" + PACK.replace("\n", "\r\n").encode())).code == "test-city"


def test_examples_of_the_readme_are_valid_packs() -> None:
    example, zone = re.findall(r"```yaml\n(.*?)```", (POLICIES / "README.md").read_text("utf-8"), re.DOTALL)
    assert [rule.subject for rule in read_pack(example).rules] == ["leader", "organisation", "pair"]
    founding = re.sub(r"division:\n(?: .*\n)*", zone, example)
    assert read_pack(founding).place == Place("local", "EXAMPLE1")


def test_rule_has_roles_whose_holders_it_spares() -> None:
    (rule,) = read_pack(EXCEPTING).rules
    assert (rule.roles, rule.except_roles) == (("county_chief",), ("town_chief",))
    assert rule.details == {"except_roles": ["town_chief"]}
    (plain,) = read_pack(PACK).rules
    assert (plain.except_roles, plain.details) == ((), {})


@pytest.mark.parametrize(
    ("old", "new", "field", "why"),
    [
        ("except_roles: [town_chief]", "except_roles: [twon_chief]", "rules[0].except_roles[0]", "mean “town_chief”"),
        ("except_roles: [town_chief]", "except_roles: []", "rules[0].except_roles", "must not be empty"),
        (
            "except_roles: [town_chief]", "except_roles: [town_chief, county_chief]", "rules[0].except_roles[1]",
            "“county_chief” cannot be bound and spared by one rule.",
        ),
        ("subject: leader", "subject: organisation", "rules[0].except_roles", "Only a rule with “subject: leader”"),
    ],
)  # fmt: skip
def test_roles_spared_are_others_of_the_pack_and_of_leaders(old: str, new: str, field: str, why: str) -> None:
    assert EXCEPTING.count(old) == 1
    assert (field, True) in [(place, why in told) for place, told in faults(EXCEPTING.replace(old, new))]
