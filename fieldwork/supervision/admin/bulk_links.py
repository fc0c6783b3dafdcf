"""Many links at once at the office's pages: ends of those chosen in their list, beginnings from a list of leaders.

What it would change is shown first; only that, as it was shown, is stored, and all of it or nothing.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import Model, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from fieldwork.core.errors import TITLES, Code, DomainError, FieldError
from fieldwork.directory.bulk_links import Ending
from fieldwork.directory.models import Linkage, Tenure, User
from fieldwork.directory.queries import linkages_visible_to, tenures_visible_to
from fieldwork.directory.rules import manageable_tenures
from fieldwork.supervision.admin.bulk_results import faults_of, offers, result_of
from fieldwork.supervision.admin.clock import MANAGERS, now, of_office, today
from fieldwork.supervision.admin.ids import id_of
from fieldwork.supervision.admin.showing import Words, list_of
from fieldwork.supervision.linking import Linked, link_many
from fieldwork.supervision.roster.lines import chosen, pasted
from fieldwork.supervision.roster.links import Days, Found, find

TITLE: Words = _("Link many at once")
CHOSEN = "bulk_links"  # in the session: an address would hold too few
MOST = {"linkages": 2000, "tenures": 200}  # that are chosen at once: beside each leader stand three fields
COLUMNS = ("place", "industry", "target")
AREA = "post__organisation__division"
_CHARACTERS = 300_000


def _day(label: Words, hint: Words = "") -> forms.DateField:
    widget = forms.DateInput({"type": "date"}, format="%Y-%m-%d")
    return forms.DateField(label=label, required=False, widget=widget, help_text=hint)


class BulkForm(forms.Form):
    """`tried` is the digest of what was shown; `linkages` and `tenures` are ids of those chosen in their lists."""

    linkages = forms.CharField(widget=forms.HiddenInput, required=False)
    tenures = forms.CharField(widget=forms.HiddenInput, required=False)
    tried = forms.CharField(widget=forms.HiddenInput, required=False)
    last_day = _day(_("last day of all these"))
    no_end = forms.BooleanField(label=_("none: they stand on, as long as the tenure"), required=False)
    starts_on = _day(_("first day"))
    ends_on = _day(_("last day"), _("Left empty, they stand as long as the tenure."))
    replace = forms.BooleanField(label=_("End what these leaders are linked to by now"), required=False)
    lines = forms.CharField(
        label=_("lines"), required=False, max_length=_CHARACTERS, strip=False,
        widget=forms.Textarea(attrs={"rows": 8, "wrap": "off", "spellcheck": "false"}),
    )  # fmt: skip

    def clean(self) -> dict[str, Any]:
        given: dict[str, Any] = super().clean() or self.cleaned_data
        if self.asks_for_links and not given.get("starts_on") and "starts_on" not in self.errors:
            self.add_error("starts_on", _("This is needed."))
        if given.get("linkages") and "last_day" not in self.errors and bool(given["last_day"]) == given["no_end"]:
            self.add_error("last_day", _("A last day, or none: one of both."))
        return given

    @property
    def asks_for_links(self) -> bool:
        typed = (name for name in self.data if name.partition("-")[0] in COLUMNS)
        return any(self.data[name].strip() for name in ("lines", *typed) if name in self.data)


def bulk_links_page(request: HttpRequest, context: dict[str, Any]) -> HttpResponse:
    """With POST show what would change, or store it; with GET ask for it, with those chosen in the lists."""
    user = of_office(request)
    if user.office not in MANAGERS:
        raise PermissionDenied
    if "clear" in request.POST:
        request.session.pop(CHOSEN, None)
        return HttpResponseRedirect(reverse("admin:bulk_links"))
    kept = request.session.get(CHOSEN, {})
    form = BulkForm(request.POST or None, initial={"starts_on": today(), **kept})
    asked = _Asked(user, form, request.POST or kept)
    if request.method == "POST" and form.is_valid():
        done = asked.do(store="do" in request.POST)
        if done is not None and not done.dry_run:
            return _stored(request, done)
    context |= {
        "title": TITLE, "form": form, "rows": asked.rows(), "linkages": asked.linkages, "offers": offers(user, today()),
        "linkage_list": list_of(Linkage), "tenure_list": list_of(Tenure), "everybody": asked.typed(0), **asked.told,
    }  # fmt: skip
    return TemplateResponse(request, "supervision/bulk_links.html", context)


class _Asked:
    """What the page was sent, and what is to be told of it."""

    def __init__(self, user: User, form: BulkForm, sent: Mapping[str, str]) -> None:
        self.user, self.form, self.sent = user, form, sent
        self.told: dict[str, Any] = {}
        links = ("division", "industry", "organisation", "tenure__leader", f"tenure__{AREA}")
        self.linkages = self._chosen("linkages", linkages_visible_to(user, today()).select_related(*links))
        self.tenures = self._chosen("tenures", tenures_visible_to(user, today()).select_related("leader", AREA))

    def rows(self) -> list[tuple[Tenure, dict[str, str]]]:
        return [(tenure, self.typed(tenure.pk)) for tenure in self.tenures]

    def typed(self, tenure: int) -> dict[str, str]:
        """What stands in the fields beside a tenure; beside 0, in those for all."""
        return {column: self.sent.get(f"{column}-{tenure}", "") for column in COLUMNS}

    def do(self, *, store: bool) -> Linked | None:
        """Store what was shown, or show what would change; None where there is nothing, or it is at fault."""
        given = self.form.cleaned_data
        refused = list[FieldError]()
        end = list(self._ends(given["last_day"], refused))
        days = Days(given["starts_on"] or today(), given["ends_on"])
        try:
            tables = [chosen(self._lines()), pasted(given["lines"])]
            found = find(tables, days, end, user=self.user, on=today(), replace=given["replace"])
            if not (found.begin or found.end or found.faults.found or refused):
                self.told = {"problem": _("There is nothing to change."), "unchanged": found.unchanged}
                return None
            return self._do([*refused, *found.faults.found], found, store=store)
        except DomainError as error:
            self.told = {"problem": error.detail}
            return None

    def _do(self, faults: list[FieldError], found: Found, *, store: bool) -> Linked | None:
        looked_at = found.digest == self.form.cleaned_data["tried"]
        dry_run = not (store and looked_at)
        try:
            done = link_many(found.begin, found.end, faults, dry_run=dry_run, by=self.user, at=now())
        except DomainError as error:
            self.told = {"problem": _("Nothing has been stored."), "faults": faults_of(error, found, self.tenures)}
            return None
        self.told = {**result_of(done), "unchanged": found.unchanged, "tried": found.digest}
        if store and dry_run:
            self.told["problem"] = _("This is not what was shown before. Please look at it again.")
        return done

    def _ends(self, last_day: Any, refused: list[FieldError]) -> Iterator[Ending]:
        managed = manageable_tenures(self.user, [row.tenure for row in self.linkages], today())
        for place, row in enumerate(self.linkages):
            if row.tenure_id not in managed:
                refused.append(FieldError(f"end.{place}.linkage", Code.NOT_ALLOWED, TITLES[Code.NOT_ALLOWED]))
            yield Ending(place, row, last_day or row.tenure.ends_on)

    def _lines(self) -> Iterator[tuple[int, dict[str, str]]]:
        everybody = self.typed(0)
        for tenure, own in self.rows():
            place = "；".join(filter(None, (everybody["place"], own["place"])))
            yield tenure.pk, {column: own[column] or everybody[column] for column in COLUMNS} | {"place": place}

    def _chosen(self, name: str, visible: QuerySet[Any]) -> list[Any]:
        words = str(self.sent.get(name, "")).split(",")
        ids = [number for word in words if (number := id_of(word))][: MOST[name]]
        return list(visible.filter(pk__in=ids).order_by("pk")) if ids else []


def _stored(request: HttpRequest, done: Linked) -> HttpResponse:
    """On to the empty page, so that nothing is sent twice."""
    request.session.pop(CHOSEN, None)
    counts = {"begun": len(done.changed.begun), "ended": len(done.changed.ended)}
    messages.success(request, _("Stored: %(begun)d begin, %(ended)d get another last day.") % counts)
    if not done.followed:
        messages.info(request, _("Obligations and tasks follow within a minute."))
    if done.unmet:
        messages.warning(request, _("Of these leaders, some quotas are not met yet."))
    return HttpResponseRedirect(reverse("admin:bulk_links"))


@admin.action(description=_("End or extend together"), permissions=["add"])
def end_together(page: Any, request: HttpRequest, rows: QuerySet[Any]) -> HttpResponse | None:
    return _choose("linkages", request, rows)


@admin.action(description=_("Link together"), permissions=["add"])
def link_together(page: Any, request: HttpRequest, rows: QuerySet[Any]) -> HttpResponse | None:
    return _choose("tenures", request, rows)


def _choose(name: str, request: HttpRequest, rows: QuerySet[Model]) -> HttpResponse | None:
    """On to the page, where they stand beside what was chosen in the other list before."""
    ids = list(rows.order_by("pk").values_list("pk", flat=True)[: MOST[name] + 1])
    if len(ids) > MOST[name]:
        messages.error(request, _("At most %(most)d at once; please filter the list.") % {"most": MOST[name]})
        return None
    request.session[CHOSEN] = {**request.session.get(CHOSEN, {}), name: ",".join(map(str, ids))}
    return HttpResponseRedirect(reverse("admin:bulk_links"))
