"""A filing, ready to be changed in one place."""

import json
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile

from fieldwork.core.models import Blob
from fieldwork.filings.models import Filing
from tests.api.client import Phone
from tests.desk import Desk
from tests.documents import PDF, declared_file


def body(desk: Desk, *attachments: bytes, **changed: Any) -> dict[str, Any]:
    """The county's party chief held the committee's meeting on 20 November 2026."""
    return {
        "subject": {"kind": "leader", "id": str(desk.place.leader.pk)},
        "obligations": [str(desk.meeting.pk)],
        "kind": "meeting",
        "held_on": "2026-11-20",
        "title": "测试会议",
        "participants": ["测试员甲", "测试员乙"],
        "attachments": [declared_file(file, PDF) | {"name": "纪要.pdf"} for file in attachments],
        "device": {"id": "phone-1"},
        **changed,
    }


def of_town(desk: Desk, **changed: Any) -> dict[str, Any]:
    """The town's government met."""
    subject = {"kind": "organisation", "id": str(desk.town.pk)}
    return body(desk, **{"subject": subject, "obligations": [str(desk.town_meeting.pk)], **changed})


def of_pair(desk: Desk, **changed: Any) -> dict[str, Any]:
    """The county's and the town's governments signed their letter."""
    subject = {"kind": "pair", "id": desk.pair}
    return body(desk, **{"subject": subject, "kind": "letter", "obligations": [str(desk.letter.pk)], **changed})


def put(phone: Phone, content: Any, pk: UUID | str | None = None) -> Any:
    """As JSON."""
    return phone.put(f"filings/{pk or uuid4()}", content)


def put_multipart(phone: Phone, content: Any, *attachments: bytes, pk: UUID | str | None = None) -> Any:
    """As one multipart call with its attachments."""
    parts = {
        "filing": json.dumps(content),
        "attachment": [SimpleUploadedFile(f"{number}.pdf", file) for number, file in enumerate(attachments)],
    }
    return phone.put(f"filings/{pk or uuid4()}", parts, format="multipart")


def stored() -> tuple[int, int, list[Path]]:
    """How many filings and blobs there are, and which files."""
    files = [path for path in Path(settings.MEDIA_ROOT).rglob("*") if path.is_file()]
    return Filing.objects.count(), Blob.objects.count(), files
