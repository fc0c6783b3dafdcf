"""`manage.py push_test USER`: does a push arrive? One trial through every channel that leads to a person."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from fieldwork.directory.models import User
from fieldwork.reminders.actions import try_out
from fieldwork.reminders.enums import DeliveryState


class Command(BaseCommand):
    help = "Send a trial to a person through every channel that leads to them, and say how each went."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("username")

    def handle(self, *_args: object, **options: Any) -> None:
        user = User.objects.filter(username=options["username"], is_active=True).first()
        if user is None:
            raise CommandError(f"There is no active account {options['username']!r}.")
        deliveries = try_out(user=user, at=timezone.now())
        for one in deliveries:
            said = one.provider_id if one.state == DeliveryState.SENT else one.get_reason_display() or one.error
            self.stdout.write(f"{one.channel:8} {one.sent_to or '-':24} {one.state:8} {said}")
        if not any(one.state == DeliveryState.SENT for one in deliveries):
            raise CommandError("Nothing was sent.")
