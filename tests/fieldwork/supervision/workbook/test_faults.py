"""Everything that is wrong with a workbook is told in one pass, by sheet, row and column, and nothing is stored."""

from datetime import date
from typing import Any

import pytest

from fieldwork.core.errors import DomainError
from fieldwork.core.models import Event
from fieldwork.directory.models import Division, Leader, Linkage, Organisation, Tenure
from fieldwork.duties.models import Role
from tests import factories as make
from tests.books import book
from tests.fieldwork.supervision.workbook.conftest import Ground

DAY = "2026-01-01"
BODIES = ("编号", "单位名称", "行政区划", "单位类别", "部门类别", "主管行业", "起始日期", "截止日期")
POSTS = ("编号", "单位", "行政区划", "职务", "制度角色", "分管安全生产", "起始日期", "截止日期")
LEADERS = ("编号", "姓名", "录入区划")
TENURES = ("编号", "姓名", "领导编号", "单位", "行政区划", "职务", "主持工作", "起始日期", "截止日期")
LINKS = ("编号", "姓名", "单位", "职务", "联系类别", "联系对象", "配对行业", "起始日期", "截止日期")
SITES = ("场所名称", "统一社会信用代码", "行政区划", "所属行业", "监管部门", "纬度", "经度", "坐标系", "起始日期")


def planted(ground: Ground) -> tuple[dict[str, list[Any]], list[str]]:
    """A workbook with forty faults, and where they are. Row 2 of each sheet is right."""
    Role.objects.create(version=make.rule(ground.city, ["x"]).version, code="town_member", name="成员", article="一")
    town, place = "测试县/测试镇", f"测试县{ground.town.name}"
    sheets: dict[str, list[Any]] = {
        "单位": [
            BODIES,
            ["", "镇政府", town, "政府", "", "", DAY, ""],
            ["", "", town, "政府", "", "", DAY, ""],  # no name
            ["", "甲局", "无此县", "部门", "", "", DAY, ""],  # no such division
            ["", "乙局", town, "衙门", "", "", DAY, ""],  # no such kind
            ["", "丙局", town, "政府", "监管部门", "", DAY, ""],  # no department
            ["", "丁局", town, "部门", "", "炼丹业", DAY, ""],  # no such industry
            ["", "戊局", town, "部门", "", "", "2026-02-30", ""],  # no such day
            ["", "己局", town, "部门", "", "", DAY, "2025-12-31"],  # ends before it begins
            ["", "庚局", "别处县", "部门", "", "", DAY, ""],  # outside
            ["", "镇政府", place, "政府", "", "", DAY, ""],  # stands twice
            ["99999999", "辛局", town, "部门", "", "", DAY, ""],  # no such number
        ],
        "职务": [
            POSTS,
            ["", "镇政府", town, "镇长", "town_member", "是", DAY, "2026-12-31"],
            ["", "镇政府", "", "", "", "", DAY, ""],  # no title
            ["", "无此单位", "", "书记", "", "", DAY, ""],  # no such organisation
            ["", "镇政府", "", "主任", "town_membr", "", DAY, ""],  # no such role
            ["", "镇政府", "", "科长", "", "大概", DAY, ""],  # neither yes nor no
            ["", "镇政府", "", "股长", "", "", "2025-12-31", ""],  # before its organisation
            ["", "镇政府", "", "站长", "", "", "", ""],  # no first day
        ],
        "领导": [
            LEADERS,
            ["", "甲某", ""], ["", "乙某", ""], ["", "丙某", ""],
            ["", "", town],  # no name
            ["", "甲某", ""],  # stands twice
            ["", "丁某", "别处县"],  # outside
            ["", "\u202e戊某", ""],  # turns around
            ["", "己" * 61, ""],  # too long
            ["abc", "庚某", ""],  # no such number
        ],
        "任职": [
            TENURES,
            ["", "甲某", "", "镇政府", "", "镇长", "", DAY, ""],  # outlasts its post
            ["", "乙某", "", "镇政府", "", "镇长", "否", DAY, "2026-12-31"],
            ["", "无名氏", "", "镇政府", "", "镇长", "", DAY, "2026-12-31"],  # no such leader
            ["", "丙某", "", "镇政府", "", "总督", "", DAY, ""],  # no such post
            ["", "丙某", "", "", "", "镇长", "", DAY, ""],  # no organisation
            ["", "丙某", "", "镇政府", "", "镇长", "", "昨天", ""],  # no day
            ["", "甲某", "", "镇政府", "", "镇长", "", "2026-03-01", "2026-04-01"],  # holds it already
            ["", "丙某", "8", "镇政府", "", "镇长", "", DAY, "2026-12-31"],  # no such number
        ],
        "挂点联系": [
            LINKS,
            ["", "乙某", "", "", "行业", "06", "", DAY, ""],
            ["", "乙某", "", "", "行业", "99", "", DAY, ""],  # no such industry
            ["", "乙某", "", "", "朋友", "06", "", DAY, ""],  # no such kind
            ["", "乙某", "", "", "镇", "别处县测试镇", "", DAY, ""],  # outside the area
            ["", "乙某", "", "", "部门", "镇政府", "", DAY, ""],  # of another kind
            ["", "乙某", "", "", "行业", "农业", "", "2025-01-01", ""],  # before its tenure
            ["", "乙某", "", "", "行业", "06", "", "2026-05-01", ""],  # linked already
            ["", "无名氏", "", "", "行业", "06", "", DAY, ""],  # no such leader
        ],
        "单位场所": [
            SITES,
            ["厂一", "", town, "农业", "", 24.1, 113.2, "", DAY],
            ["厂二", "91110000600037341X", town, "", "", "", "", "", DAY],  # no such code
            ["厂三", "", town, "", "", 124.1, 113.2, "", DAY],  # nowhere on earth
            ["厂四", "", town, "", "", "北", 113.2, "", DAY],  # no number
            ["厂五", "", town, "", "无此局", "", "", "", DAY],  # no such organisation
        ],
    }  # fmt: skip
    where = [
        *("单位.3.单位名称", "单位.4.行政区划", "单位.5.单位类别", "单位.6.部门类别", "单位.7.主管行业"),
        *("单位.8.起始日期", "单位.9.截止日期", "单位.10.行政区划", "单位.11.编号", "单位.12.编号"),
        *("职务.3.职务", "职务.4.单位", "职务.5.制度角色", "职务.6.分管安全生产", "职务.7.起始日期", "职务.8.起始日期"),
        *("领导.5.姓名", "领导.6.编号", "领导.7.录入区划", "领导.8.姓名", "领导.9.姓名", "领导.10.编号"),
        *("任职.2.截止日期", "任职.4.姓名", "任职.5.职务", "任职.6.单位", "任职.7.起始日期", "任职.8.起始日期"),
        *(
            "任职.9.领导编号",
            "挂点联系.3.联系对象",
            "挂点联系.4.联系类别",
            "挂点联系.5.联系对象",
            "挂点联系.6.联系对象",
        ),
        *("挂点联系.7.起始日期", "挂点联系.8.联系对象", "挂点联系.9.姓名"),
        *("单位场所.3.统一社会信用代码", "单位场所.4.纬度", "单位场所.5.纬度", "单位场所.6.监管部门"),
    ]
    return sheets, where


def test_forty_planted_faults_are_all_told_in_one_pass(ground: Ground) -> None:
    sheets, where = planted(ground)
    assert len(where) == 40
    found = [place for place, _code in ground.faults(book(sheets))]
    assert found == sorted(where)
    assert not any(model.objects.exists() for model in (Organisation, Leader, Tenure, Linkage, Event))


def test_a_fault_is_told_in_the_readers_language(ground: Ground) -> None:
    with pytest.raises(DomainError) as caught:
        ground.bring(book({"领导": [LEADERS, ["x", "甲某", ""]]}))
    assert caught.value.errors[0].field == "领导.2.编号"


def test_whatever_stands_keeps_its_columns(ground: Ground) -> None:
    body = make.organisation(ground.town, name="镇政府")
    rows = [BODIES, [body.pk, "镇政府", "测试县测试镇", "党委", "", "", "2020-01-02", ""]]
    assert ground.faults(book({"单位": rows})) == [("单位.2.单位类别", "invalid"), ("单位.2.起始日期", "invalid")]


def test_numbers_from_outside_stand_for_nothing(ground: Ground) -> None:
    there = make.organisation(ground.elsewhere)
    rows = [BODIES, [there.pk, there.name, "别处县测试镇", "政府", "", "", "2020-01-01", "2026-01-01"]]
    assert ground.faults(book({"单位": rows})) == [("单位.2.编号", "unknown_reference")]
    there.refresh_from_db()
    assert there.ends_on is None


def test_namesakes_are_told_apart_by_numbers(ground: Ground) -> None:
    post = make.post(make.organisation(ground.town, name="镇政府"))
    one = make.tenure(post, make.leader("张伟")).leader
    make.tenure(post, make.leader("张伟"))
    rows: list[Any] = [TENURES, ["", "张伟", "", "镇政府", "", post.title, "", "2026-05-01", ""]]
    assert ground.faults(book({"任职": rows})) == [("任职.2.姓名", "unknown_reference")]
    other = make.post(post.organisation, role="other")
    rows = [TENURES, ["", "张伟", one.pk, "镇政府", "", other.title, "", "2026-05-01", ""]]
    assert ground.bring(book({"任职": rows})).changed == 1
    new: dict[str, list[Any]] = {
        "领导": [LEADERS, ["新1", "张伟", ""], ["新2", "张伟", ""]],
        "任职": [
            TENURES, ["", "张伟", "新1", "镇政府", "", other.title, "", "2026-05-01", ""],
            ["", "张伟", "新2", "镇政府", "", other.title, "", "2026-05-01", ""],
        ],
    }  # fmt: skip
    assert ground.bring(book(new)).changed == 4
    assert Tenure.objects.filter(post=other).values("leader").distinct().count() == 3


def test_a_name_alone_in_another_body_may_be_a_namesakes(ground: Ground) -> None:
    held = make.post(make.organisation(ground.town, name="镇政府"), title="镇长")
    one = make.tenure(held, make.leader("张伟")).leader
    there = make.post(make.organisation(ground.county, name="县应急局"), title="局长")
    lines: list[Any] = ["", "张伟", "", "县应急局", "", there.title, "", "2026-05-01", ""]
    with pytest.raises(DomainError) as caught:
        ground.bring(book({"领导": [LEADERS, ["", "张伟", ""]], "任职": [TENURES, lines]}))
    (fault,) = caught.value.errors
    assert (fault.field, fault.code) == ("任职.2.姓名", "unknown_reference")
    assert all(word in str(fault.detail) for word in ("镇政府", "镇长", str(one.pk)))
    make.post(held.organisation, title="书记", role="")
    within = ["", "张伟", "", "镇政府", "", "书记", "", "2026-05-01", ""]
    assert ground.bring(book({"任职": [TENURES, within]})).changed == 1
    left = ["", "张伟", "", "镇政府", "", held.title, "", held.tenures.get().starts_on, "2026-04-30"]
    assert ground.bring(book({"任职": [TENURES, left, lines]}), dry_run=True).changed == 2, "who leaves a post moves on"
    known = {"领导": [LEADERS, [one.pk, "张伟", ""]], "任职": [TENURES, lines]}
    assert ground.bring(book(known), dry_run=True).changed == 1
    lines[2] = "新1"
    assert ground.bring(book({"领导": [LEADERS, ["新1", "张伟", ""]], "任职": [TENURES, lines]})).changed == 2
    assert set(there.tenures.values_list("leader__name")) == {("张伟",)}
    assert not there.tenures.filter(leader=one).exists()


def test_nobody_brings_in_the_own_posts(ground: Ground) -> None:
    own = make.tenure(make.post(make.organisation(ground.town, name="镇政府")), make.leader("甲某"))
    ground.office.leader = own.leader
    ground.office.save()
    rows = [TENURES, [own.pk, "甲某", "", "", "", own.post.title, "", "", date(2026, 6, 30)]]
    assert ground.faults(book({"任职": rows})) == [("任职.2.姓名", "not_allowed")]


def test_only_supervisors_and_administrators_bring_in(ground: Ground) -> None:
    data = book({"领导": [LEADERS, ["", "甲某", ""]]})
    for user in (make.user(office="auditor", division=ground.county), make.user(leader=make.leader())):
        with pytest.raises(DomainError) as caught:
            ground.bring(data, user)
        assert caught.value.code == "not_allowed"
    assert Division.objects.exists()
    assert ground.bring(data, make.user(office="administrator")).changed == 1
