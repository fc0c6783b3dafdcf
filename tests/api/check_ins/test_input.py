"""What is refused, by which field, and that nothing of it is stored."""

import json
from typing import Any
from uuid import uuid4

import pytest

from fieldwork.directory.enums import Office
from tests import factories as make
from tests.api.check_in import body, put, stored
from tests.api.client import Phone
from tests.photos import declared
from tests.place import Place

BAD: dict[str, tuple[dict[str, Any], str]] = {
    "latitude 91": ({"location": {"latitude": 91, "longitude": 0}}, "location.latitude"),
    "half a position": ({"location": {"latitude": 9}}, "location"),
    "no offset": ({"captured_at": "2026-11-21T12:00:00"}, "captured_at"),
    "next week": ({"captured_at": "2026-11-28T12:00:00+08:00"}, "captured_at"),
    "NUL": ({"summary": "a\0b"}, "summary"),
    "half a surrogate": ({"summary": "\ud800"}, "summary"),
    "unknown datum": ({"location": {"latitude": 9, "longitude": 9, "datum": "tokyo"}}, "location.datum"),
    "short digest": (
        {"photos": [{"sha256": "ab", "bytes": 1, "content_type": "image/jpeg"}]},
        "photos.0.sha256",
    ),
    "huge photo": ({"photos": [declared(b"x") | {"bytes": 1 << 40}]}, "photos.0.bytes"),
    "pdf": ({"photos": [declared(b"x", "application/pdf")]}, "photos.0.content_type"),
    "unknown lead": ({"lead": "999999"}, "lead"),
    "lead of nonsense": ({"lead": "x'; --"}, "lead"),
    "unknown task": ({"task": "999999"}, "task"),
    "unknown site": ({"site": "999999"}, "site"),
    "unknown duty": ({"duties": ["no-such-rule"]}, "duties.0"),
    "unknown companion": ({"companions": ["999999"]}, "companions.0"),
    "digest of digits": ({"photos": [declared(b"x") | {"sha256": int("1" * 64)}]}, "photos.0.sha256"),
    "size as a text": ({"photos": [declared(b"x") | {"bytes": "12"}]}, "photos.0.bytes"),
    "offset of 99 minutes": ({"captured_at": "2026-11-21T12:00:00+08:99"}, "captured_at"),
    "number for a text": ({"summary": 5}, "summary"),
    "text for a flag": ({"found_nothing": "yes"}, "found_nothing"),
}


@pytest.mark.parametrize("year", ["1969", "2200", "9998", "0002"])
def test_years_without_duties_are_refused_everywhere(place: Place, phone: Phone, year: str) -> None:
    for address in ["obligations?during=", "obligations?period=", "tasks?during=", "check-ins?period="]:
        assert phone.get(f"{address}{year}-12").status_code == 400
    assert put(phone, body(place, captured_at=f"{year}-12-31T23:00:00Z", device=None)).status_code == 400
    office = Phone.of(make.user(office=Office.SUPERVISOR, division=place.county))
    assert office.post(f"periods/{year}-12/reconcile").status_code == 400


def test_last_year_of_duties_has_an_end(place: Place, phone: Phone) -> None:
    assert phone.get("obligations?during=2199-12").json()["results"] == []
    assert phone.get("check-ins?during=2199").json()["results"] == []


def test_office_reconciles_its_own_division_and_nothing_ahead_of_time(place: Place) -> None:
    elsewhere = Phone.of(make.user(office=Office.SUPERVISOR, division=make.division("别县", place.city)))
    assert elsewhere.post("periods/2026-11/reconcile").json()["changed"] == 0
    office = Phone.of(make.user(office=Office.SUPERVISOR, division=place.county))
    assert office.post("periods/2027-07/reconcile").json()["errors"][0]["field"] == "period"
    assert office.post("periods/2026-11/reconcile").json()["statuses"] == {"open": 1}


def test_whole_number_may_be_written_with_a_point(place: Place, phone: Phone) -> None:
    first, again = (body(place, photos=[declared(b"x") | {"bytes": size}]) for size in (1, 1.0))
    assert phone.put(f"check-ins/{(pk := uuid4())}", first).status_code == 201
    assert phone.put(f"check-ins/{pk}", again).status_code == 200
    half = body(place, photos=[declared(b"x") | {"bytes": 1.5}])
    assert phone.put(f"check-ins/{uuid4()}", half).json()["errors"][0]["field"] == "photos.0.bytes"


@pytest.mark.parametrize("case", BAD)
def test_bad_input_names_its_field_and_stores_nothing(place: Place, phone: Phone, case: str) -> None:
    changed, field = BAD[case]
    escaped = json.dumps(body(place) | changed)  # NUL and half surrogates travel as escapes
    answer = phone.put(f"check-ins/{uuid4()}", escaped, content_type="application/json")
    assert answer.status_code == 400
    assert answer.json()["errors"][0]["field"] == field
    assert answer.json()["errors"][0]["detail"]
    assert stored() == (0, 0, [])


def test_nan_is_no_json(place: Place, phone: Phone) -> None:
    raw = json.dumps(body(place, location={"latitude": float("nan"), "longitude": 1}))
    answer = phone.put(f"check-ins/{uuid4()}", raw, content_type="application/json")
    assert (answer.status_code, answer.json()["code"]) == (400, "invalid")


def test_unknown_filter_and_malformed_id_have_their_answers(place: Place, phone: Phone) -> None:
    assert phone.get("check-ins?colour=red").json()["code"] == "unknown_filter"
    assert phone.get("check-ins?period=2026-13").json()["errors"][0]["field"] == "period"
    assert phone.get("check-ins/not-a-uuid").status_code == 404


@pytest.mark.parametrize(("name", "many"), [("companions", 51), ("duties", 51), ("photos", 21), ("duties", 150_000)])
def test_list_that_is_too_long_is_refused_before_its_items_are_read(
    place: Place, phone: Phone, name: str, many: int
) -> None:
    answer = put(phone, body(place) | {name: [0] * many})
    assert answer.status_code == 400
    assert [(error["field"], error["code"]) for error in answer.json()["errors"]] == [(name, "max_length")]
    assert stored() == (0, 0, [])
