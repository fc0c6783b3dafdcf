"""Policies with their rules, what they oblige whom to in which period, and what was performed.

A foreign key with which a unique constraint begins has no index of its own: millions of rows are written a month.

Instants are UTC in the database; days and periods are in the policy's zone. `due_on` is the last day, `due_at` the
first instant after it.
"""

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Coalesce
from django.utils.translation import gettext_lazy as _

from fieldwork.core.periods import Cadence
from fieldwork.directory.enums import DepartmentKind, Level, OrganisationKind
from fieldwork.directory.models import Dated, Division, Industry, Leader, Organisation, Tenure
from fieldwork.duties.enums import (
    Activity,
    Outcome,
    PackStatus,
    Reason,
    Standing,
    Streets,
    SubjectKind,
    TargetKind,
    Verdict,
)

CADENCES = [(cadence.value, cadence.value) for cadence in Cadence]


class Policy(models.Model):
    """A document that obliges (政策文件), for a division and all below it."""

    code = models.SlugField(unique=True)
    title = models.CharField(max_length=200)
    division = models.ForeignKey(Division, models.PROTECT, related_name="policies")

    class Meta:
        verbose_name = _("policy")
        verbose_name_plural = _("policies")

    def __str__(self) -> str:
        return self.title


class PolicyVersion(Dated):
    """One version of a policy, in force from a day to a day; the one in force on a period's first day governs it.

    `text` is the pack as it was loaded, byte for byte; `digest` its SHA-256.
    """

    policy = models.ForeignKey(Policy, models.PROTECT, related_name="versions")
    version = models.CharField(max_length=40)
    status = models.CharField(max_length=20, choices=PackStatus)
    text = models.TextField()
    digest = models.CharField(max_length=64)
    triggers = models.JSONField(default=list, help_text="what drafts what, as the pack has it")
    checks = models.JSONField(default=list, help_text="structural checks, as the pack has them")
    indicators = models.JSONField(default=list)
    accident_grades = models.JSONField(default=list)

    class Meta:
        verbose_name = _("version")
        verbose_name_plural = _("versions")
        constraints = [
            *Dated.Meta.constraints,
            models.UniqueConstraint(fields=["policy", "version"], name="policy_version_once"),
            models.UniqueConstraint(fields=["policy", "starts_on"], name="policy_version_begins_once"),
        ]


class Role(models.Model):
    """A role of a policy, with the linkages it must hold: `quotas` is a list of {kinds, count, problem, article}."""

    version = models.ForeignKey(PolicyVersion, models.CASCADE, related_name="roles")
    code = models.CharField(max_length=60)
    name = models.CharField(max_length=100)
    article = models.CharField(max_length=40)
    quotas = models.JSONField(default=list)
    streets = models.CharField(max_length=10, choices=Streets, default=Streets.INCLUDED)
    level = models.CharField(max_length=10, choices=Level, blank=True, default="", help_text="empty: any")
    responsibility = models.JSONField(default=dict, help_text="kind and scope of leadership responsibility")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["version", "code"], name="role_once")]


class Body(models.Model):
    """A kind of organisation that a version names as subject: 镇政府, 安委会, 负有监管职责的部门 …"""

    version = models.ForeignKey(PolicyVersion, models.CASCADE, related_name="bodies")
    code = models.CharField(max_length=60)
    name = models.CharField(max_length=100)
    kind = models.CharField(max_length=20, choices=OrganisationKind)
    department_kind = models.CharField(max_length=10, choices=DepartmentKind, blank=True, default="", help_text="any")
    level = models.CharField(max_length=10, choices=Level, blank=True, default="", help_text="empty: any")
    streets = models.BooleanField(default=True, help_text="binds streets without a switch")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["version", "code"], name="body_once")]
        verbose_name_plural = "bodies"


class Rule(models.Model):
    """One rule of one version: whom it obliges to what, how often, and the article it rests on.

    Rules naming the same `duty` merge into one obligation of a subject. `assumed`: what the text does not say, and why.
    Without a cadence it is a standing duty (无次数要求的职责): shown and recorded, never lapsing.
    """

    version = models.ForeignKey(PolicyVersion, models.CASCADE, related_name="rules")
    code = models.CharField(max_length=60, help_text="stable over versions")
    duty = models.CharField(max_length=60)
    name = models.CharField(max_length=100)
    subject = models.CharField(max_length=15, choices=SubjectKind)
    activity = models.CharField(max_length=20, choices=Activity)
    cadence = models.CharField(max_length=10, choices=CADENCES, blank=True, help_text="empty: standing, never lapses")
    minimum = models.PositiveSmallIntegerField(default=1)
    partial_period = models.PositiveSmallIntegerField(default=1, help_text="days in office that oblige")
    article = models.CharField(max_length=40)
    article_text = models.TextField()
    assumed = models.JSONField(default=dict)
    per_body = models.BooleanField(default=False, help_text="a leader's posts in several bodies owe it once each")
    due = models.CharField(max_length=5, blank=True, default="", help_text="MM-DD in the year; empty: the period's end")
    kinds = models.JSONField(default=list, help_text="of a standing duty: the activities by which it is recorded")
    details = models.JSONField(default=dict, help_text="signed_by, copies_to: shown, not enforced")

    class Meta:
        verbose_name = _("rule")
        verbose_name_plural = _("rules")
        constraints = [models.UniqueConstraint(fields=["version", "code"], name="rule_once")]

    @property
    def key(self) -> str:
        """Its name over all policies and versions, by which phones name standing duties: `qingyuan.patrol_12_4`."""
        return f"{self.version.policy.code}.{self.code}"


class RuleRole(models.Model):
    """A role that a rule obliges; `streets` as the role has it."""

    rule = models.ForeignKey(Rule, models.CASCADE, related_name="roles")
    role = models.CharField(max_length=60)
    streets = models.BooleanField(help_text="binds streets without a switch")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["rule", "role"], name="rule_role_once")]


class RuleBody(models.Model):
    """A body that a rule with `subject=organisation` obliges."""

    rule = models.ForeignKey(Rule, models.CASCADE, related_name="bodies")
    body = models.ForeignKey(Body, models.CASCADE, related_name="+")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["rule", "body"], name="rule_body_once")]
        verbose_name_plural = "rule bodies"


class RulePair(models.Model):
    """Two bodies that a rule with `subject=pair` obliges together; the lower's division lies within the upper's."""

    rule = models.ForeignKey(Rule, models.CASCADE, related_name="pairs")
    upper = models.ForeignKey(Body, models.CASCADE, related_name="+")
    lower = models.ForeignKey(Body, models.CASCADE, related_name="+")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["rule", "upper", "lower"], name="rule_pair_once")]


class Tracking(Dated):
    """A rule switched on (tracked_from) for a division and all below it; a rule without one never lapses.

    `starts_on` is the day from which periods beginning then or later are opened.
    """

    policy = models.ForeignKey(Policy, models.PROTECT, related_name="trackings")
    rule_code = models.CharField(max_length=60)
    division = models.ForeignKey(Division, models.PROTECT)
    streets = models.BooleanField(default=False, help_text="town roles bind streets here (QY 2)")

    class Meta:
        constraints = [
            *Dated.Meta.constraints,
            models.UniqueConstraint(fields=["policy", "rule_code", "division", "starts_on"], name="tracking_once"),
        ]


class Obligation(models.Model):
    """What one subject owes in one period (履职要求), on every basis that names the same duty.

    `due_on` is the day by which it should be done; it lapses at `lapses_at`, which is the instant after that day, or,
    where the due day is only assumed, the one after the period. What is performed before that counts.
    `counted`, `minimum`, `met_at` and `outcome` are a cache of bases and performances, refreshed by reconciliation.
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
                condition=Q(subject_kind=SubjectKind.LEADER, leader__isnull=False, organisation__isnull=True)
                | Q(subject_kind=SubjectKind.ORGANISATION, leader__isnull=True, organisation__isnull=False)
                | Q(
                    subject_kind=SubjectKind.PAIR,
                    organisation__isnull=False,
                    lower_organisation__isnull=False,
                ),
                name="obligation_has_its_subject",
            ),
        ]
        indexes = [
            models.Index(fields=["period", "leader"], name="obligation_period"),
            models.Index(
                F("period"),
                Coalesce("lower_organisation", "organisation"),
                condition=Q(leader__isnull=True),
                name="obligation_of_bodies",
            ),
            models.Index(fields=["due_at"], condition=Q(outcome="pending"), name="obligation_pending"),
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

    obligation = models.ForeignKey(Obligation, models.CASCADE, related_name="bases", db_index=False)
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

    obligation = models.ForeignKey(Obligation, models.CASCADE, related_name="tasks", db_index=False)
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

    class Meta:
        verbose_name = _("task")
        verbose_name_plural = _("tasks")
        constraints = [models.UniqueConstraint(fields=["obligation", "target_key"], name="task_once")]

    @property
    def touch_key(self) -> str:
        """By which key a performance touches this target; own areas are told apart: `own:<division id>`."""
        return f"own:{self.division_id}" if self.target_kind == TargetKind.OWN_AREA else self.target_key


class Performance(models.Model):
    """What was performed (履职记录): the only thing that obligations and tasks look at.

    `at` is when it took place, never when it arrived: the captured instant, the one that a reviewer adopted instead
    (then `captured_at` keeps the first), or the first instant of the day that a filing states. `stands` is false
    once a supervisor has rejected its source. An inspection that a leader led serves all that the leader owes on site;
    all else serves only what it names.
    """

    leader = models.ForeignKey(Leader, models.PROTECT, null=True, related_name="performances")
    organisation = models.ForeignKey(Organisation, models.PROTECT, null=True, related_name="performances")
    activity = models.CharField(max_length=20, choices=Activity)
    at = models.DateTimeField()
    day = models.DateField(help_text="of `at`, in the policy's zone")
    source_kind = models.CharField(max_length=20)
    source_id = models.CharField(max_length=64)
    captured_at = models.DateTimeField(help_text="as declared")
    stands = models.BooleanField(default=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["source_kind", "source_id"], name="performance_once")]
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


class Change(models.Model):
    """Somebody whose duties are to be looked at again, because facts changed from `since` on."""

    leader = models.ForeignKey(Leader, models.CASCADE, null=True)
    organisation = models.ForeignKey(Organisation, models.CASCADE, null=True)
    since = models.DateField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["leader"], name="change_of_leader_once"),
            models.UniqueConstraint(fields=["organisation"], name="change_of_organisation_once"),
        ]


class Opening(models.Model):
    """A period that reconciliation has opened.

    `stale_at` once facts that touch all of it changed and it has not run since; `checked_on` the day on which all its
    rows were last compared with the facts.
    """

    period = models.CharField(max_length=7, primary_key=True)
    ends_on = models.DateField()
    opened_at = models.DateTimeField()
    reconciled_at = models.DateTimeField()
    checked_on = models.DateField(null=True)
    stale_at = models.DateTimeField(null=True)
