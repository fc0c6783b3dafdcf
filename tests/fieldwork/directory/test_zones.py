"""Zones that no list has: founded with their towns, and left alone by lists loaded later."""

from datetime import UTC, date, datetime

import pytest

from fieldwork.core.errors import Code, DomainError
from fieldwork.core.events import SYSTEM
from fieldwork.core.models import Event
from fieldwork.directory.divisions import Loaded, load_divisions
from fieldwork.directory.enums import Level
from fieldwork.directory.models import Division
from fieldwork.directory.paths import within
from fieldwork.directory.zones import found_zone

pytestmark = pytest.mark.django_db
HEADER = "code,name,level,parent,seat_latitude,seat_longitude,seat_source"
CITY = "990100,测试市,city,,,,"
COUNTY = "990101,测试县,county,990100,,,"
OTHER = "990102,另一县,county,990100,,,"
TOWN = "990101001,测试镇,town,990101,23.5,113.5,survey:1"
STREET = "990102001,样例街道,town,990102,,,"
STAYS = "990102002,留守镇,town,990102,,,"
LIST = [CITY, COUNTY, OTHER, TOWN, STREET, STAYS]
BEGUN, NEXT = date(2026, 1, 1), date(2027, 1, 1)
AT = datetime(2027, 3, 1, tzinfo=UTC)


def load(*rows: str, on: date = BEGUN, authority: str = "test", parent_authority: str = "") -> Loaded:
    return load_divisions(
        [f"{line}\n" for line in (HEADER, *rows)], authority=authority, edition=str(on.year), on=on,
        parent_authority=parent_authority, by=SYSTEM, at=AT,
    )  # fmt: skip


def standing(code: str) -> Division:
    return Division.objects.get(code=code, ends_on=None)


def found(*takes: str, on: date = NEXT, name: str = "测试开发区", level: Level = Level.COUNTY) -> Division:
    return found_zone(
        authority="local", code="Z1", name=name, level=level, parent=standing("990100"),
        takes=[standing(code) for code in takes], on=on, by=SYSTEM, at=AT,
    )  # fmt: skip


def refused(code: Code) -> pytest.RaisesExc[DomainError]:
    return pytest.raises(DomainError, check=lambda error: error.code is code)


@pytest.fixture
def zone() -> Division:
    load(*LIST)
    return found("990101001", "990102001")


def codes_within(division: Division) -> set[str]:
    return set(Division.objects.filter(within(division.path), ends_on=None).values_list("code", flat=True))


def test_zone_takes_its_towns_in_place() -> None:
    load(*LIST)
    before = {row.code: row.pk for row in Division.objects.all()}
    zone = found("990101001", "990102001")
    assert (zone.parent, zone.level, zone.starts_on) == (standing("990100"), "county", BEGUN)
    assert codes_within(zone) == {"Z1", "990101001", "990102001"}
    assert codes_within(standing("990101")) == {"990101"}
    assert codes_within(standing("990102")) == {"990102", "990102002"}
    assert {code: standing(code).pk for code in before} == before
    assert {standing(code).parent_id for code in ("990101001", "990102001")} == {zone.pk}


def test_what_is_or_was_below_a_taken_town_goes_along() -> None:
    load(*LIST)
    town = standing("990101")
    load("990101001,改名镇,town,990101,,,", on=NEXT)
    found_zone(
        authority="local", code="Z2", name="更大开发区", level=Level.CITY,
        parent=Division.objects.create(
            authority="local", code="P", edition="1", name="测试省", level="province", number=900, path="0000p0",
            starts_on=BEGUN,
        ),
        takes=[town], on=BEGUN, by=SYSTEM, at=AT,
    )  # fmt: skip
    zone = standing("Z2")
    moved = Division.objects.filter(within(zone.path))
    assert sorted(moved.values_list("name", flat=True)) == ["改名镇", "更大开发区", "测试县", "测试镇"]
    assert not Division.objects.filter(within(standing("990100").path), name__contains="镇").exclude(
        name="留守镇"
    ).exists()  # fmt: skip


def test_founding_is_one_event_and_again_changes_nothing(zone: Division) -> None:
    event = Event.objects.get(kind="zone.founded")
    assert (event.object_kind, event.division_path) == ("division_list", standing("990100").path)
    assert event.data["since"] == "2027-01-01"
    assert [move["division"] for move in event.data["moved"]] == [
        standing("990101001").pk, standing("990102001").pk,
    ]  # fmt: skip
    before = list(Division.objects.order_by("pk").values())
    assert found("990101001", "990102001") == zone
    assert list(Division.objects.order_by("pk").values()) == before
    assert Event.objects.filter(kind="zone.founded").count() == 1


def test_zone_may_take_more_later(zone: Division) -> None:
    found("990102002")
    assert codes_within(zone) == {"Z1", "990101001", "990102001", "990102002"}
    assert Event.objects.filter(kind="zone.founded").count() == 2


def test_zone_begins_no_later_than_its_document() -> None:
    load(*LIST)
    assert found("990101001", on=date(2016, 2, 26)).starts_on == date(2016, 2, 26)


def test_same_list_leaves_taken_towns_where_they_are(zone: Division) -> None:
    before = list(Division.objects.order_by("pk").values())
    assert load(*LIST, on=NEXT) == Loaded(created=0, changed=0, ended=0, unchanged=6)
    assert list(Division.objects.order_by("pk").values()) == before


def test_taken_town_that_is_renamed_begins_anew_in_the_zone(zone: Division) -> None:
    assert load(*LIST[:3], TOWN.replace("测试镇", "试点镇"), STREET, STAYS, on=NEXT) == Loaded(1, 0, 1, 5)
    town = standing("990101001")
    assert (town.name, town.parent, town.starts_on) == ("试点镇", zone, NEXT)
    assert town.path.startswith(zone.path)


def test_county_that_is_renamed_leaves_the_zone_alone(zone: Division) -> None:
    assert load(CITY, COUNTY.replace("测试县", "测试区"), OTHER, TOWN, STREET, STAYS, on=NEXT) == Loaded(1, 0, 1, 5)
    assert standing("990101001").parent == zone


def test_zone_goes_on_under_a_renamed_city_with_its_towns(zone: Division) -> None:
    assert load(CITY.replace("测试市", "试点市"), *LIST[1:], on=NEXT) == Loaded(7, 0, 7, 0)
    new = standing("Z1")
    assert (new.parent, new.starts_on) == (standing("990100"), NEXT)
    assert codes_within(new) == {"Z1", "990101001", "990102001"}
    assert load(CITY.replace("测试市", "试点市"), *LIST[1:], on=NEXT) == Loaded(0, 0, 0, 6)


def test_list_of_its_own_authority_may_still_move_what_it_has(zone: Division) -> None:
    load("T1,自编镇,town,990101,,,", authority="local", parent_authority="test")
    load("Z1,测试开发区,county,990100,,,", "T1,自编镇,town,Z1,,,", authority="local", parent_authority="test", on=NEXT)
    assert standing("T1").parent == zone
    load("T1,自编镇,town,990102,,,", authority="local", parent_authority="test", on=date(2027, 2, 1))
    assert standing("T1").parent == standing("990102")


def test_zone_that_a_list_renames_keeps_its_towns(zone: Division) -> None:
    load("Z1,测试高新区,county,990100,,,", authority="local", parent_authority="test", on=NEXT)
    assert codes_within(standing("Z1")) == {"Z1", "990101001", "990102001"}
    assert load(*LIST, on=NEXT) == Loaded(0, 0, 0, 6)


def test_code_that_stands_as_another_division_is_refused(zone: Division) -> None:
    with refused(Code.ALREADY_EXISTS_DIFFERENTLY):
        found("990101001", name="别的开发区")
    assert standing("Z1").name == "测试开发区"


@pytest.mark.parametrize(("takes", "level"), [("990101", Level.COUNTY), ("990101001", Level.CITY)])
def test_ladder_is_kept(takes: str, level: Level) -> None:
    load(*LIST)
    with refused(Code.INVALID):
        found(takes, level=level)
    assert not Division.objects.filter(code="Z1").exists()
