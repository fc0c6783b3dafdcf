"""What is owed, why, and the work that it means."""

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Coalesce
from django.utils.translation import gettext_lazy as _

from fieldwork.core.database import StampField
from fieldwork.directory.models import Division, Industry, Leader, Organisation, Tenure
from fieldwork.duties.enums import (
    Activity,
    Outcome,
    Reason,
    Standing,
    SubjectKind,
    TargetKind,
)
from fieldwork.duties.models.policies import Rule


class Obligation(models.Model):
    """What one subject owes in one period (履职要求), on every basis that names the same duty.

    `due_on` is the day by which it should be done; it lapses at `lapses_at`, which is the instant after that day, or,
    where the due day is only assumed, the one after the period. What is performed before that counts.
    `counted`, `minimum`, `met_at` and `outcome` are a cache of bases and performances, refreshed by reconciliation.
    `changed` is of the row, its bases and which tasks there are; `demanded` of what reconciliation changed alone: then
    performances may count for it that did not before, or no more.
    """

    subject_key = models.CharField(max_length=50, help_text="leader:12, organisation:5, pair:5:7")
    subject_kind = models.CharField(max_length=15, choices=SubjectKind)
    leader = models.ForeignKey(Leader, models.PROTECT, null=True, related_name="obligations")
    organisation = models.ForeignKey(Organisation, models.PROTECT, null=True, related_name="obligations")
    lower_organisation = models.ForeignKey(Organisation, models.PROTECT, null=True, related_name="+")
    duty = models.CharField(max_length=85, help_text="the rule's; with per_body the body's id follows: meeting@12")
    activity = models.CharField(max_length=20, choices=Activity)
    period = models.CharField(max_length=7)
    starts_on = models.DateField()
    ends_on = models.DateField(help_text="of the period")
    due_on = models.DateField()
    starts_at = models.DateTimeField()
    due_at = models.DateTimeField()
    lapses_at = models.DateTimeField()
    minimum = models.PositiveSmallIntegerField()
    counted = models.PositiveIntegerField(default=0)
    met_at = models.DateTimeField(null=True, help_text="captured time of the performance that reached the minimum")
    outcome = models.CharField(max_length=12, choices=Outcome, default=Outcome.PENDING)
    changed = StampField()
    demanded = StampField()

    class Meta:
        verbose_name = _("obligation")
        verbose_name_plural = _("obligations")
        constraints = [
            models.UniqueConstraint(fields=["subject_key", "duty", "period"], name="obligation_once"),
            models.CheckConstraint(
                condition=Q(due_at__gt=F("starts_at"), lapses_at__gte=F("due_at")),
                name="obligation_due_after_start",
            ),
            models.CheckConstraint(
                condition=Q(
                    subject_kind=SubjectKind.LEADER,
                    leader__isnull=False, organisation__isnull=True, lower_organisation__isnull=True,
                )
                | Q(
                    subject_kind=SubjectKind.ORGANISATION,
                    leader__isnull=True, organisation__isnull=False, lower_organisation__isnull=True,
                )
                | Q(
                    ~Q(organisation=F("lower_organisation")),
                    subject_kind=SubjectKind.PAIR,
                    leader__isnull=True, organisation__isnull=False, lower_organisation__isnull=False,
                ),
                name="obligation_has_its_subject",
            ),
        ]  # fmt: skip
        indexes = [
            models.Index(fields=["period", "leader"], name="obligation_period"),
            models.Index(
                F("period"),
                Coalesce("lower_organisation", "organisation"),
                condition=Q(leader__isnull=True),
                name="obligation_of_bodies",
            ),
            models.Index(fields=["due_at"], condition=Q(outcome="pending"), name="obligation_pending"),
            models.Index(
                fields=["lapses_at"],
                condition=Q(outcome="pending", lapses_at__gt=F("due_at")),
                name="obligation_lapses_later",
            ),
            models.Index(fields=["due_at", "id"], name="obligation_order"),
        ]

    @property
    def subject(self) -> Leader | Organisation:
        """Who owes it; of a pair the upper body."""
        subject = self.leader or self.organisation
        assert subject is not None, "the database holds one"
        return subject


class Basis(models.Model):
    """One reason for an obligation: a rule and the tenure it binds, each with its own state."""

    obligation = models.ForeignKey(Obligation, models.PROTECT, related_name="bases", db_index=False)
    rule = models.ForeignKey(Rule, models.PROTECT)
    tenure = models.ForeignKey(Tenure, models.PROTECT, null=True)
    division = models.ForeignKey(Division, models.PROTECT, help_text="which division counts it")
    state = models.CharField(max_length=12, choices=Standing)
    reason = models.CharField(max_length=20, choices=Reason, blank=True)
    since = models.DateTimeField(help_text="when reconciliation found this state")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["obligation", "rule", "tenure"], name="basis_once"),
            models.UniqueConstraint(
                fields=["obligation", "rule"],
                condition=Q(tenure__isnull=True),
                name="basis_without_tenure_once",
            ),
        ]
        verbose_name_plural = "bases"


class Task(models.Model):
    """A piece of work under an obligation (任务): one for each link that can fulfil it, or one alone (`own`).

    `target_key` is `town:<division id>`, `county:…`, `industry:…`, `department:<organisation id>` or `own`.
    """

    obligation = models.ForeignKey(Obligation, models.PROTECT, related_name="tasks", db_index=False)
    target_key = models.CharField(max_length=40)
    target_kind = models.CharField(max_length=12, choices=TargetKind, blank=True)
    division = models.ForeignKey(Division, models.PROTECT, null=True)
    industry = models.ForeignKey(Industry, models.PROTECT, null=True)
    organisation = models.ForeignKey(Organisation, models.PROTECT, null=True)
    state = models.CharField(max_length=12, choices=Standing)
    reason = models.CharField(max_length=20, choices=Reason, blank=True)
    since = models.DateTimeField()
    linked_until = models.DateField(help_text="the last day of the period on which a link led here")
    done_at = models.DateTimeField(null=True, help_text="captured time of the first performance that served it")
    changed = StampField()

    class Meta:
        verbose_name = _("task")
        verbose_name_plural = _("tasks")
        constraints = [
            models.UniqueConstraint(fields=["obligation", "target_key"], name="task_once"),
            models.CheckConstraint(
                condition=Q(
                    target_kind__in=[TargetKind.COUNTY, TargetKind.TOWN, TargetKind.OWN_AREA],
                    division__isnull=False, industry__isnull=True, organisation__isnull=True,
                )
                | Q(
                    target_kind=TargetKind.INDUSTRY,
                    division__isnull=True, industry__isnull=False, organisation__isnull=True,
                )
                | Q(
                    target_kind=TargetKind.DEPARTMENT,
                    division__isnull=True, industry__isnull=True, organisation__isnull=False,
                )
                | Q(target_kind="", division__isnull=True, industry__isnull=True, organisation__isnull=True),
                name="task_target_is_of_its_kind",
            ),
        ]  # fmt: skip

    @property
    def touch_key(self) -> str:
        """By which key a performance touches this target; own areas are told apart: `own:<division id>`."""
        return f"own:{self.division_id}" if self.target_kind == TargetKind.OWN_AREA else self.target_key
