"""Who is told what, when, and how it went."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from fieldwork.core.database import StampField
from fieldwork.directory.models import Division
from fieldwork.duties.models import Obligation, Review
from fieldwork.reminders.enums import DeliveryState, NotificationKind, Platform, PushKind


class Device(models.Model):
    """A phone or browser on which a user has signed in; its push address belongs to its last claimant."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="devices", db_index=False)
    key = models.CharField(max_length=100, help_text="the id the phone made for itself")
    name = models.CharField(max_length=100, blank=True)
    platform = models.CharField(max_length=10, choices=Platform)
    app_version = models.CharField(max_length=40, blank=True)
    push_kind = models.CharField(max_length=10, choices=PushKind, blank=True)
    push_value = models.CharField(max_length=2000, blank=True)
    claimed_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["user", "key"], name="device_once"),
            models.UniqueConstraint(
                fields=["push_kind", "push_value"],
                condition=~Q(push_value=""),
                name="push_address_has_one_claimant",
            ),
            models.CheckConstraint(
                condition=Q(push_kind="", push_value="") | (~Q(push_kind="") & ~Q(push_value="")),
                name="push_address_is_whole",
            ),
        ]


class Moment(models.Model):
    """An instant at which people are told something; `planned_at` once all are planned for or it is over."""

    at = models.DateTimeField()
    kind = models.CharField(max_length=10, choices=NotificationKind)
    due_at = models.DateTimeField(help_text="of the obligations it is about")
    planned_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["at", "kind", "due_at"], name="moment_once")]


class Notification(models.Model):
    """What one person is told at one moment, merged; worded when it is sent, from the facts then."""

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, related_name="notifications", db_index=False
    )  # fmt: skip
    kind = models.CharField(max_length=10, choices=NotificationKind)
    at = models.DateTimeField(help_text="when it is due to be sent")
    due_at = models.DateTimeField(null=True, help_text="when what it is about falls due")
    division = models.ForeignKey(Division, models.PROTECT, null=True)
    obligations = models.ManyToManyField(Obligation, related_name="notifications")
    review = models.ForeignKey(
        Review, models.PROTECT, null=True, related_name="+", db_index=False, help_text="the verdict that it tells of"
    )
    title = models.CharField(max_length=200, blank=True)
    body = models.TextField(blank=True)
    delivered_at = models.DateTimeField(null=True, help_text="when it reached the inbox; before that nobody sees it")
    read_at = models.DateTimeField(null=True)
    changed = StampField(db_default=0)

    class Meta:
        verbose_name = _("notification")
        verbose_name_plural = _("notifications")
        constraints = [
            models.UniqueConstraint(
                fields=["at", "kind", "user"], condition=Q(review__isnull=True), name="notification_once"
            ),
            models.UniqueConstraint(fields=["review", "user"], name="notification_of_a_verdict_once"),
            models.CheckConstraint(
                condition=Q(kind=NotificationKind.VERDICT, review__isnull=False)
                | (~Q(kind=NotificationKind.VERDICT) & Q(review__isnull=True)),
                name="notification_of_a_verdict_names_it",
            ),
        ]
        indexes = [models.Index(fields=["user", "at", "id"], name="notification_inbox")]


class Delivery(models.Model):
    """One notification through one channel."""

    notification = models.ForeignKey(
        Notification, models.CASCADE, related_name="deliveries", db_index=False
    )  # fmt: skip
    channel = models.CharField(max_length=20)
    state = models.CharField(max_length=10, choices=DeliveryState, default=DeliveryState.PLANNED)
    not_before = models.DateTimeField()
    claimed_until = models.DateTimeField(null=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    ended_at = models.DateTimeField(null=True)
    error = models.CharField(max_length=300, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["notification", "channel"], name="delivery_once")]
        indexes = [
            models.Index(
                fields=["channel", "not_before"],
                condition=Q(state__in=["planned", "claimed"]),
                name="delivery_waiting",
            )
        ]
        verbose_name_plural = "deliveries"
