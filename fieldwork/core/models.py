"""Events, the feed's epochs and readers, stored bytes, the worker's pulse; and what declarations of phones share."""

import json
from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from fieldwork.core.database import CurrentTransaction, PathField


class FeedEpoch(models.Model):
    """A stretch of the event feed between two restores: transaction ids may start low again after one."""

    number = models.PositiveIntegerField(primary_key=True)
    started_at = models.DateTimeField()
    reason = models.CharField(max_length=200)


class Event(models.Model):
    """One fact of who did what when. Appended by the action, in its transaction; never changed, never removed.

    `body` is the whole record in canonical JSON (sorted keys, no blanks, UTF-8) and is stored as it was written; the
    columns beside it, from `at` to `division_path`, say the same for those who look for it.
    `transaction` is PostgreSQL's id of the writing transaction; SQLite writes one at a time and needs none.
    """

    epoch = models.PositiveIntegerField()
    transaction = models.BigIntegerField(db_default=CurrentTransaction())
    at = models.DateTimeField(help_text="when it happened, as the action was told")
    kind = models.CharField(max_length=60, help_text="object.verb: check_in.recorded")
    actor = models.CharField(max_length=40, help_text="user:12, or system")
    object_kind = models.CharField(max_length=40)
    object_id = models.CharField(max_length=64)
    division_path = PathField(blank=True, help_text="whose scope it falls into")
    body = models.TextField()

    class Meta:
        verbose_name = _("event")
        verbose_name_plural = _("events")
        indexes = [
            models.Index(fields=["epoch", "transaction", "id"], name="event_feed"),
            models.Index(fields=["object_kind", "object_id", "id"], name="event_object"),
            # The audit's, which begins with the newest.
            models.Index(fields=["at", "id"], name="event_order"),
            models.Index(fields=["division_path", "at", "id"], name="event_place"),
            models.Index(fields=["actor", "at", "id"], name="event_actor"),
            models.Index(fields=["kind", "at", "id"], name="event_kind"),
        ]

    @property
    def data(self) -> dict[str, Any]:
        data: dict[str, Any] = json.loads(self.body)["data"]
        return data


class Look(models.Model):
    """That somebody looked at something on a day: so that one event is enough for it. Forgotten after two days."""

    day = models.DateField()
    actor = models.CharField(max_length=40)
    kind = models.CharField(max_length=60, help_text="of the event")
    object_id = models.CharField(max_length=64)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["day", "actor", "kind", "object_id"], name="look_once_a_day")]


class FeedReader(models.Model):
    """How far a named reader of the feed has come."""

    name = models.CharField(max_length=40, primary_key=True)
    epoch = models.PositiveIntegerField(default=0)
    transaction = models.BigIntegerField(default=0)
    event = models.BigIntegerField(default=0)


class Blob(models.Model):
    """Bytes that are on disk, whole, synced and checked: the file is `originals/<2>/<2>/<sha256>` under MEDIA_ROOT."""

    sha256 = models.CharField(max_length=64, primary_key=True)
    bytes = models.PositiveBigIntegerField()
    content_type = models.CharField(max_length=100)
    stored_at = models.DateTimeField()
    removed_at = models.DateTimeField(null=True, help_text="when the retention rule took the bytes away")


class SigningKey(models.Model):
    """An Ed25519 key pair (RFC 8032) of this installation; the private half lies outside the database.

    `id` is the RFC 7638 thumbprint of the public half, `public` its 32 bytes in unpadded base64url. None is ever
    removed: what it signed must stay provable.
    """

    id = models.CharField(max_length=43, primary_key=True)
    public = models.CharField(max_length=43)
    begun_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, help_text="when the next key took over")


class Seal(models.Model):
    """A signed statement over a batch of events in feed order and over the seal before (封存).

    `jws` is what was signed (RFC 7515), kept as it was written; `digest` its SHA-256. `leaves` holds for each event its
    id in 8 bytes, big-endian, and the 32 bytes of its RFC 6962 leaf hash. The other columns repeat what `jws` says.
    """

    number = models.BigIntegerField(primary_key=True)
    jws = models.TextField()
    digest = models.CharField(max_length=64)
    leaves = models.BinaryField()
    epoch = models.PositiveIntegerField(help_text="of its last event, as are the next two")
    transaction = models.BigIntegerField()
    event = models.BigIntegerField()
    sealed_at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["epoch", "transaction", "event"], name="seal_end")]


class Pulse(models.Model):
    """When a recurring piece of work last ended well."""

    name = models.CharField(max_length=40, primary_key=True)
    at = models.DateTimeField()


class Declaration(models.Model):
    """What a phone declared under an id of its own making; declared columns never change.

    `content` is the canonical JSON of the declared request, instants in UTC and without `device`; `digest` its SHA-256:
    two requests are the same content if and only if the digests are.
    """

    id = models.UUIDField(primary_key=True, help_text="made by the phone")
    digest = models.CharField(max_length=64)
    content = models.TextField()
    prepared_by_staff = models.BooleanField()
    on_paper = models.BooleanField()
    uploaded_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    device_id = models.CharField(max_length=100, blank=True)
    clock_at_send = models.DateTimeField(null=True)
    received_at = models.DateTimeField()

    class Meta:
        abstract = True


class Enclosure(models.Model):
    """A file that a declaration encloses; `blob` once its bytes have arrived and match."""

    sha256 = models.CharField(max_length=64)
    bytes = models.PositiveBigIntegerField()
    content_type = models.CharField(max_length=100, help_text="as declared")
    blob = models.ForeignKey(Blob, models.PROTECT, null=True, related_name="+")

    class Meta:
        abstract = True
        constraints = [
            models.CheckConstraint(condition=Q(blob__isnull=True) | Q(blob=F("sha256")), name="%(class)s_has_its_bytes")
        ]
