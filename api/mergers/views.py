"""POST organisations/{id}/merge and divisions/{id}/merge: what is no more goes on at what took it in."""

from typing import Any

from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from api.clock import now
from api.divisions.views import Divisions
from api.idempotency import once
from api.mergers.serializers import BodyMergerIn, DivisionMergerIn, MergedOut
from api.organisations.views import Organisations
from api.permissions import user_of
from api.schema import problems
from fieldwork.core.errors import Code, DomainError, FieldError
from fieldwork.directory.mergers import Merger
from fieldwork.directory.models import Division, Organisation
from fieldwork.directory.rules import can_manage_division, can_merge_divisions
from fieldwork.supervision.merging import Followed, merge_body, merge_division


class BodyMergers(Organisations):
    @extend_schema(request=BodyMergerIn, responses=MergedOut, operation_id="organisations_merge")
    @problems(409)
    def merge(self, request: Request, pk: int) -> Response:
        """Merge a body (机构合并) into another of its kind, or dissolve it; with `dry_run` see what that does.

        Posts and tenures end on the eve of `on`; links to it, sites, accounts and open hazards go on at the other.
        409 `wrong_state` where it has ended before.
        """
        source: Organisation = self.get_object()
        return once(request, lambda: self._merge(request, source))

    def _merge(self, request: Request, source: Organisation) -> Response:
        self.require_manager_of(source)
        given = BodyMergerIn(data=request.data, context=self.get_serializer_context())
        given.is_valid(raise_exception=True)
        into, this, dry_run = asked(given.validated_data)
        if into is not None:
            self.require_manager_of(into)
        return answer(merge_body(source, into, this, dry_run=dry_run, by=user_of(request), at=now()))


class DivisionMergers(Divisions):
    related = ("parent",)
    takes_keys = True

    @extend_schema(request=DivisionMergerIn, responses=MergedOut, operation_id="divisions_merge")
    @problems(409)
    def merge(self, request: Request, pk: int) -> Response:
        """Merge a division (撤并) into another of its level, with its bodies; with `dry_run` see what that does.

        It ends on the eve of `on`, and its past stays told of it. By the office of what is above both. 409
        `wrong_state` where it has ended before.
        """
        source: Division = self.get_object()
        return once(request, lambda: self._merge(request, source))

    def _merge(self, request: Request, source: Division) -> Response:
        user = user_of(request)
        if not can_merge_divisions(user, source, source):
            raise DomainError(Code.NOT_ALLOWED)
        given = DivisionMergerIn(data=request.data, context=self.get_serializer_context())
        given.is_valid(raise_exception=True)
        into, this, dry_run = asked(given.validated_data)
        fates = _fates(given.validated_data["bodies"])
        others = [each.division for each in fates.values() if each is not None]
        if not can_merge_divisions(user, source, into) or not all(can_manage_division(user, each) for each in others):
            raise DomainError(Code.NOT_ALLOWED)
        return answer(merge_division(source, into, fates, this, dry_run=dry_run, by=user, at=now()))


def asked(given: dict[str, Any]) -> tuple[Any, Merger, bool]:
    return given["into"], Merger(given["on"], given["reason"]), given["dry_run"]


def _fates(rows: list[dict[str, Any]]) -> dict[Organisation, Organisation | None]:
    fates = {row["organisation"]: row["into"] for row in rows}
    if len(fates) < len(rows):
        twice = FieldError("bodies", Code.INVALID, _("One body is named twice."))
        raise DomainError(Code.INVALID, errors=(twice,))
    return fates


def answer(done: Followed) -> Response:
    merged = done.merged
    told = {
        "dry_run": done.dry_run,
        "bodies": [{"organisation": body, "into": into} for body, into in merged.bodies.items()],
        "tenures": [{"id": one.pk, "leader": one.leader, "post": one.post.title} for one in merged.tenures],
        "linkages": [
            {
                "id": one.source, "leader": one.leader, "goes_on": one.target is not None,
                "to": None if done.dry_run else one.target,
            }
            for one in merged.linkages
        ],
        "accounts": merged.accounts,
        "sites": merged.sites,
        "marks": len(merged.marks),
        "hazards": done.hazards,
        "hazards_of_nobody": done.hazards_of_nobody,
        "untracked": done.untracked,
    }  # fmt: skip
    return Response(MergedOut(told).data)
