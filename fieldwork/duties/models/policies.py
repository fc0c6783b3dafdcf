"""Policies as their packs have them, and where their rules are tracked."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from fieldwork.core.periods import Cadence
from fieldwork.directory.enums import DepartmentKind, Level, OrganisationKind
from fieldwork.directory.models import Dated, Division
from fieldwork.duties.enums import (
    Activity,
    PackStatus,
    Streets,
    SubjectKind,
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
    """A role that a rule obliges, or, `excepted`, one that spares its holder; `streets` as the role has it."""

    rule = models.ForeignKey(Rule, models.CASCADE, related_name="roles")
    role = models.CharField(max_length=60)
    streets = models.BooleanField(help_text="binds streets without a switch")
    excepted = models.BooleanField(default=False, help_text="who also holds this role there owes nothing by the rule")

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
