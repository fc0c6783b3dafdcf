"""Who is told what, when, and how it went."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from fieldwork.core.database import StampField
from fieldwork.directory.models import Division, Organisation, Post
from fieldwork.duties.models import Obligation, Review
from fieldwork.hazards.models import Hazard
from fieldwork.reminders.enums import DeliveryState, Failure, NotificationKind, Platform, PushKind


class Device(models.Model):
    """A phone or browser on which a user has signed in; its push address belongs to its last claimant."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="devices", db_index=False)
    key = models.CharField(max_length=100, help_text="the id the phone made for itself")
    name = models.CharField(max_length=100, blank=True)
    platform = models.CharField(max_length=10, choices=Platform)
    app_version = models.CharField(max_length=40, blank=True)
    push_kind = models.CharField(max_length=10, choices=PushKind, blank=True)
    push_value = models.CharField(max_length=2000, blank=True)
    push_switched = models.BooleanField(
        default=False, help_text="to another kind since its last answer, which may thus be a passing one"
    )
    push_ended_at = models.DateTimeField(null=True, help_text="since when the address is dead; claiming revives it")
    push_ended_for = models.CharField(max_length=20, choices=Failure, blank=True)
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
        indexes = [
            models.Index(
                fields=["push_ended_for"], condition=Q(push_ended_at__isnull=False), name="device_of_a_dead_address"
            )
        ]


class Contact(models.Model):
    """Where a person is reached outside the app: the one address of a channel, as of mail or WeCom."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="contacts", db_index=False)
    channel = models.CharField(max_length=20)
    value = models.CharField(max_length=255)
    ended_at = models.DateTimeField(null=True, help_text="since when the address is dead; naming it again revives it")
    ended_for = models.CharField(max_length=20, choices=Failure, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["user", "channel"], name="contact_once"),
            models.CheckConstraint(condition=~Q(value=""), name="contact_is_something"),
        ]


class Preference(models.Model):
    """What a person chose: which channels, in which order (empty: the installation's), and which kinds to mute.

    Muted kinds are still in the inbox; what may not be muted is told all the same.
    """

    user = models.OneToOneField(
        settings.AUTH_USER_MODEL, models.CASCADE, primary_key=True, related_name="preference"
    )  # fmt: skip
    channels = models.JSONField(default=list)
    muted = models.JSONField(default=list)


class Stoppage(models.Model):
    """That a channel cannot send, for all workers to see; it is tried again from `again_at` on."""

    channel = models.CharField(max_length=20, unique=True)
    since = models.DateTimeField()
    again_at = models.DateTimeField()
    reason = models.CharField(max_length=300)


class Workday(models.Model):
    """Whether one day is worked (调休 or a holiday), by the yearly notice: it wins over the calendar."""

    day = models.DateField(unique=True, verbose_name=_("day"))
    worked = models.BooleanField(_("worked"))
    source = models.CharField(_("source"), max_length=200, help_text=_("the notice that says so"))

    class Meta:
        verbose_name = _("working day or holiday")
        verbose_name_plural = _("working days and holidays")


class Moment(models.Model):
    """An instant at which people are told something; `planned_at` once all are planned for or it is over."""

    at = models.DateTimeField()
    kind = models.CharField(max_length=10, choices=NotificationKind)
    due_at = models.DateTimeField(help_text="when what it is about is due; of a lapse or digest, when it lapses")
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
    subject = models.CharField(
        max_length=100, blank=True, help_text="what it is about: repeats and successors share it"
    )  # fmt: skip
    post = models.ForeignKey(
        Post, models.PROTECT, null=True, related_name="+", db_index=False, help_text="to whose holder it is addressed"
    )
    organisation = models.ForeignKey(
        Organisation, models.PROTECT, null=True, related_name="+", db_index=False,
        help_text="to whose users and holders of posts it is addressed",
    )  # fmt: skip
    hazard = models.ForeignKey(Hazard, models.PROTECT, null=True, related_name="+", db_index=False)
    review = models.ForeignKey(
        Review, models.PROTECT, null=True, related_name="+", db_index=False, help_text="the verdict that it tells of"
    )
    title = models.CharField(max_length=200, blank=True)
    body = models.TextField(blank=True)
    delivered_at = models.DateTimeField(null=True, help_text="when it reached the inbox; before that nobody sees it")
    read_at = models.DateTimeField(null=True)
    urgent = models.BooleanField(default=False, help_text="told at night too")
    look_at = models.DateTimeField(null=True, help_text="when to see whether it arrived, or was opened")
    office_at = models.DateTimeField(null=True, help_text="the moment at which an office is told that it is unopened")
    changed = StampField(db_default=0)

    class Meta:
        verbose_name = _("notification")
        verbose_name_plural = _("notifications")
        constraints = [
            models.UniqueConstraint(fields=["at", "kind", "user", "subject"], name="notification_once"),
            models.UniqueConstraint(fields=["review", "user"], name="notification_of_a_verdict_once"),
            models.CheckConstraint(
                condition=Q(post__isnull=True) | Q(organisation__isnull=True), name="notification_has_one_addressee"
            ),
            models.CheckConstraint(
                condition=Q(kind=NotificationKind.VERDICT, review__isnull=False)
                | (~Q(kind=NotificationKind.VERDICT) & Q(review__isnull=True)),
                name="notification_of_a_verdict_names_it",
            ),
        ]
        indexes = [
            models.Index(fields=["user", "at", "id"], name="notification_inbox"),
            models.Index(fields=["look_at"], condition=Q(look_at__isnull=False), name="notification_to_look_at"),
            models.Index(fields=["office_at"], condition=Q(office_at__isnull=False), name="notification_of_office"),
        ]


class Delivery(models.Model):
    """One notification through one channel to one address.

    `address` names a device by its id, and is empty where a person has one address: what stands there is read at
    sending, and `sent_to` keeps as much of it as proves which it was. `bundle` is the tag of what was sent as one.
    """

    notification = models.ForeignKey(
        Notification, models.CASCADE, related_name="deliveries", db_index=False
    )  # fmt: skip
    channel = models.CharField(max_length=20)
    address = models.CharField(max_length=20, blank=True)
    state = models.CharField(max_length=10, choices=DeliveryState, default=DeliveryState.PLANNED)
    not_before = models.DateTimeField()
    claimed_until = models.DateTimeField(null=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    bundle = models.CharField(max_length=40, blank=True)
    ended_at = models.DateTimeField(null=True)
    sent_to = models.CharField(max_length=100, blank=True)
    provider_id = models.CharField(max_length=200, blank=True)
    reason = models.CharField(max_length=20, choices=Failure, blank=True)
    error = models.CharField(max_length=300, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["notification", "channel", "address"], name="delivery_once")]
        indexes = [
            models.Index(
                fields=["channel", "not_before", "id"],
                condition=Q(state__in=["planned", "claimed"]),
                name="delivery_waiting",
            ),
            models.Index(
                fields=["ended_at"],
                include=["channel", "state", "reason"],
                condition=Q(ended_at__isnull=False),
                name="delivery_ended",
            ),
        ]
        verbose_name_plural = "deliveries"
