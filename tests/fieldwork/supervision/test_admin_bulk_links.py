"""Many links at once at the office's pages: shown, then stored as shown; chosen in lists, typed, or pasted."""

from datetime import date
from typing import Any

import pytest

from fieldwork.core.errors import TITLES, Code
from fieldwork.core.models import Event
from fieldwork.directory.models import Division, Linkage, Tenure
from fieldwork.duties.models import Role
from tests import factories as make
from tests.fieldwork.supervision.clerk import DAY, Clerk, errors
from tests.place import Place

pytestmark = pytest.mark.usefixtures("noon")

PAGE = "bulk_links"
SPRING = {"starts_on": "2027-03-01", "lines": "", "try": "1"}


@pytest.fixture
def clerk(place: Place) -> Clerk:
    return Clerk.of(place)


@pytest.fixture
def second(place: Place) -> Division:
    return make.division("测试二镇", place.county)


def told(answer: Any) -> Any:
    assert answer.status_code == 200, answer.status_code
    return answer.context_data


def store(clerk: Clerk, answer: Any, **fields: Any) -> Any:
    """Press the button of the page that was shown."""
    sent = {name: value for name, value in fields.items() if name != "try"}
    return clerk.send(PAGE, **sent, tried=told(answer)["tried"], do="1")


def test_pasted_list_is_shown_first_and_then_stored(place: Place, clerk: Clerk, second: Division) -> None:
    bureau = make.organisation(place.county, "department", name="应急管理局")
    industry = make.industry(name="危险化学品")
    asked = {**SPRING, "lines": "测试·书记\t\t测试二镇\t危险化学品\t应急管理局\n"}
    before = Linkage.objects.count(), Event.objects.count()
    shown = clerk.send(PAGE, **asked)
    assert (Linkage.objects.count(), Event.objects.count()) == before
    assert (told(shown)["begun"], told(shown)["ended"], told(shown)["unchanged"]) == (3, 0, 0)
    assert "测试二镇" in shown.content.decode().partition('id="changes"')[2].partition("</table>")[0]

    answer = store(clerk, shown, **asked)
    assert answer.status_code == 302
    new = {row.target: row for row in Linkage.objects.filter(starts_on=date(2027, 3, 1))}
    assert set(new) == {second, industry, bureau}
    assert new[bureau].paired_with == new[industry]
    assert Event.objects.filter(kind="linkages.changed").count() == 1
    page = clerk.get(answer.headers["Location"]).content.decode()
    assert "新增挂点3项" in page


def test_what_differs_from_what_was_shown_is_shown_again(place: Place, clerk: Clerk, second: Division) -> None:
    asked = {**SPRING, "lines": "测试·书记,,测试二镇"}
    shown = clerk.send(PAGE, **asked)
    before = Linkage.objects.count()
    again = store(clerk, shown, **{**asked, "starts_on": "2027-03-02"})
    assert told(again)["problem"]
    assert Linkage.objects.count() == before
    unseen = clerk.send(PAGE, **{**asked, "do": "1"})
    assert told(unseen)["begun"] == 1
    assert Linkage.objects.count() == before
    assert store(clerk, again, **{**asked, "starts_on": "2027-03-02"}).status_code == 302


def test_links_chosen_in_their_list_get_one_last_day_or_none(place: Place, clerk: Clerk, second: Division) -> None:
    rows = [place.tenure.linkages.get(), make.linkage(place.tenure, second)]
    ids = [row.pk for row in rows]
    chosen = clerk.send("directory_linkage_changelist", action="end_together", _selected_action=ids)
    assert "?" not in chosen.headers["Location"]
    page = told(clerk.get(chosen.headers["Location"]))
    assert [row.pk for row in page["linkages"]] == ids
    asked = {"linkages": page["form"]["linkages"].value(), "last_day": "2026-12-31", "try": "1"}
    shown = clerk.send(PAGE, **asked)
    assert told(shown)["ended"] == 2
    assert store(clerk, shown, **asked).status_code == 302
    assert set(Linkage.objects.filter(pk__in=ids).values_list("ends_on", flat=True)) == {date(2026, 12, 31)}
    assert told(clerk.page(PAGE))["linkages"] == []

    for wrong in ({}, {"last_day": "2026-12-31", "no_end": "on"}):
        assert set(errors(clerk.send(PAGE, linkages=asked["linkages"], **wrong))) == {"last_day"}
    reopened = {"linkages": asked["linkages"], "no_end": "on"}
    assert store(clerk, clerk.send(PAGE, **reopened), **reopened).status_code == 302
    assert set(Linkage.objects.filter(pk__in=ids).values_list("ends_on", flat=True)) == {None}


def test_leaders_chosen_in_their_list_are_linked_each_and_all(place: Place, clerk: Clerk, second: Division) -> None:
    other = make.tenure(place.tenure.post, make.leader("测试·副书记"))
    ids = [place.tenure.pk, other.pk]
    chosen = clerk.send("directory_tenure_changelist", action="link_together", _selected_action=ids)
    page = told(clerk.get(chosen.headers["Location"]))
    assert [tenure.pk for tenure, _typed in page["rows"]] == ids
    assert page["offers"]["place"] == ["测试县", "测试镇", "测试二镇"]
    make.industry(name="危险化学品")
    typed = {"industry-0": "危险化学品", f"place-{other.pk}": "测试镇、测试二镇", f"place-{place.tenure.pk}": ""}
    asked = {**SPRING, "tenures": page["form"]["tenures"].value(), **typed}
    shown = clerk.send(PAGE, **asked)
    assert told(shown)["begun"] == 4
    assert 'value="测试镇、测试二镇"' in shown.content.decode()
    assert store(clerk, shown, **asked).status_code == 302
    assert Tenure.objects.get(pk=other.pk).linkages.count() == 3


def test_every_fault_stands_with_its_line_and_column_and_nothing_is_stored(
    place: Place, clerk: Clerk, second: Division
) -> None:
    lines = "\n".join(
        ["测试·书记\t\t没有的镇", "查无此人\t\t测试二镇", "测试·书记\t\t测试二镇\t\t\t2019-01-01", "测试·书记"]
    )
    before = Linkage.objects.count()
    answer = told(clerk.send(PAGE, **{**SPRING, "lines": lines}))
    places = [(str(where).partition("：")[0], str(column)) for where, column, _detail in answer["faults"]]
    assert places == [("第1行", "县、镇"), ("第2行", "姓名"), ("第4行", "县、镇"), ("第3行", "起始日期")]
    assert "tried" not in answer
    assert Linkage.objects.count() == before
    assert told(clerk.send(PAGE, **{**SPRING, "lines": "测试·书记,,测试县"}))["faults"][0][1] == "县、镇"


def test_quotas_that_stay_unmet_and_links_that_double_are_shown(place: Place, clerk: Clerk) -> None:
    version = make.rule(place.city, []).version
    quota = {"kinds": ["industry", "department"], "count": 1, "article": "第五条（七）", "text": "联系1个行业及部门"}
    Role.objects.create(version=version, code="county_party_chief", name="县委书记", article="五", quotas=[quota])
    make.tenure(make.post(make.organisation(place.county), "county_government_chief"), make.leader("测试·县长"))
    lines = "测试·县长\t\t测试镇\n测试·书记\t\t测试镇"
    page = told(clerk.send(PAGE, **{**SPRING, "lines": lines}))
    assert page["unchanged"] == 1
    assert [row[1] for row in page["doubled"]] == ["测试镇"]
    make.industry(name="危险化学品")
    page = told(clerk.send(PAGE, **{**SPRING, "lines": f"{lines}\t危险化学品"}))
    assert [row[0] for row in page["quotas"]] == ["测试·书记"]


def test_own_links_are_nobodys_to_change(place: Place) -> None:
    own = Clerk(make.user(office="supervisor", division=place.county, leader=make.leader("测试·主任")))
    mine = make.tenure(make.post(place.tenure.post.organisation), own.user.leader)
    row = make.linkage(mine, place.town)
    ended = told(own.send(PAGE, linkages=str(row.pk), last_day=DAY.isoformat()))
    begun = told(own.send(PAGE, **{**SPRING, "lines": "测试·主任,,测试镇"}))
    for page in (ended, begun):
        assert [str(fault[2]) for fault in page["faults"]] == [str(TITLES[Code.NOT_ALLOWED])]
    row.refresh_from_db()
    assert row.ends_on is None


def test_what_is_out_of_sight_is_not_there(place: Place, clerk: Clerk) -> None:
    elsewhere = make.division("别处镇", make.division("别处县", place.city))
    stranger = make.tenure(make.post(make.organisation(elsewhere)), make.leader("测试·外人"))
    row = make.linkage(stranger, make.industry())
    page = told(clerk.send(PAGE, linkages=f"{row.pk},x", tenures=str(stranger.pk), last_day="2026-12-31"))
    assert (page["linkages"], page["rows"]) == ([], [])
    lines = "测试·外人,,别处镇\n测试·书记,,别处镇"
    assert len(told(clerk.send(PAGE, **{**SPRING, "lines": lines}))["faults"]) == 2


def test_auditor_is_neither_offered_nor_allowed_it(place: Place, clerk: Clerk) -> None:
    auditor = Clerk.of(place, office="auditor")
    assert auditor.page(PAGE).status_code == 403
    assert "bulk-links" not in auditor.page("index").content.decode()
    assert "bulk-links" in clerk.page("index").content.decode()


def test_nothing_to_change_is_said_and_chosen_rows_can_be_let_go(place: Place, clerk: Clerk) -> None:
    assert told(clerk.send(PAGE, **SPRING))["problem"]
    asked = {**SPRING, "lines": "测试·书记,,测试镇"}
    assert told(clerk.send(PAGE, **asked))["unchanged"] == 1
    assert set(errors(clerk.send(PAGE, lines=asked["lines"], starts_on=""))) == {"starts_on"}
    clerk.send("directory_tenure_changelist", action="link_together", _selected_action=[place.tenure.pk])
    assert told(clerk.page(PAGE))["rows"]
    clerk.send(PAGE, clear="1")
    assert told(clerk.page(PAGE))["rows"] == []
