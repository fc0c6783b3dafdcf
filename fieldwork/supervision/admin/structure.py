"""Places where somebody should also hold what they do not, or has not the safety portfolio, on a day."""

from collections.abc import Sequence
from functools import partial
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from fieldwork.directory.models import Leader
from fieldwork.duties.checks import Asked, Checked, checks
from fieldwork.supervision.admin.ids import id_of
from fieldwork.supervision.admin.overviews import Looked, overview
from fieldwork.supervision.admin.showing import lines, link_to


def structure_page(request: HttpRequest, context: dict[str, Any]) -> HttpResponse:
    context |= {
        "title": _("Structural checks not met"), "nobody": _("Every structural check is met on this day."),
        "heads": (_("division"), _("what the policy asks for"), _("lacking"), _("leaders"), _("article"), _("policy")),
    }  # fmt: skip
    return overview(request, context, partial(_read, _after(request)), _show)


def _after(request: HttpRequest) -> tuple[str, int] | None:
    path, _colon, line = request.GET.get("after", "").partition(":")
    number = id_of(line)
    return (path, number) if path and number else None


def _read(after: tuple[str, int] | None, looked: Looked, limit: int) -> Sequence[Checked]:
    return checks(Asked(on=looked.on, scope=looked.scope), after=after, limit=limit)


def _show(_looked: Looked, rows: Sequence[Checked]) -> list[dict[str, Any]]:
    return [_row(checked) for checked in rows]


def _row(checked: Checked) -> dict[str, Any]:
    check = checked.line.check
    lacking = [link_to(Leader(pk=one.id), one.name) for one in checked.leaders if not one.met]
    return {
        "page": reverse("admin:directory_division_change", args=[checked.division]),
        "name": checked.division_name,
        "cells": (
            lines([check["name"], check["text"]]), lines(checked.missing), lines(lacking), check["article"],
            checked.line.version.policy.title,
        ),
    }  # fmt: skip
