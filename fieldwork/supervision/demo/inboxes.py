"""People read what they are told, but for a few, of whom the office hears."""

from datetime import datetime

from fieldwork.reminders.actions import mark_read
from fieldwork.reminders.models import Notification
from fieldwork.supervision.demo.cast import LEADER

ONE_IN = 7  # is not opened


def open_inboxes(now: datetime) -> None:
    """Whoever has something since before reads it; the demo's leader leaves that to whoever tries it out."""
    fresh = Notification.objects.filter(delivered_at__lt=now, read_at=None).exclude(user__username=LEADER)
    for one in fresh.select_related("user").order_by("pk"):
        if one.pk % ONE_IN:
            mark_read(notification=one, by=one.user, at=now)
