"""Who may do what with notifications."""

from fieldwork.directory.models import User
from fieldwork.reminders.models import Notification


def can_read_notification(user: User, notification: Notification) -> bool:
    """Only the person it was written to marks it read."""
    return notification.user_id == user.pk
