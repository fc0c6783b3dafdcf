"""The directory for supervisors: list, read, begin, end."""

from datetime import date
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from fieldwork.core.models import Event
from fieldwork.directory.models import Delegation, Division, Linkage, Tenure
from fieldwork.duties.models import Role
from tests import factories
from tests.api.client import Phone

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("noon")]


def ids(response: Any) -> list[str]:
    assert response.status_code == 200
    return [row["id"] for row in response.json()["results"]]


def faults(response: Any) -> dict[str, str]:
    assert response.status_code == 400
    return {error["field"]: error["code"] for error in response.json()["errors"]}


def test_directory_is_built_from_nothing_through_the_api(county: Division, phone: Phone) -> None:
    town = factories.division("测试镇", county)
    begin = {"starts_on": "2026-01-01"}
    version = factories.rule(county, []).version
    Role.objects.create(version=version, code="county_government_chief", name="县长", article="第六条")
    body = phone.post(
        "organisations", {"name": "测试县政府", "kind": "government", "division": str(county.pk), **begin}
    ).json()
    post = phone.post(
        "posts", {"organisation": body["id"], "title": "县长", "role": "county_government_chief", **begin}
    ).json()
    leader = phone.post("leaders", {"name": "测试员甲"}).json()
    tenure = phone.post("tenures", {"leader": leader["id"], "post": post["id"], **begin}).json()
    linkage = phone.post("linkages", {"tenure": tenure["id"], "kind": "town", "target": str(town.pk), **begin})
    assert linkage.status_code == 201
    assert linkage.json()["target"] == {"id": str(town.pk), "name": "测试镇"}
    assert ids(phone.get("leaders")) == [leader["id"]]
    assert list(Event.objects.order_by("pk").values_list("kind", flat=True)[1:]) == [
        "organisation.begun", "post.begun", "leader.created", "tenure.begun", "linkage.begun",
    ]  # fmt: skip


def test_leader_without_a_tenure_is_seen_where_they_were_entered(county: Division, phone: Phone) -> None:
    leader = phone.post("leaders", {"name": "测试员甲"}).json()
    assert leader["division"] == str(county.pk)
    assert ids(phone.get("leaders")) == [leader["id"]]
    elsewhere = Phone.of(factories.user(office="supervisor", division=factories.division("别县", county.parent)))
    assert elsewhere.get(f"leaders/{leader['id']}").status_code == 404
    assert elsewhere.post("leaders", {"name": "测试员乙", "division": str(county.pk)}).status_code == 400


def test_linkage_that_has_not_begun_is_withdrawn_and_its_leader_may_leave(county: Division, phone: Phone) -> None:
    tenure = factories.tenure(factories.post(factories.organisation(county)))
    town = factories.division("测试镇", county)
    coming = factories.linkage(tenure, town, date(2099, 1, 1))
    begun = factories.linkage(tenure, factories.division("测试二镇", county))
    assert phone.patch(f"tenures/{tenure.pk}", {"ends_on": "2026-11-25"}).status_code == 400
    assert phone.delete(f"linkages/{coming.pk}").status_code == 204
    assert phone.patch(f"tenures/{tenure.pk}", {"ends_on": "2026-11-25"}).status_code == 200
    answer = phone.delete(f"linkages/{begun.pk}")
    assert (answer.status_code, answer.json()["code"]) == (409, "wrong_state")


def test_role_that_no_policy_knows_is_refused_with_the_one_that_was_meant(county: Division, phone: Phone) -> None:
    version = factories.rule(county, []).version
    Role.objects.create(version=version, code="county_party_chief", name="县委书记", article="第五条")
    body = {"organisation": str(factories.organisation(county).pk), "title": "书记", "starts_on": "2026-01-01"}
    answer = phone.post("posts", body | {"role": "county_party_cheif"}, headers={"Accept-Language": "en"})
    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (400, "role")
    assert "county_party_chief" in answer.json()["errors"][0]["detail"]
    assert phone.post("posts", body | {"role": "county_party_chief"}).status_code == 201


def test_change_of_what_cannot_change_says_so_and_not_that_the_end_is_missing(county: Division, phone: Phone) -> None:
    tenure = factories.tenure(factories.post(factories.organisation(county)))
    answer = phone.patch(f"tenures/{tenure.pk}", {"starts_on": "2026-01-01"})
    assert [error["field"] for error in answer.json()["errors"]] == ["starts_on"]


def test_own_area_is_no_target(county: Division, phone: Phone) -> None:
    tenure = factories.tenure(factories.post(factories.organisation(county)))
    body = {"tenure": str(tenure.pk), "kind": "county", "target": str(county.pk), "starts_on": "2026-01-01"}
    assert phone.post("linkages", body).json()["errors"][0]["field"] == "target"


def test_days_beyond_all_duties_are_refused(county: Division, phone: Phone) -> None:
    tenure = factories.tenure(factories.post(factories.organisation(county)))
    for day in ("9999-12-31", "0001-01-01", "2026-13-01", "2026/11/21", 20261121):
        answer = phone.patch(f"tenures/{tenure.pk}", {"ends_on": day})
        assert (answer.status_code, answer.json()["errors"][0]["field"]) == (400, "ends_on"), day


def test_tenure_ends_with_its_linkages_and_begins_again(county: Division, phone: Phone) -> None:
    tenure = factories.tenure(factories.post(factories.organisation(county)))
    linkage = factories.linkage(tenure, factories.division("测试镇", county))
    ended = phone.patch(f"tenures/{tenure.pk}", {"ends_on": "2026-11-30"})
    assert ended.json()["ends_on"] == "2026-11-30"
    assert phone.get(f"linkages/{linkage.pk}").json()["ends_on"] == "2026-11-30"
    again = phone.patch(f"tenures/{tenure.pk}", {"ends_on": None})
    assert again.json()["ends_on"] is None
    assert Linkage.objects.get().ends_on is None


def test_nobody_manages_what_makes_oneself_owe(county: Division) -> None:
    """Neither of the own posts and links nor of those whom one acts for: a colleague does."""
    leader, town = factories.leader(), factories.division("测试镇", county)
    post = factories.post(factories.organisation(county))
    tenure = factories.tenure(post, leader)
    linkage, later = factories.linkage(tenure, town), factories.linkage(tenure, factories.industry(), date(2026, 12, 1))
    helper = factories.user(office="supervisor", division=county)
    Delegation.objects.create(assistant=helper, leader=leader, starts_on=factories.BEGINNING)
    other = factories.post(post.organisation)
    appointed = {"leader": str(leader.pk), "post": str(other.pk), "starts_on": "2026-12-01", "acting": True}
    linked = {
        "tenure": str(tenure.pk),
        "kind": "industry",
        "target": str(factories.industry().pk),
        "starts_on": "2026-12-01",
    }
    for user in (factories.user(office="supervisor", division=county, leader=leader), helper):
        phone = Phone.of(user)
        assert phone.patch(f"tenures/{tenure.pk}", {"ends_on": "2026-09-30"}).status_code == 403
        assert phone.patch(f"linkages/{linkage.pk}", {"ends_on": "2026-09-30"}).status_code == 403
        assert phone.delete(f"linkages/{later.pk}").status_code == 403
        assert phone.post("tenures", appointed).status_code == 403
        assert phone.post("linkages", linked).status_code == 403
    colleague = Phone.of(factories.user(office="supervisor", division=county))
    assert colleague.delete(f"linkages/{later.pk}").status_code == 204
    assert colleague.post("linkages", linked).status_code == 201
    assert colleague.post("tenures", appointed).status_code == 201
    assert colleague.patch(f"linkages/{linkage.pk}", {"ends_on": "2026-09-30"}).status_code == 200


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ({}, {"ends_on": "required"}),
        ({"ends_on": "soon"}, {"ends_on": "invalid"}),
        ({"ends_on": "2019-12-31"}, {"ends_on": "invalid"}),
        ({"ends_on": None, "name": "新名"}, {"name": "invalid"}),
    ],
)
def test_end_that_is_wrong_says_why(county: Division, phone: Phone, body: Any, expected: dict[str, str]) -> None:
    organisation = factories.organisation(county)
    assert faults(phone.patch(f"organisations/{organisation.pk}", body)) == expected


def test_end_is_refused_to_whoever_saw_another_version(county: Division, phone: Phone) -> None:
    path = f"organisations/{factories.organisation(county).pk}"
    etag = phone.get(path)["ETag"]
    first = phone.patch(path, {"ends_on": "2026-11-30"}, HTTP_IF_MATCH=etag)
    second = phone.patch(path, {"ends_on": "2026-12-31"}, HTTP_IF_MATCH=etag)
    assert (first.status_code, second.status_code) == (200, 412)
    assert second.json()["code"] == "changed_meanwhile"
    assert phone.get(path).json()["ends_on"] == "2026-11-30"
    fresh = phone.get(path)["ETag"]
    assert phone.patch(path, {"ends_on": "2026-12-31"}, HTTP_IF_MATCH=f'"x", W/{fresh}').status_code == 200
    assert phone.patch(path, {"ends_on": None}, HTTP_IF_MATCH="*").status_code == 200


def test_references_that_are_unknown_or_hidden_are_one(phone: Phone) -> None:
    hidden = factories.organisation(factories.division("别处市"))
    body: dict[str, Any] = {"title": "县长", "starts_on": "2026-01-01"}
    for given in (str(hidden.pk), "999999", "x", "0", "-1", "1" * 30):
        response = phone.post("posts", {**body, "organisation": given})
        assert (response.status_code, response.json()["code"]) == (400, "unknown_reference")
        assert faults(response) == {"organisation": "unknown_reference"}
    assert faults(phone.post("posts", {**body, "organisation": 5})) == {"organisation": "invalid"}


def test_linkage_targets_are_of_the_kind_that_is_named(county: Division, phone: Phone) -> None:
    tenure = factories.tenure(factories.post(factories.organisation(county)))
    body = {"tenure": str(tenure.pk), "starts_on": "2026-01-01"}
    assert faults(phone.post("linkages", {**body, "kind": "town", "target": str(county.pk)})) == {"target": "invalid"}
    assert faults(phone.post("linkages", {**body, "kind": "industry", "target": "999"})) == {
        "target": "unknown_reference"
    }
    assert faults(phone.post("linkages", {**body, "kind": "town"})) == {"target": "required"}


def test_linkages_of_an_industry_and_its_department_are_a_pair(county: Division, phone: Phone) -> None:
    tenure = factories.tenure(factories.post(factories.organisation(county)))
    department = factories.organisation(county, "department", department_kind="regulator")
    body = {"tenure": str(tenure.pk), "starts_on": "2026-01-01"}
    industry = phone.post("linkages", {**body, "kind": "industry", "target": str(factories.industry().pk)}).json()
    paired = phone.post(
        "linkages",
        {**body, "kind": "department", "target": str(department.pk), "paired_with": industry["id"]},
    )
    assert paired.json()["paired_with"] == industry["id"]


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("", ["a", "b", "c"]), ("on=2026-11-21", ["a", "c"]), ("on=2026-01-31", ["a", "b", "c"]),
        ("kind=department", ["c"]), ("department_kind=regulator", ["c"]), ("search=乙", ["b"]),
        ("search=%25", []),
        ("on=2026-11-21&kind=government", ["a"]), ("ordering=-name", ["c", "b", "a"]),
    ],
)  # fmt: skip
def test_organisations_are_filtered(county: Division, phone: Phone, query: str, expected: list[str]) -> None:
    made = {
        "a": factories.organisation(county, name="1甲"),
        "b": factories.organisation(county, name="2乙", ends_on=date(2026, 1, 31)),
        "c": factories.organisation(county, "department", name="3丙", department_kind="regulator"),
    }
    assert ids(phone.get(f"organisations?{query}")) == [str(made[name].pk) for name in expected]


def test_division_filter_holds_what_lies_below(county: Division, phone: Phone) -> None:
    towns = [factories.division(name, county) for name in ("一镇", "二镇")]
    bodies = [factories.organisation(division) for division in (county, *towns)]
    tenures = [factories.tenure(factories.post(body)) for body in bodies]
    below: dict[str, list[Any]] = {
        "organisations": bodies, "posts": [t.post for t in tenures], "leaders": [t.leader for t in tenures],
        "tenures": tenures,
    }  # fmt: skip
    for name, rows in below.items():
        assert ids(phone.get(f"{name}?division={county.pk}")) == [str(row.pk) for row in rows]
        assert ids(phone.get(f"{name}?division={towns[1].pk}")) == [str(rows[2].pk)]
        assert ids(phone.get(f"{name}?division=999999")) == []
    assert ids(phone.get(f"divisions?division={towns[0].pk}")) == [str(towns[0].pk)]


def test_leaders_are_filtered_by_one_and_the_same_tenure(county: Division, phone: Phone) -> None:
    one, two = factories.organisation(county), factories.organisation(county)
    leader = factories.leader()
    factories.tenure(factories.post(one, role="a"), leader, ends_on=date(2026, 1, 31))
    factories.tenure(factories.post(two, role="b"), leader)
    assert ids(phone.get(f"leaders?organisation={one.pk}&role=a")) == [str(leader.pk)]
    assert ids(phone.get(f"leaders?organisation={one.pk}&role=b")) == []
    assert ids(phone.get(f"leaders?organisation={one.pk}&on=2026-11-21")) == []
    assert ids(phone.get("leaders?on=2026-11-21")) == [str(leader.pk)]


def test_mine_is_what_rests_on_my_own_tenures(county: Division) -> None:
    mine = factories.tenure(factories.post(factories.organisation(county)))
    factories.linkage(factories.tenure(factories.post(factories.organisation(county))), factories.industry())
    own = factories.linkage(mine, factories.industry())
    user = factories.user(leader=mine.leader, office="supervisor", division=county)
    assert ids(Phone.of(user).get("tenures?mine=true")) == [str(mine.pk)]
    assert ids(Phone.of(user).get("linkages?mine=true")) == [str(own.pk)]
    assert len(ids(Phone.of(user).get("linkages"))) == 2


def test_lists_cost_the_same_at_one_row_and_at_thirty(county: Division, phone: Phone) -> None:
    def cost(name: str) -> int:
        with CaptureQueriesContext(connection) as queries:
            assert phone.get(name).status_code == 200
        return len(queries)

    names = ("organisations", "posts", "leaders", "tenures", "linkages", "sites", "divisions", "industries")
    costs = []
    for rows in (1, 29):
        for _ in range(rows):
            tenure = factories.tenure(factories.post(factories.organisation(county)))
            factories.linkage(tenure, factories.industry())
            county.sites.create(name="测试厂", starts_on=factories.BEGINNING)
        costs.append([cost(name) for name in names])
    assert costs[0] == costs[1]


def test_appointing_twice_is_refused(county: Division, phone: Phone) -> None:
    tenure = factories.tenure(factories.post(factories.organisation(county)))
    body = {"leader": str(tenure.leader_id), "post": str(tenure.post_id), "starts_on": "2026-02-01"}
    assert faults(phone.post("tenures", body)) == {"starts_on": "invalid"}
    assert Tenure.objects.count() == 1


@pytest.mark.parametrize(
    "empty", ["tenures?on=&acting=&role=&mine=", "quotas?kind=&on=&leader=&mine=", "users?office="]
)
def test_filter_without_a_value_is_none(empty: str, county: Division, phone: Phone) -> None:
    factories.user(office="auditor", division=county)
    factories.tenure(factories.post(factories.organisation(county)))
    plain = phone.get(empty.partition("?")[0])
    assert phone.get(empty).json() == plain.json()
    assert plain.status_code == 200
