"""What the database refuses, whoever writes to it."""

from datetime import UTC, date, datetime
from typing import Any
from uuid import uuid4

import pytest
from django.db import IntegrityError, transaction
from django.db.models import ProtectedError

from fieldwork.core.models import Blob
from fieldwork.inspections.models import CheckIn, Flag, Photo
from tests import factories as make

pytestmark = pytest.mark.django_db

AT = datetime(2026, 11, 5, tzinfo=UTC)


def check_in(**fields: Any) -> CheckIn:
    return CheckIn.objects.create(
        id=uuid4(), digest="0" * 64, content="{}", prepared_by_staff=False, on_paper=False, uploaded_by=make.user(),
        received_at=AT, state="incomplete", lead=make.leader(), captured_at=AT, captured_on=date(2026, 11, 5), **fields,
    )  # fmt: skip


@pytest.mark.parametrize("column", ["latitude", "longitude", "wgs84_latitude", "wgs84_longitude"])
def test_check_in_has_no_half_of_a_position(column: str) -> None:
    with pytest.raises(IntegrityError, match="check_in_on_earth"), transaction.atomic():
        check_in(**{column: 23.7})


def test_photo_has_the_bytes_of_its_digest_or_none() -> None:
    blob = Blob.objects.create(sha256="a" * 64, bytes=1, content_type="image/jpeg", stored_at=AT)
    declared: dict[str, Any] = {"check_in": check_in(), "bytes": 1, "content_type": "image/jpeg"}
    Photo.objects.create(sha256="a" * 64, blob=blob, **declared)
    with pytest.raises(IntegrityError, match="photo_has_its_bytes"), transaction.atomic():
        Photo.objects.create(sha256="b" * 64, blob=blob, **declared)


def test_check_in_does_not_go_with_its_photos_and_flags() -> None:
    photographed, doubted = check_in(), check_in()
    Photo.objects.create(check_in=photographed, sha256="a" * 64, bytes=1, content_type="image/jpeg")
    Flag.objects.create(check_in=doubted, code="no_photo", raised_at=AT)
    for row in (photographed, doubted):
        with pytest.raises(ProtectedError):
            row.delete()
