"""The token of one device, and the answers kept for requests that may come twice."""

from django.conf import settings
from django.db import models
from knox.models import AbstractAuthToken

from fieldwork.reminders.models import Device


class DeviceToken(AbstractAuthToken):
    """A sign-in on one device, hashed at rest; the last one made for a device is the only one."""

    device = models.OneToOneField(Device, models.CASCADE, related_name="token")


class KeptAnswer(models.Model):
    """What a POST with this Idempotency-Key was answered; written in the transaction of what it did.

    `request` is the SHA-256 of method, path and content; `body` the JSON text of the answer.
    """

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    key = models.CharField(max_length=255)
    request = models.CharField(max_length=64)
    status = models.PositiveSmallIntegerField(default=0)
    body = models.TextField(blank=True)
    at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user", "key"], name="kept_answer_once")]
        indexes = [models.Index(fields=["user", "at"], name="kept_answer_age")]
