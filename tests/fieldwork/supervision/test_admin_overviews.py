"""Quotas and structural checks that are not met: by place and day, with the article and the next step."""

from datetime import date

import pytest

from tests import factories as make
from tests.fieldwork.supervision.clerk import Clerk
from tests.place import Place

pytestmark = pytest.mark.usefixtures("noon")


@pytest.fixture
def demanding(place: Place) -> Place:
    """Whoever leads the county has two towns to link to, sits on the committee, and so on."""
    version = make.rule(place.city, ["county_party_chief"]).version
    quota = {"kinds": ["town"], "count": 2, "article": "第五条（七）", "text": "联系2个镇"}
    version.roles.create(code="county_party_chief", name="县委书记", article="第五条", quotas=[quota])
    version.bodies.create(code="committee", name="安委会", kind="safety_committee")
    version.checks = [
        {
            "code": "chair_4", "kind": "also_holds", "name": "党政同责", "article": "第四条", "text": "担任主任",
            "strength": "must", "roles": ["county_party_chief"], "bodies": ["committee"], "in_roles": [], "assumed": {},
        }
    ]  # fmt: skip
    version.save()
    return place


def words(clerk: Clerk, page: str, **query: object) -> str:
    answer = clerk.page(page, **query)
    assert answer.status_code == 200
    return str(answer.content.decode())


@pytest.mark.parametrize(("page", "article"), [("quotas", "第五条（七）"), ("structure", "第四条")])
def test_what_is_not_met_is_listed_by_place_and_day(demanding: Place, page: str, article: str) -> None:
    clerk = Clerk(make.user(office="supervisor", division=demanding.city))
    other = make.division("测试二县", demanding.city)
    for query in ({}, {"division": demanding.county.pk}, {"division": ""}, {"on": "2026-11-21"}):
        shown = words(clerk, page, **query)
        assert article in shown, query
        assert "测试·书记" in shown, query
    for query in ({"division": other.pk}, {"on": "2019-01-01"}):
        assert article not in words(clerk, page, **query), query
    assert page in words(clerk, "index")


@pytest.mark.parametrize("page", ["quotas", "structure"])
def test_place_out_of_scope_and_day_that_is_none_are_refused(demanding: Place, page: str) -> None:
    clerk = Clerk.of(demanding)
    for value in (demanding.city.pk, "abc", "9" * 24, "-1"):
        assert clerk.page(page, division=value).status_code == 404, value
    for value in ("2026-13-01", "x"):
        assert clerk.page(page, on=value).status_code == 400, value
    assert clerk.page(page, after="x:" + "9" * 24).status_code == 200


def test_what_is_lacking_is_added_from_the_row(demanding: Place) -> None:
    address = f"/admin/directory/linkage/add/?tenure={demanding.tenure.pk}"
    clerk = Clerk.of(demanding)
    assert f'href="{address}"' in words(clerk, "quotas")
    assert clerk.get(address).status_code == 200
    assert address not in words(Clerk.of(demanding, "auditor"), "quotas")


def test_check_that_is_met_is_not_listed(demanding: Place) -> None:
    committee = make.organisation(demanding.county, "safety_committee")
    make.tenure(make.post(committee, "chair"), demanding.leader, date(2026, 11, 1))
    clerk = Clerk.of(demanding)
    assert "第四条" not in words(clerk, "structure")
    assert "第四条" in words(clerk, "structure", on="2026-10-31")
