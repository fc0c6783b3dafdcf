"""Notifications on the wire."""

from rest_framework import serializers

from api.fields import Id, Instant
from fieldwork.reminders.enums import NotificationKind
from fieldwork.reminders.models import Notification


class NotificationOut(serializers.Serializer[Notification]):
    """One message of the inbox: every push is here too."""

    id = Id()
    kind = serializers.ChoiceField(NotificationKind.choices)
    title = serializers.CharField()
    body = serializers.CharField()
    obligations = serializers.SerializerMethodField(help_text="ids of what it is about")
    sent_at = Instant(source="delivered_at")
    read_at = Instant(allow_null=True)
    settled = serializers.BooleanField(help_text="nothing that it is about is owed any more")

    def get_obligations(self, notification: Notification) -> list[str]:
        return [str(obligation.pk) for obligation in notification.obligations.all()]
