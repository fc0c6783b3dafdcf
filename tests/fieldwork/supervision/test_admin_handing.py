"""The clerk's page on which a post is handed over."""

from datetime import date
from typing import Any

import pytest
import time_machine

from fieldwork.directory.models import Leader, Linkage, Tenure
from tests import factories as make
from tests.fieldwork.supervision.clerk import NOON, Clerk, errors
from tests.place import Place

STEP = "directory_tenure_hand-over"


@pytest.fixture(autouse=True)
def clock() -> Any:
    with time_machine.travel(NOON, tick=False):
        yield


@pytest.fixture
def clerk(place: Place) -> Clerk:
    return Clerk.of(place)


def successor(place: Place) -> Leader:
    return Leader.objects.create(name="测试·继任", division=place.county)


def fields(clerk: Clerk, place: Place, **changed: object) -> dict[str, Any]:
    """What a browser would send back of the page as it is."""
    form = clerk.page(STEP, place.tenure.pk).context_data["form"]
    return {name: form[name].value() or "" for name in form.fields} | changed


def test_post_is_handed_over_from_the_tenures_page(clerk: Clerk, place: Place) -> None:
    page = clerk.page("directory_tenure_change", place.tenure.pk)
    assert any(address.endswith("/hand-over/") for _words, address in page.context_data["shortcuts"])
    given = fields(clerk, place, leader=successor(place).pk)
    assert given["linkages"] == [place.tenure.linkages.get().pk]
    assert clerk.send(STEP, place.tenure.pk, **given).status_code == 302
    (after,) = Tenure.objects.exclude(pk=place.tenure.pk)
    assert (after.starts_on, after.leader.name) == (date(2026, 11, 21), "测试·继任")
    assert Linkage.objects.get(tenure=after).division == place.town


def test_links_that_are_not_chosen_stay_behind_and_halves_of_pairs_are_told(clerk: Clerk, place: Place) -> None:
    industry = make.linkage(place.tenure, make.industry())
    bureau = make.organisation(place.county, "department")
    department = make.linkage(place.tenure, bureau, paired_with=industry)
    given = fields(clerk, place, leader=successor(place).pk, linkages=[department.pk])
    assert set(errors(clerk.send(STEP, place.tenure.pk, **given))) == {"linkages"}
    given["linkages"] = [department.pk, industry.pk]
    assert clerk.send(STEP, place.tenure.pk, **given).status_code == 302
    assert Linkage.objects.exclude(tenure=place.tenure).count() == 2


def test_late_day_needs_a_reason_on_its_field(clerk: Clerk, place: Place) -> None:
    given = fields(clerk, place, leader=successor(place).pk, on="2026-11-01")
    assert set(errors(clerk.send(STEP, place.tenure.pk, **given))) == {"reason"}
    assert Tenure.objects.count() == 1


def test_auditor_is_not_offered_it(place: Place) -> None:
    auditor = Clerk.of(place, "auditor")
    page = auditor.page("directory_tenure_change", place.tenure.pk)
    assert not any("hand-over" in address for _words, address in page.context_data["shortcuts"])
    assert auditor.page(STEP, place.tenure.pk).status_code == 403
