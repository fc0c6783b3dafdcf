"""GET audit, as pages and as a table to take away."""

import json
from collections.abc import Iterator
from typing import Any

from django.db.models import QuerySet
from django.http import StreamingHttpResponse
from django.utils import translation
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework.mixins import ListModelMixin
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.viewsets import GenericViewSet

from api.audit.filters import AuditFilters
from api.audit.serializers import AuditOut
from api.clock import now, today
from api.etags import Tagged
from api.permissions import user_of
from api.schema import problems
from api.throttles import Exports
from fieldwork.core import cells
from fieldwork.core.errors import Code, DomainError
from fieldwork.core.models import Event
from fieldwork.supervision.audit.actions import note_export
from fieldwork.supervision.audit.queries import events_visible_to
from fieldwork.supervision.audit.rows import Told, all_of, told
from fieldwork.supervision.audit.rules import can_see_audit

CSV = "text/csv"


class Seen(GenericViewSet[Any]):
    """What happened in the scope of my office."""

    queryset = Event.objects.none()
    filterset_class = AuditFilters
    ordering = ("-at", "-id")

    def get_queryset(self) -> QuerySet[Event]:
        user = user_of(self.request)
        if not can_see_audit(user):
            raise DomainError(Code.NOT_ALLOWED)
        return events_visible_to(user, today())


class Audit(Tagged, ListModelMixin, Seen):
    """Who did and saw what in the scope of my office."""

    serializer_class = AuditOut

    def get_serializer(self, *args: Any, **kwargs: Any) -> Any:
        return AuditOut([*told(args[0])], **kwargs) if args else AuditOut()  # type: ignore[arg-type]  # a page of them

    @extend_schema(operation_id="audit_list")
    @problems(403)
    def list(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Newest first. Leaders see who looked at what they did with `GET check-ins/{id}/looks`."""
        return super().list(request, *args, **kwargs)


class AuditTable(Seen):
    """The same as one table."""

    throttle_classes = [Exports]

    @extend_schema(operation_id="audit_csv", responses={(200, CSV): OpenApiTypes.STR}, filters=True)
    @problems(403)
    def take(self, request: Request) -> StreamingHttpResponse:
        """All that the filters select, newest first: CSV in UTF-8 with a byte order mark. That it was taken is on
        record."""
        found = self.filter_queryset(self.get_queryset())
        note_export(asked=request.query_params.dict(), by=user_of(request), at=now())
        language = translation.get_language()
        rows = (row for batch in all_of(found) for row in _cells(batch, language))
        answer = StreamingHttpResponse(cells.lines(_head(), rows), content_type=f"{CSV}; charset=utf-8")
        answer["Content-Disposition"] = f'attachment; filename="audit-{today()}.csv"'
        answer["Cache-Control"] = "private, no-store"
        return answer


def _head() -> list[str]:
    return [
        _("when it happened"), _("what happened"), _("kind of event"), _("what it is about"), _("number of the row"),
        _("done by"), _("account"), _("division"), _("details"), _("seal"),
    ]  # fmt: skip


def _cells(batch: list[Event], language: str | None) -> Iterator[list[object]]:
    """In the language of who asked, which the thread may have left by the time that the answer is read."""
    with translation.override(language):
        found = [_row(row) for row in told(batch)]
    yield from found


def _row(row: Told) -> list[object]:
    event, actor = row.event, row.actor
    return [
        localtime(event.at).isoformat(), row.words, event.kind, row.noun, event.object_id,
        actor.get_full_name() if actor else event.actor, actor.username if actor else "",
        row.division.name if row.division else "", json.dumps(row.facts, ensure_ascii=False), row.seal,
    ]  # fmt: skip
