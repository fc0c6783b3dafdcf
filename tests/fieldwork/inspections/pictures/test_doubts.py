"""What a verdict weighed, and what a photo that comes later adds to it."""

import pytest

from fieldwork.inspections.models import Flag
from tests import factories as make
from tests.api.check_in import body, put_multipart
from tests.api.client import Phone
from tests.photos import declared, digest
from tests.pictures import at, exif_of, photo
from tests.place import SEAT, Place
from tests.worker import look_at_photos

pytestmark = pytest.mark.django_db


def test_worse_doubt_after_a_verdict_waits_for_one_again(place: Place) -> None:
    far, farther = (photo(seed, exif=exif_of(gps=at(SEAT[0] + seed / 10, SEAT[1]))) for seed in (1, 2))
    phone = Phone.of(place.user)
    content = body(place, photos=[declared(far), declared(farther)])
    pk = put_multipart(phone, content, far).json()["id"]
    look_at_photos()
    office = Phone.of(make.user(office="supervisor", division=place.county))
    assert office.post(f"check-ins/{pk}/review", {"verdict": "accepted"}).status_code == 200
    weighed = Flag.objects.get(check_in=pk, code="photo_elsewhere")
    assert weighed.weighed_by is not None
    address = f"check-ins/{pk}/photos/{digest(farther)}"
    assert phone.put(address, farther, content_type="image/jpeg").status_code == 201
    look_at_photos()
    anew = Flag.objects.get(check_in=pk, code="photo_elsewhere")
    assert anew.figures["distance_m"] > weighed.figures["distance_m"]
    assert anew.weighed_by is None
    assert [case["id"] for case in office.get("reviews").json()["results"]] == [pk]
