"""A department merged into another, or dissolved: links, pairs and who may do it."""

from dataclasses import dataclass
from datetime import date

import pytest

from fieldwork.core.errors import Code, DomainError
from fieldwork.directory import actions
from fieldwork.directory.mergers import Merged, Merger
from fieldwork.directory.models import Linkage, Organisation, User
from fieldwork.supervision.ledger.facts import check_facts
from fieldwork.supervision.merging import merge_body
from tests import factories as make
from tests.fieldwork.supervision.two_towns import (
    AT,
    BY,
    DATED,
    EVE,
    ON,
    Ground,
    faults,
    fresh,
    ground,
)

pytestmark = pytest.mark.django_db
__all__ = ["ground"]


@dataclass
class Bureaus:
    """安监局, which goes into 应急局; somebody is linked to it with its industry."""

    safety: Organisation
    emergency: Organisation
    industry: Linkage
    department: Linkage

    def merge(self, into: Organisation | None, by: User) -> Merged:
        return merge_body(self.safety, into, Merger(ON, "机构改革"), by=by, at=AT).merged


@pytest.fixture
def bureaus(ground: Ground) -> Bureaus:
    safety, emergency = (
        actions.create_organisation(name=name, kind="department", division=ground.county, **DATED)
        for name in ("测试安监局", "测试应急局")
    )
    industry = actions.link(tenure=ground.chief, kind="industry", target=make.industry(), **DATED)
    department = actions.link(
        tenure=ground.chief, kind="department", target=safety, paired_with=industry, **DATED
    )  # fmt: skip
    return Bureaus(safety, emergency, industry, department)


def test_pair_of_industry_and_department_begins_anew(ground: Ground, bureaus: Bureaus) -> None:
    done = bureaus.merge(bureaus.emergency, ground.office)
    assert fresh(bureaus.industry).ends_on == fresh(bureaus.department).ends_on == EVE
    new = Linkage.objects.get(organisation=bureaus.emergency)
    assert new.paired_with is not None
    assert (new.paired_with.industry, new.paired_with.starts_on, new.starts_on) == (bureaus.industry.industry, ON, ON)
    assert {(one.source, one.target) for one in done.linkages} == {
        (bureaus.industry.pk, new.paired_with.pk), (bureaus.department.pk, new.pk),
    }  # fmt: skip
    assert list(check_facts()) == []


def test_links_to_a_dissolved_body_end(ground: Ground, bureaus: Bureaus) -> None:
    done = bureaus.merge(None, ground.office)
    assert [(one.source, one.target) for one in done.linkages] == [(bureaus.department.pk, None)]
    assert fresh(bureaus.industry).ends_on is None
    assert fresh(bureaus.safety).merged_into is None
    assert fresh(bureaus.safety).ends_on == EVE


def test_link_to_what_lies_outside_the_area_ends(ground: Ground, bureaus: Bureaus) -> None:
    of_city = make.organisation(ground.city, "department", name="测试市局")
    done = bureaus.merge(of_city, ground.office)
    assert [(one.source, one.target) for one in done.linkages] == [(bureaus.department.pk, None)]
    assert fresh(bureaus.department).ends_on == EVE
    assert fresh(bureaus.industry).ends_on is None


def test_link_that_would_begin_only_later_begins_then_at_the_other(ground: Ground, bureaus: Bureaus) -> None:
    later = actions.link(
        tenure=ground.deputy, kind="department", target=bureaus.safety, starts_on=date(2026, 12, 1), **BY
    )
    bureaus.merge(bureaus.emergency, ground.office)
    assert not Linkage.objects.filter(pk=later.pk).exists()
    assert Linkage.objects.get(tenure=ground.deputy, organisation=bureaus.emergency).starts_on == date(2026, 12, 1)


def test_links_there_already_run_to_the_later_day(ground: Ground, bureaus: Bureaus) -> None:
    known = actions.link(
        tenure=ground.chief, kind="department", target=bureaus.emergency, ends_on=date(2026, 11, 25), **DATED
    )
    bureaus.merge(bureaus.emergency, ground.office)
    assert fresh(known).ends_on is None


def test_link_planned_for_later_leaves_no_gap(ground: Ground, bureaus: Bureaus) -> None:
    planned = actions.link(
        tenure=ground.chief, kind="department", target=bureaus.emergency, starts_on=date(2026, 12, 1), **BY
    )
    bureaus.merge(bureaus.emergency, ground.office)
    links = Linkage.objects.filter(tenure=ground.chief, organisation=bureaus.emergency).order_by("starts_on")
    assert list(links.values_list("starts_on", "ends_on")) == [(ON, date(2026, 11, 30)), (planned.starts_on, None)]


def test_nobody_sheds_their_own_link_by_dissolving_what_it_leads_to(ground: Ground, bureaus: Bureaus) -> None:
    own = make.user(office="supervisor", division=ground.county, leader=ground.chief.leader)
    with pytest.raises(DomainError) as caught:
        bureaus.merge(None, own)
    assert caught.value.code == Code.NOT_ALLOWED
    assert bureaus.merge(bureaus.emergency, own).linkages[0].target


def test_bodies_of_two_kinds_are_not_merged(ground: Ground, bureaus: Bureaus) -> None:
    with pytest.raises(DomainError) as caught:
        bureaus.merge(ground.body, ground.office)
    assert faults(caught) == ["into"]


def test_end_of_a_merged_body_cannot_be_moved(ground: Ground, bureaus: Bureaus) -> None:
    bureaus.merge(bureaus.emergency, ground.office)
    with pytest.raises(DomainError) as caught:
        actions.end(fresh(bureaus.safety), ends_on=None, **BY)
    assert caught.value.code == Code.WRONG_STATE
