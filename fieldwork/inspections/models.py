"""Check-ins as phones declared them, what the server found, and the photos behind them.

Declared columns never change. Positions are degrees: as given (`latitude`, `longitude`, `datum`) and in WGS-84 beside.
"""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from fieldwork.core.database import on_earth
from fieldwork.core.enums import DeclaredState
from fieldwork.core.geo import Datum
from fieldwork.core.models import Blob, Declaration, Enclosure, SigningKey
from fieldwork.directory.models import Leader, Site
from fieldwork.duties.models import Review, Task
from fieldwork.inspections.enums import FlagCode, PictureProblem

DATUMS = [(datum.value, datum.value) for datum in Datum]


class CheckIn(Declaration):
    """Proof of an inspection on site (现场检查打卡): who led it, when, where, and what was seen."""

    state = models.CharField(max_length=10, choices=DeclaredState)
    lead = models.ForeignKey(Leader, models.PROTECT, related_name="check_ins", db_index=False)
    companions = models.ManyToManyField(Leader, related_name="accompanied")
    task = models.ForeignKey(Task, models.PROTECT, null=True, related_name="+", help_text="the phone's hint")
    captured_at = models.DateTimeField()
    captured_on = models.DateField(help_text="the day of captured_at in the policy's zone")
    latitude = models.FloatField(null=True)
    longitude = models.FloatField(null=True)
    datum = models.CharField(max_length=8, choices=DATUMS, blank=True)
    accuracy_m = models.FloatField(null=True)
    wgs84_latitude = models.FloatField(null=True)
    wgs84_longitude = models.FloatField(null=True)
    site = models.ForeignKey(Site, models.PROTECT, null=True)
    site_name = models.CharField(max_length=200, blank=True)
    summary = models.TextField(blank=True)
    found_nothing = models.BooleanField(null=True)

    distance_m = models.FloatField(null=True)
    inside_target = models.BooleanField(null=True)
    checked_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = _("check-in")
        verbose_name_plural = _("check-ins")
        constraints = [
            models.CheckConstraint(condition=on_earth("wgs84_latitude", "wgs84_longitude"), name="check_in_on_earth"),
            models.CheckConstraint(condition=on_earth(), name="check_in_on_earth_as_given"),
        ]
        indexes = [
            models.Index(fields=["lead", "captured_at"], name="check_in_lead"),
            models.Index(fields=["captured_at", "id"], name="check_in_order"),
            models.Index(fields=["received_at", "id"], name="check_in_received"),
            models.Index(fields=["received_at", "id"], condition=Q(checked_at__isnull=True), name="check_in_unchecked"),
        ]


class SentPhoto(Enclosure):
    """A photo as a phone declares it, wherever it belongs."""

    captured_at = models.DateTimeField(null=True)
    caption = models.CharField(max_length=500, blank=True)
    lost_at = models.DateTimeField(null=True, help_text="when the phone said that it had lost it")
    lost_reason = models.CharField(max_length=500, blank=True)

    class Meta(Enclosure.Meta):
        abstract = True


class Photo(SentPhoto):
    """A photo that a check-in declares."""

    check_in = models.ForeignKey(CheckIn, models.PROTECT, related_name="photos", db_index=False)
    checked_at = models.DateTimeField(null=True, help_text="when the worker had compared it with all others")

    class Meta:
        constraints = [
            *Enclosure.Meta.constraints,
            models.UniqueConstraint(fields=["check_in", "sha256"], name="photo_once"),
        ]
        indexes = [
            models.Index(fields=["sha256", "check_in"], name="photo_digest"),
            models.Index(
                fields=["id"], condition=Q(blob__isnull=False, checked_at__isnull=True), name="photo_unchecked"
            ),
        ]


class Picture(models.Model):
    """What the worker found in the bytes of a photo, once for all check-ins that show it.

    `problem` is why nothing could be made of it. The metadata is the file's own (EXIF) and proves nothing by itself:
    WGS-84 degrees, and an instant. `band_0` to `band_7` are the 128 bits of its difference hash, 16 each; null for a
    picture without features.
    """

    blob = models.OneToOneField(Blob, models.PROTECT, primary_key=True, related_name="picture")
    attempts = models.PositiveSmallIntegerField(default=0)
    claimed_until = models.DateTimeField(null=True)
    looked_at = models.DateTimeField(null=True)
    problem = models.CharField(max_length=20, choices=PictureProblem, blank=True)
    width = models.PositiveIntegerField(null=True, help_text="pixels, upright")
    height = models.PositiveIntegerField(null=True)
    taken_at = models.DateTimeField(null=True)
    latitude = models.FloatField(null=True)
    longitude = models.FloatField(null=True)
    camera = models.CharField(max_length=200, blank=True)
    band_0 = models.IntegerField(null=True, db_index=True)
    band_1 = models.IntegerField(null=True, db_index=True)
    band_2 = models.IntegerField(null=True, db_index=True)
    band_3 = models.IntegerField(null=True, db_index=True)
    band_4 = models.IntegerField(null=True, db_index=True)
    band_5 = models.IntegerField(null=True, db_index=True)
    band_6 = models.IntegerField(null=True, db_index=True)
    band_7 = models.IntegerField(null=True, db_index=True)


class Flag(models.Model):
    """One doubt about a check-in, with the figures that raised it."""

    check_in = models.ForeignKey(CheckIn, models.PROTECT, related_name="flags", db_index=False)
    code = models.CharField(max_length=30, choices=FlagCode)
    figures = models.JSONField(default=dict)
    raised_at = models.DateTimeField()
    weighed_by = models.ForeignKey(
        Review, models.PROTECT, null=True, related_name="+", db_index=False,
        help_text="the first verdict after it; null: it waits for one",
    )  # fmt: skip

    class Meta:
        constraints = [models.UniqueConstraint(fields=["check_in", "code"], name="flag_once")]
        indexes = [models.Index(fields=["check_in"], condition=Q(weighed_by__isnull=True), name="flag_waiting")]


class Addendum(models.Model):
    """What was added to a check-in later (补充说明): corrections stand beside what they correct."""

    check_in = models.ForeignKey(CheckIn, models.PROTECT, related_name="addenda")
    text = models.TextField()
    answers = models.ForeignKey(
        Review, models.PROTECT, null=True, related_name="+", help_text="the rejection that stood when it was written"
    )
    weighed_by = models.ForeignKey(
        Review, models.PROTECT, null=True, related_name="+", db_index=False,
        help_text="the first verdict after it; null: it waits for one",
    )  # fmt: skip
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        indexes = [
            models.Index(
                fields=["check_in"],
                condition=Q(answers__isnull=False, weighed_by__isnull=True),
                name="addendum_waiting",
            )
        ]


class Receipt(models.Model):
    """What the server signed when a check-in was complete (回执): the phone keeps it, and it never changes.

    `jws` is a compact JWS (RFC 7515, EdDSA), kept as it was written.
    """

    check_in = models.OneToOneField(CheckIn, models.PROTECT, primary_key=True, related_name="receipt")
    jws = models.TextField()
    key = models.ForeignKey(SigningKey, models.PROTECT, related_name="+", db_index=False)
    issued_at = models.DateTimeField()
