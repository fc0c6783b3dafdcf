"""Links that a clerk begins, pairs, ends and withdraws, one by one."""

from datetime import date

import pytest

from fieldwork.directory.models import Linkage
from tests import factories as make
from tests.fieldwork.supervision.clerk import SOON, Clerk, done, errors, kinds
from tests.place import Place

pytestmark = pytest.mark.usefixtures("noon")


@pytest.fixture
def clerk(place: Place) -> Clerk:
    return Clerk.of(place)


def test_town_is_linked_and_the_link_ends(place: Place, clerk: Clerk) -> None:
    town = make.division("测试二镇", place.county)
    answer = clerk.send("directory_linkage_add", tenure=place.tenure.pk, division=town.pk, starts_on="2026-11-01")
    done(answer, "linkage.begun")
    linkage = Linkage.objects.get(division=town)
    assert linkage.kind == "town"
    again = clerk.send("directory_linkage_add", tenure=place.tenure.pk, division=town.pk, starts_on="2026-11-05")
    assert list(errors(again)) == ["division"]
    own = clerk.send("directory_linkage_add", tenure=place.tenure.pk, division=place.county.pk, starts_on=SOON)
    assert list(errors(own)) == ["division"]
    answer = clerk.send("directory_linkage_change", linkage.pk, ends_on=SOON, kind="industry")
    done(answer, "linkage.begun", "linkage.ended")
    linkage.refresh_from_db()
    assert (linkage.ends_on, linkage.kind) == (date(2026, 12, 1), "town")


def test_industry_and_department_are_linked_as_a_pair(place: Place, clerk: Clerk) -> None:
    industry, bureau = make.industry(), make.organisation(place.county, "department")
    fields = {"tenure": place.tenure.pk, "industry": industry.pk, "organisation": bureau.pk, "starts_on": SOON}
    done(clerk.send("directory_linkage_add", **fields), "linkage.begun", "linkage.begun")
    department = Linkage.objects.get(organisation=bureau)
    assert department.paired_with == Linkage.objects.get(industry=industry)


def test_department_joins_an_industry_that_stands_alone(place: Place, clerk: Clerk) -> None:
    industry, bureau = make.industry(), make.organisation(place.county, "department")
    alone = make.linkage(place.tenure, industry)
    fields = {"tenure": place.tenure.pk, "industry": industry.pk, "organisation": bureau.pk, "starts_on": SOON}
    done(clerk.send("directory_linkage_add", **fields), "linkage.begun")
    assert Linkage.objects.get(organisation=bureau).paired_with == alone


def test_pair_whose_department_fails_leaves_no_industry_behind(place: Place, clerk: Clerk) -> None:
    industry, town_office = make.industry(), make.organisation(place.county, "government")
    fields = {"tenure": place.tenure.pk, "industry": industry.pk, "organisation": town_office.pk, "starts_on": SOON}
    assert list(errors(clerk.send("directory_linkage_add", **fields))) == ["organisation"]
    bureau = make.organisation(place.county, "department", ends_on=date(2026, 12, 31))
    assert list(errors(clerk.send("directory_linkage_add", **{**fields, "organisation": bureau.pk}))) == ["ends_on"]
    assert not Linkage.objects.filter(industry=industry).exists()
    assert kinds() == []


@pytest.mark.parametrize("chosen", [(), ("division", "industry"), ("division", "organisation")])
def test_link_leads_to_one_thing_or_a_pair(place: Place, clerk: Clerk, chosen: tuple[str, ...]) -> None:
    rows = {
        "division": make.division("测试二镇", place.county), "industry": make.industry(),
        "organisation": make.organisation(place.county, "department"),
    }  # fmt: skip
    fields = {name: rows[name].pk for name in chosen}
    answer = clerk.send("directory_linkage_add", tenure=place.tenure.pk, starts_on=SOON, **fields)
    assert list(errors(answer)) == ["__all__"]
    assert kinds() == []


def test_link_that_has_not_begun_is_withdrawn_and_one_that_has_is_not(place: Place, clerk: Clerk) -> None:
    begun = place.tenure.linkages.get()
    assert clerk.page("directory_linkage_withdraw", begun.pk).status_code == 403
    assert clerk.send("directory_linkage_withdraw", begun.pk).status_code == 403
    coming = make.linkage(place.tenure, make.industry(), date(2026, 12, 1))
    assert clerk.page("directory_linkage_withdraw", coming.pk).status_code == 200
    assert Linkage.objects.filter(pk=coming.pk).exists()
    done(clerk.send("directory_linkage_withdraw", coming.pk), "linkage.withdrawn")
    assert not Linkage.objects.filter(pk=coming.pk).exists()


def test_withdrawal_that_the_domain_refuses_is_said_on_the_page(place: Place, clerk: Clerk) -> None:
    industry = make.linkage(place.tenure, make.industry(), date(2026, 12, 1))
    bureau = make.organisation(place.county, "department")
    make.linkage(place.tenure, bureau, date(2026, 12, 1), paired_with=industry)
    answer = clerk.send("directory_linkage_withdraw", industry.pk)
    assert list(errors(answer)) == ["__all__"]
    assert Linkage.objects.filter(pk=industry.pk).exists()
    assert kinds() == []
