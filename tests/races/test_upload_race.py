"""The same bytes from several senders at the same moment: stored once, and everybody is told the truth."""

import json
from collections import Counter
from collections.abc import Callable
from functools import partial
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.db import IntegrityError, connection, transaction

from fieldwork.core.models import Event
from fieldwork.core.uploads import original
from fieldwork.duties.models import Performance
from fieldwork.inspections import actions
from fieldwork.inspections.models import CheckIn, Receipt
from tests.api.check_in import body, put, put_multipart
from tests.api.client import Phone
from tests.photos import digest, jpeg
from tests.place import Place
from tests.races.at_once import at_once, raised

TWINS = 32
ROUNDS = 2
IDENTITY = ("id", "received_at", "receipt", "state", "counts_for", "photos")
PHOTO = jpeg() + bytes(300_000)

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite admits one writer"),
]


def phones(place: Place, count: int) -> list[Phone]:
    """As many connections of one phone."""
    token, made = Phone.of(place.user).token, [Phone() for _ in range(count)]
    for phone in made:
        phone.credentials(HTTP_AUTHORIZATION=f"Bearer {token}")
    return made


def twins(place: Place) -> list[Any]:
    """What each of them was answered, or raised."""
    content, pk = body(place, PHOTO, captured_at="2026-11-21T12:00:00+08:00"), uuid4()
    return at_once([partial(put_multipart, phone, content, PHOTO, pk=pk) for phone in phones(place, TWINS)])


def test_identical_check_ins_at_once_are_one_with_one_identity(place: Place) -> None:
    for number in range(1, ROUNDS + 1):
        answers = twins(place)
        assert raised(answers) == []
        assert Counter(answer.status_code for answer in answers) == {201: 1, 200: TWINS - 1}
        assert len({json.dumps({name: answer.json()[name] for name in IDENTITY}) for answer in answers}) == 1
        assert CheckIn.objects.count() == Performance.objects.count() == number
        assert Event.objects.filter(kind="check_in.recorded").count() == number
        assert Receipt.objects.count() == number


def test_control_that_gives_the_second_no_row_of_the_first_fails(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    def create_at_all_costs(_model: Any, _pk: UUID, create: Callable[[], Any]) -> Any:
        with transaction.atomic():
            return create(), True

    monkeypatch.setattr(actions, "create_once", create_at_all_costs)
    for _ in range(10):
        if any(isinstance(failure, IntegrityError) for failure in raised(twins(place))):
            return
    pytest.fail("the race that the guard is for never showed")


def declared(place: Place) -> str:
    """The address of a photo that a check-in has declared."""
    pk = uuid4()
    (phone,) = phones(place, 1)
    assert put(phone, body(place, PHOTO, captured_at="2026-11-21T12:00:00+08:00"), pk).status_code == 201
    return f"check-ins/{pk}/photos/{digest(PHOTO)}"


def send(phone: Phone, address: str, begin: int = 0) -> Any:
    headers = {"Upload-Offset": str(begin)}
    return phone.patch(address, PHOTO[begin:], content_type="image/jpeg", headers=headers)


def test_identical_pieces_at_once_are_stored_once_and_nobody_is_misled(place: Place) -> None:
    for number in range(1, ROUNDS + 1):
        address = declared(place)
        answers: list[Any] = at_once([partial(send, phone, address) for phone in phones(place, 8)])
        assert raised(answers) == []
        told = Counter(answer.status_code for answer in answers)
        assert told[201] <= 1, told
        assert set(told) <= {200, 201, 409}
        (phone,) = phones(place, 1)
        for answer in answers:
            assert answer.status_code != 409 or 0 < int(answer.headers["Upload-Offset"]) < len(PHOTO)
        while (at := int(phone.head(address).headers["Upload-Offset"])) < len(PHOTO):
            assert send(phone, address, at).status_code in (200, 201)  # as each of them would go on
        assert original(digest(PHOTO)).read_bytes() == PHOTO
        assert Event.objects.filter(kind="check_in.photos_received").count() == number


def test_photo_that_is_lost_while_it_arrives_is_here(place: Place) -> None:
    for _ in range(ROUNDS):
        address = declared(place)
        one, other = phones(place, 2)
        answers: list[Any] = at_once(
            [
                partial(one.post, f"{address}/lost", {"reason": "测试"}),
                partial(other.put, address, PHOTO, content_type="image/jpeg"),
            ]
        )
        assert raised(answers) == []
        lost, sent = answers
        assert (lost.status_code, sent.status_code) in {(200, 201), (409, 201)}
        stands = one.get(address.partition("/photos")[0]).json()
        assert (stands["state"], stands["missing_photos"]) == ("complete", [])
        assert "photo_lost" not in {flag["code"] for flag in stands["flags"]}
        assert Receipt.objects.filter(check_in=stands["id"]).count() == 1
