"""The inbox: the notification itself, as `GET notifications` shows it."""

from collections.abc import Sequence

from django.db import transaction

from fieldwork.core import events
from fieldwork.core.database import Stamp
from fieldwork.core.each import update_each
from fieldwork.reminders.channels.base import Message, Outcome, Reach, Result
from fieldwork.reminders.models import Notification


class Inbox:
    """Writes the words into the notification, from which moment its reader sees it.

    Each batch appends one `notifications.delivered`, at the instant that is their `delivered_at`.
    """

    code = "inbox"
    batch = 500
    reach = Reach.ALL

    def fault(self) -> str:
        return ""

    def send(self, messages: Sequence[Message]) -> Sequence[Outcome]:
        at = messages[0].at
        with transaction.atomic():
            rows = [(one.notification, one.title, one.body) for one in messages]
            update_each(Notification, ["title", "body"], rows)
            told = Notification.objects.filter(pk__in=[one.notification for one in messages])
            told.update(changed=Stamp())
            reached = told.filter(delivered_at__isnull=True).update(delivered_at=at)
            events.append(
                "notifications.delivered",
                by=events.SYSTEM,
                at=at,
                about=("channel", self.code),
                count=reached,
            )
        return [Outcome(Result.SENT)] * len(messages)
