"""POST linkages/bulk: many linkages begun and ended, all or nothing."""

from collections.abc import Iterable, Iterator
from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from api.clock import now, today
from api.errors import flat
from api.fields import Reference, parse_id
from api.idempotency import once
from api.linkages.bulk_serializers import BulkIn, BulkOut
from api.linkages.serializers import TARGETS
from api.permissions import user_of
from fieldwork.core.errors import TITLES, Code, FieldError
from fieldwork.directory.bulk_links import Beginning, Ending
from fieldwork.directory.enums import LinkageKind
from fieldwork.directory.models import User
from fieldwork.directory.queries import linkages_visible_to, tenures_visible_to
from fieldwork.directory.rules import manageable_tenures
from fieldwork.supervision.linking import MOST, Linked, link_many

_AREA = "post__organisation__division"


class BulkLinkages(APIView):
    takes_keys = True

    @extend_schema(request=BulkIn, responses=BulkOut, operation_id="linkages_bulk")
    def post(self, request: Request) -> Response:
        """Begin and end many linkages, or with `dry_run` see what that would do.

        Every fault of every row is named, by its place and field; then nothing is stored.
        """
        return once(request, lambda: self._change(request))

    def _change(self, request: Request) -> Response:
        given = BulkIn(data=request.data)
        given.is_valid(raise_exception=True)
        asked: dict[str, Any] = given.validated_data
        rows = Rows(user_of(request), asked["begin"], asked["end"])
        begin, end = list(rows.begin()), list(rows.end())
        done = link_many(begin, end, rows.faults, dry_run=asked["dry_run"], by=rows.user, at=now())
        return Response(BulkOut(answer(done)).data)


class Rows:
    """What ids refer to, looked up a kind at a time; what is wrong is kept in `faults`."""

    def __init__(self, user: User, begin: list[Any], end: list[Any]) -> None:
        self.user, self.faults = user, list[FieldError]()
        self._begin, self._end = list(self._valid("begin", begin)), list(self._valid("end", end))
        self._places = len(begin)
        rows = [row for _place, row in self._begin]
        linkages = {row["linkage"] for _place, row in self._end} | {row["paired_with"] for row in rows}
        self._linkages = self._found(linkages_visible_to, linkages, f"tenure__{_AREA}")
        self._tenures = self._found(tenures_visible_to, {row["tenure"] for row in rows}, _AREA)
        self._targets = {
            kind: self._found(visible, {row["target"] for row in rows if row["kind"] == kind}, *_related(kind))
            for kind, visible in TARGETS.items()
        }
        tenures = {one.pk: one for one in self._tenures.values()}
        tenures |= {one.tenure_id: one.tenure for one in self._linkages.values()}
        self._managed = manageable_tenures(user, list(tenures.values()), today())

    def begin(self) -> Iterator[Beginning]:
        for place, row in self._begin:
            before = len(self.faults)
            path = f"begin.{place}"
            tenure = self._of(self._tenures, row["tenure"], f"{path}.tenure")
            target = self._of(self._targets[row["kind"]], row["target"], f"{path}.target")
            pair = row["paired_with"] and self._of(self._linkages, row["paired_with"], f"{path}.paired_with")
            if row["paired_with_begin"] is not None and row["paired_with_begin"] >= self._places:
                self._missing(f"{path}.paired_with_begin")
            if tenure is not None and tenure.pk not in self._managed:
                self._forbidden(f"{path}.tenure")
            if len(self.faults) == before:
                yield Beginning(
                    place, tenure, row["kind"], target, row["starts_on"], row["ends_on"], pair,
                    row["paired_with_begin"],
                )  # fmt: skip

    def end(self) -> Iterator[Ending]:
        for place, row in self._end:
            linkage = self._of(self._linkages, row["linkage"], f"end.{place}.linkage")
            if linkage is None:
                continue
            if linkage.tenure_id in self._managed:
                yield Ending(place, linkage, row["ends_on"])
            else:
                self._forbidden(f"end.{place}.linkage")

    def _valid(self, name: str, items: Iterable[Any]) -> Iterator[tuple[int, Any]]:
        for place, item in enumerate(items):
            if isinstance(item, serializers.ValidationError):
                self.faults += flat(item.detail, f"{name}.{place}")
            else:
                yield place, item

    def _found(self, visible: Any, ids: Iterable[str | None], *related: str) -> dict[str, Any]:
        keys = {key for each in ids if (key := parse_id(each)) is not None}
        rows = visible(self.user, today()).filter(pk__in=keys).select_related(*related) if keys else ()
        return {str(row.pk): row for row in rows}

    def _of(self, found: dict[str, Any], key: str, path: str) -> Any:
        if key not in found:
            self._missing(path)
        return found.get(key)

    def _missing(self, path: str) -> None:
        text = Reference.default_error_messages["unknown_reference"]
        self.faults.append(FieldError(path, Code.UNKNOWN_REFERENCE, text))

    def _forbidden(self, path: str) -> None:
        self.faults.append(FieldError(path, Code.NOT_ALLOWED, TITLES[Code.NOT_ALLOWED]))


def _related(kind: LinkageKind) -> tuple[str, ...]:
    return ("division",) if kind == LinkageKind.DEPARTMENT else ()


def answer(done: Linked) -> dict[str, Any]:
    begun = [] if done.dry_run else [str(row.pk) for _place, row in sorted(done.changed.begun.items())]
    return {
        "dry_run": done.dry_run,
        "begun": begun,
        "would_begin": len(done.changed.begun),
        "would_end": len(done.changed.ended),
        "on": done.on,
        "quotas": done.unmet[:MOST],
        "more_quotas": len(done.unmet) > MOST,
        "doubled": done.doubled[:MOST],
        "followed": done.followed,
    }
