"""The kinds and states of notifications."""

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class NotificationKind(TextChoices):
    """Why somebody is told."""

    REMINDER = "reminder", _("reminder")
    LAPSE = "lapse", _("lapse")
    DIGEST = "digest", _("digest of lapses")
    VERDICT = "verdict", _("verdict")
    HAZARD = "hazard", _("hazards that wait")


class DeliveryState(TextChoices):
    """How far one delivery has come; `claimed` ends by itself when its lease runs out."""

    PLANNED = "planned", _("planned")
    CLAIMED = "claimed", _("claimed")
    SENT = "sent", _("sent")
    SILENT = "silent", _("no longer needed")
    FAILED = "failed", _("failed")


class PushKind(TextChoices):
    """What kind of address a push goes to."""

    FCM_TOKEN = "fcm_token", "FCM token"
    FCM_FID = "fcm_fid", "FCM installation id"
    WEBPUSH = "webpush", "Web Push"


class Platform(TextChoices):
    ANDROID = "android", "Android"
    IOS = "ios", "iOS"
    WEB = "web", "Web"
