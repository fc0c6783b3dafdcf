"""GET quotas and GET structural-checks: whose, which, and leafed through."""

from datetime import date
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from fieldwork.directory.models import Division, Tenure
from fieldwork.duties.models import Body, PolicyVersion, Role
from tests import factories as make
from tests.api.client import Phone

pytestmark = pytest.mark.django_db
TOWN = {"kinds": ["town"], "count": 1, "problem": True, "article": "第五条（七）", "text": "联系1个突出镇"}
PAIR = {"kinds": ["industry", "department"], "count": 1, "article": "第五条（七）", "text": "联系1个行业及部门"}
CHAIR = {
    "code": "chair_4", "kind": "also_holds", "name": "主要负责人任安委会主任", "article": "第四条第三款",
    "text": "各级政府主要负责人担任同级安全生产委员会主任。", "strength": "must", "roles": ["chief"],
    "bodies": ["committee"], "in_roles": [], "assumed": {},
}  # fmt: skip


@pytest.fixture
def city() -> Division:
    return make.division("测试市")


@pytest.fixture
def county(city: Division) -> Division:
    return make.division("测试县", city)


@pytest.fixture
def version(city: Division) -> PolicyVersion:
    version = make.rule(city, ["chief"]).version
    Role.objects.create(version=version, code="chief", name="县长", article="第五条", quotas=[TOWN, PAIR])
    Body.objects.create(version=version, code="committee", name="安委会", kind="safety_committee")
    PolicyVersion.objects.update(checks=[CHAIR])
    return version


@pytest.fixture
def phone(county: Division) -> Phone:
    return Phone.of(make.user(office="supervisor", division=county))


def serve(place: Division) -> Tenure:
    return make.tenure(make.post(make.organisation(place), "chief"))


def results(phone: Phone, path: str) -> Any:
    answer = phone.get(path)
    assert answer.status_code == 200, answer.content
    return answer.json()["results"]


def test_quotas_show_who_lacks_what_with_the_article_and_its_words(
    county: Division, version: PolicyVersion, phone: Phone
) -> None:
    tenure = serve(county)
    make.linkage(tenure, make.division("普通镇", county))
    pair, town = results(phone, "quotas")
    assert town["leader"] == {"id": str(tenure.leader_id), "name": "测试员甲"}
    assert town["division"] == {"id": str(county.pk), "name": "测试县"}
    assert (town["kinds"], town["problem"], town["count"], town["have"], town["missing"], town["met"]) == (
        ["town"], True, 1, [], 1, False,
    )  # fmt: skip
    (cited,) = town["demanded_by"]
    shown = cited["role"], cited["name"], cited["article"], cited["text"]
    assert shown == ("chief", "县长", "第五条（七）", TOWN["text"])
    assert [why["code"] for why in town["reasons"]] == ["too_few", "town_not_marked"]
    assert "普通镇" in town["reasons"][1]["text"]
    assert pair["kinds"] == ["industry", "department"]


def test_quotas_are_filtered(city: Division, county: Division, version: PolicyVersion) -> None:
    town = make.division("测试镇", county)
    here, other = serve(county), serve(make.division("别县", city))
    linkage = make.linkage(here, town)
    town.problem_marks.create(reason="测试", starts_on=date(2026, 1, 1), ends_on=date(2026, 1, 31))
    phone = Phone.of(make.user(office="auditor", division=city, leader=here.leader))

    def found(query: str) -> list[tuple[str, str]]:
        return [(row["leader"]["id"], row["kinds"][0]) for row in results(phone, f"quotas?{query}")]

    mine, theirs = str(here.leader_id), str(other.leader_id)
    assert found("") == [(mine, "industry"), (mine, "town"), (theirs, "industry"), (theirs, "town")]
    assert found("on=2026-01-31&met=true") == [(mine, "town")]
    assert results(phone, "quotas?on=2026-01-31&met=true")[0]["have"] == [str(linkage.pk)]
    assert found("on=2026-01-31&kind=town") == [(theirs, "town")]
    assert found("met=all&on=2026-01-31&kind=town") == [(mine, "town"), (theirs, "town")]
    assert found(f"division={county.pk}&kind=town") == [(mine, "town")]
    assert found("mine=true&kind=town") == found(f"leader={here.leader_id}&kind=town") == [(mine, "town")]
    assert found(f"mine=true&leader={other.leader_id}") == found("division=999999") == []
    for query, field in (("division=x", "division"), ("met=maybe", "met"), ("on=soon", "on"), ("kind=x", "kind"),
                         ("whose=mine", "whose"), ("cursor=x", "cursor"), ("page_size=0", "page_size")):  # fmt: skip
        answer = phone.get(f"quotas?{query}")
        assert (answer.status_code, answer.json()["errors"][0]["field"]) == (400, field)


def test_quotas_are_seen_by_the_office_of_the_place_and_by_the_leader(
    city: Division, county: Division, version: PolicyVersion
) -> None:
    tenure = serve(county)
    serve(make.division("别县", city))
    seen = {
        "own": make.user(leader=tenure.leader), "elsewhere": make.user(office="supervisor", division=make.division()),
        "city": make.user(office="supervisor", division=city), "nobody": make.user(),
        "everything": make.user(office="administrator"),
    }  # fmt: skip
    for name in ("quotas", "structural-checks"):
        counted = {who: len(results(Phone.of(user), name)) for who, user in seen.items()}
        rows = 2 if name == "quotas" else 1
        assert counted == {"own": rows, "elsewhere": 0, "city": 2 * rows, "nobody": 0, "everything": 2 * rows}


@pytest.mark.parametrize("name", ["quotas", "structural-checks"])
def test_pages_lead_forward_and_back_at_one_cost(
    county: Division, version: PolicyVersion, phone: Phone, name: str
) -> None:
    for number in range(7):
        serve(make.division(f"{number}镇", county))
    whole = results(phone, name)
    forward, costs, url = [], set(), f"/api/v1/{name}?page_size=4"
    pages = []
    while url:
        with CaptureQueriesContext(connection) as queries:
            page = phone.get(url).json()
        costs.add(len(queries))
        pages.append(page)
        forward += page["results"]
        url = (page["next"] or "").removeprefix("http://testserver")
    assert forward == whole
    assert len(costs) == 1
    assert pages[0]["previous"] is None
    assert phone.get(pages[1]["previous"].removeprefix("http://testserver")).json()["results"] == pages[0]["results"]


def test_cursor_of_another_list_is_refused(county: Division, version: PolicyVersion, phone: Phone) -> None:
    serve(county)
    cursor = phone.get("quotas?page_size=1").json()["next"].partition("cursor=")[2].partition("&")[0]
    assert phone.get(f"quotas/?cursor={cursor}").status_code == 200
    assert phone.get(f"structural-checks?cursor={cursor}").json()["errors"][0]["field"] == "cursor"


def test_structural_checks_show_who_is_not_what_the_article_asks(
    county: Division, version: PolicyVersion, phone: Phone
) -> None:
    tenure = serve(county)
    (row,) = results(phone, "structural-checks")
    assert (row["division"]["id"], row["check"], row["strength"], row["met"]) == (
        str(county.pk), "chair_4", "must", False,
    )  # fmt: skip
    assert (row["article"], row["text"]) == (CHAIR["article"], CHAIR["text"])
    assert row["leaders"] == [{"id": str(tenure.leader_id), "name": "测试员甲", "post": "chief", "met": False}]
    assert len(row["missing"]) == 1
    make.tenure(make.post(make.organisation(county, "safety_committee"), "chair"), tenure.leader)
    assert results(phone, "structural-checks") == []
    assert [row["missing"] for row in results(phone, "structural-checks?met=true")] == [[]]
    assert len(results(phone, f"structural-checks?met=all&division={county.pk}&on=2026-11-21")) == 1
