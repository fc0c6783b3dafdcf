"""The site: who may enter, how one signs in, and how the lists are grouped."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from axes.helpers import get_client_ip_address
from django.contrib import messages
from django.contrib.admin import AdminSite
from django.contrib.admin.views.autocomplete import AutocompleteJsonView
from django.contrib.auth.forms import AuthenticationForm
from django.core.exceptions import BadRequest, ValidationError
from django.db import transaction
from django.db.models import Model, QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.urls import path, reverse
from django.utils.translation import gettext_lazy as _

from fieldwork.core.errors import TITLES, Code
from fieldwork.directory import attempts
from fieldwork.directory.accounts import tell
from fieldwork.directory.models import User
from fieldwork.directory.queries import tenures_visible_to
from fieldwork.reminders.rules import can_set_workdays
from fieldwork.reminders.workdays import missing_notice, overrides
from fieldwork.supervision.admin.base import ShownAdmin
from fieldwork.supervision.admin.bulk_links import TITLE as BULK_LINKS
from fieldwork.supervision.admin.bulk_links import bulk_links_page
from fieldwork.supervision.admin.clock import MANAGERS, now, of_office, today
from fieldwork.supervision.admin.codes import codes_page
from fieldwork.supervision.admin.ids import id_of
from fieldwork.supervision.admin.month import TITLE as MONTH
from fieldwork.supervision.admin.month import month_page
from fieldwork.supervision.admin.quotas import quotas_page
from fieldwork.supervision.admin.showing import Words
from fieldwork.supervision.admin.structure import structure_page
from fieldwork.supervision.admin.workbook import TITLE as WORKBOOK
from fieldwork.supervision.admin.workbook import workbook_page

TOO_MANY_REQUESTS = 429
FOUND = 302
NO_OFFICE = "no_office"
QUOTAS: Words = _("Quotas of links not met")
STRUCTURE: Words = _("Structural checks not met")


class SignIn(AuthenticationForm):
    """User name and password of whoever holds an office; a pause after too many wrong ones, as on the phone."""

    def clean(self) -> dict[str, Any]:
        tried = attempts.SignIn(self.cleaned_data.get("username", ""), "", get_client_ip_address(self.request))
        if attempts.pause(tried, at=now()):
            raise self._paused()
        try:
            cleaned = super().clean()
        except ValidationError as error:
            if getattr(self.request, "axes_locked_out", False):
                raise self._paused() from None
            if error.code != NO_OFFICE:
                attempts.failed(tried, at=now())
            raise
        attempts.succeeded(self.get_user(), tried.address)
        return cleaned

    def _paused(self) -> ValidationError:
        assert self.request is not None, "the site gives it"
        self.request.axes_locked_out = True  # type: ignore[attr-defined]
        return ValidationError(str(TITLES[Code.LOCKED_OUT]), code="locked_out")

    def confirm_login_allowed(self, user: Any) -> None:
        super().confirm_login_allowed(user)
        if not user.office:
            raise ValidationError(_("These pages are for the office of the safety committee alone."), code=NO_OFFICE)


class Autocomplete(AutocompleteJsonView):
    """Choices in scope, named and narrowed as the field for them has it."""

    model_admin: ShownAdmin[Any]
    source_field: Any

    def get_queryset(self) -> QuerySet[Any]:
        name = f"{self.source_field.model._meta.model_name}.{self.source_field.name}"
        found = super().get_queryset().filter(self.model_admin.narrowed(name, today()))
        return found.filter(self.model_admin.within_area(area)) if (area := self._area()) else found

    def _area(self) -> str:
        """The path of the place where the tenure of a linkage lies, once it is known."""
        known = tenures_visible_to(of_office(self.request), today()).filter(
            pk=id_of(self.request.GET.get("tenure")) or 0
        )
        return known.values_list("post__organisation__division__path", flat=True).first() or ""

    def serialize_result(self, obj: Model, to_field_name: str) -> dict[str, str]:
        return {**super().serialize_result(obj, to_field_name), "text": self.model_admin.choice(obj)}


class OfficeSite(AdminSite):
    """For supervisors and administrators; auditors read. By `User.office` alone, whatever Django's own flags say."""

    site_header = site_title = _("Work-safety duties of leaders")
    index_title = _("Office of the safety committee")
    site_url = None
    login_form = SignIn
    empty_value_display = "–"

    def __init__(self, groups: tuple[tuple[Words, tuple[type[Model], ...]], ...]) -> None:
        super().__init__(name="admin")
        self._groups = groups

    def has_permission(self, request: HttpRequest) -> bool:
        user = request.user
        return isinstance(user, User) and user.is_active and bool(user.office)

    def login(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        response = super().login(request, extra_context)
        if getattr(request, "axes_locked_out", False):
            response.status_code = TOO_MANY_REQUESTS
        elif request.method == "POST" and response.status_code == FOUND:
            _tell("session.begun", request.user)
        return response

    def logout(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> Any:
        if request.method == "POST":
            _tell("session.ended", request.user)
        return super().logout(request, extra_context)

    def admin_view(self, view: Callable[..., Any], cacheable: bool = False) -> Any:
        """As Django's, but what no database can hold is refused before anybody looks for it."""
        guarded = super().admin_view(view, cacheable)

        @wraps(guarded)
        def asked(request: HttpRequest, *given: Any, **more: Any) -> Any:
            if any("\0" in value for _name, values in request.GET.lists() for value in values):
                raise BadRequest
            return guarded(request, *given, **more)

        return asked

    def autocomplete_view(self, request: HttpRequest) -> Any:
        return Autocomplete.as_view(admin_site=self)(request)

    def password_change(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> Any:
        """Passwords are set through activation codes and on the phone, where all devices are looked after."""
        raise Http404

    def get_urls(self) -> list[Any]:
        pages = [
            path("activation-codes/", self._page(codes_page), name="activation_codes"),
            path("bulk-links/", self._page(bulk_links_page), name="bulk_links"),
            path("quotas/", self._page(quotas_page), name="quotas"),
            path("structure/", self._page(structure_page), name="structure"),
            path("workbook/", self._page(workbook_page), name="workbook"),
            path("month/", self._page(month_page), name="month"),
        ]
        return [*pages, *super().get_urls()]

    def _page(self, view: Callable[[HttpRequest, dict[str, Any]], HttpResponseBase]) -> Any:
        """A page of the site's own, given what every page shows around it."""

        def shown(request: HttpRequest) -> HttpResponseBase:
            return view(request, self.each_context(request))

        return self.admin_view(shown)

    def app_index(self, request: HttpRequest, app_label: str, extra_context: dict[str, Any] | None = None) -> Any:
        return HttpResponseRedirect(reverse("admin:index"))

    def index(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> Any:
        """Django's; to whoever can load it, it says that a notice of holidays is lacking."""
        year = missing_notice(today(), overrides()) if can_set_workdays(of_office(request)) else None
        if year is not None:
            text = _("The notice of holidays of %(year)d is not loaded: until then, days are guessed.")
            messages.warning(request, text % {"year": year})
        return super().index(request, extra_context)

    def get_app_list(self, request: HttpRequest, app_label: str | None = None) -> list[Any]:
        """The lists by what they are about; Django's apps mean nothing to a clerk."""
        known = {entry["model"]: entry for app in super().get_app_list(request) for entry in app["models"]}
        groups: list[Any] = [
            {"name": name, "app_label": f"group-{number}", "app_url": "", "has_module_perms": True, "models": shown}
            for number, (name, models) in enumerate(self._groups)
            if (shown := [known[model] for model in models if model in known])
        ]
        if groups:
            own = [("month", MONTH), ("quotas", QUOTAS), ("structure", STRUCTURE), ("workbook", WORKBOOK)]
            own[1:1] = [("bulk_links", BULK_LINKS)] if of_office(request).office in MANAGERS else []
            pages = [{"name": w, "object_name": name, "admin_url": reverse(f"admin:{name}")} for name, w in own]
            groups[0]["models"] = [*groups[0]["models"], *pages]
        return groups


@transaction.atomic
def _tell(kind: str, user: Any) -> None:
    if isinstance(user, User):
        tell(kind, user, by=user, at=now(), device="browser")
