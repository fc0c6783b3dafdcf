"""Pages that neither skip nor repeat a row, however many rows are equal in what they are ordered by."""

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import date
from functools import reduce
from operator import or_
from typing import Any
from uuid import UUID

from django.core import signing
from django.db.models import Model, Q, QuerySet
from django.utils.translation import gettext as _
from rest_framework.pagination import BasePagination
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.utils.urls import remove_query_param, replace_query_param
from rest_framework.views import APIView

from fieldwork.core.errors import invalid

PAGE_SIZE = 50
MAX_PAGE_SIZE = 200
_SIZE = re.compile("[0-9]{1,4}", re.ASCII)
_SALT = "api.cursor"


class CursorPages(BasePagination):
    """Keyset pages: a cursor holds, signed, the ordering and its values in the row next to the page.

    The view orders by columns that are never null (`ordering`); its `ties`, and then the primary key, settle ties.
    """

    usual, most = PAGE_SIZE, MAX_PAGE_SIZE

    def paginate_queryset(
        self,
        queryset: QuerySet[Any],  # type: ignore[override]  # never a list
        request: Request,
        view: APIView | None = None,
    ) -> list[Any]:
        self._url = request.build_absolute_uri()
        ordering = _total(queryset, getattr(view, "ties", ()))
        size = page_size(request, self.usual, self.most)
        backward, values = _read(request.query_params.get("cursor"), ordering)
        rows = queryset
        if values:
            rows = rows.filter(_beyond(ordering, values, backward))
        rows = rows.order_by(*(_reversed(ordering) if backward else ordering))
        return self._page(list(rows[: size + 1]), size, ordering, values, backward)

    def first_page(self, request: Request, ordering: Sequence[str], rows: Callable[[int], list[Any]]) -> list[Any]:
        """For a list without a cursor that finds its rows itself: `rows` gives at most so many in the total order."""
        self._url = request.build_absolute_uri()
        size = page_size(request, self.usual, self.most)
        return self._page(rows(size + 1), size, ordering)

    def _page(
        self, found: list[Any], size: int, ordering: Sequence[str], values: Sequence[Any] = (), backward: bool = False
    ) -> list[Any]:
        """Of one row more than fit the page; `values` are the cursor's."""
        more = len(found) > size
        page = found[:size]
        if backward:
            page.reverse()
        later = page and (more or backward)
        self._next = self._link(page[-1], ordering, backward=False) if later else None
        self._previous = (
            self._link(page[0], ordering, backward=True) if page and values and (more or not backward) else None
        )
        return page

    def get_paginated_response(self, data: Any) -> Response:
        return Response({"next": self._next, "previous": self._previous, "results": data})

    def get_paginated_response_schema(self, schema: dict[str, Any]) -> dict[str, Any]:
        link = {"type": ["string", "null"], "format": "uri"}
        return {
            "type": "object",
            "required": ["next", "previous", "results"],
            "properties": {"next": link, "previous": link, "results": schema},
        }

    def get_schema_operation_parameters(self, view: APIView) -> list[dict[str, Any]]:
        size = {"type": "integer", "minimum": 1, "maximum": self.most, "default": self.usual}
        return [
            {
                "name": "cursor",
                "in": "query",
                "description": "from `next` or `previous`",
                "schema": {"type": "string"},
            },
            {"name": "page_size", "in": "query", "description": "rows a page", "schema": size},
        ]

    def _link(self, row: Any, ordering: Sequence[str], backward: bool) -> str:
        values = [_value(row, name.lstrip("-")) for name in ordering]
        cursor = signing.dumps([list(ordering), backward, values], salt=_SALT)
        return replace_query_param(remove_query_param(self._url, "cursor"), "cursor", cursor)


def page_size(request: Request, usual: int = PAGE_SIZE, most: int = MAX_PAGE_SIZE) -> int:
    raw = request.query_params.get("page_size", str(usual))
    if not (_SIZE.fullmatch(raw) and 1 <= int(raw) <= most):
        raise invalid("page_size", _("A number from 1 to %(limit)d.") % {"limit": most})
    return int(raw)


def _total(queryset: QuerySet[Any], ties: Sequence[str] = ()) -> list[str]:
    """The queryset's ordering, then `ties` and the primary key, in the same direction: one index serves it."""
    ordering = [str(name) for name in queryset.query.order_by or queryset.model._meta.ordering]
    key = queryset.model._meta.pk.attname
    ordering = [name.replace("pk", key) if name in ("pk", "-pk") else name for name in ordering]
    sign = "-" if ordering and ordering[-1].startswith("-") else ""
    named = {name.lstrip("-") for name in ordering}
    if key in named:
        return ordering
    return [*ordering, *(sign + name for name in (*ties, key) if name not in named)]


def _reversed(ordering: Sequence[str]) -> list[str]:
    return [name[1:] if name.startswith("-") else f"-{name}" for name in ordering]


def _read(cursor: str | None, ordering: Sequence[str]) -> tuple[bool, list[Any]]:
    if not cursor:
        return False, []
    try:
        stood, backward, values = signing.loads(cursor, salt=_SALT)
    except signing.BadSignature:
        raise invalid("cursor", _("This is not a cursor of ours.")) from None
    if stood != list(ordering):
        raise invalid("cursor", _("The cursor belongs to another ordering."))
    return backward, values


def _beyond(ordering: Sequence[str], values: Sequence[Any], backward: bool) -> Q:
    """Rows strictly behind `values` in the ordering, or before them."""
    steps = []
    same: dict[str, Any] = {}
    for name, value in zip(ordering, values, strict=True):
        field = name.lstrip("-")
        comparison = "lt" if name.startswith("-") != backward else "gt"
        steps.append(Q(**same, **{f"{field}__{comparison}": value}))
        same[field] = value
    # Said apart, it lets an index begin where the page does.
    first, side = ordering[0], "lte" if ordering[0].startswith("-") != backward else "gte"
    return Q(**{f"{first.lstrip('-')}__{side}": values[0]}) & reduce(or_, steps)


def _value(row: Any, name: str) -> Any:
    """What the cursor keeps of one column: JSON, with instants to the microsecond."""
    for step in name.split("__"):
        row = row[step] if isinstance(row, Mapping) else getattr(row, step)
    if isinstance(row, Model):
        return row.pk
    return str(row) if isinstance(row, date | UUID) else row
