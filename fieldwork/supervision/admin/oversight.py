"""Everything that happened: to be looked at only."""

import json
from datetime import date
from typing import Any

from django.contrib.admin.views.main import ChangeList
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _

from fieldwork.core.models import Event
from fieldwork.directory.models import User
from fieldwork.supervision.admin.base import ShownAdmin
from fieldwork.supervision.admin.clock import of_office, today
from fieldwork.supervision.admin.filters import WithinFilter, choosing
from fieldwork.supervision.admin.notifications import CHANNELS
from fieldwork.supervision.admin.showing import column, instant
from fieldwork.supervision.audit.facts import facts_of
from fieldwork.supervision.audit.queries import actors_of, events_visible_to
from fieldwork.supervision.audit.words import NOUNS, ROWS, happened


def _about(event: Event) -> str:
    """Linked where there is a page of the row; what was withdrawn has none any more."""
    noun = NOUNS.get(event.object_kind, event.object_kind)
    known = CHANNELS if event.object_kind == "channel" else {}
    name = getattr(event, "row_name", "") or known.get(event.object_id, event.object_id)
    words = f"{noun} {name}".strip()
    model = ROWS.get(event.object_kind)
    if model is None or not event.object_id:
        return words
    page = reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_change", args=[event.object_id])
    return format_html('<a href="{}">{}</a>', page, words)


def _body(event: Event) -> str:
    return format_html("<pre>{}</pre>", json.dumps(facts_of(event), ensure_ascii=False, indent=2))


def _system(actor: str) -> Any:
    return _("the system") if actor == "system" else actor


def name_actors(events: Any) -> None:
    """Put each event's actor beside it in words; one query."""
    users = actors_of(events)
    for event in events:
        user = users.get(event.actor)
        event.by_whom = f"{user.get_full_name()}（{user.username}）" if user else _system(event.actor)


def name_rows(events: Any, pages: dict[Any, Any], user: User, on: date) -> None:
    """Put beside each event how its row is called, where it stands and is in sight; one query a kind of rows."""
    wanted: dict[str, set[str]] = {}
    for event in events:
        wanted.setdefault(event.object_kind, set()).add(event.object_id)
    names: dict[tuple[str, str], str] = {}
    for kind in wanted.keys() & ROWS.keys():
        page = pages[ROWS[kind]]
        ids = [key for key in wanted[kind] if page.may_be(key)]
        rows = type(page).visible(user, on).filter(pk__in=ids).select_related(*page.related)
        names |= {(kind, str(row.pk)): page.label(row) for row in rows}
    for event in events:
        event.row_name = names.get((event.object_kind, event.object_id), "")


class EventAdmin(ShownAdmin[Event]):
    """Who did what when. Appended by the actions, never changed."""

    visible = events_visible_to
    division_path = "division_path"
    linked_by = ("object_kind", "object_id")
    list_display = (
        column(_("when it happened"), lambda row: instant(row.at)),
        column(_("what happened"), happened),
        column(_("what it is about"), _about),
        column(_("done by"), lambda row: getattr(row, "by_whom", row.actor)),
    )
    list_filter = (
        WithinFilter,
        choosing(
            _("what it is about"),
            "object_kind",
            sorted((key, words) for key, words in NOUNS.items() if key in ROWS),
            "about",
        ),
    )
    search_fields = ("=object_id", "^kind")
    search_help_text = _("number of the row, or kind of event")
    ordering = ("-pk",)
    fields = (
        *list_display,
        column(_("kind of event"), lambda row: row.kind),
        column(_("number of the row"), lambda row: row.object_id),
        column(_("details"), _body),
    )

    def label(self, row: Event) -> str:
        return happened(row)

    def get_changelist_instance(self, request: HttpRequest) -> ChangeList:
        """The page's people are read at once."""
        page = super().get_changelist_instance(request)
        self._name(page.result_list, request)
        return page

    def get_object(self, request: HttpRequest, object_id: str, from_field: str | None = None) -> Event:
        found = super().get_object(request, object_id, from_field)
        self._name([found], request)
        return found

    def _name(self, events: Any, request: HttpRequest) -> None:
        name_actors(events)
        name_rows(events, self.admin_site._registry, of_office(request), today())
