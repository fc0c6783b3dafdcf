"""What reconciliation has opened, and whom it has still to look at."""

from django.db import models
from django.db.models import Q

from fieldwork.directory.models import Leader, Organisation


class Change(models.Model):
    """Somebody whose duties are to be looked at again, because facts changed from `since` on."""

    leader = models.ForeignKey(Leader, models.CASCADE, null=True)
    organisation = models.ForeignKey(Organisation, models.CASCADE, null=True)
    since = models.DateField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["leader"], name="change_of_leader_once"),
            models.UniqueConstraint(fields=["organisation"], name="change_of_organisation_once"),
            models.CheckConstraint(
                condition=Q(leader__isnull=False, organisation__isnull=True)
                | Q(leader__isnull=True, organisation__isnull=False),
                name="change_of_one",
            ),
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
