"""What the two pages of findings share: quotas not met, and structural checks, of a place, on a day."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any
from urllib.parse import urlencode

from django.core.exceptions import BadRequest
from django.http import Http404, HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils.translation import gettext_lazy as _

from fieldwork.directory.models import User
from fieldwork.directory.queries import divisions_visible_to
from fieldwork.duties.quota_rows import Scope
from fieldwork.duties.quotas import scope_of
from fieldwork.supervision.admin.clock import of_office, today
from fieldwork.supervision.admin.filters import around
from fieldwork.supervision.admin.ids import id_of

PAGE = 50


@dataclass(frozen=True, slots=True)
class Looked:
    """Who looks, on which day, at which rows; `query` is what the next page must say again."""

    user: User
    on: date
    scope: Scope
    query: dict[str, str]


def overview(
    request: HttpRequest, context: dict[str, Any], read: Callable[[Looked, int], Sequence[Any]],
    show: Callable[[Looked, Sequence[Any]], list[Any]],
) -> HttpResponse:  # fmt: skip
    """One page of rows with a form for place and day; `after` in the address is where the page before ended."""
    user, on = of_office(request), _day(request)
    wanted = request.GET.get("division", "")
    chosen = divisions_visible_to(user, today()).filter(pk=id_of(wanted) or 0).first() if wanted else None
    if wanted and chosen is None:
        raise Http404
    scope = scope_of(user, on)
    query = {"on": on.isoformat()} | ({"division": str(chosen.pk)} if chosen else {})
    looked = Looked(user, on, replace(scope, within=chosen.path) if chosen else scope, query)
    rows = read(looked, PAGE + 1)
    last = rows[PAGE - 1].key if len(rows) > PAGE else None
    context |= {
        "rows": show(looked, rows[:PAGE]), "on": on.isoformat(), "division": query.get("division", ""),
        "divisions": around(user, chosen), "next": _("Next page"), "button": _("Show"), "everywhere": _("everywhere"),
        "place_label": _("division"), "day_label": _("day"),
        "following": f"?{urlencode({**query, 'after': f'{last[0]}:{last[1]}'})}" if last else "",
    }  # fmt: skip
    return TemplateResponse(request, "supervision/overview.html", context)


def _day(request: HttpRequest) -> date:
    given = request.GET.get("on")
    try:
        return date.fromisoformat(given) if given else today()
    except ValueError:
        raise BadRequest from None
