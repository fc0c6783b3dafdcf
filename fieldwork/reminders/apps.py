"""The reminders app."""

from django.apps import AppConfig
from django.core import checks


class RemindersConfig(AppConfig):
    name = "fieldwork.reminders"
    label = "reminders"

    def ready(self) -> None:
        from fieldwork.reminders.channels import check_channels  # noqa: PLC0415  # needs the models
        from fieldwork.reminders.timetable import check_timetable  # noqa: PLC0415

        checks.register(check_channels)
        checks.register(check_timetable)
