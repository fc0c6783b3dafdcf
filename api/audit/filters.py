"""Filters of the audit."""

import re
from typing import Any

import django_filters
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema_field

from api.fields import parse_id
from api.filtering import InstantFilter, WithinFilter
from fieldwork.core.models import Event

_WORD = r"[a-z_]{1,40}"
_OBJECT = re.compile(rf"({_WORD})(?::([0-9A-Za-z.:_-]{{1,64}}))?")
_KIND = re.compile(rf"{_WORD}(?:\.{_WORD})?")


class _Words(django_filters.CharFilter):
    """A text of one form; anything else is invalid, for it could select nothing."""

    form, said = _KIND, ""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(max_length=110, validators=[self._check], **kwargs)

    def _check(self, value: str) -> None:
        if not self.form.fullmatch(value):
            raise ValidationError(_("This is of another form: %(form)s.") % {"form": self.said})


@extend_schema_field(
    {
        "type": "string",
        "pattern": f"^(?:{_OBJECT.pattern})$",
        "description": "`check_in:<id>`, or `check_in` for all of a kind",
    }
)
class ObjectFilter(_Words):
    """What it happened to."""

    form, said = _OBJECT, "check_in:<id>"

    def filter(self, qs: QuerySet[Any], value: str) -> QuerySet[Any]:
        if not value:
            return qs
        kind, _colon, key = value.partition(":")
        found = qs.filter(object_kind=kind)
        return found.filter(object_id=key.lower() if "-" in key else key) if key else found


@extend_schema_field(
    {
        "type": "string",
        "pattern": f"^{_KIND.pattern}$",
        "description": "`check_in.reviewed`, or `check_in` for all that begin so",
    }
)
class KindFilter(_Words):
    """What happened."""

    form, said = _KIND, "check_in.reviewed"

    def filter(self, qs: QuerySet[Any], value: str) -> QuerySet[Any]:
        if not value or "." in value:
            return qs.filter(kind=value) if value else qs
        return qs.filter(kind__startswith=f"{value}.")


@extend_schema_field({"type": "string", "description": "the id of an account, or `system`"})
class ActorFilter(django_filters.CharFilter):
    """Who did it."""

    def filter(self, qs: QuerySet[Any], value: str) -> QuerySet[Any]:
        if not value:
            return qs
        return qs.filter(actor=value if value == "system" else f"user:{parse_id(value) or 0}")


class AuditFilters(django_filters.FilterSet):
    object = ObjectFilter()
    actor = ActorFilter(max_length=30)
    kind = KindFilter()
    division = WithinFilter(field_name="division_path")
    since = InstantFilter(field_name="at", lookup_expr="gte", label="from this instant on")
    until = InstantFilter(field_name="at", lookup_expr="lt", label="before this instant")

    class Meta:
        model = Event
        fields: list[str] = []
