"""Photos that the phone has lost, and those that turn up after all."""

from typing import Any
from uuid import UUID, uuid4

import pytest

from fieldwork.core.models import Event
from fieldwork.directory.enums import Office
from tests import factories as make
from tests.api.check_in import body, flags, put, put_multipart
from tests.api.client import Phone
from tests.photos import digest, jpeg
from tests.place import Place

ONE, TWO = jpeg(1), jpeg(2)
REASON = {"reason": "手机进水，照片无法恢复"}


@pytest.fixture
def pk(place: Place, phone: Phone) -> UUID:
    """A check-in that has declared two photos."""
    pk = uuid4()
    assert put(phone, body(place, ONE, TWO), pk).status_code == 201
    return pk


def lose(phone: Phone, pk: UUID, photo: bytes, said: Any = REASON) -> Any:
    return phone.post(f"check-ins/{pk}/photos/{digest(photo)}/lost", said)


def send(phone: Phone, pk: UUID, photo: bytes) -> Any:
    return phone.put(f"check-ins/{pk}/photos/{digest(photo)}", photo, content_type="image/jpeg")


def events() -> list[tuple[str, dict[str, Any]]]:
    """What was told of photos, but for the receipt that followed."""
    found = Event.objects.filter(kind__startswith="check_in.photo").order_by("pk")
    return [(event.kind, {key: value for key, value in event.data.items() if key != "receipt"}) for event in found]


def figures(answer: Any) -> dict[str, Any]:
    return {flag["code"]: flag["figures"] for flag in answer.json()["flags"]}


def test_lost_photo_is_waited_for_no_longer(phone: Phone, pk: UUID) -> None:
    answer = lose(phone, pk, ONE)
    assert (answer.status_code, answer.json()["state"]) == (200, "incomplete")
    assert answer.json()["missing_photos"] == [digest(TWO)]
    assert figures(answer) == {"photos_missing": {"missing": 1}, "photo_lost": {"lost": 1}}
    assert {photo["sha256"]: photo["lost"] for photo in answer.json()["photos"]} == {
        digest(ONE): True,
        digest(TWO): False,
    }
    assert send(phone, pk, TWO).status_code == 201
    answer = phone.get(f"check-ins/{pk}")
    assert (answer.json()["state"], answer.json()["missing_photos"]) == ("complete", [])
    assert figures(answer) == {"photo_lost": {"lost": 1}}


def test_losing_the_last_one_completes_the_check_in_and_leaves_nothing_to_look_at(phone: Phone, pk: UUID) -> None:
    lose(phone, pk, ONE)
    answer = lose(phone, pk, TWO)
    assert (answer.json()["state"], figures(answer)) == ("complete", {"photo_lost": {"lost": 2}})
    assert answer.json()["checked_at"] is not None
    assert answer.json()["counts_for"]


def test_check_in_with_a_photo_waits_to_be_looked_at(phone: Phone, pk: UUID) -> None:
    send(phone, pk, ONE)
    assert lose(phone, pk, TWO).json()["checked_at"] is None


def test_loss_is_an_event_with_its_reason_and_told_once(phone: Phone, pk: UUID) -> None:
    first = lose(phone, pk, ONE)
    again = lose(phone, pk, ONE, {"reason": "又说一次"})
    assert (again.status_code, again.json()) == (200, first.json())
    assert events() == [
        ("check_in.photo_lost", {"photo": digest(ONE), "reason": REASON["reason"], "state": "incomplete"})
    ]


def test_lead_sees_the_reason_that_was_given(phone: Phone, pk: UUID) -> None:
    lose(phone, pk, ONE)
    shown = phone.get(f"check-ins/{pk}").json()["photos"]
    assert {photo["sha256"]: photo["lost_reason"] for photo in shown} == {
        digest(ONE): REASON["reason"],
        digest(TWO): "",
    }


@pytest.mark.parametrize("way", ["put", "patch", "multipart"])
def test_lost_photo_that_turns_up_is_taken(place: Place, phone: Phone, pk: UUID, way: str) -> None:
    send(phone, pk, TWO)
    lose(phone, pk, ONE)
    address = f"check-ins/{pk}/photos/{digest(ONE)}"
    assert phone.head(address).headers["Upload-Offset"] == "0"
    if way == "put":
        assert send(phone, pk, ONE).status_code == 201
    elif way == "patch":
        answer = phone.patch(address, ONE, content_type="image/jpeg", headers={"Upload-Offset": "0"})
        assert answer.status_code == 201
    else:
        assert put_multipart(phone, body(place, ONE, TWO), ONE, pk=pk).status_code == 200
    answer = phone.get(f"check-ins/{pk}")
    assert (answer.json()["state"], flags(answer), answer.json()["missing_photos"]) == ("complete", set(), [])
    assert [photo["lost"] for photo in answer.json()["photos"]] == [False, False]
    assert events()[-1] == (
        "check_in.photos_received", {"photos": [digest(ONE)], "found": [digest(ONE)], "state": "complete"},
    )  # fmt: skip


def test_flag_counts_those_that_are_still_lost(phone: Phone, pk: UUID) -> None:
    lose(phone, pk, ONE)
    lose(phone, pk, TWO)
    send(phone, pk, ONE)
    answer = phone.get(f"check-ins/{pk}")
    assert figures(answer) == {"photo_lost": {"lost": 1}}
    assert answer.json()["checked_at"] is None  # there is a picture to look at now


def test_stored_photo_cannot_be_lost(phone: Phone, pk: UUID) -> None:
    send(phone, pk, ONE)
    answer = lose(phone, pk, ONE)
    assert (answer.status_code, answer.json()["code"]) == (409, "wrong_state")
    assert flags(phone.get(f"check-ins/{pk}")) == {"photos_missing"}


@pytest.mark.parametrize("said", [{}, {"reason": ""}, {"reason": " "}, {"reason": None}, {"reason": "x" * 501}, []])
def test_loss_without_a_reason_is_400(phone: Phone, pk: UUID, said: Any) -> None:
    assert lose(phone, pk, ONE, said).status_code == 400
    assert events() == []


def test_only_who_may_send_a_photo_may_lose_it_and_only_what_was_declared(place: Place, phone: Phone, pk: UUID) -> None:
    office = Phone.of(make.user(office=Office.SUPERVISOR, division=place.county))
    assert lose(office, pk, ONE).status_code == 403
    for answer in (lose(Phone.of(make.user()), pk, ONE), lose(phone, pk, jpeg(3)), lose(phone, uuid4(), ONE)):
        assert (answer.status_code, answer.json()["code"]) == (409, "photo_not_declared")
    assert events() == []
