"""Photos of a check-in, along with it or after it, whole or broken."""

import json
from typing import Any
from uuid import uuid4

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from fieldwork.core.models import Blob
from fieldwork.core.uploads import original
from fieldwork.directory.enums import Office
from tests import factories as make
from tests.api.check_in import body, flags, put, put_multipart, stored
from tests.api.client import Phone
from tests.documents import pdf
from tests.photos import declared, digest, jpeg
from tests.place import Place
from tests.sent import Sent


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


def test_last_photo_of_one_check_in_is_not_anothers(place: Place, phone: Phone) -> None:
    one, other = uuid4(), uuid4()
    put(phone, body(place, jpeg(1)), one)
    put(phone, body(place, jpeg(2)), other)
    phone.put(f"check-ins/{one}/photos/{digest(jpeg(1))}", jpeg(1), content_type="image/jpeg")
    assert [flags(phone.get(f"check-ins/{pk}")) for pk in (one, other)] == [set(), {"photos_missing"}]


def test_multipart_again_brings_the_photos_that_were_missing(place: Place, phone: Phone) -> None:
    pk, photo = uuid4(), jpeg()
    put(phone, body(place, photo), pk)
    answer = put_multipart(phone, body(place, photo), photo, pk=pk)
    assert (answer.status_code, answer.json()["state"]) == (200, "complete")


def test_json_part_may_come_as_a_file(place: Place, phone: Phone) -> None:
    part = SimpleUploadedFile("blob", json.dumps(body(place)).encode(), "application/json")
    assert phone.put(f"check-ins/{uuid4()}", {"check_in": part}, format="multipart").status_code == 201


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


def test_lost_original_is_said_to_be_unavailable(place: Place, phone: Phone) -> None:
    pk, photo = uuid4(), jpeg()
    put_multipart(phone, body(place, photo), photo, pk=pk)
    original(digest(photo)).unlink()
    answer = phone.get(f"check-ins/{pk}/photos/{digest(photo)}")
    assert (answer.status_code, answer.json()["code"]) == (503, "unavailable")


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


@pytest.mark.parametrize("kind", ["multipart/form-data", "multipart/form-data; boundary=b"])
def test_multipart_that_cannot_be_read_says_so(phone: Phone, kind: str) -> None:
    answer = phone.put(f"check-ins/{uuid4()}", b"--x", content_type=kind)
    assert answer.status_code == 400
    assert answer.json()["detail"] != answer.json()["title"] or answer.json()["errors"]


def test_photo_that_is_stored_already_is_taken_to_its_end(place: Place, phone: Phone) -> None:
    pk, photo = uuid4(), jpeg() + bytes(1 << 20)
    put_multipart(phone, body(place, photo), photo, pk=pk)
    sent = Sent(photo)
    answer = phone.put(f"check-ins/{pk}/photos/{digest(photo)}", **sent.environ("image/jpeg"))
    assert (answer.status_code, sent.left) == (200, 0)


def test_photo_that_is_stored_is_told_from_the_answer_of_a_portal(place: Place, phone: Phone) -> None:
    pk, photo = uuid4(), jpeg()
    put(phone, body(place, photo), pk)
    for status in (201, 200):
        answer = phone.put(f"check-ins/{pk}/photos/{digest(photo)}", photo, content_type="image/jpeg")
        assert (answer.status_code, answer.get("Upload-Offset")) == (status, str(len(photo)))


def test_photo_of_another_type_than_declared_is_415_and_nothing_is_stored(place: Place, phone: Phone) -> None:
    photo = jpeg()
    called_png = body(place, photos=[declared(photo, "image/png")])
    answer = put_multipart(phone, called_png, photo)
    assert (answer.status_code, answer.json()["code"]) == (415, "unsupported_media")
    assert "image/png" in answer.json()["detail"]
    assert "image/jpeg" in answer.json()["detail"]
    assert stored() == (0, 0, [])
    pk = uuid4()
    put(phone, called_png, pk)
    address = f"check-ins/{pk}/photos/{digest(photo)}"
    assert phone.put(address, photo, content_type="image/png").status_code == 415
    assert phone.put(address, photo, content_type="image/jpeg").status_code == 415
    assert stored()[1:] == (0, [])


def test_photo_sent_under_another_type_than_its_own_is_415(place: Place, phone: Phone) -> None:
    pk, photo = uuid4(), jpeg()
    put(phone, body(place, photo), pk)
    assert phone.put(f"check-ins/{pk}/photos/{digest(photo)}", photo, content_type="image/png").status_code == 415
    assert stored()[1:] == (0, [])


def test_heic_and_heif_are_one_family(place: Place, phone: Phone) -> None:
    pk, photo = uuid4(), b"\0\0\0\x18ftypmif1" + bytes(32)
    put(phone, body(place, photos=[declared(photo, "image/heic")]), pk)
    assert phone.put(f"check-ins/{pk}/photos/{digest(photo)}", photo, content_type="image/heic").status_code == 201


def test_pdf_sent_as_a_photo_is_415(place: Place, phone: Phone) -> None:
    pk = uuid4()
    put(phone, body(place, photos=[declared(pdf())]), pk)
    answer = phone.put(f"check-ins/{pk}/photos/{digest(pdf())}", pdf(), content_type="image/jpeg")
    assert (answer.status_code, answer.json()["code"]) == (415, "unsupported_media")
