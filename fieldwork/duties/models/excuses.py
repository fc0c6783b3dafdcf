"""Who was excused from what, by whom, and until when that held."""

from django.conf import settings
from django.db import models
from django.db.models import Q

from fieldwork.duties.enums import ExcuseKind
from fieldwork.duties.models.obligations import Obligation


class Excuse(models.Model):
    """An excuse that a supervisor granted for an obligation (请假等说明): no performance, and reported apart.

    It holds until it is taken back, and stays on record then; the reason is the grantor's. One holds at a time.
    `document` is the id of the filing that proves it.
    """

    obligation = models.ForeignKey(Obligation, models.PROTECT, related_name="excuses")
    kind = models.CharField(max_length=20, choices=ExcuseKind)
    reason = models.CharField(max_length=1000)
    document = models.UUIDField(null=True)
    granted_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    granted_at = models.DateTimeField()
    taken_back_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    taken_back_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["obligation"], condition=Q(taken_back_at__isnull=True), name="excuse_once"),
            models.CheckConstraint(condition=~Q(reason=""), name="excuse_with_a_reason"),
            models.CheckConstraint(
                condition=Q(taken_back_at__isnull=True, taken_back_by__isnull=True)
                | Q(taken_back_at__isnull=False, taken_back_by__isnull=False),
                name="excuse_taken_back_by_somebody",
            ),
        ]
