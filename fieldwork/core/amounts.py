"""Spans of time and distances as a person says them: in the unit in which they can be grasped."""

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

HOUR, DAY = 60, 24 * 60  # minutes
KM = 1000  # metres
_IN_MINUTES, _IN_HOURS, _IN_METRES = 2 * HOUR, 3 * DAY, 10 * KM  # below these


def span_in_words(minutes: int) -> str:
    """`45 minutes`, `31 hours`, `16 days`: rounded to the unit, in the reader's language."""
    if minutes < _IN_MINUTES:
        return ngettext("%(n)d minute", "%(n)d minutes", minutes) % {"n": minutes}
    if minutes < _IN_HOURS:
        hours = round(minutes / HOUR)
        return ngettext("%(n)d hour", "%(n)d hours", hours) % {"n": hours}
    days = round(minutes / DAY)
    return ngettext("%(n)d day", "%(n)d days", days) % {"n": days}


def distance_in_words(metres: float) -> str:
    """`850 m`, `12 km`: rounded to the unit, in the reader's language."""
    if metres < _IN_METRES:
        return _("%(n)d m") % {"n": round(metres)}
    return _("%(n)d km") % {"n": round(metres / KM)}
