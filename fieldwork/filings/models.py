"""Filings as phones declared them, and the attachments behind them. Declared columns never change.

Days are in the policy's zone.
"""

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from fieldwork.core.enums import DeclaredState
from fieldwork.core.models import Declaration, Enclosure
from fieldwork.directory.models import Leader, Organisation
from fieldwork.duties.enums import Activity, SubjectKind
from fieldwork.duties.models import Obligation, Rule


class Filing(Declaration):
    """Proof of what is not done on site (履职报备): a meeting, a list, a letter, a report.

    Its subject is who did it: a leader, an organisation, or a pair of them (`organisation` the upper). It proves what
    it names, whoever owes that.
    """

    state = models.CharField(max_length=10, choices=DeclaredState)
    subject_kind = models.CharField(max_length=15, choices=SubjectKind)
    leader = models.ForeignKey(Leader, models.PROTECT, null=True, related_name="filings", db_index=False)
    organisation = models.ForeignKey(
        Organisation, models.PROTECT, null=True, related_name="filings", db_index=False
    )  # fmt: skip
    lower_organisation = models.ForeignKey(Organisation, models.PROTECT, null=True, related_name="+")
    kind = models.CharField(max_length=20, choices=Activity)
    obligations = models.ManyToManyField(Obligation, related_name="filings")
    duties = models.ManyToManyField(Rule, related_name="filings", help_text="standing duties")
    held_on = models.DateField(help_text="the day on which it took place, as stated")
    title = models.CharField(max_length=200, blank=True)
    summary = models.TextField(blank=True)
    participants = models.JSONField(default=list, help_text="names, as declared")

    class Meta:
        verbose_name = _("filing")
        verbose_name_plural = _("filings")
        constraints = [
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
                name="filing_has_its_subject",
            )
        ]  # fmt: skip
        indexes = [
            models.Index(fields=["held_on", "id"], name="filing_held"),
            models.Index(fields=["received_at", "id"], name="filing_received"),
            models.Index(fields=["leader", "held_on"], name="filing_leader"),
            models.Index(fields=["organisation", "held_on"], name="filing_organisation"),
        ]


class Attachment(Enclosure):
    """A file that a filing declares: minutes, a signed letter, a list."""

    filing = models.ForeignKey(Filing, models.PROTECT, related_name="attachments", db_index=False)
    name = models.CharField(max_length=200, blank=True, help_text="of the file, as declared; for people only")

    class Meta:
        constraints = [
            *Enclosure.Meta.constraints,
            models.UniqueConstraint(fields=["filing", "sha256"], name="attachment_once"),
        ]
