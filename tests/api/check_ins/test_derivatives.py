"""What the worker makes of photos, as phones get it."""

from io import BytesIO
from typing import Any
from uuid import uuid4

import pytest
from PIL import Image

from fieldwork.inspections.models import Picture
from fieldwork.inspections.pictures.derivatives import Size, derived
from tests import factories as make
from tests.api.check_in import body, put, put_multipart
from tests.api.client import Phone
from tests.photos import declared, digest
from tests.pictures import photo
from tests.place import Place
from tests.worker import look_at_photos


def show(phone: Phone, pk: Any, data: bytes, size: str) -> Any:
    return phone.get(f"check-ins/{pk}/photos/{digest(data)}?size={size}")


def opened(answer: Any) -> Image.Image:
    image = Image.open(BytesIO(b"".join(answer.streaming_content)))
    image.load()
    return image


def derivatives(phone: Phone, pk: Any) -> list[str | None]:
    return [one["derivatives"] for one in phone.get(f"check-ins/{pk}").json()["photos"]]


def test_derivatives_are_there_once_the_worker_came_by(place: Place, phone: Phone) -> None:
    data, pk = photo(1, (2000, 1500)), uuid4()
    assert put_multipart(phone, body(place, data), data, pk=pk).json()["checked_at"] is None
    early = show(phone, pk, data, "thumb")
    assert (early.status_code, early.json()["code"], early["Retry-After"]) == (503, "not_ready", "5")
    assert derivatives(phone, pk) == ["pending"]
    assert look_at_photos() == (1, 1)
    sizes = {size: show(phone, pk, data, size) for size in ("large", "thumb")}
    assert {size: opened(answer).size for size, answer in sizes.items()} == {"large": (1600, 1200), "thumb": (320, 240)}
    assert derivatives(phone, pk) == ["ready"]
    assert phone.get(f"check-ins/{pk}").json()["checked_at"] == "2026-11-21T14:00:00+08:00"


@pytest.mark.parametrize("size", ["original", "large", "thumb"])
def test_bytes_are_private_and_shown_in_place(place: Place, phone: Phone, size: str) -> None:
    data, pk = photo(1), uuid4()
    put_multipart(phone, body(place, data), data, pk=pk)
    look_at_photos()
    answer = show(phone, pk, data, size)
    assert answer.status_code == 200
    assert answer["Cache-Control"] == "private, max-age=31536000, immutable"
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert answer["Content-Type"] == "image/jpeg"
    assert answer["Content-Disposition"].startswith("inline;")
    answer.close()


def test_derivatives_are_for_those_who_see_the_check_in(place: Place, phone: Phone) -> None:
    data, pk = photo(1), uuid4()
    put_multipart(phone, body(place, data), data, pk=pk)
    look_at_photos()
    office = Phone.of(make.user(office="supervisor", division=place.county))
    stranger = Phone.of(make.user(leader=make.leader("测试员乙")))
    assert opened(show(office, pk, data, "large")).size == (640, 480)
    assert show(office, pk, data, "original").status_code == 403
    assert show(stranger, pk, data, "thumb").status_code == 404


def test_broken_photo_says_so_and_keeps_its_original(place: Place, phone: Phone) -> None:
    data, pk = photo(1)[:9000], uuid4()
    put_multipart(phone, body(place, data), data, pk=pk)
    assert look_at_photos() == (1, 1)
    assert derivatives(phone, pk) == ["broken"]
    answer = show(phone, pk, data, "large")
    assert (answer.status_code, answer.json()["code"]) == (404, "not_found")
    assert answer.json()["detail"]
    assert b"".join(show(phone, pk, data, "original").streaming_content) == data


def test_photos_of_an_incomplete_check_in_are_looked_at_already(place: Place, phone: Phone) -> None:
    first, second, pk = photo(1), photo(2), uuid4()
    put_multipart(phone, body(place, first, second), first, pk=pk)
    assert look_at_photos() == (1, 0)
    assert opened(show(phone, pk, first, "thumb")).size == (320, 240)
    assert phone.get(f"check-ins/{pk}").json()["checked_at"] is None
    phone.put(f"check-ins/{pk}/photos/{digest(second)}", second, content_type="image/jpeg")
    assert look_at_photos() == (1, 1)
    assert phone.get(f"check-ins/{pk}").json()["checked_at"]


def test_photo_that_turns_up_after_all_is_looked_at_too(place: Place, phone: Phone) -> None:
    first, second, pk = photo(1), photo(2), uuid4()
    put_multipart(phone, body(place, first, second), first, pk=pk)
    assert phone.post(f"check-ins/{pk}/photos/{digest(second)}/lost", {"reason": "手机坏了"}).status_code == 200
    assert look_at_photos() == (1, 1)
    phone.put(f"check-ins/{pk}/photos/{digest(second)}", second, content_type="image/jpeg")
    assert look_at_photos() == (1, 1)
    assert opened(show(phone, pk, second, "thumb")).size == (320, 240)


def test_derivatives_that_are_gone_are_made_again(place: Place, phone: Phone) -> None:
    data, pk = photo(1), uuid4()
    put_multipart(phone, body(place, data), data, pk=pk)
    look_at_photos()
    for size in Size:
        derived(digest(data), size).unlink()
    assert show(phone, pk, data, "thumb").status_code == 503
    assert look_at_photos() == (1, 0)
    assert opened(show(phone, pk, data, "thumb")).size == (320, 240)
    assert Picture.objects.get().attempts == 1


def test_photo_that_has_not_arrived_has_no_derivatives(place: Place, phone: Phone) -> None:
    data, pk = photo(1), uuid4()
    put(phone, body(place, photos=[declared(data)]), pk)
    assert look_at_photos() == (0, 0)
    assert derivatives(phone, pk) == [None]
    assert show(phone, pk, data, "thumb").status_code == 404


def test_bytes_are_left_to_nginx_where_it_stands_in_front(place: Place, phone: Phone, settings: Any) -> None:
    data, pk = photo(1), uuid4()
    put_multipart(phone, body(place, data), data, pk=pk)
    look_at_photos()
    settings.ACCEL_PREFIX = "/kept/"
    name = digest(data)
    folders = f"{name[:2]}/{name[2:4]}"
    thumb, original = show(phone, pk, data, "thumb"), show(phone, pk, data, "original")
    assert thumb["X-Accel-Redirect"] == f"/kept/derived/{folders}/{name}.thumb.jpg"
    assert original["X-Accel-Redirect"] == f"/kept/originals/{folders}/{name}"
    assert (b"".join(thumb.streaming_content), b"".join(original.streaming_content)) == (b"", b"")
    assert thumb["Content-Type"] == "image/jpeg"
