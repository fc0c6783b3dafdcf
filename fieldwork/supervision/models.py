"""Periods as they were published, and what has been amended since."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from fieldwork.directory.models import Division
from fieldwork.duties.enums import Status
from fieldwork.duties.models import Obligation
from fieldwork.supervision.enums import Why


class Freeze(models.Model):
    """A period of a division, with all below it, as it was published (定稿): it never changes.

    `figures` are counts by status; `incomplete` names what was still to come, as `months.incomplete` has it.
    """

    period = models.CharField(_("period"), max_length=7, help_text=_("2026-11, 2026-Q4, 2026-H2 or 2026"))
    division = models.ForeignKey(Division, models.PROTECT, related_name="freezes", verbose_name=_("division"))
    reason = models.CharField(_("reason"), max_length=1000, blank=True)
    figures = models.JSONField()
    incomplete = models.JSONField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        verbose_name = _("published period")
        verbose_name_plural = _("published periods")
        constraints = [models.UniqueConstraint(fields=["period", "division"], name="freeze_once")]

    def __str__(self) -> str:
        return f"{self.period} · {self.division}"


class FrozenObligation(models.Model):
    """How an obligation was published: its status by the bases of that division; empty if it was not owed then.

    `latest` is what the last amendment made of it.
    """

    freeze = models.ForeignKey(Freeze, models.PROTECT, related_name="obligations", db_index=False)
    obligation = models.ForeignKey(Obligation, models.PROTECT, related_name="+")
    status = models.CharField(max_length=12, choices=Status, blank=True)
    latest = models.CharField(max_length=12, choices=Status, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["freeze", "obligation"], name="frozen_once")]


class Amendment(models.Model):
    """What changed of a published obligation, and why (更正).

    `at` and `by` (an actor's key) are of what it rests on, named by `source_kind` and `source_id`, with the `reason`
    that was given there; `noted_at` is when it was found.
    """

    frozen = models.ForeignKey(FrozenObligation, models.PROTECT, related_name="amendments")
    before = models.CharField(max_length=12, choices=Status, blank=True)
    after = models.CharField(max_length=12, choices=Status, blank=True)
    why = models.CharField(max_length=12, choices=Why)
    reason = models.CharField(max_length=1000, blank=True)
    source_kind = models.CharField(max_length=40, blank=True)
    source_id = models.CharField(max_length=64, blank=True)
    by = models.CharField(max_length=40)
    at = models.DateTimeField()
    noted_at = models.DateTimeField()

    class Meta:
        verbose_name = _("amendment")
        verbose_name_plural = _("amendments")
        constraints = [models.CheckConstraint(condition=~Q(before=F("after")), name="amendment_changes_something")]
