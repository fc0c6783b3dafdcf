"""Filters of the inbox."""

import django_filters
from django.db.models import Q, QuerySet

from fieldwork.reminders.enums import NotificationKind
from fieldwork.reminders.models import Notification


class NotificationFilters(django_filters.FilterSet):
    unread = django_filters.ChoiceFilter(choices=[("true", "true"), ("false", "false")], method="by_unread")
    kind = django_filters.ChoiceFilter(choices=NotificationKind.choices)

    class Meta:
        model = Notification
        fields: list[str] = []

    def by_unread(self, queryset: QuerySet[Notification], _name: str, value: str) -> QuerySet[Notification]:
        return queryset.filter(Q(unread=value == "true"))
