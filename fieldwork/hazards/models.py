"""Hazards as phones declared them, where they stand, and every step that brought them there.

Declared columns never change; what stands is changed by steps alone. Positions are degrees, days are in the policy's
zone, inclusive. The place of a hazard is told exactly to all who see it: it was reported to be found again. That of a
submission is where somebody stood, and is told only as a distance to 100 m.
"""

import json
from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from fieldwork.core.database import on_earth
from fieldwork.core.geo import Datum
from fieldwork.core.models import Declaration, Enclosure
from fieldwork.directory.models import Division, Industry, Leader, Organisation, Post, Site
from fieldwork.hazards.enums import TO_RECTIFY, Action, Category, Grade, HazardState
from fieldwork.inspections.models import CheckIn, SentPhoto

DATUMS = [(datum.value, datum.value) for datum in Datum]


class Hazard(Declaration):
    """A finding (隐患), general or major. It belongs to a post, and whoever holds that post answers for it.

    `check_in` may name one that has not arrived: the link holds from when it does. `steps` counts the steps taken; each
    is taken from the count that its taker saw, so that of two at once one is late.
    """

    lead = models.ForeignKey(Leader, models.PROTECT, null=True, related_name="hazards", help_text="who found it")
    post = models.ForeignKey(Post, models.PROTECT, null=True, related_name="hazards", help_text="to which it belongs")
    check_in = models.ForeignKey(
        CheckIn, models.DO_NOTHING, null=True, db_constraint=False, related_name="hazards",
        help_text="in which it was found",
    )  # fmt: skip
    found_at = models.DateTimeField()
    found_on = models.DateField(help_text="the day of found_at in the policy's zone")
    division = models.ForeignKey(
        Division, models.PROTECT, related_name="hazards", db_index=False, help_text="where it lies"
    )
    site = models.ForeignKey(Site, models.PROTECT, null=True, related_name="hazards")
    site_name = models.CharField(max_length=200, blank=True)
    industry = models.ForeignKey(Industry, models.PROTECT, null=True, related_name="+", help_text="the site's")
    regulator = models.ForeignKey(Organisation, models.PROTECT, null=True, related_name="+", help_text="the site's")
    latitude = models.FloatField(null=True)
    longitude = models.FloatField(null=True)
    datum = models.CharField(max_length=8, choices=DATUMS, blank=True)
    accuracy_m = models.FloatField(null=True)
    wgs84_latitude = models.FloatField(null=True)
    wgs84_longitude = models.FloatField(null=True)
    category = models.CharField(max_length=40, choices=Category)
    description = models.TextField()
    proposed_deadline = models.DateField(null=True)

    state = models.CharField(max_length=20, choices=HazardState, default=HazardState.REPORTED)
    grade = models.CharField(max_length=10, choices=Grade, help_text="as declared, until somebody grades it")
    steps_taken = models.PositiveIntegerField(default=0)
    rectifying_unit = models.ForeignKey(Organisation, models.PROTECT, null=True, related_name="+")
    rectifying_person = models.CharField(max_length=100, blank=True)
    deadline = models.DateField(null=True)
    measures = models.TextField(blank=True)
    responsibility = models.TextField(blank=True)
    funds = models.TextField(blank=True)
    emergency_plan = models.TextField(blank=True)
    submitted_on = models.DateField(null=True, help_text="the day on which it was last said to be rectified")
    closed_at = models.DateTimeField(null=True)
    looked_back_at = models.DateTimeField(null=True, help_text="since it was closed")
    duplicate_of = models.ForeignKey("self", models.PROTECT, null=True, related_name="duplicates")

    class Meta:
        verbose_name = _("hazard")
        verbose_name_plural = _("hazards")
        constraints = [
            models.CheckConstraint(condition=on_earth("wgs84_latitude", "wgs84_longitude"), name="hazard_on_earth"),
            models.CheckConstraint(condition=on_earth(), name="hazard_on_earth_as_given"),
            models.CheckConstraint(
                condition=Q(state=HazardState.CLOSED, closed_at__isnull=False)
                | (~Q(state=HazardState.CLOSED) & Q(closed_at__isnull=True)),
                name="hazard_closed_at_an_instant",
            ),
            models.CheckConstraint(
                condition=~Q(state__in=[*TO_RECTIFY, HazardState.SUBMITTED, HazardState.CLOSED])
                | (
                    Q(rectifying_unit__isnull=False, deadline__isnull=False)
                    & ~Q(rectifying_person="")
                    & ~Q(measures="")
                ),
                name="hazard_is_in_somebodys_hands",
            ),
            models.CheckConstraint(
                condition=Q(duplicate_of__isnull=True) | (Q(state=HazardState.DISMISSED) & ~Q(duplicate_of=F("id"))),
                name="hazard_duplicate_is_dismissed",
            ),
        ]
        indexes = [
            models.Index(fields=["found_at", "id"], name="hazard_order"),
            models.Index(fields=["received_at", "id"], name="hazard_received"),
            models.Index(fields=["division", "found_at"], name="hazard_division"),
            models.Index(fields=["wgs84_latitude", "wgs84_longitude"], name="hazard_place"),
            models.Index(fields=["deadline"], condition=Q(state__in=TO_RECTIFY), name="hazard_to_rectify"),
            models.Index(
                fields=["division"],
                condition=~Q(state__in=[HazardState.CLOSED, HazardState.DISMISSED]),
                name="hazard_open",
            ),
        ]


class Step(models.Model):
    """One action on a hazard, under an id of the phone's making. Appended, never changed.

    `content` is the canonical JSON of what was asked for; the same id with other content is refused.
    """

    id = models.UUIDField(primary_key=True, help_text="made by the phone")
    hazard = models.ForeignKey(Hazard, models.PROTECT, related_name="steps", db_index=False)
    number = models.PositiveIntegerField()
    action = models.CharField(max_length=20, choices=Action)
    before = models.CharField(max_length=20, choices=HazardState)
    after = models.CharField(max_length=20, choices=HazardState)
    content = models.TextField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["hazard", "number"], name="step_numbered_once")]

    @property
    def said(self) -> dict[str, Any]:
        """What was asked for, as readers are told it: not where the phone was, which is where somebody stood; why it
        did not know stays."""
        told: dict[str, Any] = json.loads(self.content)
        fix = told.pop("location", None) or {}
        return told | ({"missing_reason": fix["missing_reason"]} if fix.get("missing_reason") else {})


class Assignment(models.Model):
    """That a unit was to rectify a hazard: what concerned it once it may see for good."""

    step = models.OneToOneField(Step, models.PROTECT, primary_key=True, related_name="assignment")
    hazard = models.ForeignKey(Hazard, models.PROTECT, related_name="assignments")
    unit = models.ForeignKey(Organisation, models.PROTECT, related_name="+")
    person = models.CharField(max_length=100)


class Submission(models.Model):
    """What was said when a hazard was called rectified, and where the photos after were taken."""

    step = models.OneToOneField(Step, models.PROTECT, primary_key=True, related_name="submission")
    hazard = models.ForeignKey(Hazard, models.PROTECT, related_name="submissions")
    account = models.TextField()
    latitude = models.FloatField(null=True)
    longitude = models.FloatField(null=True)
    datum = models.CharField(max_length=8, choices=DATUMS, blank=True)
    accuracy_m = models.FloatField(null=True)
    taken_at = models.DateTimeField(help_text="when the phone said so, which may have been offline since")
    distance_m = models.FloatField(null=True, help_text="from where the hazard was found; null where either is unknown")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        constraints = [models.CheckConstraint(condition=on_earth(), name="submission_on_earth")]


class HazardPhoto(SentPhoto):
    """A photo of a hazard: as it was found, or, with a submission, as it was afterwards.

    `pairs_with` is the digest of the photo before that it shows again.
    """

    hazard = models.ForeignKey(Hazard, models.PROTECT, related_name="photos")
    submission = models.ForeignKey(Submission, models.PROTECT, null=True, related_name="photos", db_index=False)
    pairs_with = models.CharField(max_length=64, blank=True)
    checked_at = models.DateTimeField(null=True, help_text="when the worker had made what is smaller of it")

    class Meta:
        constraints = [
            *Enclosure.Meta.constraints,
            models.UniqueConstraint(
                fields=["hazard", "sha256"], condition=Q(submission__isnull=True), name="hazard_photo_before_once"
            ),
            models.UniqueConstraint(fields=["submission", "sha256"], name="hazard_photo_after_once"),
        ]
        indexes = [
            models.Index(fields=["sha256", "hazard"], name="hazard_photo_digest"),
            models.Index(
                fields=["id"], condition=Q(blob__isnull=False, checked_at__isnull=True), name="hazard_photo_unchecked"
            ),
        ]


class Extension(models.Model):
    """A later deadline that was asked for, and what was decided; the one before stays to be seen."""

    step = models.OneToOneField(Step, models.PROTECT, primary_key=True, related_name="extension")
    hazard = models.ForeignKey(Hazard, models.PROTECT, related_name="extensions")
    old_deadline = models.DateField()
    new_deadline = models.DateField()
    reason = models.CharField(max_length=1000)
    requested_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    requested_at = models.DateTimeField()
    granted = models.BooleanField(null=True)
    decided_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    decided_at = models.DateTimeField(null=True)
    decision = models.CharField(max_length=1000, blank=True, help_text="why")
    withdrawn_at = models.DateTimeField(null=True, help_text="when it was submitted as rectified before a decision")

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(new_deadline__gt=F("old_deadline")), name="extension_is_later"),
            models.CheckConstraint(
                condition=Q(granted__isnull=True, decided_by__isnull=True, decided_at__isnull=True)
                | (
                    Q(granted__isnull=False, decided_by__isnull=False, decided_at__isnull=False)
                    & ~Q(decided_by=F("requested_by"))
                ),
                name="extension_takes_two_people",
            ),
            models.UniqueConstraint(
                fields=["hazard"],
                condition=Q(granted__isnull=True, withdrawn_at__isnull=True),
                name="extension_waits_alone",
            ),
            models.CheckConstraint(
                condition=Q(granted__isnull=True) | Q(withdrawn_at__isnull=True), name="extension_ends_once"
            ),
        ]


class Listing(models.Model):
    """A major hazard listed for supervision (挂牌督办, ZJ 三(四)) in a batch of a year, until it is closed."""

    step = models.OneToOneField(Step, models.PROTECT, primary_key=True, related_name="listing")
    hazard = models.ForeignKey(Hazard, models.PROTECT, related_name="listings")
    year = models.PositiveSmallIntegerField()
    batch = models.PositiveSmallIntegerField(default=1)
    rectifying_unit = models.ForeignKey(Organisation, models.PROTECT, related_name="+")
    rectifying_person = models.CharField(max_length=100)
    assisting_unit = models.ForeignKey(Organisation, models.PROTECT, related_name="+")
    assisting_person = models.CharField(max_length=100)
    supervising_unit = models.ForeignKey(Organisation, models.PROTECT, related_name="+")
    supervising_person = models.CharField(max_length=100)
    listed_on = models.DateField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    delisted_on = models.DateField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["hazard"], condition=Q(delisted_on__isnull=True), name="listing_stands_once"
            ),
            models.CheckConstraint(
                condition=~Q(rectifying_person="") & ~Q(assisting_person="") & ~Q(supervising_person=""),
                name="listing_names_its_people",
            ),
        ]
