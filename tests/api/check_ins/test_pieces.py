"""A photo that arrives in pieces over a bad line: nothing that was said to be here is asked for twice."""

from io import BytesIO
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from django.conf import settings as django_settings
from django.db import OperationalError

from api.photos.views import Photos
from fieldwork.core.models import Blob
from fieldwork.core.partials import Partial
from fieldwork.core.uploads import original
from fieldwork.directory.enums import Office
from tests import factories as make
from tests.api.check_in import body, flags, put, put_multipart, stored
from tests.api.client import Phone
from tests.documents import pdf
from tests.photos import declared, digest, jpeg
from tests.place import Place

PHOTO = jpeg() + bytes(200_000)
HALF = len(PHOTO) // 2


@pytest.fixture
def address(place: Place, phone: Phone) -> str:
    """Of a photo that a check-in has declared."""
    pk = uuid4()
    assert put(phone, body(place, PHOTO), pk).status_code == 201
    return f"check-ins/{pk}/photos/{digest(PHOTO)}"


def patch(phone: Phone, address: str, piece: bytes, offset: Any, kind: str = "image/jpeg") -> Any:
    return phone.patch(address, piece, content_type=kind, headers={"Upload-Offset": str(offset)})


def offset(answer: Any) -> int:
    return int(answer.headers["Upload-Offset"])


def kept() -> list[Path]:
    return list((Path(django_settings.MEDIA_ROOT) / "partials").glob("*"))


def test_photo_in_pieces_is_stored_with_its_last_byte(phone: Phone, address: str) -> None:
    for begin in range(0, len(PHOTO), 60_000):
        piece = PHOTO[begin : begin + 60_000]
        head = phone.head(address)
        assert (offset(head), head.headers["Upload-Length"]) == (begin, str(len(PHOTO)))
        answer = patch(phone, address, piece, begin)
        assert offset(answer) == begin + len(piece)
        assert answer.status_code == (201 if begin + len(piece) == len(PHOTO) else 204)
    assert offset(phone.head(address)) == len(PHOTO)
    assert original(digest(PHOTO)).read_bytes() == PHOTO
    assert flags(phone.get(address.partition("/photos")[0])) == set()
    assert len(stored()[2]) == 1


def test_last_piece_again_is_200_at_any_offset(phone: Phone, address: str) -> None:
    assert patch(phone, address, PHOTO, 0).status_code == 201
    for begin in (0, HALF, len(PHOTO)):
        answer = patch(phone, address, PHOTO[begin:], begin)
        assert (answer.status_code, offset(answer)) == (200, len(PHOTO))


def test_piece_sent_again_is_told_where_to_go_on(phone: Phone, address: str) -> None:
    patch(phone, address, PHOTO[:HALF], 0)
    for begin in (0, HALF + 1, 10**18 - 1):
        answer = patch(phone, address, PHOTO[:HALF], begin)
        assert (answer.status_code, answer.json()["code"], offset(answer)) == (409, "wrong_offset", HALF)
        assert str(HALF) in answer.json()["detail"]
    assert patch(phone, address, PHOTO[HALF:], HALF).status_code == 201


class Broken(BytesIO):
    """A line that is reset after what it has carried."""

    def read(self, size: int | None = -1) -> bytes:
        chunk = super().read(size)
        if not chunk:
            raise ConnectionResetError
        return chunk


@pytest.mark.parametrize("line", [BytesIO, Broken], ids=["closed", "reset"])
def test_what_came_before_the_line_broke_is_kept(phone: Phone, address: str, line: type[BytesIO]) -> None:
    environ: dict[str, Any] = {"wsgi.input": line(PHOTO[:100_000]), "CONTENT_LENGTH": str(len(PHOTO))}
    answer = phone.patch(address, CONTENT_TYPE="image/jpeg", HTTP_UPLOAD_OFFSET="0", **environ)
    assert (answer.status_code, offset(answer)) == (204, 100_000)
    assert offset(phone.head(address)) == 100_000
    assert patch(phone, address, PHOTO[100_000:], 100_000).status_code == 201


def test_bytes_that_prove_others_at_the_end_are_not_kept(phone: Phone, address: str) -> None:
    patch(phone, address, PHOTO[:HALF], 0)
    answer = patch(phone, address, b"\1" + PHOTO[HALF + 1 :], HALF)
    assert (answer.status_code, answer.json()["code"], offset(answer)) == (422, "digest_mismatch", 0)
    assert offset(phone.head(address)) == 0
    assert stored()[1:] == (0, [])
    assert patch(phone, address, PHOTO, 0).status_code == 201


def test_more_bytes_than_declared_are_422_and_nothing_is_kept(phone: Phone, address: str) -> None:
    patch(phone, address, PHOTO[:HALF], 0)
    answer = patch(phone, address, PHOTO[HALF:] + b"x", HALF)
    assert (answer.status_code, answer.json()["code"], offset(answer)) == (422, "digest_mismatch", 0)
    assert stored()[1:] == (0, [])


@pytest.mark.parametrize("given", [None, "", "-1", "+1", "1.0", "0x1", "1e3", "1,1", "１", "1\0", "9" * 19, "nan"])
def test_offset_that_is_no_number_is_400(phone: Phone, address: str, given: str | None) -> None:
    headers = {} if given is None else {"Upload-Offset": given}
    answer = phone.patch(address, PHOTO, content_type="image/jpeg", headers=headers)
    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (400, "Upload-Offset")
    assert stored()[1:] == (0, [])


def test_empty_piece_changes_nothing(phone: Phone, address: str) -> None:
    for begin, piece in ((0, b""), (0, PHOTO[:HALF]), (HALF, b"")):
        answer = patch(phone, address, piece, begin)
        assert (answer.status_code, offset(answer)) == (204, begin + len(piece))
    assert patch(phone, address, b"", 0).status_code == 409


def test_chunked_piece_is_refused_before_it_is_read(phone: Phone, address: str) -> None:
    environ: dict[str, Any] = {"wsgi.input": BytesIO(b"5\r\nhello\r\n0\r\n\r\n"), "HTTP_TRANSFER_ENCODING": "chunked"}
    answer = phone.patch(address, CONTENT_TYPE="image/jpeg", HTTP_UPLOAD_OFFSET="0", **environ)
    assert (answer.status_code, answer.json()["code"]) == (400, "invalid")


def test_piece_of_a_kind_that_is_no_photo_is_415(phone: Phone, address: str) -> None:
    assert patch(phone, address, PHOTO, 0, "text/plain").status_code == 415
    assert patch(phone, address, PHOTO, 0, "application/offset+octet-stream").status_code == 415
    assert kept() == []


def test_content_is_judged_at_the_end_and_not_kept_where_it_is_another(place: Place, phone: Phone) -> None:
    pk, file = uuid4(), pdf()
    put(phone, body(place, photos=[declared(file)]), pk)
    address = f"check-ins/{pk}/photos/{digest(file)}"
    assert patch(phone, address, file[:5], 0).status_code == 204
    answer = patch(phone, address, file[5:], 5)
    assert (answer.status_code, answer.json()["code"], offset(answer)) == (415, "unsupported_media", 0)
    assert stored()[1:] == (0, [])


def test_photo_called_another_kind_with_its_last_piece_is_415(phone: Phone, address: str) -> None:
    patch(phone, address, PHOTO[:HALF], 0)
    assert patch(phone, address, PHOTO[HALF:], HALF, "image/png").status_code == 415
    assert stored()[1:] == (0, [])


def test_whole_photo_may_follow_a_part_of_it(phone: Phone, address: str) -> None:
    patch(phone, address, PHOTO[:HALF], 0)
    assert phone.put(address, PHOTO, content_type="image/jpeg").status_code == 201
    assert (kept(), len(stored()[2])) == ([], 1)
    assert patch(phone, address, PHOTO[HALF:], HALF).status_code == 200


def test_photo_that_came_another_way_meanwhile_is_stored(place: Place, phone: Phone) -> None:
    pk = uuid4()
    put(phone, body(place, PHOTO), pk)
    address = f"check-ins/{pk}/photos/{digest(PHOTO)}"
    patch(phone, address, PHOTO[:HALF], 0)
    put_multipart(phone, body(place, PHOTO), PHOTO, pk=pk)
    assert offset(phone.head(address)) == len(PHOTO)
    assert patch(phone, address, PHOTO[HALF:], HALF).status_code == 200


def test_twin_that_was_quicker_is_no_wrong_offset(
    place: Place, phone: Phone, address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    patch(phone, address, PHOTO[:HALF], 0)
    take, twin = Partial.take, Phone.of(place.user)

    def late(self: Partial, *given: Any) -> int:
        monkeypatch.setattr(Partial, "take", take)
        assert patch(twin, address, PHOTO[HALF:], HALF).status_code == 201
        return take(self, *given)

    monkeypatch.setattr(Partial, "take", late)
    answer = patch(phone, address, PHOTO[HALF:], HALF)
    assert (answer.status_code, offset(answer)) == (200, len(PHOTO))


def test_database_that_is_away_at_the_end_costs_one_byte(
    phone: Phone, address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(*_given: Any) -> bool:
        raise OperationalError

    with monkeypatch.context() as broken:
        broken.setattr(Photos, "receive", away)
        assert patch(phone, address, PHOTO, 0).status_code == 503
    assert offset(phone.head(address)) == len(PHOTO) - 1  # equal would mean stored
    answer = patch(phone, address, PHOTO[-1:], len(PHOTO) - 1)
    assert (answer.status_code, offset(answer)) == (201, len(PHOTO))
    assert original(digest(PHOTO)).read_bytes() == PHOTO
    assert kept() == []


def test_same_photo_of_two_check_ins_grows_apart(place: Place, phone: Phone, address: str) -> None:
    pk = uuid4()
    put(phone, body(place, PHOTO), pk)
    other = f"check-ins/{pk}/photos/{digest(PHOTO)}"
    patch(phone, address, PHOTO[:HALF], 0)
    assert offset(phone.head(other)) == 0
    assert patch(phone, other, PHOTO, 0).status_code == 201
    assert patch(phone, address, PHOTO[HALF:], HALF).status_code == 201
    assert Blob.objects.count() == 1


def test_only_who_may_send_it_sends_a_piece_and_only_of_what_was_declared(place: Place, phone: Phone) -> None:
    pk = uuid4()
    put(phone, body(place, PHOTO), pk)
    address = f"check-ins/{pk}/photos/{digest(PHOTO)}"
    office = Phone.of(make.user(office=Office.SUPERVISOR, division=place.county))
    stranger = Phone.of(make.user())
    assert patch(office, address, PHOTO, 0).status_code == 403
    for answer in (
        patch(stranger, address, PHOTO, 0),
        patch(phone, f"check-ins/{pk}/photos/{digest(b'x')}", PHOTO, 0),
        patch(phone, f"check-ins/{uuid4()}/photos/{digest(PHOTO)}", PHOTO, 0),
    ):
        assert (answer.status_code, answer.json()["code"]) == (409, "photo_not_declared")
    assert kept() == []
