"""Why what was published is no longer so."""

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class Why(TextChoices):
    """What an amendment rests on."""

    LATE_UPLOAD = "late_upload", _("proof that arrived later")
    VERDICT = "verdict", _("a verdict on a proof")
    EXCUSE = "excuse", _("an excuse that was granted or taken back")
    HAND_OVER = "hand_over", _("a post that was handed over, begun or ended")
    FACTS = "facts", _("other facts that changed")
