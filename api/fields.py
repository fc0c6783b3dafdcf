"""The wire's own types: ids as strings, instants with an offset, periods, references to what one may see."""

import re
from collections.abc import Callable
from datetime import date, datetime
from typing import Any

from django.db.models import Model, QuerySet
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from api.clock import today
from fieldwork.core.periods import YEARS, ZONE, local_day
from fieldwork.directory.models import User

Field = serializers.Field[Any, Any, Any, Any]
_ID = re.compile(r"[1-9][0-9]{0,17}")
_RFC3339 = re.compile(
    r"[0-9]{4}(-[0-9]{2}){2}[Tt ]([0-9]{2}:){2}[0-9]{2}([.][0-9]+)?([Zz]|[+-]([01][0-9]|2[0-3]):[0-5][0-9])"
)
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_LARGEST = 1e15


def parse_id(given: object) -> int | None:
    """The key behind an opaque id; None for what can be nobody's id."""
    return int(given) if isinstance(given, str) and _ID.fullmatch(given) else None


@extend_schema_field({"type": "string"})
class Id(Field):
    """A server-made id going out: an opaque string."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(read_only=True, **kwargs)

    def to_representation(self, value: Any) -> str:
        return str(value)


@extend_schema_field({"type": "string"})
class Reference(Field):
    """An id coming in, resolved among what the sender may see; going out, the id.

    `visible(user, on)` is the queryset of what a user sees on a day. An id that is unknown or not visible is
    `unknown_reference`: the two are one, so that nobody learns what exists elsewhere.
    """

    default_error_messages = {
        "invalid": _("An id is a string."),
        "unknown_reference": _("There is no such object, or you may not see it."),
    }

    def __init__(self, visible: Callable[[User, date], QuerySet[Any]], **kwargs: Any) -> None:
        self.visible = visible
        super().__init__(**kwargs)

    def to_internal_value(self, data: Any) -> Model:
        if not isinstance(data, str):
            self.fail("invalid")
        key = parse_id(data)
        request = self.context["request"]
        found: Model | None = self.visible(request.user, today()).filter(pk=key).first() if key else None
        if found is None:
            self.fail("unknown_reference")
        return found

    def to_representation(self, value: Any) -> str:
        return str(value.pk)


def _within_years(value: datetime) -> bool:
    return value.year in YEARS and local_day(value).year in YEARS


@extend_schema_field({"type": "string", "format": "date-time"})
class Instant(Field):
    """An RFC 3339 instant. In: the offset is mandatory. Out: with the policy zone's, microseconds kept."""

    default_error_messages = {
        "invalid": _("An instant with an offset, as in 2026-11-21T10:31:05+08:00."),
    }

    def to_internal_value(self, data: Any) -> datetime:
        if not isinstance(data, str) or not _RFC3339.fullmatch(data):
            self.fail("invalid")
        try:
            value = parse_datetime(data.upper().replace("T", " "))
        except ValueError:
            value = None
        if value is None or value.tzinfo is None or not _within_years(value):
            self.fail("invalid")
        return value

    def to_representation(self, value: datetime) -> str:
        return value.astimezone(ZONE).isoformat()


class Day(serializers.DateField):
    """A day in the policy's zone: `2026-11-21`, in the years in which there are duties."""

    default_error_messages = {"invalid": _("A day, as in 2026-11-21.")}

    def to_internal_value(self, value: Any) -> date:
        if not isinstance(value, str) or not _DAY.fullmatch(value):
            self.fail("invalid")
        day: date = super().to_internal_value(value)
        if day.year not in YEARS:
            self.fail("invalid")
        return day


class Whole(serializers.IntegerField):
    """A whole number; a text that looks like one is none. JSON has one kind of number: 5.0 is 5."""

    def to_internal_value(self, data: Any) -> int:
        if isinstance(data, float) and data.is_integer():
            data = int(data)
        if isinstance(data, bool) or not isinstance(data, int):
            self.fail("invalid")
        return super().to_internal_value(data)


class Closed(serializers.Serializer[Any]):
    """What a change may name; a field that it has not is refused, for it would change nothing."""

    closed = True  # and so the document has it
    default_error_messages = {"closed": _("This cannot be changed here.")}

    def to_internal_value(self, data: Any) -> Any:
        others = set(data) - set(self.fields) if isinstance(data, dict) else set()
        if others:
            raise serializers.ValidationError(dict.fromkeys(sorted(others), self.error_messages["closed"]))
        return super().to_internal_value(data)


class Text(serializers.CharField):
    """A text; a number is none. NUL and half surrogates are refused; blanks at the ends are dropped."""

    def to_internal_value(self, data: Any) -> str:
        if not isinstance(data, str):
            self.fail("invalid")
        return super().to_internal_value(data)


class Listed(serializers.ListField):
    """At most `max_length` items, counted before any is looked at: a body within its limit holds many thousands."""

    def to_internal_value(self, data: Any) -> list[Any]:
        if isinstance(data, list) and self.max_length is not None and len(data) > self.max_length:
            message = serializers.ListSerializer.default_error_messages["max_length"]
            raise serializers.ValidationError(message.format(max_length=self.max_length), code="max_length")
        found: list[Any] = super().to_internal_value(data)
        return found


class Number(serializers.FloatField):
    """A finite number; a text that looks like one is none."""

    def to_internal_value(self, data: Any) -> float:
        if isinstance(data, bool) or not isinstance(data, int | float) or not abs(data) < _LARGEST:
            self.fail("invalid")
        return float(data)


class Flag(serializers.BooleanField):
    """true or false; 1 and "yes" are neither."""

    def to_internal_value(self, data: Any) -> bool:
        if not isinstance(data, bool):
            self.fail("invalid", input=data)
        return data


def latitude(**kwargs: Any) -> Number:
    return Number(min_value=-90, max_value=90, **kwargs)


def longitude(**kwargs: Any) -> Number:
    return Number(min_value=-180, max_value=180, **kwargs)
