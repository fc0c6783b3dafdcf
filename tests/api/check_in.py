"""A phone's check-in, ready to be changed in one place."""

import json
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile

from fieldwork.core.models import Blob
from fieldwork.inspections.models import CheckIn
from tests.api.client import Phone
from tests.photos import declared
from tests.place import SEAT, Place

NOON = "2026-11-21T12:00:00+08:00"


def body(place: Place, *photos: bytes, **changed: Any) -> dict[str, Any]:
    """At the linked town's seat at noon on 21 November 2026."""
    return {
        "lead": str(place.leader.pk),
        "captured_at": NOON,
        "location": {"latitude": SEAT[0], "longitude": SEAT[1], "accuracy_m": 12.0, "datum": "wgs84"},
        "summary": "测试检查",
        "found_nothing": True,
        "photos": [declared(photo) for photo in photos],
        "device": {"id": "phone-1"},
        **changed,
    }


def put(phone: Phone, content: Any, pk: UUID | str | None = None) -> Any:
    """As JSON."""
    return phone.put(f"check-ins/{pk or uuid4()}", content)


def put_multipart(phone: Phone, content: Any, *photos: bytes, pk: UUID | str | None = None) -> Any:
    """As one multipart call with its photos."""
    parts = {
        "check_in": json.dumps(content),
        "photo": [SimpleUploadedFile(f"{number}.jpg", photo, "image/jpeg") for number, photo in enumerate(photos)],
    }
    return phone.put(f"check-ins/{pk or uuid4()}", parts, format="multipart")


def flags(answer: Any) -> set[str]:
    """The codes of its flags."""
    return {flag["code"] for flag in answer.json()["flags"]}


def stored() -> tuple[int, int, list[Path]]:
    """How many check-ins and blobs there are, and which files."""
    files = [path for path in Path(settings.MEDIA_ROOT).rglob("*") if path.is_file()]
    return CheckIn.objects.count(), Blob.objects.count(), files
