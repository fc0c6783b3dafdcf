"""Where the list of what happened to a row is."""

from urllib.parse import urlencode

from django.db.models import Model

from fieldwork.core.models import Event
from fieldwork.supervision.admin.showing import list_of
from fieldwork.supervision.audit.words import noun_of


def history_of(row: Model) -> str:
    """The address of the list of everything that happened to the row."""
    return f"{list_of(Event)}?{urlencode({'object_kind__exact': noun_of(row), 'object_id__exact': str(row.pk)})}"
