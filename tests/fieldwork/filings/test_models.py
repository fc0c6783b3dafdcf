"""What the database refuses, whoever writes to it."""

from datetime import UTC, date, datetime
from uuid import uuid4

import pytest
from django.db import IntegrityError, transaction
from django.db.models import ProtectedError

from fieldwork.core.models import Blob
from fieldwork.filings.models import Attachment, Filing
from tests import factories as make

pytestmark = pytest.mark.django_db

AT = datetime(2026, 11, 5, tzinfo=UTC)


def filing() -> Filing:
    return Filing.objects.create(
        id=uuid4(), digest="0" * 64, content="{}", prepared_by_staff=False, on_paper=False, uploaded_by=make.user(),
        received_at=AT, state="incomplete", subject_kind="leader", leader=make.leader(), kind="meeting",
        held_on=date(2026, 11, 5),
    )  # fmt: skip


def test_attachment_has_the_bytes_of_its_digest_or_none() -> None:
    blob = Blob.objects.create(sha256="a" * 64, bytes=1, content_type="application/pdf", stored_at=AT)
    with pytest.raises(IntegrityError, match="attachment_has_its_bytes"), transaction.atomic():
        Attachment.objects.create(filing=filing(), sha256="b" * 64, blob=blob, bytes=1, content_type="application/pdf")


def test_filing_does_not_go_with_its_attachments() -> None:
    filed = filing()
    Attachment.objects.create(filing=filed, sha256="a" * 64, bytes=1, content_type="application/pdf")
    with pytest.raises(ProtectedError):
        filed.delete()
