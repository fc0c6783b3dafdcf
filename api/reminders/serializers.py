"""Who was told, on the wire: never what it said, nor where a push went."""

from typing import Any

from rest_framework import serializers

from api.fields import Id, Instant
from api.me.serializers import NamedOut
from fieldwork.reminders.enums import DeliveryState, NotificationKind
from fieldwork.reminders.models import Delivery, Notification


class PostNamedOut(serializers.Serializer[Any]):
    id = Id()
    name = serializers.CharField(source="title")


class ReaderOut(serializers.Serializer[Any]):
    id = Id()
    name = serializers.CharField(source="get_full_name")


class DeliveryOut(serializers.Serializer[Delivery]):
    """One way by which it went, or should have gone; a person may have several devices."""

    channel = serializers.CharField()
    state = serializers.ChoiceField(DeliveryState.choices)
    attempts = serializers.IntegerField()
    not_before = Instant(help_text="when it may be sent, or tried again")
    ended_at = Instant(allow_null=True, help_text="when it was sent, or given up")
    reason = serializers.CharField(help_text="why it did not go, as `unregistered`; empty where it did, or may yet")


class ToldOut(serializers.Serializer[Notification]):
    """One notification to one person."""

    id = Id()
    kind = serializers.CharField(help_text=", ".join(f"`{kind}`" for kind in NotificationKind))
    user = ReaderOut()
    leader = NamedOut(source="user.leader", allow_null=True)
    post = PostNamedOut(allow_null=True, help_text="to whose holder it is addressed; null: to the person")
    at = Instant(help_text="when it is due to be sent")
    delivered_at = Instant(allow_null=True, help_text="when it reached the inbox; null: it has not, or was not needed")
    read_at = Instant(allow_null=True, help_text="when it was opened there")
    obligations = serializers.SerializerMethodField(help_text="ids: those of the period in the scope of my office")
    deliveries = DeliveryOut(many=True)

    def get_obligations(self, notification: Notification) -> list[str]:
        return [str(obligation.pk) for obligation in notification.obligations.all()]


class ToldLineOut(serializers.Serializer[Any]):
    """Counts of notifications of one kind."""

    kind = serializers.CharField()
    told = serializers.IntegerField(help_text="reached the inbox")
    opened = serializers.IntegerField(help_text="and were opened there")
    failed = serializers.IntegerField(help_text="went no other way than into the inbox, though some other was tried")


class ToldSummaryOut(serializers.Serializer[Any]):
    period = serializers.CharField()
    kinds = ToldLineOut(many=True)
    without_account = serializers.IntegerField(
        help_text="leaders who still owe something in the period and have no account by which they could be told"
    )
