"""Loading boundaries from GeoJSON: which division a feature is of, and every fault in words."""

import io
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.utils import translation

from fieldwork.core.errors import Code, DomainError
from fieldwork.core.geo import Datum, Position, from_wgs84
from fieldwork.core.models import Event
from fieldwork.directory.boundaries import LoadedBoundaries
from fieldwork.directory.models import Boundary, BoundaryCell, Division
from fieldwork.directory.places import locate
from tests.factories import division
from tests.grounds import Ring, bound, box, feature, geojson, load, multipolygon, polygon

pytestmark = pytest.mark.django_db
ON = date(2026, 11, 21)
SQUARE = box(113, 23, 114, 24)
BOW: Ring = [(113, 23), (114, 24), (114, 23), (113, 24), (113, 23)]
NAMELESS = "No property names the division; these were looked for: code, adcode, gb, 区划代码, 代码, name, NAME, 名称."
# A spike of no width, at which the line runs over itself.
SPIKE: Ring = [(113, 23), (114, 23), (114, 24), (114.5, 24.5), (114, 24), (113, 24), (113, 23)]


@pytest.fixture
def county() -> Division:
    return division("测试县", division("测试市", code="4418"), code="441802")


def faults(text: str, **options: Any) -> dict[str, str]:
    """Why a file is refused, by feature and part, in English."""
    with translation.override("en"):
        with pytest.raises(DomainError) as refused:
            load(text, **options)
        told = {fault.field: str(fault.detail) for fault in refused.value.errors} or {"": str(refused.value.detail)}
    assert refused.value.code == Code.INVALID
    assert not Boundary.objects.exists()
    assert not Event.objects.exists()
    return told


@pytest.mark.parametrize(
    "properties",
    [
        {"code": "441802"}, {"adcode": 441802}, {"adcode": 441802.0}, {"gb": "156441802"}, {"code": "441802000000"},
        {"code": "441802000"}, {"name": "测试县"}, {"名称": "测试县", "code": None},
        {"code": " 441802 ", "name": "另一名"},
    ],
)  # fmt: skip
def test_feature_is_of_the_division_that_it_names(county: Division, properties: dict[str, Any]) -> None:
    assert load(geojson(feature(polygon(SQUARE), **properties))) == LoadedBoundaries(1, 0, 0, 0)
    assert Boundary.objects.get().division == county


@pytest.mark.parametrize("value", ["441802", "测试县"])
def test_property_may_be_named(county: Division, value: str) -> None:
    other = division("别县", county.parent)
    load(geojson(feature(polygon(SQUARE), name=other.name, XZQ=value)), key="XZQ")
    assert Boundary.objects.get().division == county


@pytest.mark.parametrize("parent", ["乙市", "4419", {"adcode": 4419}, {"name": "乙市"}])
def test_name_that_several_have_is_told_apart_by_the_division_above(county: Division, parent: Any) -> None:
    wanted = division(county.name, division("乙市", code="4419"), code="441999")
    told = faults(geojson(feature(polygon(SQUARE), name=county.name)))
    assert "441802 (测试市), 441999 (乙市)" in told["1.properties"]
    load(geojson(feature(polygon(SQUARE), name=county.name, parent=parent)))
    assert Boundary.objects.get().division == wanted


def test_same_file_again_changes_nothing_and_another_replaces(county: Division) -> None:
    assert bound({county: polygon(SQUARE)}) == LoadedBoundaries(1, 0, 0, 0)
    assert bound({county: polygon(SQUARE)}) == LoadedBoundaries(0, 0, 1, 0)
    assert Event.objects.count() == 1
    assert bound({county: polygon(box(113, 23, 113.01, 23.01))}) == LoadedBoundaries(0, 1, 0, 0)
    event = Event.objects.latest("pk")
    assert (event.kind, event.division_path) == ("boundaries.loaded", county.path)
    assert (event.data["created"], event.data["replaced"]) == ([], [county.pk])
    assert event.data["source"] == "测试"
    depths = {cell.split("/")[0] for cell in BoundaryCell.objects.values_list("cell", flat=True)}
    assert len(depths) == 1


def test_trial_tells_and_stores_nothing(county: Division) -> None:
    assert bound({county: polygon(SQUARE)}, dry_run=True) == LoadedBoundaries(1, 0, 0, 0)
    assert not Boundary.objects.exists()
    assert not Event.objects.exists()


@pytest.mark.parametrize("datum", Datum)
def test_degrees_of_any_datum_become_wgs84(county: Division, datum: Datum) -> None:
    given = [from_wgs84(Position(latitude, longitude), datum) for longitude, latitude in SQUARE]
    bound({county: polygon([(place.longitude, place.latitude) for place in given])}, datum=datum)
    near = 0.00001  # a metre
    for latitude, longitude in ((23 + near, 113 + near), (24 - near, 114 - near)):
        assert locate(Position(latitude, longitude), ON).inside(county) is True
    for latitude, longitude in ((23 - near, 113.5), (23.5, 114 + near)):
        assert locate(Position(latitude, longitude), ON).inside(county) is False


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "not JSON"), ("{", "not JSON"), ("[" * 100_000, "not JSON"), ("1" * 5000, "not JSON"),
        ("[]", "not a GeoJSON"), ('"x"', "not a GeoJSON"), ('{"type": "FeatureCollection"}', "not a GeoJSON"),
        ('{"type": "Polygon", "coordinates": [[[113, 23], [114, 23], [114, 24], [113, 23]]]}', "not a GeoJSON"),
        (geojson(crs={"type": "name", "properties": {"name": "urn:ogc:def:crs:EPSG::4547"}}), "crs"),
    ],
)  # fmt: skip
def test_file_that_is_no_geojson_is_refused(text: str, why: str) -> None:
    assert why in faults(text)[""]


@pytest.mark.parametrize("crs", ["urn:ogc:def:crs:OGC:1.3:CRS84", "EPSG:4326", "urn:ogc:def:crs:EPSG::4490"])
def test_degrees_by_another_name_are_read(county: Division, crs: str) -> None:
    text = geojson(feature(polygon(SQUARE), code=county.code), crs={"type": "name", "properties": {"name": crs}})
    assert load(text).created == 1


@pytest.mark.parametrize(
    ("geometry", "why"),
    [
        (None, "geometry is missing"),
        ({}, "Polygon or a MultiPolygon, not: None"),
        ({"type": "Point", "coordinates": [113, 23]}, "not: Point"),
        ({"type": "Polygon"}, "coordinates are missing"),
        ({"type": "Polygon", "coordinates": []}, "coordinates are missing"),
        ({"type": "Polygon", "coordinates": None}, "coordinates are missing"),
        (multipolygon([]), "coordinates are missing"),
        (polygon([]), "list of positions"),
        ({"type": "Polygon", "coordinates": [[[113, 23], "x", [114, 24], [113, 23]]]}, "list of positions"),
        ({"type": "Polygon", "coordinates": [[["113", "23"]] * 4]}, "list of positions"),
        ({"type": "Polygon", "coordinates": [[[113], [114], [114], [113]]]}, "list of positions"),
        ({"type": "Polygon", "coordinates": [113, 23]}, "list of positions"),
        (polygon(SQUARE[:-1]), "not closed"),
        (polygon([SQUARE[0], SQUARE[1], SQUARE[0]]), "not closed"),
        (polygon([(latitude, longitude) for longitude, latitude in SQUARE]), "wrong order"),
        (polygon(box(179.5, 23, 180.5, 24)), "not lie on earth"),
        (polygon([(float("nan"), 23), *SQUARE[1:-1], (float("nan"), 23)]), "not closed"),
        (polygon([SQUARE[0], (float("nan"), 23), *SQUARE[1:]]), "not lie on earth"),
        (polygon([SQUARE[0], (float("inf"), 23), *SQUARE[1:]]), "not lie on earth"),
        (polygon(BOW), "crosses itself or overlaps itself at longitude 113.5, latitude 23.5"),
        (multipolygon([SQUARE], [box(113.5, 23.5, 114.5, 24.5)]), "overlaps itself"),
        (polygon([(113, 23), (114, 24), (113, 23), (113, 23)]), "crosses itself"),
    ],
)
def test_geometry_that_is_no_boundary_is_refused(county: Division, geometry: Any, why: str) -> None:
    good = feature(polygon(SQUARE), code=county.code)
    told = faults(geojson(good, feature(geometry, code="x")), skip_unknown=True)
    assert list(told) == ["2.geometry"]
    assert why in told["2.geometry"]


def test_line_that_hardly_crosses_itself_is_mended(county: Division) -> None:
    bound({county: polygon(SPIKE)})
    assert locate(Position(23.5, 113.5), ON).inside(county) is True
    assert locate(Position(24.4, 114.4), ON).inside(county) is False


def test_heights_are_left_out(county: Division) -> None:
    bound({county: polygon([(longitude, latitude, 12.5) for longitude, latitude in SQUARE])})  # type: ignore[misc]
    assert locate(Position(23.5, 113.5), ON).inside(county) is True


def test_all_faults_are_told_at_once_by_feature_and_nothing_is_stored(county: Division) -> None:
    ended = division("旧县", county.parent, code="441899", ends_on=date(2026, 1, 1))
    told = faults(
        geojson(
            feature(polygon(SQUARE), code=county.code), feature(polygon(SQUARE), code="999999"),
            feature(polygon(SQUARE), name="无此县"), feature(polygon(SQUARE), colour="red"),
            feature(polygon(SQUARE), name=county.name), {"type": "Point"}, feature(polygon(SQUARE), code=ended.code),
        )
    )  # fmt: skip
    assert told == {
        "2.properties": "No division 999999 stands.",
        "3.properties": "No division 无此县 stands.",
        "4.properties": NAMELESS,
        "5.properties": "Feature 1 is of 测试县 too.",
        "6.type": "This is not a feature.",
        "7.properties": "No division 441899 stands.",
    }


def test_divisions_of_elsewhere_may_be_left_out(county: Division) -> None:
    text = geojson(feature(polygon(SQUARE), code=county.code), feature(polygon(SQUARE), code="999999"))
    assert load(text, skip_unknown=True) == LoadedBoundaries(1, 0, 0, 1)


def test_command_loads_a_file_and_names_faults(county: Division, tmp_path: Path) -> None:
    file, told = tmp_path / "县界.geojson", io.StringIO()
    file.write_text(geojson(feature(polygon(SQUARE), code=county.code)), encoding="utf-8-sig")
    with translation.override("en"):
        call_command("load_boundaries", str(file), "--authority=test", "--datum=gcj02", "--dry-run", stdout=told)
        assert "only a trial" in told.getvalue()
        assert not Boundary.objects.exists()
        call_command("load_boundaries", str(file), "--authority=test", "--datum=gcj02", stdout=told)
        assert "created: 1" in told.getvalue()
        assert Boundary.objects.get().source == "县界.geojson"
        file.write_text(geojson(feature(None, code=county.code)))
        with pytest.raises(CommandError, match=r"1\.geometry: The geometry is missing\."):
            call_command("load_boundaries", str(file), "--authority=test")
    with pytest.raises(CommandError, match="cannot be read"):
        call_command("load_boundaries", str(tmp_path / "none"))
