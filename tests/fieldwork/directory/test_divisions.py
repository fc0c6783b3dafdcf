"""Loading lists of divisions: first, again, a new edition, and with faults."""

from datetime import UTC, date, datetime

import pytest
from django.utils import translation

from fieldwork.core.errors import Code, DomainError
from fieldwork.core.events import SYSTEM
from fieldwork.core.models import Event
from fieldwork.directory.divisions import Loaded, load_divisions
from fieldwork.directory.models import Division
from fieldwork.directory.paths import within
from fieldwork.directory.successions import codes_of, latest

pytestmark = pytest.mark.django_db
HEADER = "code,name,level,parent,seat_latitude,seat_longitude,seat_source"
PROVINCE = "990000,测试省,province,,,,"
CITY = "990100,测试市,city,990000,,,"
COUNTY = "990101,测试县,county,990100,,,"
TOWN = "990101001,测试镇,town,990101,23.5,113.5,survey:1"
STREET = "990101002,样例街道,town,990101,,,"
FIRST = [PROVINCE, CITY, COUNTY, TOWN, STREET]
BEGUN = date(2026, 1, 1)
NEXT = date(2027, 1, 1)
EVE = date(2026, 12, 31)
AT = datetime(2027, 3, 1, tzinfo=UTC)


def load(*rows: str, on: date = BEGUN, authority: str = "test", parent_authority: str = "") -> Loaded:
    return load_divisions(
        [f"{line}\n" for line in (HEADER, *rows)], authority=authority, edition=str(on.year), on=on,
        parent_authority=parent_authority, by=SYSTEM, at=AT,
    )  # fmt: skip


def standing(code: str) -> Division:
    return Division.objects.get(code=code, ends_on=None)


def faults(*rows: str, on: date = BEGUN, authority: str = "test") -> list[str]:
    before = list(Division.objects.order_by("pk").values())
    with pytest.raises(DomainError) as caught:
        load(*rows, on=on, authority=authority)
    assert caught.value.code == Code.INVALID
    assert list(Division.objects.order_by("pk").values()) == before
    return [fault.field for fault in caught.value.errors]


def test_first_load_builds_the_tree_in_any_order_of_lines() -> None:
    assert load(*reversed(FIRST)) == Loaded(created=5, changed=0, ended=0, unchanged=0)
    county, town = standing("990101"), standing("990101001")
    assert town.parent == county
    assert town.path.startswith(county.path)
    assert {row.code for row in Division.objects.filter(within(county.path))} == {
        "990101", "990101001", "990101002",
    }  # fmt: skip
    assert (town.latitude, town.longitude, town.seat_source) == (23.5, 113.5, "survey:1")
    assert (town.starts_on, town.edition, town.street) == (BEGUN, "2026", False)
    assert standing("990101002").street


def test_second_run_changes_nothing_and_tells_nothing() -> None:
    load(*FIRST)
    before = list(Division.objects.order_by("pk").values())
    assert load(*FIRST, on=NEXT) == Loaded(created=0, changed=0, ended=0, unchanged=5)
    assert list(Division.objects.order_by("pk").values()) == before
    assert Event.objects.count() == 1


def test_load_is_one_event_in_the_scope_of_all_that_changed() -> None:
    load(*FIRST)
    load(PROVINCE, CITY, COUNTY, TOWN.replace("测试镇", "试点镇"), STREET.replace("样例", "范例"), on=NEXT)
    event = Event.objects.order_by("pk").last()
    assert event is not None
    assert (event.kind, event.division_path) == ("divisions.loaded", standing("990101").path)
    assert event.data["since"] == "2027-01-01"
    assert len(event.data["succeeded"]) == 2


def test_renamed_town_ends_the_day_before_and_begins_anew() -> None:
    load(*FIRST)
    old = standing("990101001")
    old.radius_m = 3000
    old.save()
    assert load(TOWN.replace("测试镇", "试点镇").replace("23.5,113.5,survey:1", ",,"), on=NEXT) == Loaded(1, 0, 1, 0)
    new = standing("990101001")
    old.refresh_from_db()
    assert (old.name, old.ends_on) == ("测试镇", EVE)
    assert (new.name, new.starts_on, new.edition, new.parent) == ("试点镇", NEXT, "2027", old.parent)
    assert (new.latitude, new.seat_source, new.radius_m) == (23.5, "survey:1", 3000)


def test_moved_county_takes_all_below_it_along_listed_or_not() -> None:
    load(*FIRST)
    load("Z1,样例开发区,town,990101,,,", authority="local", parent_authority="test")
    other = "990200,另一市,city,990000,,,"
    assert load(other, COUNTY.replace("990100", "990200"), TOWN, on=NEXT) == Loaded(5, 0, 4, 0)
    county = standing("990101")
    assert county.parent == standing("990200")
    below = Division.objects.filter(within(county.path), level="town")
    assert {row.code for row in below} == {"990101001", "990101002", "Z1"}
    assert {(row.starts_on, row.ends_on, row.parent) for row in below} == {(NEXT, None, county)}
    assert not Division.objects.filter(within(standing("990100").path), ends_on=None, level="town").exists()
    assert load(other, COUNTY.replace("990100", "990200"), TOWN, on=NEXT) == Loaded(0, 0, 0, 3)


def test_code_that_changes_its_level_begins_anew_with_what_is_below_it() -> None:
    load(*FIRST)
    assert load("990101,测试市,city,990000,,,", on=NEXT) == Loaded(3, 0, 3, 0)
    assert standing("990101001").path.startswith(standing("990101").path)


def test_code_that_sinks_a_level_under_a_renamed_city_begins_once() -> None:
    load(*FIRST[:3])
    city = CITY.replace("测试市", "试点市")
    assert load(city, "990102,另一县,county,990100,,,", "990101,测试镇,town,990102,,,", on=NEXT) == Loaded(3, 0, 2, 0)
    assert standing("990101").parent == standing("990102")


def test_town_left_out_under_a_county_that_becomes_a_town_is_a_fault() -> None:
    load(*FIRST)
    other = "990102,另一县,county,990100,,,"
    assert faults(other, "990101,测试镇,town,990102,,,", TOWN.replace("990101,23", "990102,23"), on=NEXT) == [
        "0.parent"
    ]


def test_moved_seat_changes_in_place_and_an_empty_one_erases_nothing() -> None:
    load(*FIRST)
    assert load(TOWN.replace("23.5,113.5", "23.6,113.5"), on=NEXT) == Loaded(0, 1, 0, 0)
    assert load("990101001,测试镇,town,990101,,,", on=NEXT) == Loaded(0, 0, 0, 1)
    town = standing("990101001")
    assert (town.latitude, town.starts_on) == (23.6, BEGUN)
    event = Event.objects.order_by("pk").last()
    assert event is not None
    assert event.data["seats"][0]["was"] == [23.5, 113.5, "survey:1"]
    assert event.data["seats"][0]["now"] == [23.6, 113.5, "survey:1"]


def test_codes_that_the_list_does_not_have_are_left_alone() -> None:
    load(*FIRST)
    load(PROVINCE, on=NEXT)
    assert Division.objects.filter(ends_on=None).count() == 5


def test_same_code_of_another_authority_is_another_division() -> None:
    load(*FIRST)
    assert load(PROVINCE, CITY, COUNTY, authority="stats").created == 3
    assert Division.objects.filter(code="990101", ends_on=None).count() == 2


def test_name_beyond_the_basic_plane_is_kept() -> None:
    load(*FIRST, "990101003,下𱳪镇,town,990101,,,")
    assert standing("990101003").name == "下𱳪镇"


def test_every_fault_is_named_at_once_and_nothing_is_stored() -> None:
    assert faults(
        PROVINCE,
        "990100,,city,990000,,,",
        "99-01,测试县,county,990100,,,",
        "990102,测试县,district,990100,,,",
        "990103001,测试镇,town,990103,,,",
        "990104,测试县,county,990000,NaN,113,",
        "990105,测试县,county,990000,91,113,",
        "990106,测试县,county,990000,23.5,,",
        "990000,又一省,province,,,,",
        "990107,测\x00试,county,990000,,,",
        "990108,测试镇,town,,,,",
        "990109,测试县,county,990000,,,,too many",
        "990110,测试省,province,990100,,,",
    ) == [
        "3.name", "4.code", "5.level", "7.seat_latitude", "8.seat_latitude", "9.seat_longitude", "10.code",
        "11.name", "13.", "6.parent", "12.parent", "14.parent",
    ]  # fmt: skip


def test_parent_of_another_authority_is_asked_for() -> None:
    load(*FIRST)
    with translation.override("en"), pytest.raises(DomainError) as caught:
        load("L1,样例区,county,990100,,,", authority="local")
    assert [str(fault.detail) for fault in caught.value.errors] == [
        "No division 990100 of the authority “local” stands; another one: --parent-authority."
    ]
    assert load("L1,样例区,county,990100,,,", authority="local", parent_authority="test").created == 1


def test_missing_column_is_named() -> None:
    with pytest.raises(DomainError) as caught:
        load_divisions(
            ["code,name\n"], authority="test", edition="2026", on=BEGUN, by=SYSTEM,
            at=AT,
        )  # fmt: skip
    assert "1.parent" in [fault.field for fault in caught.value.errors]


def test_change_on_or_before_the_first_day_is_refused() -> None:
    load(*FIRST)
    assert faults(TOWN.replace("测试镇", "试点镇"), on=BEGUN) == ["2.code"]


def test_list_is_not_loaded_before_its_first_day() -> None:
    assert faults(*FIRST, on=date(2027, 3, 2)) == ["on"]
    assert load(*FIRST, on=date(2027, 3, 1)).created == 5


def test_load_answers_what_goes_on_as_what() -> None:
    load(*FIRST)
    old = [standing("990101").pk, standing("990101001").pk, standing("990101002").pk]
    successors = load(COUNTY.replace("测试县", "试点区"), on=NEXT).successors
    assert [successors[pk] for pk in old] == [standing(code).pk for code in ("990101", "990101001", "990101002")]
    assert len(successors) == 3


def test_code_that_ended_may_come_back_only_after_its_end() -> None:
    load(*FIRST)
    Division.objects.filter(code="990101002").update(ends_on=EVE)
    assert faults(STREET, on=EVE) == ["2.code"]
    assert load(STREET, on=NEXT).created == 1


RECODED = f"{HEADER},formerly"


def load_recoded(*rows: str, on: date = NEXT) -> Loaded:
    return load_divisions(
        [f"{line}\n" for line in (RECODED, *rows)], authority="test", edition="2", on=on, by=SYSTEM, at=AT
    )


def test_county_that_becomes_a_district_goes_on_under_its_new_code_with_its_towns() -> None:
    load(*FIRST)
    ids = dict(Division.objects.values_list("code", "pk"))
    done = load_recoded("990103,测试区,county,990100,,,,990101", "990103001,测试镇,town,990103,,,,990101001")
    district, recoded, left_out = standing("990103"), standing("990103001"), standing("990101002")
    assert (done.created, done.ended) == (3, 3)
    assert done.successors == {
        ids["990101"]: district.pk, ids["990101001"]: recoded.pk, ids["990101002"]: left_out.pk,
    }  # fmt: skip
    assert (district.former_code, recoded.former_code, left_out.former_code) == ("990101", "990101001", "")
    assert {recoded.parent, left_out.parent} == {district}
    old = Division.objects.get(pk=ids["990101"])
    assert (recoded.latitude, old.ends_on) == (23.5, EVE)
    assert not Division.objects.filter(code__in=["990101", "990101001"], ends_on=None).exists()
    assert latest(old) == district
    assert codes_of(district) == {"990101", "990103"}


def test_list_with_former_codes_may_be_loaded_again() -> None:
    load(*FIRST)
    row = "990103,测试区,county,990100,,,,990101"
    load_recoded(row)
    assert load_recoded(row) == Loaded(created=0, changed=0, ended=0, unchanged=1)
    assert load_recoded("990104,测试新区,county,990100,,,,990103", on=date(2027, 2, 1)).ended == 3
    assert codes_of(standing("990104")) == {"990101", "990103", "990104"}


def test_parent_under_its_former_code_is_a_fault() -> None:
    load(*FIRST)
    with pytest.raises(DomainError) as caught:
        load_recoded("990103,测试区,county,990100,,,,990101", TOWN + ",")
    assert [fault.field for fault in caught.value.errors] == ["3.parent"]


@pytest.mark.parametrize(
    "rows",
    [
        ["990103,测试区,county,990100,,,,990999"],  # never was
        ["990101001,测试镇,town,990101,,,,990101002"],  # both stand
        ["990101003,甲镇,town,990101,,,,990101001", "990101001,测试镇,town,990101,,,,"],  # listed too
        ["990101003,甲镇,town,990101,,,,990101001", "990101004,乙镇,town,990101,,,,990101001"],  # twice
    ],
)
def test_former_code_that_cannot_be_is_a_fault_of_its_cell(rows: list[str]) -> None:
    load(*FIRST)
    with pytest.raises(DomainError) as caught:
        load_recoded(*rows)
    assert {fault.field.partition(".")[2] for fault in caught.value.errors} == {"formerly"}
    assert Division.objects.count() == len(FIRST)
