"""A clerk's workbook comes in whole, or not at all; what went out comes back without a change."""

from datetime import date, datetime
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from fieldwork.core.geo import Position
from fieldwork.core.models import Event
from fieldwork.directory.actions import (
    appoint,
    create_leader,
    create_organisation,
    create_post,
    create_site,
    link,
)
from fieldwork.directory.dated import end
from fieldwork.directory.models import Leader, Linkage, Organisation, Post, Site, Tenure, User
from fieldwork.directory.renaming import rename
from fieldwork.duties.models import Change, Opening
from fieldwork.duties.schedule import note_changes
from fieldwork.supervision.ledger.facts import check_facts
from fieldwork.supervision.workbook.importing import Result, import_workbook
from fieldwork.supervision.workbook.sheets import SHEETS
from tests.books import BODIES, LEADERS, LINKS, POSTS, TENURES, book
from tests.feed import wait_for_the_feed
from tests.fieldwork.supervision.workbook.conftest import BEGAN, NOON, Ground

pytestmark = pytest.mark.django_db


def bring(data: bytes, by: User, **more: Any) -> Result:
    return import_workbook(data, by=by, at=NOON, **more)


def small(ground: Ground) -> dict[str, list[Any]]:
    return {
        "挂点联系": [
            LINKS,
            ["张　三", "测试镇政府", "行业", 6, "", "2026年2月1日", None],
            ["张三", "测试镇政府", "部门", "测试镇应急办", "煤炭业", "2026/2/1", None],
        ],
        "单位": [
            BODIES,
            ["测试镇政府", "测试县测试镇", "政府", None, "２０２６－０１－０１", None],
            [None, None, None, None, None, None],
            ["测试镇应急办", ground.town.code, " 部门 ", "监管部门", datetime(2026, 1, 1), None],  # noqa: DTZ001 - as spreadsheets have it
        ],
        "职务": [POSTS, ["测试镇政府", "测试镇", "镇长", "", 46023, None]],
        "领导": [LEADERS, ["", "张三", ""]],
        "任职": [TENURES, ["张三", "", "测试镇政府", "", "镇长", "否", 20260101, "2026.12.31"]],
    }


def test_a_clerks_workbook_begins_what_it_names(ground: Ground) -> None:
    result = bring(book(small(ground)), ground.office)
    assert {sheet.sheet: sheet.begins for sheet in result.sheets} == {
        "单位": 2, "职务": 1, "领导": 1, "任职": 1, "挂点联系": 2,
    }  # fmt: skip
    tenure = Tenure.objects.get()
    assert (tenure.leader.name, tenure.post.title, tenure.starts_on) == ("张三", "镇长", BEGAN)
    industry, department = Linkage.objects.order_by("pk")
    assert (industry.industry, department.paired_with) == (ground.mining, industry)
    assert industry.ends_on == date(2026, 12, 31), "a link without a last day runs as long as its tenure"
    assert Leader.objects.get().division == ground.county
    assert list(check_facts()) == []
    told = list(Event.objects.order_by("pk").values_list("kind", flat=True))
    assert told == [
        "organisation.begun", "organisation.begun", "post.begun", "leader.created", "tenure.begun", "linkage.begun",
        "linkage.begun", "import.done",
    ]  # fmt: skip
    assert Event.objects.get(kind="tenure.begun").division_path == ground.town.path
    assert Event.objects.get(kind="import.done").data["sha256"] == result.sha256


def test_the_same_workbook_again_changes_nothing(ground: Ground) -> None:
    data = book(small(ground))
    bring(data, ground.office)
    told = Event.objects.count()
    again = bring(data, ground.office)
    assert (again.changed, Event.objects.count()) == (0, told)
    assert [sheet.unchanged for sheet in again.sheets] == [2, 1, 1, 1, 2]


def test_a_dry_run_shows_and_stores_nothing(ground: Ground) -> None:
    result = bring(book(small(ground)), ground.office, dry_run=True)
    assert result.changed == 7
    assert (Organisation.objects.count(), Leader.objects.count(), Event.objects.count()) == (0, 0, 0)
    assert result.sheets[3].differences[0].name == "张三 · 测试镇政府 · 镇长"


@pytest.mark.django_db(transaction=True)  # PostgreSQL feeds what is committed
def test_whoever_reads_the_feed_looks_again_at_whom_the_workbook_touched(ground: Ground) -> None:
    Opening.objects.create(period="2026-11", ends_on=date(2026, 11, 30), opened_at=NOON, reconciled_at=NOON)
    note_changes(NOON)
    bring(book(small(ground)), ground.office)
    wait_for_the_feed()
    note_changes(NOON)
    assert Change.objects.filter(leader=Leader.objects.get(), since=BEGAN).exists()


def test_an_import_asks_the_database_as_often_for_five_as_for_fifty(ground: Ground) -> None:
    bring(book(small(ground)), ground.office)

    def queries(first: int, many: int) -> int:
        people = [f"测试员{n}" for n in range(first, first + many)]
        sheets: dict[str, list[Any]] = {
            "领导": [LEADERS, *(["", name, ""] for name in people)],
            "任职": [TENURES, *([name, "", "测试镇政府", "", "镇长", "", BEGAN, None] for name in people)],
            "挂点联系": [LINKS, *([name, "", "行业", "06", "", BEGAN, None] for name in people)],
        }
        with CaptureQueriesContext(connection) as asked:
            assert bring(book(sheets), ground.office).changed == 3 * many
        return len(asked)

    assert queries(0, 5) == queries(100, 50) < 40


def lived_in(ground: Ground) -> None:
    """What single actions made over the years, with namesakes and names that spreadsheets take for something else."""
    told: dict[str, Any] = {"by": ground.office, "at": NOON}
    bodies = [
        create_organisation(name=name, kind=kind, division=place, starts_on=BEGAN, **told)
        for name, kind, place in [
            ("=1+1局", "government", ground.town), ("+测试局", "department", ground.town),
            ("测试局", "department", ground.county), ("测试局", "department", ground.county),
            ("'局（一）", "party_committee", ground.county), ("001", "mass_organisation", ground.county),
        ]
    ]  # fmt: skip
    posts = [
        create_post(organisation=body, title=title, starts_on=BEGAN, **told)
        for body in bodies
        for title in ("@局长", "副  局长", "副局长")
    ]
    leaders = [
        create_leader(name=name, division=ground.county, **told)
        for name in ("张伟", "张 伟", "欧阳", "-1", "李_x0041_")
    ]
    tenures = [
        appoint(leader=leader, post=post, starts_on=BEGAN, **told)
        for leader, post in zip(leaders * 3, posts, strict=False)
    ]
    for tenure in tenures:
        one = link(tenure=tenure, kind="industry", target=ground.mining, starts_on=BEGAN, **told)
        body = tenure.post.organisation
        if body.division == ground.county:
            link(tenure=tenure, kind="town", target=ground.town, starts_on=date(2026, 5, 1), **told)
            link(tenure=tenure, kind="department", target=bodies[2], starts_on=BEGAN, paired_with=one, **told)
    end(tenures[0], ends_on=date(2026, 6, 30), **told)
    appoint(leader=leaders[0], post=posts[0], starts_on=date(2026, 8, 1), acting=True, **told)
    create_site(
        name="厂", division=ground.town, starts_on=date(1850, 1, 1), regulator=bodies[2], industry=ground.farming,
        position=Position(24.123456789012345, 113.98765432109876), address="路\n1号", uscc="91110000600037341L", **told,
    )  # fmt: skip


@pytest.mark.parametrize("shape", ["xlsx", "csv"])
def test_what_went_out_comes_back_without_a_change(ground: Ground, shape: str) -> None:
    lived_in(ground)
    data = ground.exported(shape)
    told, rows = Event.objects.count(), list(Linkage.objects.values_list())
    result = bring(data, ground.office, dry_run=True)
    for dry_run in (True, False):
        result = bring(data, ground.office, dry_run=dry_run)
        assert result.changed == 0, [sheet.differences for sheet in result.sheets]
        assert (result.ignored, Event.objects.count(), list(Linkage.objects.values_list())) == ([], told, rows)
    counted = {sheet.sheet: sheet.unchanged for sheet in result.sheets}
    models: tuple[Any, ...] = (Organisation, Post, Leader, Tenure, Linkage, Site)
    assert counted == {sheet.name: model.objects.count() for sheet, model in zip(SHEETS, models, strict=True)}


def test_one_csv_file_comes_back_without_a_change(ground: Ground) -> None:
    lived_in(ground)
    for sheet in SHEETS:
        (result,) = bring(ground.exported("csv", sheet=sheet), ground.office).sheets
        assert (result.sheet, result.begins + result.ends + result.changes) == (sheet.name, 0)
        assert result.unchanged > 0


def test_a_list_older_than_a_bodys_new_name_means_that_body(ground: Ground) -> None:
    bring(book(small(ground)), ground.office)
    station = Organisation.objects.get(name="测试镇应急办")
    rename(station, name="测试镇应急所", on=date(2026, 6, 1), reason="机构改革", by=ground.office, at=NOON)
    assert bring(book(small(ground)), ground.office, dry_run=True).changed == 0
    renamed = small(ground)
    renamed["单位"][3][0] = renamed["挂点联系"][2][3] = "测试镇应急所"
    assert bring(book(renamed), ground.office, dry_run=True).changed == 0


def test_storing_pairs_compares_no_row_with_every_other(ground: Ground, monkeypatch: pytest.MonkeyPatch) -> None:
    """5,000 links, half of them paired, would be compared millions of times, while everybody else waits."""
    bring(book(small(ground)), ground.office)
    compared: list[object] = []
    equal = Linkage.__eq__

    def counted(row: Linkage, other: object) -> bool:
        compared.append(row)
        return bool(equal(row, other))

    monkeypatch.setattr(Linkage, "__eq__", counted)

    def comparisons(first: int, many: int) -> int:
        people = [f"测试员{n}" for n in range(first, first + many)]
        links = [[name, "测试镇政府", "行业", "06", "", BEGAN, None] for name in people]
        links += [[name, "测试镇政府", "部门", "测试镇应急办", "06", BEGAN, None] for name in people]
        sheets: dict[str, list[Any]] = {
            "领导": [LEADERS, *(["", name, ""] for name in people)],
            "任职": [TENURES, *([name, "", "测试镇政府", "", "镇长", "", BEGAN, None] for name in people)],
            "挂点联系": [LINKS, *links],
        }
        compared.clear()
        assert bring(book(sheets), ground.office).changed == 4 * many
        return len(compared)

    assert comparisons(100, 40) <= 4 * comparisons(0, 10) + 40
