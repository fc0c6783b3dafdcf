"""Spans of time, distances and sizes as a person says them: in the unit in which they can be grasped."""

import math

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

HOUR, DAY = 60, 24 * 60  # minutes
KM = 1000  # metres
MB = 1 << 20  # bytes
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


def size_in_words(size: int) -> str:
    """`30 MB`, `1.5 MB`, `64 kB`: of so many bytes, of 1024 to the kB, never said to be larger."""
    unit, name = (MB, "MB") if size >= MB else (1 << 10, "kB")
    return f"{math.floor(size / unit * 10) / 10:g} {name}"
