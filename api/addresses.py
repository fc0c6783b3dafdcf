"""Routes: each answers with and without a slash at its end, not by redirect; a malformed id is no address."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.http.response import HttpResponseBase
from django.urls import URLPattern, register_converter
from django.urls.converters import StringConverter
from django.urls.resolvers import RoutePattern
from rest_framework.viewsets import GenericViewSet

_LIST = {"list": "get", "create": "post"}
_DETAIL = {"retrieve": "get", "update": "put", "partial_update": "patch", "destroy": "delete"}


class IdConverter:
    """A server-made id; eighteen digits fit any database."""

    regex = "[1-9][0-9]{0,17}"

    def to_python(self, value: str) -> int:
        return int(value)

    def to_url(self, value: object) -> str:
        return str(value)


class UuidConverter:
    """A UUID in either case: phones write both."""

    regex = "[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}"

    def to_python(self, value: str) -> UUID:
        return UUID(value)

    def to_url(self, value: object) -> str:
        return str(value)


class Sha256Converter:
    """A digest of 64 hex digits in either case."""

    regex = "[0-9a-fA-F]{64}"

    def to_python(self, value: str) -> str:
        return value.lower()

    def to_url(self, value: str) -> str:
        return value


class DeviceConverter:
    """The id that a device made for itself."""

    regex = "[A-Za-z0-9._:-]{1,100}"

    def to_python(self, value: str) -> str:
        return value

    def to_url(self, value: str) -> str:
        return value


class PeriodConverter(StringConverter):
    """A period's name. Another text is an address too, at which the period is refused with words that help."""


register_converter(IdConverter, "id")
register_converter(PeriodConverter, "period")
register_converter(DeviceConverter, "device")
register_converter(UuidConverter, "any_uuid")
register_converter(Sha256Converter, "sha256")


class EitherWay(RoutePattern):
    """A route whose last slash is a matter of taste."""

    def match(self, path: str) -> Any:
        return super().match(path.removesuffix("/"))


def address(route: str, view: Callable[..., HttpResponseBase], name: str | None = None) -> URLPattern:
    """`route` without a slash at its end, as in `check-ins/<any_uuid:id>`."""
    return URLPattern(EitherWay(route, name=name, is_endpoint=True), view, name=name)


def resource(route: str, viewset: type[GenericViewSet[Any]], key: str = "id:pk") -> list[URLPattern]:
    """The list and the detail of a resource, with whichever of DRF's actions the viewset has."""
    patterns = []
    for suffix, actions in (("", _LIST), (f"/<{key}>", _DETAIL)):
        methods: dict[str, Any] = {method: action for action, method in actions.items() if hasattr(viewset, action)}
        if methods:
            patterns.append(address(route + suffix, viewset.as_view(methods)))
    return patterns
