"""Filters and orderings of lists; one that a list does not have is refused, never ignored."""

from datetime import datetime
from functools import lru_cache
from typing import Any

import django_filters
from django import forms
from django.core.exceptions import ValidationError
from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _
from django_filters.rest_framework import DjangoFilterBackend
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers
from rest_framework.filters import OrderingFilter
from rest_framework.request import Request
from rest_framework.views import APIView

from api.fields import Instant, parse_id
from fieldwork.core.errors import Code, DomainError, FieldError
from fieldwork.directory.models import Division
from fieldwork.directory.paths import within
from fieldwork.directory.queries import NOTHING, standing

MAX_SEARCH = 100
ALWAYS = frozenset({"cursor", "page_size", "ordering"})


def refuse_unknown(request: Request, known: frozenset[str]) -> None:
    """`unknown_filter`, naming every query parameter that is not `known`."""
    unknown = sorted(set(request.query_params) - known)
    if unknown:
        detail = _("There is no such filter here.")
        raise DomainError(
            Code.UNKNOWN_FILTER,
            errors=tuple(FieldError(name, Code.UNKNOWN_FILTER, detail) for name in unknown),
        )


def is_detail(view: APIView) -> bool:
    """One object by the id in its address: its filters are none."""
    lookup = getattr(view, "lookup_url_kwarg", None) or getattr(view, "lookup_field", "pk")
    return lookup in view.kwargs


class StrictFilterBackend(DjangoFilterBackend):
    """django-filter; `unknown_filter` for a parameter that neither the filters nor `view.parameters` name."""

    def filter_queryset(self, request: Request, queryset: QuerySet[Any], view: APIView) -> QuerySet[Any]:
        if is_detail(view):
            return queryset
        filtered: QuerySet[Any] = super().filter_queryset(request, queryset, view)
        return filtered

    def get_filterset(self, request: Request, queryset: QuerySet[Any], view: APIView) -> Any:
        """None where nothing is asked for."""
        filterset_class = self.get_filterset_class(view, queryset)
        filters = filterset_class.base_filters if filterset_class else {}
        refuse_unknown(request, ALWAYS | frozenset(filters) | frozenset(getattr(view, "parameters", ())))
        asked = tuple(name for name in filters if name in request.query_params)
        if not asked:
            return None
        return _narrowed(filterset_class, asked)(**self.get_filterset_kwargs(request, queryset, view))


@lru_cache(maxsize=1000)
def _narrowed(
    filterset_class: type[django_filters.FilterSet], names: tuple[str, ...]
) -> type[django_filters.FilterSet]:
    """The same with these filters alone: a filter that is not asked for changes nothing, but costs a form field."""
    filters = {name: filterset_class.base_filters[name] for name in names}
    narrowed: type[django_filters.FilterSet] = type(filterset_class.__name__, (filterset_class,), {})
    narrowed.base_filters = filters
    return narrowed


class StrictOrderingFilter(OrderingFilter):
    """`?ordering=` by some of the view's `ordering_fields`, which are never null; else `view.ordering`."""

    def filter_queryset(self, request: Request, queryset: QuerySet[Any], view: APIView) -> QuerySet[Any]:
        if is_detail(view):
            return queryset
        return super().filter_queryset(request, queryset, view)

    def remove_invalid_fields(self, queryset: QuerySet[Any], fields: Any, view: APIView, request: Request) -> list[str]:
        allowed = set(getattr(view, "ordering_fields", ()))
        terms: list[str] = list(fields)
        if not all(term.removeprefix("-") in allowed for term in terms):
            detail = _("Ordered by: %(names)s.") % {"names": ", ".join(sorted(allowed)) or "–"}
            raise DomainError(Code.UNKNOWN_FILTER, errors=(FieldError("ordering", Code.UNKNOWN_FILTER, detail),))
        return terms

    def get_schema_operation_parameters(self, view: APIView) -> list[dict[str, Any]]:
        names = list(getattr(view, "ordering_fields", ()))
        if not names:
            return []
        description = "one of " + ", ".join(f"`{name}`, `-{name}`" for name in names)
        return [{"name": "ordering", "in": "query", "description": description, "schema": {"type": "string"}}]


class _IdField(forms.Field):
    def to_python(self, value: Any) -> int | None:
        if value in self.empty_values:
            return None
        key = parse_id(value)
        if key is None:
            raise ValidationError(_("This is not an id."), code="invalid")
        return key


@extend_schema_field({"type": "string"})
class IdFilter(django_filters.Filter):
    """Rows that refer to the object with this id; none where there is no such object."""

    field_class = _IdField


@extend_schema_field({"type": "string", "description": "a division, with all below it"})
class WithinFilter(IdFilter):
    """Rows in the division with this id, or below it; `field_name` is the column of paths."""

    def filter(self, qs: QuerySet[Any], value: int | None) -> QuerySet[Any]:
        if value is None:
            return qs
        path = Division.objects.filter(pk=value).values_list("path", flat=True).first()
        return qs.filter(within(path, self.field_name) if path else NOTHING)


class _InstantField(forms.Field):
    def to_python(self, value: Any) -> datetime | None:
        if value in self.empty_values:
            return None
        try:
            return Instant().to_internal_value(value)
        except serializers.ValidationError as refused:
            raise ValidationError(str(Instant.default_error_messages["invalid"]), code="invalid") from refused


@extend_schema_field({"type": "string", "format": "date-time"})
class InstantFilter(django_filters.Filter):
    """By an instant of RFC 3339."""

    field_class = _InstantField


class StandingFilter(django_filters.DateFilter):
    """Rows that hold on this day."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**{"label": "what holds on this day"} | kwargs)

    def filter(self, qs: QuerySet[Any], value: Any) -> QuerySet[Any]:
        return qs.filter(standing(value)) if value else qs


class SearchFilter(django_filters.CharFilter):
    """Rows with this text in one of the columns."""

    def __init__(self, *columns: str) -> None:
        super().__init__(max_length=MAX_SEARCH)
        self.columns = columns

    def filter(self, qs: QuerySet[Any], value: str) -> QuerySet[Any]:
        if not value:
            return qs
        found = Q()
        for column in self.columns:
            found |= Q(**{f"{column}__icontains": value})
        return qs.filter(found)


@extend_schema_field({"type": "boolean"})
class FlagFilter(django_filters.ChoiceFilter):
    """`true` or `false`, nothing else."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(choices=[("true", "true"), ("false", "false")], **kwargs)

    def filter(self, qs: QuerySet[Any], value: str) -> QuerySet[Any]:
        return qs.filter(**{self.field_name: value == "true"}) if value else qs


class YearFilter(django_filters.NumberFilter):
    """Rows of this year; of half a one there are none."""

    field_class = forms.IntegerField
