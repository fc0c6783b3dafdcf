"""The kinds of doubts about filings."""

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class Doubt(TextChoices):
    """What a person should look at. It never stops a filing, which counts until it is returned."""

    OTHER_KIND = "other_kind", _("Nothing that it names asks for work of this kind.")
    SAME_DAY = "same_day", _("Another filing of this day names the same, of the same kind and by the same subject.")
