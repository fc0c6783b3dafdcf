"""Sites, and those near a point."""

from typing import Any

import pytest

from fieldwork.core.geo import Datum, Position, from_wgs84
from fieldwork.directory.models import Division, Site
from tests import factories
from tests.api.client import Phone

pytestmark = pytest.mark.django_db
HERE = Position(23.70, 113.05)
ABOUT_A_KM = 0.009  # degrees of latitude


def site(county: Division, name: str, km_north: float | None = None) -> Site:
    place = {} if km_north is None else {"latitude": HERE.latitude + km_north * ABOUT_A_KM, "longitude": HERE.longitude}
    return county.sites.create(name=name, starts_on=factories.BEGINNING, **place)


def names(response: Any) -> list[str]:
    assert response.status_code == 200
    return [row["name"] for row in response.json()["results"]]


def test_sites_near_a_point_come_nearest_first(county: Division, phone: Phone) -> None:
    for name, km in {"远": 3.0, "中": -1.5, "近": 0.5}.items():
        site(county, name, km)
    site(county, "不知何处")
    found = phone.get("sites?near=23.70,113.05")
    assert names(found) == ["近", "中"]
    assert [round(row["distance_m"], -1) for row in found.json()["results"]] == [500, 1500]
    assert names(phone.get("sites?near=23.70,113.05&radius_m=5000")) == ["近", "中", "远"]
    assert names(phone.get("sites?near=23.70,113.05&radius_m=5000&page_size=1")) == ["近"]
    assert names(phone.get("sites?near=23.70,113.05&radius_m=5000&search=远")) == ["远"]
    assert len(names(phone.get("sites"))) == 4


def test_sites_near_a_point_are_ordered_by_metres_not_degrees(county: Division, phone: Phone) -> None:
    for _ in range(4):
        county.sites.create(name="北", starts_on=factories.BEGINNING, latitude=23.7095, longitude=113.05)
    county.sites.create(name="东", starts_on=factories.BEGINNING, latitude=23.70, longitude=113.06)
    assert names(phone.get("sites?near=23.70,113.05&page_size=2")) == ["东", "北"]


def test_sites_within_a_radius_that_is_empty_are_refused(county: Division, phone: Phone) -> None:
    assert phone.get("sites?near=23.70,113.05&radius_m=").json()["errors"][0]["field"] == "radius_m"


def test_sites_near_a_point_of_another_datum(county: Division, phone: Phone) -> None:
    site(county, "此处", 0)
    for datum in Datum:
        shown = from_wgs84(HERE, datum)
        near = f"{shown.latitude:.7f},{shown.longitude:.7f}"
        assert names(phone.get(f"sites?near={near}&datum={datum}&radius_m=10")) == ["此处"]


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("near=x", "near"), ("near=91,0", "near"), ("near=1", "near"), ("near=nan,0", "near"),
        ("near=1,2,3", "near"),
        ("near=1,2&radius_m=0", "radius_m"), ("near=1,2&radius_m=50001", "radius_m"), ("radius_m=5", "near"),
        ("near=1,2&datum=tokyo", "datum"), ("datum=wgs84", "near"), ("near=1,2&page_size=0", "page_size"),
    ],
)  # fmt: skip
def test_sites_near_nowhere_are_refused(phone: Phone, query: str, field: str) -> None:
    response = phone.get(f"sites?{query}")
    assert (response.status_code, [error["field"] for error in response.json()["errors"]]) == (400, [field])


def test_site_is_stored_as_wgs84(county: Division, phone: Phone) -> None:
    shown = from_wgs84(HERE, Datum.GCJ02)
    location = {"latitude": shown.latitude, "longitude": shown.longitude, "datum": "gcj02"}
    body = {"name": "测试厂", "division": str(county.pk), "starts_on": "2026-01-01", "location": location}
    response = phone.post("sites", body)
    assert response.status_code == 201
    assert response.json()["location"]["latitude"] == pytest.approx(HERE.latitude, abs=1e-8)
    assert response.json()["location"]["longitude"] == pytest.approx(HERE.longitude, abs=1e-8)
    assert response.json()["distance_m"] is None


def test_site_without_a_place_is_welcome(county: Division, phone: Phone) -> None:
    response = phone.post("sites", {"name": "测试厂", "division": str(county.pk), "starts_on": "2026-01-01"})
    assert response.json()["location"] is None


@pytest.mark.parametrize(
    "location",
    [{"latitude": 91, "longitude": 0}, {"latitude": "1", "longitude": 0}, {"latitude": True, "longitude": 0}],
)
def test_site_beyond_the_earth_is_refused(county: Division, phone: Phone, location: Any) -> None:
    body = {"name": "测试厂", "division": str(county.pk), "starts_on": "2026-01-01", "location": location}
    assert [e["field"] for e in phone.post("sites", body).json()["errors"]] == ["location.latitude"]
