"""Notifications on the wire."""

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from api.fields import Id, Instant
from fieldwork.reminders.enums import NotificationKind
from fieldwork.reminders.models import Notification


class AboutOut(serializers.Serializer[Any]):
    """What there is to open: a `check_in`, `filing` or `hazard`; treat a kind that you do not know as none."""

    kind = serializers.CharField()
    id = serializers.CharField()


class NotificationOut(serializers.Serializer[Notification]):
    """One message of the inbox: every push is here too."""

    id = Id()
    kind = serializers.CharField(
        help_text=", ".join(f"`{kind}`" for kind in NotificationKind) + "; show one that you do not know by its texts"
    )
    title = serializers.CharField()
    body = serializers.CharField()
    obligations = serializers.SerializerMethodField(help_text="ids of what it is about")
    about = serializers.SerializerMethodField(
        help_text="of a verdict the check-in or filing that was judged, of a single hazard that one"
    )
    sent_at = Instant(source="delivered_at")
    read_at = Instant(allow_null=True)
    settled = serializers.BooleanField(help_text="nothing that it is about is owed any more")

    def get_obligations(self, notification: Notification) -> list[str]:
        return [str(obligation.pk) for obligation in notification.obligations.all()]

    @extend_schema_field(AboutOut(allow_null=True))
    def get_about(self, notification: Notification) -> Any:
        if notification.review:
            judged = notification.review.performance
            return AboutOut({"kind": judged.source_kind, "id": judged.source_id}).data
        if notification.hazard_id:
            return AboutOut({"kind": "hazard", "id": str(notification.hazard_id)}).data
        return None
