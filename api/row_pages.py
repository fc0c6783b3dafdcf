"""Pages of rows that are no model's: of what a statement answers, in the order of the rows' keys."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any, Protocol, TypeVar

from django.core import signing
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.utils.urls import remove_query_param, replace_query_param

from api.clock import today
from api.fields import Day, parse_id
from api.filtering import refuse_unknown
from api.pagination import page_size
from fieldwork.core.errors import invalid
from fieldwork.directory.models import Division
from fieldwork.duties.quota_rows import Scope

_SALT = "api.row_cursor"
Key = tuple[Any, ...]
MET = {"false": False, "true": True, "all": None}
PAGING = frozenset({"cursor", "page_size"})
RowT = TypeVar("RowT", bound="Keyed")


class Keyed(Protocol):
    """A row with its place in the order."""

    @property
    def key(self) -> Key: ...


@extend_schema_field({"type": "string"})
class AskedId(serializers.Field[Any, Any, Any, Any]):
    """An id among query parameters; whether there is such an object shows in the rows."""

    default_error_messages = {"invalid": _lazy("This is not an id.")}

    def to_internal_value(self, data: str) -> int:
        key = parse_id(data)
        if key is None:
            self.fail("invalid")
        return key

    def to_representation(self, value: int) -> str:
        return str(value)


class Asking(serializers.Serializer[Any]):
    """What such a list is asked for; any other parameter is `unknown_filter`."""

    division = AskedId(required=False, help_text="it and all below")
    on = Day(required=False, help_text="default: today")
    met = serializers.ChoiceField(
        ["false", "true", "all"], default="false", help_text="what is lacking, what is not, or both"
    )

    @classmethod
    def of(cls, request: Request) -> dict[str, Any]:
        asked = cls(data=request.query_params, context={"request": request})
        refuse_unknown(request, frozenset(asked.fields) | PAGING)
        asked.is_valid(raise_exception=True)
        found: dict[str, Any] = {"on": today(), **asked.validated_data}
        return {**found, "met": MET[found["met"]]}


def narrowed(scope: Scope, asked: dict[str, Any]) -> Scope:
    """The scope within `division`; there is nothing in a division that is none."""
    if "division" not in asked:
        return scope
    path = Division.objects.filter(pk=asked["division"]).values_list("path", flat=True).first()
    return replace(scope, within=path) if path else Scope(None)


def paged(request: Request, rows: Callable[..., Sequence[RowT]], out: type[serializers.Serializer[Any]]) -> Response:
    """One page of `rows(after=, backward=, limit=)`, which answers in order either way, as `out` shows them."""
    size = page_size(request)
    salt = f"{_SALT}:{request.path.removesuffix('/')}"
    backward, after = _read(request.query_params.get("cursor"), salt)
    found = rows(after=after, backward=backward, limit=size + 1)
    more = len(found) > size
    page = (found[-size:] if backward else found[:size]) if more else found
    url = request.build_absolute_uri()
    later = page and (more or backward)
    earlier = page and after is not None and (more or not backward)
    return Response(
        {
            "next": _link(url, page[-1], salt, backward=False) if later else None,
            "previous": _link(url, page[0], salt, backward=True) if earlier else None,
            "results": out(page, many=True, context={"request": request}).data,
        }
    )


def _link(url: str, row: Keyed, salt: str, *, backward: bool) -> str:
    cursor = signing.dumps([backward, list(row.key)], salt=salt)
    return replace_query_param(remove_query_param(url, "cursor"), "cursor", cursor)


def _read(cursor: str | None, salt: str) -> tuple[bool, Key | None]:
    if not cursor:
        return False, None
    try:
        backward, key = signing.loads(cursor, salt=salt)
    except signing.BadSignature:
        raise invalid("cursor", _("This is not a cursor of ours.")) from None
    return backward, tuple(key)
