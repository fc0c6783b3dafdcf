"""GET leaders/{id}/export and me/export: all that is stored about one person."""

from django.http import StreamingHttpResponse
from django.shortcuts import get_object_or_404
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.views import APIView

from api.clock import now, today
from api.filtering import refuse_unknown
from api.permissions import user_of
from api.schema import problems
from api.throttles import Exports
from fieldwork.core.errors import Code, DomainError
from fieldwork.directory.models import Leader, User
from fieldwork.directory.queries import leaders_visible_to
from fieldwork.supervision.personal.rules import can_export_leader
from fieldwork.supervision.personal.telling import note_export, told


class LeaderExport(APIView):
    """All that is stored about a leader."""

    throttle_classes = [Exports]

    @extend_schema(operation_id="leaders_export", responses={200: OpenApiTypes.OBJECT})
    @problems(403)
    def get(self, request: Request, pk: int) -> StreamingHttpResponse:
        """For that leader, and for administrators whose division holds all posts the leader ever held: a list a table,
        positions as they were given; then what happened to them and theirs, and what their account did. Bytes of photos
        are had by their digests. That it was given is on record."""
        user = user_of(request)
        refuse_unknown(request, frozenset())
        leader = get_object_or_404(leaders_visible_to(user, today()), pk=pk)
        if not can_export_leader(user, leader, today()):
            raise DomainError(Code.NOT_ALLOWED)
        return _given(leader, User.objects.filter(leader=leader).first(), user, f"leader-{pk}")


class MyExport(APIView):
    """All that is stored about me."""

    throttle_classes = [Exports]

    @extend_schema(operation_id="me_export", responses={200: OpenApiTypes.OBJECT})
    def get(self, request: Request) -> StreamingHttpResponse:
        """As `GET leaders/{id}/export`, for any account, whether or not it is a leader's."""
        user = user_of(request)
        refuse_unknown(request, frozenset())
        return _given(user.leader, user, user, f"account-{user.pk}")


def _given(leader: Leader | None, account: User | None, by: User, name: str) -> StreamingHttpResponse:
    person = leader or account
    assert person is not None, "an export is of somebody"
    at = now()
    note_export(person, by=by, at=at)
    answer = StreamingHttpResponse(told(leader, account, at), content_type="application/json")
    answer["Content-Disposition"] = f'attachment; filename="{name}.json"'
    answer["Cache-Control"] = "private, no-store"
    return answer
