"""What the worker does when things go wrong: pictures that kill it, claims that run out, a disk that is full."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from fieldwork.core.models import Blob
from fieldwork.core.uploads import Incoming, original
from fieldwork.inspections.models import CheckIn, Photo, Picture
from fieldwork.inspections.pictures import checking, derivatives
from fieldwork.inspections.pictures.checking import ATTEMPTS, LEASE, claim, look
from fieldwork.inspections.pictures.states import derivatives_of
from tests.photos import digest
from tests.pictures import photo
from tests.place import Place

NOW = datetime(2026, 11, 21, 6, tzinfo=UTC)
PAUSE = LEASE + timedelta(minutes=1)  # after which a claim has run out, however long its pass had taken before


def arrived(place: Place, data: bytes, state: str = "complete") -> Photo:
    """A check-in with one photo, which is here."""
    with Incoming(1 << 20) as file:
        file.write(data)
        file.settle()
        blob = file.record(NOW)
    check_in = CheckIn.objects.create(
        digest=digest(data), content="{}", prepared_by_staff=False, on_paper=False, uploaded_by=place.user,
        received_at=NOW, state=state, lead=place.leader, captured_at=NOW, captured_on=NOW.date(),
        id=f"{CheckIn.objects.count():032x}",
    )  # fmt: skip
    return Photo.objects.create(
        check_in=check_in, sha256=blob.sha256, blob=blob, bytes=blob.bytes, content_type="image/jpeg"
    )


def test_killed_worker_costs_an_attempt_and_a_lease(place: Place) -> None:
    one = arrived(place, photo(1))
    assert claim(one.sha256, now=NOW, until=NOW + LEASE) == 1  # and then it is killed
    assert look(NOW + LEASE / 2, 60.0) == (0, 0)
    assert look(NOW + LEASE, 60.0) == (1, 1)
    assert Picture.objects.get().attempts == 2


def test_picture_that_kills_its_worker_is_given_up(place: Place) -> None:
    one, other = arrived(place, photo(1)), arrived(place, photo(2))
    at = NOW
    for attempt in range(1, ATTEMPTS + 1):
        assert claim(one.sha256, now=at, until=at + LEASE) == attempt
        at += PAUSE
    assert look(at, 60.0) == (2, 2)
    states = [derivatives_of(Photo.objects.select_related("blob__picture").get(pk=each.pk)) for each in (one, other)]
    assert states == ["fatal", "ready"]


def test_fault_that_nobody_foresaw_costs_an_attempt_and_stops_nobody_else(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    odd, other = arrived(place, photo(1)), arrived(place, photo(2))
    true = checking._found

    def found(sha256: str) -> dict[str, Any]:
        if sha256 == odd.sha256:
            raise NotADirectoryError("unforeseen")
        return true(sha256)

    monkeypatch.setattr(checking, "_found", found)
    at = NOW
    with pytest.raises(NotADirectoryError):
        look(at, 60.0)
    assert look(at, 60.0) == (1, 1)  # the other one: the lease of the odd one still runs
    for _attempt in range(1, ATTEMPTS):
        at += PAUSE
        with pytest.raises(NotADirectoryError):
            look(at, 60.0)
    assert look(at + PAUSE, 60.0) == (1, 1)
    assert list(Picture.objects.order_by("problem").values_list("pk", "problem")) == [
        (other.sha256, ""), (odd.sha256, "fatal"),
    ]  # fmt: skip


def test_full_disk_is_no_fault_of_the_picture(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    arrived(place, photo(1))
    at = NOW

    def full(*_what: Any) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as machine:
        machine.setattr(derivatives, "_write", full)
        for _attempt in range(ATTEMPTS + 2):
            with pytest.raises(OSError, match="No space"):
                look(at, 60.0)
            at += PAUSE
    assert look(at, 60.0) == (1, 1)
    assert Picture.objects.get().problem == ""


def test_worker_whose_claim_ran_out_records_nothing(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    one = arrived(place, photo(1))
    true = checking._found

    def slow(sha256: str) -> dict[str, Any]:
        claim(sha256, now=NOW + LEASE, until=NOW + 2 * LEASE)  # another worker, after the lease
        return true(sha256)

    monkeypatch.setattr(checking, "_found", slow)
    assert not checking.look_at(one, now=NOW, until=NOW + LEASE)
    assert Picture.objects.get().looked_at is None
    assert Photo.objects.get().checked_at is None


def test_photo_that_another_worker_was_quicker_with_keeps_its_day(place: Place) -> None:
    one = arrived(place, photo(1))
    assert checking.look_at(one, now=NOW, until=NOW + LEASE)
    assert not checking.look_at(one, now=NOW + LEASE, until=NOW + 2 * LEASE)
    assert Photo.objects.get().checked_at == NOW


def test_time_that_is_up_leaves_the_rest_to_the_next_call(place: Place) -> None:
    for seed in range(3):
        arrived(place, photo(seed))
    assert look(NOW, -1.0) == (0, 0)
    assert look(NOW, 60.0) == (3, 3)


def test_photo_in_two_check_ins_is_decoded_once(place: Place) -> None:
    arrived(place, photo(1))
    look(NOW, 60.0)
    arrived(place, photo(1))
    derivatives.remove(digest(photo(1)))
    assert look(NOW + timedelta(hours=1), 60.0) == (1, 1)
    assert Picture.objects.get().attempts == 1
    assert not derivatives.derived(digest(photo(1)), derivatives.Size.THUMB).exists()


def test_bytes_that_retention_took_away_are_not_looked_for(place: Place) -> None:
    arrived(place, photo(1))
    Blob.objects.update(removed_at=NOW)
    assert look(NOW, 60.0) == (0, 1)
    assert Picture.objects.count() == 0


def test_original_that_is_missing_is_broken(place: Place) -> None:
    one = arrived(place, photo(1))
    original(one.sha256).unlink()
    assert look(NOW, 60.0) == (1, 1)
    assert Picture.objects.get().problem == "broken"


def test_metadata_of_a_broken_photo_are_kept(place: Place) -> None:
    arrived(place, photo(1)[:9000])
    look(NOW, 60.0)
    picture = Picture.objects.get()
    assert (picture.problem, picture.width, picture.height) == ("broken", 640, 480)
