"""What was performed, what that names, and what a supervisor said of it."""

from django.conf import settings
from django.db import models
from django.db.models import Q

from fieldwork.directory.models import Leader, Organisation
from fieldwork.duties.enums import (
    Activity,
    Verdict,
)
from fieldwork.duties.models.obligations import Obligation
from fieldwork.duties.models.policies import Rule


class Performance(models.Model):
    """What was performed (履职记录): the only thing that obligations and tasks look at.

    `at` is when it took place, never when it arrived: the captured instant, the one that a reviewer adopted instead
    (then `captured_at` keeps the first), or the first instant of the day that a filing states. `stands` is false
    once a supervisor has rejected its source. An inspection that a leader led serves all that the leader owes on site;
    all else serves only what it names.
    """

    leader = models.ForeignKey(Leader, models.PROTECT, null=True, related_name="performances", db_index=False)
    organisation = models.ForeignKey(Organisation, models.PROTECT, null=True, related_name="performances")
    activity = models.CharField(max_length=20, choices=Activity)
    at = models.DateTimeField()
    day = models.DateField(help_text="of `at`, in the policy's zone")
    source_kind = models.CharField(max_length=20)
    source_id = models.CharField(max_length=64)
    captured_at = models.DateTimeField(help_text="as declared")
    stands = models.BooleanField(default=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["source_kind", "source_id"], name="performance_once"),
            models.CheckConstraint(
                condition=Q(leader__isnull=False, organisation__isnull=True)
                | Q(leader__isnull=True, organisation__isnull=False),
                name="performance_of_one",
            ),
        ]
        indexes = [models.Index(fields=["leader", "at"], name="performance_leader")]


class Touch(models.Model):
    """A target that a performance truly served, or named: see `Task.touch_key`."""

    performance = models.ForeignKey(Performance, models.CASCADE, related_name="touches", db_index=False)
    target_key = models.CharField(max_length=40)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["performance", "target_key"], name="touch_once")]


class Naming(models.Model):
    """What a performance names: an obligation that it is to prove, or a standing duty (a rule without a cadence)."""

    performance = models.ForeignKey(Performance, models.CASCADE, related_name="namings", db_index=False)
    obligation = models.ForeignKey(Obligation, models.PROTECT, null=True, related_name="namings")
    rule = models.ForeignKey(Rule, models.PROTECT, null=True, related_name="namings")

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(obligation__isnull=True, rule__isnull=False)
                | Q(obligation__isnull=False, rule__isnull=True),
                name="naming_of_one_thing",
            ),
            models.UniqueConstraint(fields=["performance", "obligation"], name="naming_of_obligation_once"),
            models.UniqueConstraint(fields=["performance", "rule"], name="naming_of_duty_once"),
        ]


class Review(models.Model):
    """A supervisor's verdict on a check-in or filing (审核); the latest one holds, all stay on record."""

    performance = models.ForeignKey(Performance, models.PROTECT, related_name="reviews")
    verdict = models.CharField(max_length=10, choices=Verdict)
    reason = models.CharField(max_length=1000, blank=True)
    adopted_at = models.DateTimeField(null=True, help_text="the time that the reviewer takes for the true one")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=~Q(verdict=Verdict.REJECTED) | ~Q(reason=""), name="review_rejects_with_a_reason"
            )
        ]
