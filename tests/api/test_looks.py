"""Looking at somebody else's photos leaves one event a reader, thing and day, which the lead can read."""

from datetime import date
from typing import Any
from uuid import uuid4

import pytest
import time_machine

from fieldwork.core.looks import forget_looks
from fieldwork.core.models import Event, Look
from fieldwork.core.periods import first_instant
from fieldwork.directory.models import User
from tests import factories as make
from tests.api import check_in
from tests.api.client import Phone
from tests.hazards import PHOTO, Works, report
from tests.photos import declared
from tests.pictures import photo
from tests.place import Place
from tests.worker import look_at_photos

DATA = [photo(1), photo(2)]


@pytest.fixture(autouse=True)
def clock() -> Any:
    with time_machine.travel("2026-11-21T14:00:00+08:00", tick=False) as now:
        yield now


@pytest.fixture
def office(place: Place) -> User:
    return make.user("office", name="测试·安委办", office="supervisor", division=place.county)


@pytest.fixture
def visit(place: Place) -> str:
    pk = str(uuid4())
    assert check_in.put_multipart(Phone.of(place.user), check_in.body(place, *DATA), *DATA, pk=pk).status_code == 201
    look_at_photos()
    return pk


def ask(user: User, path: str) -> int:
    answer: Any = Phone.of(user).get(path)
    if answer.streaming:
        assert b"".join(answer.streaming_content)
    return int(answer.status_code)


def see(user: User, visit: str, size: str = "thumb") -> set[int]:
    return {ask(user, f"check-ins/{visit}/photos/{declared(data)['sha256']}?size={size}") for data in DATA}


def seen() -> list[tuple[str, str]]:
    found = Event.objects.filter(kind__in=("check_in.photos_seen", "hazard.photos_seen")).order_by("pk")
    return list(found.values_list("kind", "actor"))


def test_photos_of_another_are_on_record_once_a_day(place: Place, visit: str, office: User, clock: Any) -> None:
    auditor = make.user(office="auditor", division=place.city)
    for user in (office, auditor, office):
        for size in ("thumb", "large"):
            assert see(user, visit, size) == {200}
    once = [("check_in.photos_seen", user.actor_key) for user in (office, auditor)]
    assert seen() == once
    event = Event.objects.filter(kind="check_in.photos_seen").earliest("pk")
    assert (event.object_kind, event.object_id, event.division_path) == ("check_in", visit, place.county.path)
    clock.move_to("2026-11-22T00:00:01+08:00")
    assert see(office, visit) == {200}
    assert seen() == [*once, once[0]]


def test_what_is_not_shown_is_no_look(place: Place, visit: str, office: User) -> None:
    stranger = make.user(office="supervisor", division=make.division("别县", place.city))
    assert see(office, visit, "original") == {403}
    assert see(stranger, visit) == {404}
    assert seen() == []


def test_own_photos_are_nobodys_business(place: Place, visit: str) -> None:
    delegate = make.user()
    place.leader.delegations.create(assistant=delegate, starts_on=make.BEGINNING)
    for user in (place.user, delegate):
        assert see(user, visit, "original") == see(user, visit) == {200}
    assert seen() == []


def test_lead_reads_who_looked(place: Place, visit: str, office: User) -> None:
    own, original = Phone.of(place.user), declared(DATA[0])["sha256"]
    assert own.get(f"check-ins/{visit}/looks").json()["results"] == []
    see(office, visit)
    for path in (f"reviews/{visit}", f"reviews/{visit}/photos/{original}", f"check-ins/{visit}/proof"):
        assert ask(office, path) == 200
    found = own.get(f"check-ins/{visit}/looks").json()["results"]
    assert [row["kind"] for row in found] == [
        "check_in.proof_exported", "photo.examined", "check_in.examined", "check_in.photos_seen",
    ]  # fmt: skip
    assert {(row["by"]["id"], row["by"]["name"]) for row in found} == {(str(office.pk), "测试·安委办")}
    assert ask(office, f"check-ins/{visit}/looks") == 403
    assert ask(make.user(leader=make.leader()), f"check-ins/{visit}/looks") == 404


def test_photos_of_a_hazard_are_on_record_but_for_whoever_took_them(works: Works) -> None:
    pk = report(works, PHOTO)
    address = f"hazards/{pk}/photos/{declared(PHOTO)['sha256']}"
    assert works.phone("finder").put(address, PHOTO, content_type="image/jpeg").status_code == 201
    for party in ("finder", "office", "linked", "office"):
        assert ask(works.users[party], address) == 200, party
    assert ask(works.users["stranger"], address) == 404
    assert seen() == [("hazard.photos_seen", works.users[party].actor_key) for party in ("office", "linked")]


def test_rows_of_days_that_are_over_go_and_events_stay(place: Place, visit: str, office: User) -> None:
    see(office, visit)
    assert forget_looks(first_instant(date(2026, 11, 23))) == 0
    assert forget_looks(first_instant(date(2026, 11, 24))) == 1
    assert not Look.objects.exists()
    assert len(seen()) == 1
