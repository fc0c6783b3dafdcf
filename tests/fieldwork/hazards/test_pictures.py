"""Smaller pictures of a hazard's photos, by the worker."""

from datetime import UTC, datetime
from typing import Any

from fieldwork.core.models import Event
from fieldwork.hazards.models import HazardPhoto
from fieldwork.hazards.pictures import look
from tests.hazards import PHOTO, Works, report
from tests.photos import declared

NOW = datetime(2026, 11, 21, 4, tzinfo=UTC)


def test_photo_that_has_arrived_can_be_had_small_once_the_worker_has_come_by(works: Works) -> None:
    pk, phone = report(works, PHOTO), works.phone("finder")
    address = f"hazards/{pk}/photos/{declared(PHOTO)['sha256']}"
    phone.put(address, PHOTO, content_type="image/jpeg")
    assert phone.get(f"{address}?size=thumb").status_code == 503
    assert (look(NOW, 5.0), look(NOW, 5.0)) == (1, 0)
    thumb: Any = phone.get(f"{address}?size=thumb")
    assert (thumb["Content-Type"], b"".join(thumb.streaming_content)[:2]) == ("image/jpeg", b"\xff\xd8")
    assert phone.get(f"hazards/{pk}").json()["photos"][0]["derivatives"] == "ready"
    assert Event.objects.filter(kind="hazard.checked", object_id=str(pk)).count() == 1


def test_photo_that_has_not_arrived_is_not_looked_at(works: Works) -> None:
    report(works, PHOTO)
    assert look(NOW, 5.0) == 0


def test_broken_photo_is_told_as_such(works: Works) -> None:
    broken = PHOTO[:200]
    pk, phone = report(works, broken), works.phone("finder")
    phone.put(f"hazards/{pk}/photos/{declared(broken)['sha256']}", broken, content_type="image/jpeg")
    assert look(NOW, 5.0) == 1
    assert phone.get(f"hazards/{pk}").json()["photos"][0]["derivatives"] == "broken"
    assert HazardPhoto.objects.get().checked_at == NOW
