"""What is done to a row beside changing it: a page that asks, then the domain's action. Withdraw, review, sign out."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import TYPE_CHECKING, Any

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _

from fieldwork.core.errors import DomainError
from fieldwork.directory.models import User
from fieldwork.supervision.admin.clock import now, of_office
from fieldwork.supervision.admin.forms import tell_on
from fieldwork.supervision.admin.showing import Words, list_of, page_of

if TYPE_CHECKING:
    from fieldwork.supervision.admin.base import ShownAdmin

_UNSAID = ("csrfmiddlewaretoken", "confirmed")
Allowed = Callable[[User, Any], bool]
Act = Callable[[Any, dict[str, Any], User, datetime], object]
Preview = Callable[[Any, dict[str, Any], User, datetime], list[str]]
FormFor = Callable[[Any, Any], forms.Form]  # what was sent, or None; and the row


def _nothing_more(data: Any, _row: Any) -> forms.Form:
    return forms.Form(data)


def _never(_user: User, _row: Any) -> bool:
    return False


@dataclass(frozen=True, slots=True)
class Step:
    """`name` is in the address, `words` on the button, `asks` above it, `told` once it is done.

    `allowed(user, row)` is one of the domain's rules; `act(row, given, by, at)` calls the action. `may_try(user, row)`:
    they may do it as such, only the row stands otherwise by now, as after a double click; then `act` says what is so.
    Where there is a `preview`, a line for each thing that would happen, it is shown first, and done once confirmed.
    """

    name: str
    words: Words
    asks: Words
    told: Words
    allowed: Allowed
    act: Act
    form: FormFor = _nothing_more
    removes: bool = False
    may_try: Allowed = _never
    preview: Preview | None = None


def take(step: Step, admin: "ShownAdmin[Any]", request: HttpRequest, object_id: str) -> HttpResponse:
    """Ask, or do it; a DomainError is told on the field that it names."""
    user, row = of_office(request), admin.get_object(request, object_id)
    if not step.allowed(user, row):
        if not step.may_try(user, row):
            raise PermissionDenied
        if request.method != "POST":
            messages.warning(request, _("This cannot be done any more: see how it stands now."))
            return HttpResponseRedirect(admin.kept(request, page_of(row)))
    form = step.form(request.POST if request.method == "POST" else None, row)
    digest, lines = _digest(request), None
    if request.method == "POST" and form.is_valid():
        leave = admin.kept(request, list_of(type(row)) if step.removes else page_of(row))
        unseen = step.preview if request.POST.get("confirmed") != digest else None
        try:
            with transaction.atomic():
                done = (unseen or step.act)(row, form.cleaned_data, user, now())
        except DomainError as error:
            tell_on(form, error)
        else:
            if unseen is None:
                messages.success(request, str(step.told))
                return HttpResponseRedirect(leave)
            lines = done
    context = {
        **admin.admin_site.each_context(request), "title": step.words, "subtitle": admin.label(row), "opts": admin.opts,
        "form": form, "step": step, "lines": lines, "digest": digest,
        "previews": step.preview is not None, "back": admin.kept(request, page_of(row)),
        "preserved_filters": admin.get_preserved_filters(request),
    }  # fmt: skip
    return TemplateResponse(request, "supervision/step.html", context)


def _digest(request: HttpRequest) -> str:
    """Of what the form says: what is confirmed is what was shown, and nothing that was changed since."""
    said = sorted((name, values) for name, values in request.POST.lists() if name not in _UNSAID)
    return sha256(json.dumps(said).encode()).hexdigest()
