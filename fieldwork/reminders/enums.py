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
    ASSIGNED = "assigned", _("hazard assigned")
    RETURNED = "returned", _("hazard sent back")
    LINKAGE = "linkage", _("change of linkages")
    POST = "post", _("post taken over")
    REPEATED = "repeated", _("lapsed twice running")
    UNOPENED = "unopened", _("not opened in time")
    ALARM = "alarm", _("channel out of order")
    TEST = "test", _("trial")


class DeliveryState(TextChoices):
    """How far one delivery has come; `claimed` ends by itself when its lease runs out."""

    PLANNED = "planned", _("planned")
    CLAIMED = "claimed", _("claimed")
    SENT = "sent", _("sent")
    SILENT = "silent", _("no longer needed")
    FAILED = "failed", _("failed")


WAITING = (DeliveryState.PLANNED, DeliveryState.CLAIMED)


class Failure(TextChoices):
    """Why a delivery did not go, by kind; the figures count by it."""

    UNREGISTERED = "unregistered", _("the address is no longer registered")
    SENDER_MISMATCH = "sender_mismatch", _("the address belongs to another sender")
    INVALID_ADDRESS = "invalid_address", _("the address is not valid")
    INVALID_MESSAGE = "invalid_message", _("the message was not accepted")
    NO_ADDRESS = "no_address", _("there is no address any more")
    QUOTA = "quota", _("too many at once")
    UNAVAILABLE = "unavailable", _("the service is not available")
    TIMEOUT = "timeout", _("the service did not answer in time")
    CREDENTIALS = "credentials", _("the service did not accept our credentials")
    UNFINISHED = "unfinished", _("the last attempt did not come to an end")
    SUPERSEDED = "superseded", _("another channel was used instead")
    OTHER = "other", _("something else")


class PushKind(TextChoices):
    """What kind of address a push goes to."""

    FCM_TOKEN = "fcm_token", "FCM token"
    FCM_FID = "fcm_fid", "FCM installation id"
    WEBPUSH = "webpush", "Web Push"

    @property
    def channel(self) -> str:
        """The code of the channel that pushes to such an address."""
        return str(self.value).partition("_")[0]


class Platform(TextChoices):
    ANDROID = "android", "Android"
    IOS = "ios", "iOS"
    WEB = "web", "Web"
