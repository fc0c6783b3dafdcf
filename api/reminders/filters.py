"""Filters of who was told."""

from typing import Any

import django_filters
from django.db.models import Exists, OuterRef, QuerySet
from drf_spectacular.utils import extend_schema_field

from api.filtering import FlagFilter, IdFilter
from fieldwork.directory.models import Division
from fieldwork.reminders.enums import DeliveryState, NotificationKind
from fieldwork.reminders.models import Delivery, Notification
from fieldwork.reminders.told import notifications_about


class OpenedFilter(FlagFilter):
    """What has reached the inbox, by whether it was opened there: what has not, could not be."""

    def filter(self, qs: QuerySet[Any], value: str) -> QuerySet[Any]:
        return qs.filter(delivered_at__isnull=False, read_at__isnull=value != "true") if value else qs


@extend_schema_field({"type": "string", "description": "a division, with all below it, that counts what it is about"})
class CountedWithin(IdFilter):
    """By the method of the filters, which knows who asks."""


class ToldFilters(django_filters.FilterSet):
    kind = django_filters.ChoiceFilter(choices=NotificationKind.choices)
    opened = OpenedFilter(label="whether what reached the inbox was opened there")
    leader = IdFilter(field_name="user__leader")
    division = CountedWithin(method="based_within")
    channel = django_filters.CharFilter(max_length=20, method="delivered", label="with a delivery through this channel")
    state = django_filters.ChoiceFilter(
        choices=DeliveryState.choices, method="delivered", label="with a delivery in this state, through that channel"
    )

    def based_within(self, queryset: QuerySet[Notification], _name: str, value: int) -> QuerySet[Notification]:
        """By the same basis that lies in scope: not even whether there is another is to be learnt."""
        path = Division.objects.filter(pk=value).values_list("path", flat=True).first()
        if not path:
            return queryset.none()
        view = self.request.parser_context["view"]
        return queryset.filter(pk__in=notifications_about(self.request.user, view.period, path).values("pk"))

    def delivered(self, queryset: QuerySet[Notification], name: str, _value: str) -> QuerySet[Notification]:
        """One and the same delivery, whichever of the two is asked for."""
        asked = {key: self.form.cleaned_data[key] for key in ("channel", "state") if self.form.cleaned_data.get(key)}
        if name != min(asked):
            return queryset
        return queryset.filter(Exists(Delivery.objects.filter(notification=OuterRef("pk"), **asked)))
