"""What every page of rows does: show what is in scope; begin and end through the domain's actions; delete nothing."""

from collections.abc import Callable, Iterator
from datetime import date
from functools import partial
from typing import TYPE_CHECKING, Any, ClassVar, Generic, TypeVar

from django.contrib import messages
from django.contrib.admin import ModelAdmin, ShowFacets
from django.contrib.admin.filters import ListFilter
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.contrib.admin.templatetags.admin_urls import add_preserved_filters
from django.contrib.admin.utils import get_fields_from_path
from django.contrib.admin.views.main import ERROR_FLAG
from django.core.exceptions import BadRequest, ValidationError
from django.db.models import AutoField, ForeignKey, Model, Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils.text import capfirst
from django.utils.translation import gettext as _

from fieldwork.directory.models import Dated, Division, User
from fieldwork.directory.paths import within
from fieldwork.directory.rules import can_manage_division
from fieldwork.supervision.admin.clock import MANAGERS, now, of_office, today
from fieldwork.supervision.admin.forms import ActionForm, EndForm, Reference
from fieldwork.supervision.admin.history import history_of
from fieldwork.supervision.admin.ids import id_of
from fieldwork.supervision.admin.paging import CappedPaginator
from fieldwork.supervision.admin.showing import Words, page_of, pages_of
from fieldwork.supervision.admin.steps import Step, take

M = TypeVar("M", bound=Model)
D = TypeVar("D", bound=Dated)
Shortcut = tuple[Words, str]  # the words on a button, and where it leads

if TYPE_CHECKING:
    Pages = ModelAdmin[M]
else:

    class Pages(ModelAdmin, Generic[M]):
        """Django's, which at run time knows of no type."""


class ShownAdmin(Pages[M], Generic[M]):
    """Rows that one may see. `visible(user, on)` is one of the domain's `queries`; what it leaves out is 404."""

    visible: ClassVar[Callable[[User, date], QuerySet[Any]]]
    related: ClassVar[tuple[str, ...]] = ()
    division_path: ClassVar[str] = "division__path"  # in whose subtree a row lies
    linked_by: ClassVar[tuple[str, ...]] = ()  # fields by which other pages lead to this list
    paginator = CappedPaginator
    list_per_page = 50
    list_max_show_all = 0
    show_full_result_count = False
    show_facets = ShowFacets.NEVER
    view_on_site = False
    actions: Any = ()
    fields: ClassVar[Any] = None
    steps: ClassVar[tuple[Step, ...]] = ()

    def get_queryset(self, request: HttpRequest) -> QuerySet[M]:
        found = type(self).visible(of_office(request), today())
        found = found.select_related(*self.related) if self.related else found
        return found.order_by(*(self.get_ordering(request) or ("pk",)))

    def get_object(self, request: HttpRequest, object_id: str, from_field: str | None = None) -> M:
        found = super().get_object(request, object_id, from_field) if self.may_be(object_id) else None
        if found is None:
            raise Http404
        return found

    def may_be(self, object_id: str) -> bool:
        """Whether a row could have this id."""
        if isinstance(self.opts.pk, AutoField):
            return id_of(object_id) is not None
        try:
            self.opts.pk.to_python(object_id)
        except ValidationError:
            return False
        return True

    def response_action(self, request: HttpRequest, queryset: QuerySet[Any], *more: Any, **named: Any) -> Any:
        if not all(map(self.may_be, request.POST.getlist(ACTION_CHECKBOX_NAME))):
            raise BadRequest
        return super().response_action(request, queryset, *more, **named)

    def lies_within(self, path: str) -> Q:
        return within(path, self.division_path)

    def label(self, row: Any) -> str:
        """How headings name the row."""
        return str(row)

    def choice(self, row: Any) -> str:
        """How a choice for another page's field names the row."""
        return self.label(row)

    def within_area(self, area: str) -> Q:
        """Which rows a choice offers where it must lie in an area."""
        return Q()

    def narrowed(self, field: str, on: date) -> Q:
        """Which rows a choice offers for `field` of another page."""
        return Q()

    def shortcuts(self, row: M, user: User) -> Iterator[Shortcut]:
        """What a clerk does next from the row's page."""
        for step in self.steps:
            if step.allowed(user, row):
                yield step.words, reverse(self._name_of(step), args=[row.pk])

    def kept(self, request: HttpRequest, address: str) -> str:
        """An address of the row or the list, with the filters of the list that one came from."""
        filters: Any = {"opts": self.opts, "preserved_filters": self.get_preserved_filters(request)}
        return str(add_preserved_filters(filters, address))

    def get_urls(self) -> list[Any]:
        """Django's, and a page for each step; first, for Django's last one takes every address."""
        guarded = self.admin_site.admin_view
        pages = [
            path(f"<path:object_id>/{step.name}/", guarded(partial(take, step, self)), name=self._name_of(step)[6:])
            for step in self.steps
        ]
        return [*pages, *super().get_urls()]

    def _name_of(self, step: Step) -> str:
        return f"admin:{self.opts.app_label}_{self.opts.model_name}_{step.name}"

    def lookup_allowed(self, lookup: str, value: str, request: HttpRequest | None = None) -> bool:
        """Only the filters offered: no column can be guessed at through the address."""
        if lookup.removesuffix("__exact") in self.linked_by and self._leads_on(lookup.removesuffix("__exact")):
            return id_of(value) is not None
        return lookup in set(self._lookups())

    def _leads_on(self, name: str) -> bool:
        return bool(get_fields_from_path(self.model, name)[-1].is_relation)

    def _lookups(self) -> Iterator[str]:
        for one in self.list_filter:
            if isinstance(one, type) and issubclass(one, ListFilter):
                yield str(one.parameter_name)  # type: ignore[attr-defined]  # all of ours are simple ones
            else:
                yield from (f"{one}__exact", f"{one}__isnull")
        yield from (f"{name}__exact" for name in self.linked_by)

    def has_module_permission(self, request: HttpRequest) -> bool:
        return self.admin_site.has_permission(request)

    def has_view_permission(self, request: HttpRequest, obj: M | None = None) -> bool:
        return self.admin_site.has_permission(request)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: M | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: M | None = None) -> bool:
        """Nothing with a history is deleted; a linkage that has not begun is withdrawn on its own page."""
        return False

    def get_readonly_fields(self, request: HttpRequest, obj: M | None = None) -> Any:
        return self.get_fields(request, obj)

    def save_model(self, request: HttpRequest, obj: M, form: Any, change: bool) -> None:
        """The form's action has stored it."""

    def save_form(self, request: HttpRequest, form: Any, change: bool) -> Any:
        return form.instance

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        """The form's action has stored it."""

    def log_addition(self, request: HttpRequest, obj: Any, message: Any) -> Any:
        """The action has told its event; there is no second book."""

    def log_change(self, request: HttpRequest, obj: Any, message: Any) -> Any:
        """The action has told its event; there is no second book."""

    def history_view(
        self, request: HttpRequest, object_id: str, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        return HttpResponseRedirect(history_of(self.get_object(request, object_id)))

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        if ERROR_FLAG in request.GET:
            messages.warning(request, _("Such a filter is not known here, or no longer. This is the whole list."))
        title = capfirst(self.opts.verbose_name_plural)
        return super().changelist_view(request, {"title": title, **(extra_context or {})})

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        response: HttpResponse = super().changeform_view(request, object_id, form_url, extra_context)
        if isinstance(response, TemplateResponse) and response.context_data and "original" in response.context_data:
            row: Any = response.context_data["original"]
            if row is not None:
                response.context_data["shortcuts"] = [
                    (words, self.kept(request, address) if address.startswith(pages_of(row)) else address)
                    for words, address in self.shortcuts(row, of_office(request))
                ]
                response.context_data["subtitle"] = self.label(row)
        return response


class ActingAdmin(ShownAdmin[M], Generic[M]):
    """Rows that a clerk of this office adds by `form`, and changes by `change_form` if there is one."""

    form: type[ActionForm] = ActionForm
    change_form: ClassVar[type[ActionForm] | None] = None
    changed: ClassVar[tuple[str, ...]] = ()  # the fields of `change_form`
    added: ClassVar[tuple[str, ...]] = ()  # the fields of `form`

    def division_of(self, row: M) -> Division | None:
        """Where the row lies: who manages that division manages the row."""
        raise NotImplementedError

    def manages(self, user: User, row: M) -> bool:
        division = self.division_of(row)
        return division is not None and can_manage_division(user, division)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return self.has_view_permission(request) and of_office(request).office in MANAGERS

    def has_change_permission(self, request: HttpRequest, obj: M | None = None) -> bool:
        if self.change_form is None or not self.has_add_permission(request):
            return False
        return obj is None or self.manages(of_office(request), obj)

    def get_fields(self, request: HttpRequest, obj: M | None = None) -> Any:
        return self.added if obj is None else super().get_fields(request, obj)

    def get_readonly_fields(self, request: HttpRequest, obj: M | None = None) -> Any:
        return () if obj is None else [name for name in self.get_fields(request, obj) if name not in self.changed]

    def get_form(self, request: HttpRequest, obj: M | None = None, change: bool = False, **kwargs: Any) -> Any:
        if change and self.change_form is not None:
            kwargs["form"] = self.change_form
        made: Any = super().get_form(request, obj, change, **kwargs)
        made.by, made.at = of_office(request), now()
        return made

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        return {"starts_on": today(), **super().get_changeform_initial_data(request)}

    def formfield_for_dbfield(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        field = super().formfield_for_dbfield(db_field, request, **kwargs)
        for right in ("can_change_related", "can_delete_related", "can_view_related"):
            if field is not None and hasattr(field.widget, right):
                setattr(field.widget, right, False)
        return field

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        """A choice among what is in scope, whatever the page was sent."""
        there = self.admin_site.get_model_admin(db_field.remote_field.model)
        assert isinstance(there, ShownAdmin)
        kwargs["queryset"] = there.get_queryset(request).filter(there.narrowed(_name_of(db_field), today()))
        kwargs["form_class"] = Reference
        kwargs["label_of"] = there.choice
        return super().formfield_for_foreignkey(db_field, request, **kwargs)

    def response_post_save_add(self, request: HttpRequest, obj: M) -> HttpResponseRedirect:
        """On to the row's own page, where the next step is."""
        return HttpResponseRedirect(self.kept(request, page_of(obj)))

    def response_post_save_change(self, request: HttpRequest, obj: M) -> HttpResponseRedirect:
        return HttpResponseRedirect(self.kept(request, page_of(obj)))


class DatedAdmin(ActingAdmin[D], Generic[D]):
    """Dated rows: begun by `form`, ended by `change_form`; nothing else of them ever changes."""

    change_form: ClassVar[type[ActionForm] | None] = EndForm
    changed = ("ends_on", "why_it_ends")

    def get_fields(self, request: HttpRequest, obj: D | None = None) -> Any:
        """With room for a reason, for who may end it."""
        shown = super().get_fields(request, obj)
        return shown if obj is None or not self.has_change_permission(request, obj) else (*shown, "why_it_ends")


def _name_of(field: "ForeignKey[Any, Any]") -> str:
    """`linkage.organisation`: which choice it is."""
    return f"{field.model._meta.model_name}.{field.name}"
