"""Whose links do not meet their quotas on a day, with the article that asks for them."""

from collections.abc import Sequence
from functools import partial
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _

from fieldwork.directory.enums import LinkageKind
from fieldwork.directory.models import Linkage, Tenure
from fieldwork.directory.queries import scope
from fieldwork.duties.quotas import Asked, Demand, Quota, quotas
from fieldwork.supervision.admin.clock import MANAGERS
from fieldwork.supervision.admin.ids import id_of
from fieldwork.supervision.admin.overviews import Looked, overview
from fieldwork.supervision.admin.showing import adding, lines


def quotas_page(request: HttpRequest, context: dict[str, Any]) -> HttpResponse:
    context |= {
        "title": _("Quotas of links not met"), "nobody": _("Every quota is met on this day."),
        "heads": (_("leader"), _("post"), _("what must be linked"), _("lacking"), _("why"), _("article"), ""),
    }  # fmt: skip
    return overview(request, context, partial(_read, _after(request)), _show)


def _after(request: HttpRequest) -> tuple[int, str] | None:
    leader, _colon, demand = request.GET.get("after", "").partition(":")
    number = id_of(leader)
    return (number, demand) if number and demand else None


def _read(after: tuple[int, str] | None, looked: Looked, limit: int) -> Sequence[Quota]:
    return quotas(Asked(on=looked.on, scope=looked.scope), after=after, limit=limit)


def _show(looked: Looked, rows: Sequence[Quota]) -> list[dict[str, Any]]:
    """With a link to add what is lacking, where the clerk may."""
    demanding = {one.tenure for quota in rows for one in quota.demanded_by}
    managed = Tenure.objects.filter(scope(looked.user, "post__organisation__division__path"), pk__in=demanding)
    may = set(managed.values_list("pk", flat=True)) if looked.user.office in MANAGERS else set()
    return [_row(quota, may) for quota in rows]


def _row(quota: Quota, may: set[int]) -> dict[str, Any]:
    posts = dict.fromkeys(f"{one.division.name} · {one.post}" for one in quota.demanded_by)
    articles = dict.fromkeys(one.article for one in quota.demanded_by)
    tenures = {one.tenure: one.post for one in quota.demanded_by if one.tenure in may}
    page = adding(Linkage)
    add = (
        format_html('<a href="{}?tenure={}" class="addlink">{}</a>', page, tenure, words)
        for tenure, post in tenures.items()
        for words in [_("Add a linkage") if len(tenures) == 1 else f"{_('Add a linkage')}（{post}）"]
    )
    return {
        "page": reverse("admin:directory_leader_change", args=[quota.leader]),
        "name": quota.name,
        "cells": (
            lines(posts), f"{words_of(quota.demand)} × {quota.count}", quota.missing,
            lines(why.text for why in quota.reasons), lines(articles), lines(add),
        ),
    }  # fmt: skip


def words_of(demand: Demand) -> str:
    kinds = " + ".join(str(LinkageKind(kind).label) for kind in demand.kinds)
    return f"{kinds}（{_('problem town')}）" if demand.problem else kinds
