"""PUT hazards/{uuid}: twice is once, late is no matter, and where it lies follows from what was said."""

from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import pytest
import time_machine

from fieldwork.core.models import Event
from fieldwork.hazards.models import Hazard, HazardPhoto
from tests import factories as make
from tests.api import check_in
from tests.api.client import Phone
from tests.hazards import PHOTO, Works, body, do, report
from tests.photos import declared, jpeg
from tests.place import Place

NOON = "2026-11-21T12:00:00+08:00"


@pytest.fixture(autouse=True)
def noon() -> Iterator[None]:
    with time_machine.travel(NOON, tick=False):
        yield


def put(works: Works, pk: object, content: Any, party: str = "finder") -> Any:
    return works.phone(party).put(f"hazards/{pk}", content)


def test_second_call_answers_the_object_as_it_stands_now(works: Works) -> None:
    pk, content = uuid4(), body(works)
    first = put(works, pk, content)
    do(works, "office", pk, "grade")
    again = put(works, pk, {**content, "found_at": "2026-11-20T02:00:00Z", "device": {"id": "anders"}})
    assert (first.status_code, again.status_code) == (201, 200)
    assert again.json()["state"] == "graded"
    assert Hazard.objects.count() == Event.objects.filter(kind="hazard.reported").count() == 1


def test_same_id_with_other_content_is_refused(works: Works) -> None:
    pk = report(works)
    answer = put(works, pk, body(works, description="anders"))
    assert (answer.status_code, answer.json()["code"]) == (409, "already_exists_differently")


def test_somebody_elses_id_is_not_found(works: Works) -> None:
    pk = report(works)
    assert put(works, pk, body(works), "stranger").status_code == 404


def test_hazard_may_come_before_its_check_in_and_is_linked_when_that_arrives(works: Works, place: Place) -> None:
    visit, phone = uuid4(), works.phone("finder")
    pk = report(works, check_in=str(visit))
    assert (phone.get(f"hazards/{pk}").json()["check_in_arrived"]) is False
    assert check_in.put(phone, check_in.body(place), visit).status_code == 201
    answer = phone.get(f"hazards/{pk}").json()
    assert (answer["check_in"], answer["check_in_arrived"]) == (str(visit), True)
    assert [row["id"] for row in phone.get(f"hazards?check_in={visit}").json()["results"]] == [str(pk)]


def test_check_in_of_somebody_else_is_none(works: Works, place: Place) -> None:
    visit = uuid4()
    check_in.put(works.phone("finder"), check_in.body(place), visit)
    stranger = make.tenure(make.post(make.organisation(make.division("测试镇", place.county)))).leader
    content = {**body(works), "check_in": str(visit), "site": None}
    answer = Phone.of(make.user(leader=stranger)).put(f"hazards/{uuid4()}", content)
    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (400, "check_in")


def test_without_a_site_it_lies_where_its_position_does(works: Works, place: Place) -> None:
    pk = report(works, site=None, site_name="测试工地")
    hazard = Hazard.objects.get(pk=pk)
    assert (hazard.division, hazard.site, hazard.site_name) == (place.town, None, "测试工地")


def test_without_any_place_it_lies_where_its_finder_serves(works: Works, place: Place) -> None:
    hazard = Hazard.objects.get(pk=report(works, site=None, location=None))
    assert (hazard.division, hazard.post) == (place.county, place.tenure.post)


def test_without_a_place_it_lies_at_the_site_of_its_check_in(works: Works, place: Place) -> None:
    visit = uuid4()
    assert check_in.put(works.phone("finder"), check_in.body(place, site=str(works.site.pk)), visit).status_code == 201
    hazard = Hazard.objects.get(pk=report(works, site=None, location=None, check_in=str(visit)))
    assert (hazard.site, hazard.division, hazard.regulator) == (works.site, works.site.division, works.regulator)
    elsewhere = Hazard.objects.get(pk=report(works, site=None, check_in=str(visit)))
    assert elsewhere.site is None


def test_of_a_site_it_takes_industry_and_regulator(works: Works) -> None:
    hazard = Hazard.objects.get(pk=report(works))
    assert (hazard.industry, hazard.regulator) == (works.site.industry, works.regulator)


def test_photos_come_along_or_later_and_are_matched_by_digest(works: Works) -> None:
    pk, phone = report(works, PHOTO), works.phone("finder")
    address = f"hazards/{pk}/photos/{declared(PHOTO)['sha256']}"
    assert phone.get(f"hazards/{pk}").json()["missing_photos"] == [declared(PHOTO)["sha256"]]
    assert phone.put(address, jpeg(9), content_type="image/jpeg").status_code == 422
    assert phone.put(address, PHOTO, content_type="image/jpeg").status_code == 201
    assert phone.put(address, PHOTO, content_type="image/jpeg").status_code == 200
    shown: Any = phone.get(address)
    assert b"".join(shown.streaming_content) == PHOTO
    assert phone.get(f"hazards/{pk}").json()["missing_photos"] == []


def test_photo_in_pieces_goes_on_where_the_line_broke(works: Works) -> None:
    pk, phone = report(works, PHOTO), works.phone("finder")
    address = f"hazards/{pk}/photos/{declared(PHOTO)['sha256']}"
    half = len(PHOTO) // 2
    first = phone.patch(address, PHOTO[:half], content_type="image/jpeg", headers={"Upload-Offset": "0"})
    assert (first.status_code, phone.head(address)["Upload-Offset"]) == (204, str(half))
    rest = phone.patch(address, PHOTO[half:], content_type="image/jpeg", headers={"Upload-Offset": str(half)})
    assert rest.status_code == 201


def test_undeclared_photo_is_a_conflict(works: Works) -> None:
    address = f"hazards/{report(works)}/photos/{declared(PHOTO)['sha256']}"
    answer = works.phone("finder").put(address, PHOTO, content_type="image/jpeg")
    assert (answer.status_code, answer.json()["code"]) == (409, "photo_not_declared")


def test_lost_photo_is_waited_for_no_longer_and_taken_all_the_same(works: Works) -> None:
    pk, phone = report(works, PHOTO), works.phone("finder")
    address = f"hazards/{pk}/photos/{declared(PHOTO)['sha256']}"
    lost = phone.post(f"{address}/lost", {"reason": "测试"}).json()
    assert (lost["missing_photos"], lost["photos"][0]["lost"]) == ([], True)
    assert phone.put(address, PHOTO, content_type="image/jpeg").status_code == 201
    assert phone.get(f"hazards/{pk}").json()["photos"][0]["lost"] is False


def test_each_side_says_of_its_own_photos_alone_that_they_are_lost(works: Works) -> None:
    pk, after = report(works, PHOTO), jpeg(8)
    do(works, "office", pk, "grade")
    do(works, "office", pk, "assign")
    do(works, "rectifier", pk, "submit", photos=[declared(after), declared(PHOTO)])
    lost = {"reason": "测试"}
    for party, photo in (("finder", after), ("office", after), ("office", PHOTO)):
        answer = works.phone(party).post(f"hazards/{pk}/photos/{declared(photo)['sha256']}/lost", lost)
        assert answer.status_code == 403, party
    answer = works.phone("rectifier").post(f"hazards/{pk}/photos/{declared(PHOTO)['sha256']}/lost", lost)
    assert answer.json()["photos"][0]["lost"] is False
    assert set(answer.json()["missing_photos"]) == {declared(photo)["sha256"] for photo in (PHOTO, after)}


def test_who_only_looks_on_sends_no_photos(works: Works) -> None:
    address = f"hazards/{report(works, PHOTO)}/photos/{declared(PHOTO)['sha256']}"
    assert works.phone("linked").put(address, PHOTO, content_type="image/jpeg").status_code == 403
    assert not HazardPhoto.objects.filter(blob__isnull=False).exists()


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("category", "unknown"), ("grade", "huge"), ("description", ""), ("found_at", "2026-11-25T00:00:00+08:00"),
        ("found_at", "2026-11-20T10:00:00"), ("site", "999999"), ("lead", "999999"), ("proposed_deadline", "soon"),
    ],
)  # fmt: skip
def test_fault_names_its_field_and_nothing_is_stored(field: str, value: str, works: Works) -> None:
    answer = put(works, uuid4(), body(works, **{field: value}))
    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (400, field)
    assert not Hazard.objects.exists()


def test_auditor_reports_nothing(works: Works) -> None:
    assert put(works, uuid4(), body(works), "auditor").status_code == 403


def test_office_and_unit_report_in_their_own_name(works: Works) -> None:
    for party in ("office", "rectifier"):
        pk = uuid4()
        content = body(works, site=str(works.site.pk) if party == "office" else None)
        assert put(works, pk, content, party).status_code == 201
        assert Hazard.objects.get(pk=pk).lead is None
