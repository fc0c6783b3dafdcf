"""The bytes of one declared attachment."""

from typing import Any
from urllib.parse import quote
from uuid import UUID

from django.http import FileResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request

from api.clock import now, today
from api.enclosures import EnclosedFile, bytes_of, documented
from api.filings.parsers import RawAttachment
from api.permissions import user_of
from fieldwork.core.media_types import IMAGES, saved_as
from fieldwork.core.uploads import Incoming
from fieldwork.directory.models import User
from fieldwork.filings.actions import ATTACHMENTS, receive_attachments
from fieldwork.filings.models import Attachment
from fieldwork.filings.queries import filings_visible_to
from fieldwork.filings.rules import can_upload_attachment


@documented("filings_attachments", ATTACHMENTS.types)
class Attachments(EnclosedFile):
    """The bytes of one declared attachment."""

    parser_classes = [RawAttachment]
    media_types = ATTACHMENTS.types

    def declared(self, request: Request, pk: UUID, sha256: str) -> Attachment | None:
        visible = filings_visible_to(user_of(request), today()).filter(pk=pk)
        attachments = Attachment.objects.select_related(
            "filing__leader", "filing__organisation", "filing__lower_organisation", "blob"
        )
        return attachments.filter(filing__in=visible, sha256=sha256).first()

    def may_upload(self, user: User, row: Any) -> bool:
        return can_upload_attachment(user, row.filing, today())

    def receive(self, row: Any, file: Incoming, user: User) -> bool:
        _filing, arrived = receive_attachments(row.filing, files={row.sha256: file}, by=user, at=now())
        return bool(arrived)

    @extend_schema(
        responses={(200, media_type): OpenApiTypes.BINARY for media_type in ATTACHMENTS.types},
        operation_id="filings_attachments_retrieve",
    )
    def get(self, request: Request, pk: UUID, sha256: str) -> FileResponse:
        """The attachment, for those who may see the filing; what is no image is to be saved, not opened in place."""
        attachment = self.stored(request, pk, sha256)
        shown = bytes_of(attachment)
        if shown["Content-Type"] not in IMAGES:
            name = saved_as(attachment.name or sha256, shown["Content-Type"])
            shown["Content-Disposition"] = f"attachment; filename*=UTF-8''{quote(name, safe='')}"
        return shown
