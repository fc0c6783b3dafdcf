"""What a step's page lets a clerk choose: rows that are searched for, as those for a model's own field are."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any
from uuid import UUID

from django.contrib.admin import AdminSite
from django.contrib.admin.widgets import AutocompleteSelect
from django.core.exceptions import ValidationError
from django.db.models import AutoField, Model, QuerySet
from django.http import HttpRequest

from fieldwork.directory.models import User
from fieldwork.supervision.admin.clock import of_office, today
from fieldwork.supervision.admin.forms import Choice
from fieldwork.supervision.admin.ids import id_of

if TYPE_CHECKING:
    from fieldwork.supervision.admin.base import ShownAdmin

    PageOf = ShownAdmin[Any]
else:
    PageOf = object

Among = Callable[[User, date], QuerySet[Any]]


@dataclass(frozen=True, slots=True)
class Seat:
    """Who looks at a row here, on which day, on which site."""

    user: User
    on: date
    site: AdminSite

    def label(self, row: Any) -> str:
        """How the row's own pages name it."""
        page: Any = self.site.get_model_admin(type(row))
        return str(page.choice(row))


class Seated(PageOf):
    """A page whose steps let somebody choose: its row says whose eyes see it."""

    def get_object(self, request: HttpRequest, object_id: str, from_field: str | None = None) -> Any:
        row: Any = super().get_object(request, object_id, from_field)
        if row is not None:
            row.seat = Seat(of_office(request), today(), self.admin_site)
        return row


class Sought(Choice):
    """A choice among the rows that the user sees, searched for as those for a model's field are."""

    desk: Seat

    def __init__(self, model: type[Model], name: str, among: Among, **kwargs: Any) -> None:
        super().__init__(None, **kwargs)
        self._field, self._among = model._meta.get_field(name), among
        target: Any = self._field.related_model
        self._is_numbered = isinstance(target._meta.pk, AutoField)

    def offer(self, desk: Seat) -> None:
        self.desk = desk
        self.widget = AutocompleteSelect(self._field, desk.site)
        self.widget.is_required = self.required
        self.queryset = self._among(desk.user, desk.on)

    def prepare_value(self, value: Any) -> Any:
        """What is no id is not sought, neither to be shown nor to be taken."""
        shown = super().prepare_value(value)
        if shown in self.empty_values:
            return None
        if self._is_numbered:
            return id_of(shown)
        try:
            return str(UUID(str(shown)))
        except ValueError:
            return None

    def to_python(self, value: Any) -> Any:
        if value not in self.empty_values and self.prepare_value(value) is None:
            raise ValidationError(self.error_messages["invalid_choice"], code="invalid_choice")
        return super().to_python(value)

    def label_from_instance(self, obj: Any) -> str:
        return self.desk.label(obj)
