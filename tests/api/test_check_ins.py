"""PUT check-ins: identity of content, what counts, flags, and what is refused."""

import json
from datetime import date, datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
import time_machine
from django.conf import settings as django_settings
from django.core.files.uploadedfile import SimpleUploadedFile

from fieldwork.core.events import SYSTEM
from fieldwork.core.models import Blob
from fieldwork.core.periods import Period
from fieldwork.core.uploads import original
from fieldwork.directory.enums import Office
from fieldwork.directory.models import Delegation, Site, Tenure
from fieldwork.duties.models import Obligation, Task, Tracking
from fieldwork.duties.reconcile import reconcile
from fieldwork.inspections.models import CheckIn
from tests import factories as make
from tests.api.check_in import NOON, body, put, put_multipart
from tests.api.client import Phone
from tests.photos import declared, digest, jpeg
from tests.place import SEAT, Place

AFTERNOON = "2026-11-21T14:00:00+08:00"


@pytest.fixture(autouse=True)
def afternoon() -> Any:
    with time_machine.travel(AFTERNOON, tick=False):
        yield


@pytest.fixture
def phone(place: Place) -> Phone:
    return Phone.of(place.user)


def flags(answer: Any) -> set[str]:
    return {flag["code"] for flag in answer.json()["flags"]}


def stored() -> tuple[int, int, list[Path]]:
    files = [path for path in Path(django_settings.MEDIA_ROOT).rglob("*") if path.is_file()]
    return CheckIn.objects.count(), Blob.objects.count(), files


def test_check_in_at_the_linked_seat_is_met_and_raises_no_flag(place: Place, phone: Phone) -> None:
    photo = jpeg()
    answer = put_multipart(phone, body(place, photo), photo)
    assert answer.status_code == 201
    said = answer.json()
    assert (said["state"], said["distance_m"], said["inside_target"]) == ("complete", 0, True)
    assert said["flags"] == []
    task = Task.objects.get()
    assert said["counts_for"] == [str(task.pk)]
    obligation = phone.get(f"obligations/{said['counts_for_obligations'][0]}").json()
    assert (obligation["status"], obligation["progress"]) == ("met", {"counted": 1, "minimum": 1})
    assert obligation["bases"][0]["article"] == "第五条（七）"
    assert obligation["bases"][0]["article_text"] == "每月牵头至少开展1次安全生产排查。"


def test_same_content_again_is_200_and_one_row(place: Place, phone: Phone) -> None:
    photo, pk = jpeg(), uuid4()
    content = body(place, photo)
    assert put_multipart(phone, content, photo, pk=pk).status_code == 201
    later_clock = content | {"device": {"id": "phone-1", "clock_at_send": "2026-11-21T13:00:00+08:00"}}
    in_utc = content | {"captured_at": "2026-11-21T04:00:00Z", "site_name": "", "companions": []}
    for again in [content, later_clock, in_utc, content | {"device": None}]:
        assert put(phone, again, pk).status_code == 200
        assert put_multipart(phone, again, photo, pk=pk).status_code == 200
    assert CheckIn.objects.count() == 1
    assert Obligation.objects.get().counted == 1


@pytest.mark.parametrize(
    "changed",
    [
        {"summary": "另一句"},
        {"captured_at": "2026-11-21T12:00:00.5+08:00"},
        {"photos": []},
        {"found_nothing": None},
    ],
)
def test_same_id_with_other_content_is_409(place: Place, phone: Phone, changed: Any) -> None:
    pk = uuid4()
    content = body(place, jpeg())
    put(phone, content, pk)
    answer = put(phone, content | changed, pk)
    assert (answer.status_code, answer.json()["code"]) == (409, "already_exists_differently")


def test_order_of_photos_is_no_content(place: Place, phone: Phone) -> None:
    pk, one, two = uuid4(), jpeg(1), jpeg(2)
    assert put(phone, body(place, one, two), pk).status_code == 201
    assert put(phone, body(place, two, one), pk).status_code == 200


def test_photos_may_follow_one_by_one_and_complete_the_check_in(place: Place, phone: Phone) -> None:
    pk, one, two = uuid4(), jpeg(1), jpeg(2)
    answer = put(phone, body(place, one, two), pk)
    assert answer.json()["state"] == "incomplete"
    assert answer.json()["missing_photos"] == sorted([digest(one), digest(two)])
    assert flags(answer) == {"photos_missing"}
    assert answer.json()["counts_for"]
    for photo, state in [(one, "incomplete"), (two, "complete")]:
        address = f"check-ins/{pk}/photos/{digest(photo)}"
        assert phone.head(address).headers["Upload-Offset"] == "0"
        assert phone.put(address, photo, content_type="image/jpeg").status_code == 201
        assert phone.put(address, photo, content_type="image/jpeg").status_code == 200
        assert phone.head(address).headers["Upload-Offset"] == str(len(photo))
        assert phone.get(f"check-ins/{pk}").json()["state"] == state
    assert flags(phone.get(f"check-ins/{pk}")) == set()
    original: Any = phone.get(f"check-ins/{pk}/photos/{digest(two)}")
    assert b"".join(original.streaming_content) == two


def test_multipart_again_brings_the_photos_that_were_missing(place: Place, phone: Phone) -> None:
    pk, photo = uuid4(), jpeg()
    put(phone, body(place, photo), pk)
    answer = put_multipart(phone, body(place, photo), photo, pk=pk)
    assert (answer.status_code, answer.json()["state"]) == (200, "complete")


def test_json_part_may_come_as_a_file(place: Place, phone: Phone) -> None:
    part = SimpleUploadedFile("blob", json.dumps(body(place)).encode(), "application/json")
    assert phone.put(f"check-ins/{uuid4()}", {"check_in": part}, format="multipart").status_code == 201


def test_others_check_in_is_404_whatever_one_tries(place: Place, phone: Phone) -> None:
    pk = uuid4()
    photo = jpeg()
    put(phone, body(place, photo), pk)
    other = make.leader("旁人")
    stranger = Phone.of(make.user(leader=other))
    assert stranger.get(f"check-ins/{pk}").status_code == 404
    assert put(stranger, body(place, photo) | {"lead": str(other.pk)}, pk).status_code == 404
    assert stranger.get(f"check-ins/{pk}/photos/{digest(photo)}").status_code == 404
    answer = stranger.put(f"check-ins/{pk}/photos/{digest(photo)}", photo, content_type="image/jpeg")
    assert (answer.status_code, answer.json()["code"]) == (409, "photo_not_declared")
    assert stranger.get("check-ins").json()["results"] == []


def test_supervisor_of_the_county_sees_it_and_one_elsewhere_does_not(place: Place, phone: Phone) -> None:
    pk = uuid4()
    put(phone, body(place), pk)
    inside = Phone.of(make.user(office=Office.SUPERVISOR, division=place.county))
    outside = Phone.of(make.user(office=Office.SUPERVISOR, division=make.division("别县", place.city)))
    assert inside.get(f"check-ins/{pk}").status_code == 200
    assert outside.get(f"check-ins/{pk}").status_code == 404


def test_nobody_leads_in_anothers_name(place: Place) -> None:
    stranger = Phone.of(make.user(leader=make.leader("旁人")))
    answer = put(stranger, body(place))
    assert (answer.status_code, answer.json()["code"]) == (403, "not_allowed")
    assert stored() == (0, 0, [])


def test_delegate_uploads_for_the_leader_and_is_named(place: Place) -> None:
    assistant = make.user("assistant")
    Delegation.objects.create(assistant=assistant, leader=place.leader, starts_on=date(2026, 11, 1))
    answer = put(Phone.of(assistant), body(place))
    assert answer.status_code == 201
    assert "prepared_by_staff" in flags(answer)
    assert answer.json()["uploaded_by"] == str(assistant.pk)
    assert Obligation.objects.get().outcome == "met"


def test_same_content_again_is_200_also_after_the_delegation_has_ended(place: Place) -> None:
    assistant, pk = make.user("assistant"), uuid4()
    delegation = Delegation.objects.create(assistant=assistant, leader=place.leader, starts_on=date(2026, 11, 1))
    phone = Phone.of(assistant)
    assert put(phone, body(place), pk).status_code == 201
    Delegation.objects.filter(pk=delegation.pk).update(ends_on=date(2026, 11, 20))
    assert put(phone, body(place), pk).status_code == 200
    assert put(phone, body(place)).status_code == 403


def test_captured_before_midnight_and_uploaded_on_the_4th_turns_the_lapse_back(place: Place) -> None:
    reconcile(Period.parse("2026-11"), by=SYSTEM, at=_instant(AFTERNOON))
    with time_machine.travel("2026-12-04T09:00:00+08:00", tick=False):
        phone = Phone.of(place.user)
        assert phone.get("obligations?period=2026-11").json()["results"][0]["status"] == "lapsed"
        late = {"captured_at": "2026-11-30T23:59:59+08:00", "device": {"id": "", "clock_at_send": None}}
        answer = put(phone, body(place, jpeg(), **late))
        assert "uploaded_late" in flags(answer)
        assert phone.get("obligations?period=2026-11").json()["results"][0]["status"] == "met"
        next_second = {**late, "captured_at": "2026-11-30T16:00:00Z"}
        answer = put(phone, body(place, jpeg(), **next_second))
        assert phone.get("obligations?period=2026-12").json()["results"][0]["status"] == "met"


def _instant(text: str) -> datetime:
    return datetime.fromisoformat(text)


@pytest.mark.parametrize(
    ("changed", "raised"),
    [
        ({"location": None}, {"no_location"}),
        ({"location": {"latitude": None, "longitude": None, "missing_reason": "室内"}}, {"no_location"}),
        ({"location": {"latitude": SEAT[0], "longitude": SEAT[1], "accuracy_m": 5000}}, {"low_accuracy"}),
        ({"location": {"latitude": SEAT[0] + 1, "longitude": SEAT[1], "accuracy_m": 5}}, {"outside_target"}),
        ({"captured_at": "2026-11-20T09:00:00+08:00"}, {"uploaded_late"}),
        ({"device": {"clock_at_send": "2026-11-21T13:49:00+08:00"}}, {"clock_skew"}),
        ({"device": {"clock_at_send": "2026-11-21T14:11:00+08:00"}}, {"clock_skew"}),
        ({"device": {"clock_at_send": "2026-11-21T14:10:00+08:00"}}, set()),
        ({"prepared_by_staff": True}, {"prepared_by_staff"}),
        ({"on_paper": True, "location": None, "captured_at": "2026-11-03T09:00:00+08:00"}, {"on_paper"}),
    ],
)
def test_each_doubt_raises_exactly_its_own_flag_and_still_counts(
    place: Place, phone: Phone, changed: Any, raised: set[str]
) -> None:
    photo = jpeg()
    answer = put_multipart(phone, body(place, photo, **changed), photo)
    assert answer.status_code == 201
    assert flags(answer) == raised
    assert all(flag["text"] for flag in answer.json()["flags"])
    assert answer.json()["counts_for_obligations"]


def test_check_in_without_photo_is_flagged(place: Place, phone: Phone) -> None:
    assert flags(put(phone, body(place))) == {"no_photo"}


def test_named_task_counts_though_the_visit_was_elsewhere(place: Place, phone: Phone) -> None:
    reconcile(Period.parse("2026-11"), by=SYSTEM, at=_instant(NOON))
    task = Task.objects.get()
    far = {"latitude": SEAT[0] + 0.5, "longitude": SEAT[1], "accuracy_m": 5}
    photo = jpeg()
    answer = put_multipart(phone, body(place, photo, task=str(task.pk), location=far), photo)
    assert answer.json()["counts_for"] == [str(task.pk)]
    assert answer.json()["inside_target"] is False
    assert 55_000 < answer.json()["distance_m"] < 56_000
    assert flags(answer) == {"outside_target"}


def test_task_of_another_month_is_a_hint_and_the_visit_counts_by_its_own_time(place: Place, phone: Phone) -> None:
    Tracking.objects.update(starts_on=date(2026, 10, 1))
    reconcile(Period.parse("2026-10"), by=SYSTEM, at=_instant(NOON))
    october = Task.objects.get()
    answer = put(phone, body(place, task=str(october.pk)))
    assert answer.status_code == 201
    assert Task.objects.get(pk=answer.json()["counts_for"][0]).obligation.period == "2026-11"
    october.refresh_from_db()
    assert october.done_at is None


def test_visit_serves_industry_and_department_by_its_site(place: Place, phone: Phone) -> None:
    section = make.industry("B", "采矿业")
    mining = make.industry("B06", "煤炭开采", section)
    bureau = make.organisation(place.county, "department", name="测试局", department_kind="regulator")
    make.linkage(place.tenure, section)
    make.linkage(place.tenure, bureau)
    site = Site.objects.create(
        name="测试矿", division=place.town, industry=mining, regulator=bureau, starts_on=make.BEGINNING,
        latitude=SEAT[0], longitude=SEAT[1],
    )  # fmt: skip
    answer = put(phone, body(place, site=str(site.pk)))
    served = Task.objects.filter(pk__in=answer.json()["counts_for"]).values_list("target_kind", flat=True)
    assert sorted(served) == ["department", "industry", "town"]


def test_gcj02_position_is_stored_as_given_and_answered_in_wgs84(place: Place, phone: Phone) -> None:
    given = {"latitude": 24.20413, "longitude": 113.40688, "datum": "gcj02", "accuracy_m": 5}
    said = put(phone, body(place, location=given)).json()["location"]
    assert (said["as_given"]["latitude"], said["as_given"]["datum"]) == (24.20413, "gcj02")
    assert said["datum"] == "wgs84"
    assert 200 < abs(said["latitude"] - given["latitude"]) * 111_000 < 900


def test_last_visit_is_shown_on_the_task_of_the_next_month(place: Place, phone: Phone) -> None:
    put(phone, body(place))
    reconcile(Period.parse("2026-12"), by=SYSTEM, at=_instant(NOON))
    task = phone.get("tasks?period=2026-12").json()["results"][0]
    assert task["last_check_in"] == NOON
    assert task["target"]["seat"] == {"latitude": SEAT[0], "longitude": SEAT[1]}


def test_stale_hint_raises_no_doubt_of_its_own(place: Place, phone: Phone) -> None:
    far = make.division("远镇", place.county, latitude=SEAT[0] + 0.5, longitude=SEAT[1])
    Tracking.objects.update(starts_on=date(2026, 10, 1))
    make.linkage(place.tenure, far, date(2026, 10, 1), ends_on=date(2026, 10, 31))
    reconcile(Period.parse("2026-10"), by=SYSTEM, at=_instant(NOON))
    hint = Task.objects.get(division=far)
    photo = jpeg()
    answer = put_multipart(phone, body(place, photo, task=str(hint.pk)), photo)
    assert (answer.json()["inside_target"], answer.json()["distance_m"], flags(answer)) == (True, 0, set())


def test_right_field_in_a_wrong_place_is_still_a_doubt(place: Place, phone: Phone) -> None:
    mining = make.industry("B06", "煤炭开采")
    make.linkage(place.tenure, mining)
    elsewhere = make.division("别镇", make.division("别县", place.city), latitude=SEAT[0] + 1, longitude=SEAT[1])
    site = Site.objects.create(name="测试矿", division=place.town, industry=mining, starts_on=make.BEGINNING)
    reconcile(Period.parse("2026-11"), by=SYSTEM, at=_instant(NOON))
    task = Task.objects.get(target_kind="industry")
    there = {"latitude": elsewhere.latitude, "longitude": elsewhere.longitude, "accuracy_m": 5}
    photo = jpeg()
    content = body(place, photo, task=str(task.pk), site=str(site.pk), location=there)
    answer = put_multipart(phone, content, photo)
    assert answer.json()["counts_for"] == [str(task.pk)]
    assert (answer.json()["inside_target"], flags(answer)) == (True, {"outside_target"})


def test_companions_are_a_set_and_zero_has_no_sign(place: Place, phone: Phone) -> None:
    pk, one, two = uuid4(), str(make.leader("甲").pk), str(make.leader("乙").pk)
    nowhere = {"latitude": 0.0, "longitude": 0.0, "accuracy_m": 3}
    assert put(phone, body(place, companions=[one, two], location=nowhere), pk).status_code == 201
    nowhere = {"latitude": -0.0, "longitude": 0, "accuracy_m": 3.0}
    assert put(phone, body(place, companions=[two, one, one], location=nowhere), pk).status_code == 200


def test_photo_declared_twice_alike_is_one_and_otherwise_refused(place: Place, phone: Phone) -> None:
    photo = declared(jpeg())
    assert len(put(phone, body(place, photos=[photo, photo])).json()["photos"]) == 1
    answer = put(phone, body(place, photos=[photo, photo | {"caption": "门口"}]))
    assert answer.json()["errors"][0]["field"] == "photos"


def test_body_that_breaks_off_inside_a_photo_is_400_and_leaves_nothing(place: Place, phone: Phone) -> None:
    photo = jpeg()
    head = (
        '--b\r\nContent-Disposition: form-data; name="check_in"\r\n\r\n' + json.dumps(body(place, photo)) + "\r\n"
        '--b\r\nContent-Disposition: form-data; name="photo"; filename="1.jpg"\r\nContent-Type: image/jpeg\r\n\r\n'
    ).encode()
    answer = phone.put(
        f"check-ins/{uuid4()}", head + photo[: len(photo) // 2], content_type="multipart/form-data; boundary=b"
    )
    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (400, "photo")
    assert stored() == (0, 0, [])


def test_check_in_by_one_who_held_no_post_that_day_is_seen_by_the_office(place: Place, phone: Phone) -> None:
    pk = uuid4()
    Tenure.objects.filter(pk=place.tenure.pk).update(ends_on=date(2026, 11, 10))
    assert put(phone, body(place), pk).json()["counts_for_obligations"] == []
    office = Phone.of(make.user(office=Office.SUPERVISOR, division=place.county))
    assert office.get(f"check-ins/{pk}").status_code == 200
    elsewhere = Phone.of(make.user(office=Office.SUPERVISOR, division=make.division("别县", place.city)))
    assert elsewhere.get(f"check-ins/{pk}").status_code == 404


def test_lost_original_is_said_to_be_unavailable(place: Place, phone: Phone) -> None:
    pk, photo = uuid4(), jpeg()
    put_multipart(phone, body(place, photo), photo, pk=pk)
    original(digest(photo)).unlink()
    answer = phone.get(f"check-ins/{pk}/photos/{digest(photo)}")
    assert (answer.status_code, answer.json()["code"]) == (503, "unavailable")


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


def test_file_that_nobody_declared_is_422_and_nothing_is_stored(place: Place, phone: Phone) -> None:
    answer = put_multipart(phone, body(place, jpeg(1)), jpeg(1), jpeg(2))
    assert (answer.status_code, answer.json()["code"]) == (422, "digest_mismatch")
    assert stored() == (0, 0, [])


def test_pdf_named_jpg_is_refused_by_its_content(place: Place, phone: Phone) -> None:
    pdf = b"%PDF-1.7 not a photo"
    answer = put_multipart(phone, body(place, pdf), pdf)
    assert (answer.status_code, answer.json()["code"]) == (415, "unsupported_media")
    assert stored() == (0, 0, [])


def test_photo_with_other_bytes_is_422(place: Place, phone: Phone) -> None:
    pk = uuid4()
    put(phone, body(place, jpeg(1)), pk)
    answer = phone.put(f"check-ins/{pk}/photos/{digest(jpeg(1))}", jpeg(2), content_type="image/jpeg")
    assert (answer.status_code, answer.json()["code"]) == (422, "digest_mismatch")
    assert stored()[1:] == (0, [])


def test_photo_larger_than_the_limit_is_413_and_leaves_nothing(place: Place, phone: Phone, settings: Any) -> None:
    settings.PHOTO_BYTES = 1000
    photo = jpeg(size=(640, 480)) + b"x" * 2000
    answer = put_multipart(phone, body(place, photo) | {"photos": []}, photo)
    assert (answer.status_code, answer.json()["code"]) == (413, "too_large")
    assert stored() == (0, 0, [])


def test_photo_part_needs_no_file_name(place: Place, phone: Phone) -> None:
    photo = jpeg()
    for name in ("", '; filename="."', '; filename="../../etc/passwd"', '; filename="&#46;&#46;"'):
        parts = [
            b'Content-Disposition: form-data; name="check_in"\r\n\r\n' + json.dumps(body(place, photo)).encode(),
            b'Content-Disposition: form-data; name="photo"' + name.encode() + b"\r\n\r\n" + photo,
        ]
        whole = b"".join(b"--b\r\n" + part + b"\r\n" for part in parts) + b"--b--\r\n"
        answer = phone.put(f"check-ins/{uuid4()}", whole, content_type="multipart/form-data; boundary=b")
        assert (answer.status_code, answer.json()["state"]) == (201, "complete"), name


def test_media_type_of_a_photo_is_read_as_http_has_it(place: Place, phone: Phone) -> None:
    pk, photo = uuid4(), jpeg()
    put(phone, body(place, photo), pk)
    address = f"check-ins/{pk}/photos/{digest(photo).upper()}"
    assert phone.put(address, photo, content_type="text/plain").status_code == 415
    assert phone.put(address, photo, content_type="IMAGE/JPEG; charset=binary").status_code == 201


def test_supervisor_who_repeats_a_check_in_adds_no_photo(place: Place, phone: Phone) -> None:
    pk, photo = uuid4(), jpeg()
    put(phone, body(place, photo), pk)
    office = Phone.of(make.user(office=Office.SUPERVISOR, division=place.county))
    assert put_multipart(office, body(place, photo), photo, pk=pk).status_code == 403
    assert Blob.objects.count() == 0


@pytest.mark.parametrize(
    ("parts", "field"),
    [({}, "check_in"), ({"check_in": "{}", "extra": "1"}, "extra"), ({"check_in": ["{}", "{}"]}, "check_in")],
)
def test_multipart_with_wrong_parts_says_which(place: Place, phone: Phone, parts: Any, field: str) -> None:
    answer = phone.put(f"check-ins/{uuid4()}", parts, format="multipart")
    assert answer.status_code == 400
    assert answer.json()["errors"][0]["field"] == field


def test_unknown_filter_and_malformed_id_have_their_answers(place: Place, phone: Phone) -> None:
    assert phone.get("check-ins?colour=red").json()["code"] == "unknown_filter"
    assert phone.get("check-ins?period=2026-13").json()["errors"][0]["field"] == "period"
    assert phone.get("check-ins/not-a-uuid").status_code == 404
