"""Whose links do not meet their quotas today, with the article that asks for them."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from fieldwork.directory.enums import LinkageKind
from fieldwork.duties.quotas import Asked, Demand, Quota, quotas, scope_of
from fieldwork.supervision.admin.clock import of_office, today
from fieldwork.supervision.admin.showing import lines

PAGE = 50


def quotas_page(request: HttpRequest, context: dict[str, Any]) -> HttpResponse:
    """One page of who lacks links; `after` in the address is where the page before ended."""
    user, on = of_office(request), today()
    rows = quotas(Asked(on=on, scope=scope_of(user, on)), after=_after(request), limit=PAGE + 1)
    shown = rows[:PAGE]
    last = shown[-1].key if len(rows) > PAGE else None
    context |= {
        "title": _("Quotas of links not met"), "rows": [_row(row) for row in shown],
        "heads": (_("leader"), _("post"), _("what must be linked"), _("lacking"), _("why"), _("article")),
        "following": f"?after={last[0]}:{last[1]}" if last else "", "next": _("Next page"),
        "nobody": _("Every quota is met today."),
    }  # fmt: skip
    return TemplateResponse(request, "supervision/quotas.html", context)


def _after(request: HttpRequest) -> tuple[int, str] | None:
    leader, _colon, demand = request.GET.get("after", "").partition(":")
    return (int(leader), demand) if leader.isdecimal() and demand else None


def _row(quota: Quota) -> dict[str, Any]:
    posts = dict.fromkeys(f"{one.division.name} · {one.post}" for one in quota.demanded_by)
    articles = dict.fromkeys(one.article for one in quota.demanded_by)
    return {
        "page": reverse("admin:directory_leader_change", args=[quota.leader]),
        "leader": quota.name,
        "cells": (
            lines(posts), f"{words_of(quota.demand)} × {quota.count}", quota.missing,
            lines(why.text for why in quota.reasons), lines(articles),
        ),
    }  # fmt: skip


def words_of(demand: Demand) -> str:
    kinds = " + ".join(str(LinkageKind(kind).label) for kind in demand.kinds)
    return f"{kinds}（{_('problem town')}）" if demand.problem else kinds
