"""Filters of the inbox."""

import django_filters

from api.filtering import FlagFilter
from fieldwork.reminders.enums import NotificationKind


class NotificationFilters(django_filters.FilterSet):
    unread = FlagFilter(field_name="unread")
    kind = django_filters.ChoiceFilter(choices=NotificationKind.choices)
