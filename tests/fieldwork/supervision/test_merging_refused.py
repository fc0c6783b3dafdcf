"""What cannot be a merger, or not by whoever asks, is refused and stores nothing."""

from datetime import date

import pytest

from fieldwork.core.errors import Code, DomainError
from fieldwork.core.events import SYSTEM
from fieldwork.directory import actions
from fieldwork.directory.mergers import Merger
from fieldwork.directory.models import Division, User
from fieldwork.supervision.divisions import load_divisions
from fieldwork.supervision.merging import merge_division
from tests import factories as make
from tests.fieldwork.supervision.two_towns import AT, BY, DATED, EVE, ON, Ground, faults, fresh, ground, stored

pytestmark = pytest.mark.django_db
__all__ = ["ground"]


def test_list_that_still_has_the_merged_town_is_refused(ground: Ground) -> None:
    ground.merge()
    rows = [
        "code,name,level,parent,seat_latitude,seat_longitude,seat_source",
        f"{ground.town.code},甲镇,town,{ground.county.code},,,",
    ]
    with pytest.raises(DomainError) as caught:
        load_divisions(
            [f"{row}\n" for row in rows], authority="test", edition="2", on=date(2026, 11, 18), by=SYSTEM, at=AT
        )
    assert faults(caught) == ["2.code"]


def test_nothing_begins_or_goes_on_at_a_town_that_is_no_more(ground: Ground) -> None:
    ground.merge()
    town = fresh(ground.town)
    for begin in (
        lambda: actions.link(tenure=ground.chief, kind="town", target=town, starts_on=date(2026, 11, 1), **BY),
        lambda: actions.create_site(name="测试店", division=town, **DATED),
        lambda: actions.end(fresh(ground.link), ends_on=None, **BY),
    ):
        with pytest.raises(DomainError) as caught:
            begin()
        assert faults(caught) == ["ends_on"]


def test_account_of_an_administrator_is_not_moved_by_a_supervisor(ground: Ground) -> None:
    actions.create_user(username="boss", office="administrator", division=ground.town, **BY)
    with pytest.raises(DomainError) as caught:
        ground.merge()
    assert caught.value.code == Code.NOT_ALLOWED
    assert "boss" in str(caught.value.detail)


@pytest.mark.parametrize("kind", ["", "regulator"])
def test_department_goes_only_where_it_is_called_alike(ground: Ground, kind: str) -> None:
    for town, name in ((ground.town, "甲镇水利站"), (ground.other, "乙镇文化站")):
        make.organisation(town, "department", name=name, department_kind=kind)
    with pytest.raises(DomainError) as caught:
        ground.merge()
    assert faults(caught) == ["bodies"]


def test_body_does_not_go_into_one_that_ends_too(ground: Ground) -> None:
    one, two = (make.organisation(ground.town, "resident_unit", name=f"甲镇{name}站") for name in ("一", "二"))
    with pytest.raises(DomainError) as caught:
        ground.merge(fates={one: two, two: None})
    assert faults(caught) == ["bodies"]


def test_fate_of_every_body_is_said_or_plain(ground: Ground) -> None:
    station = make.organisation(ground.town, "department", name="甲镇应急站")
    with pytest.raises(DomainError) as caught:
        ground.merge()
    assert faults(caught) == ["bodies"]
    there = make.organisation(ground.other, "department", name="乙镇应急站")
    make.organisation(ground.other, "department", name="乙镇综合站")
    assert ground.merge(dry_run=True).merged.bodies[station] == there
    assert ground.merge(fates={station: None}).merged.bodies[station] is None
    assert fresh(station).ends_on == EVE


@pytest.mark.parametrize(
    ("wrong", "field"),
    [("ahead", "on"), ("itself", "into"), ("level", "into"), ("ended", "into"), ("below", "on"), ("late", "on")],
)
def test_what_cannot_be_a_merger_is_refused_and_stores_nothing(ground: Ground, wrong: str, field: str) -> None:
    on, into, source = ON, ground.other, ground.town
    match wrong:
        case "ahead":
            on = date(2026, 11, 21)
        case "itself":
            into = ground.town
        case "level":
            into = ground.county
        case "ended":
            Division.objects.filter(pk=into.pk).update(ends_on=date(2026, 12, 31))
        case "below":
            source, into = ground.county, make.division("另县", ground.city)
        case "late":
            make.tenure(ground.post, make.leader("测试·晚"), date(2026, 11, 16))
    before = stored()
    with pytest.raises(DomainError) as caught:
        merge_division(source, into, {}, Merger(on, "批复"), by=ground.office, at=AT)
    assert faults(caught) == [field]
    assert stored() == before


def test_merger_without_a_reason_is_refused(ground: Ground) -> None:
    with pytest.raises(DomainError) as caught:
        merge_division(ground.town, ground.other, {}, Merger(ON, " "), by=ground.office, at=AT)
    assert faults(caught) == ["reason"]


def test_second_time_is_a_conflict(ground: Ground) -> None:
    ground.merge()
    with pytest.raises(DomainError) as caught:
        ground.merge()
    assert caught.value.code == Code.WRONG_STATE


def _head_of_the_office(ground: Ground) -> User:
    User.objects.filter(pk=ground.finder.pk).update(office="supervisor", division=ground.county)
    return User.objects.get(pk=ground.finder.pk)


def test_nobody_ends_their_own_tenure_by_a_merger(ground: Ground) -> None:
    with pytest.raises(DomainError) as caught:
        ground.merge(by=_head_of_the_office(ground))
    assert caught.value.code == Code.NOT_ALLOWED
    assert fresh(ground.town).ends_on is None
