"""Check-ins as phones declared them, what the server found, and the photos behind them.

Declared columns never change. Positions are degrees: as given (`latitude`, `longitude`, `datum`) and in WGS-84 beside.
"""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from fieldwork.core.geo import Datum
from fieldwork.core.models import Declaration, Enclosure
from fieldwork.directory.models import Leader, Site
from fieldwork.duties.models import Task
from fieldwork.inspections.enums import FlagCode

DATUMS = [(datum.value, datum.value) for datum in Datum]


class CheckIn(Declaration):
    """Proof of an inspection on site (现场检查打卡): who led it, when, where, and what was seen."""

    lead = models.ForeignKey(Leader, models.PROTECT, related_name="check_ins")
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
            models.CheckConstraint(
                condition=Q(wgs84_latitude__isnull=True, wgs84_longitude__isnull=True)
                | Q(wgs84_latitude__range=(-90, 90), wgs84_longitude__range=(-180, 180)),
                name="check_in_on_earth",
            )
        ]
        indexes = [
            models.Index(fields=["lead", "captured_at"], name="check_in_lead"),
            models.Index(fields=["captured_at", "id"], name="check_in_order"),
            models.Index(fields=["received_at", "id"], name="check_in_received"),
        ]


class Photo(Enclosure):
    """A photo that a check-in declares."""

    check_in = models.ForeignKey(CheckIn, models.CASCADE, related_name="photos")
    captured_at = models.DateTimeField(null=True)
    caption = models.CharField(max_length=500, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["check_in", "sha256"], name="photo_once")]


class Flag(models.Model):
    """One doubt about a check-in, with the figures that raised it."""

    check_in = models.ForeignKey(CheckIn, models.CASCADE, related_name="flags")
    code = models.CharField(max_length=30, choices=FlagCode)
    figures = models.JSONField(default=dict)
    raised_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["check_in", "code"], name="flag_once")]
