"""Forms whose fields go to an action of the domain; nothing else ever saves."""

from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any, ClassVar

from django import forms
from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Model
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from fieldwork.core.errors import Code, DomainError
from fieldwork.directory.dated import end
from fieldwork.directory.models import Dated, Division, User
from fieldwork.directory.rules import can_manage_division
from fieldwork.supervision.admin.ids import id_of

if TYPE_CHECKING:
    from collections.abc import Callable

    Form = forms.ModelForm[Any]
    Choice = forms.ModelChoiceField[Any]
else:
    Form, Choice = forms.ModelForm, forms.ModelChoiceField


def tell_on(form: forms.BaseForm, error: DomainError, renamed: Mapping[str, str] | None = None) -> None:
    """Show what an action refused on the form's field of that name, or else above the form."""
    for fault in error.errors:
        name = (renamed or {}).get(fault.field, fault.field)
        form.add_error(name if name in form.fields else None, str(fault.detail))
    if not error.errors:
        form.add_error(None, str(error.detail))


class ActionForm(Form):
    """Valid once `act` has done it: a DomainError is told on the field that it names.

    A form may need several actions: what the first of them did is undone where a later one refuses.
    """

    by: ClassVar[User]
    at: ClassVar[datetime]
    renamed: ClassVar[dict[str, str]] = {}  # a field of the action to the form's

    def act(self, given: dict[str, Any]) -> Model:
        """Call the action; answers the row."""
        raise NotImplementedError

    def require_manager(self, division: Division | None) -> None:
        if division is None or not can_manage_division(self.by, division):
            raise DomainError(Code.NOT_ALLOWED)

    def _post_clean(self) -> None:
        if self.errors:
            return
        try:
            with transaction.atomic():
                self.instance = self.act(self.cleaned_data)
        except DomainError as error:
            tell_on(self, error, self.renamed)


class EndForm(ActionForm):
    """The last day of a dated row: all that can be changed of it. The field's name is none of a row's columns."""

    why_it_ends = forms.CharField(
        label=_("reason of the end"), required=False, max_length=500,
        help_text=_("Kept in the history, and told where a published month changes by it."),
    )  # fmt: skip

    def act(self, given: dict[str, Any]) -> Dated:
        row: Dated = self.instance
        return end(row, **self.ending(given))

    def ending(self, given: dict[str, Any]) -> dict[str, Any]:
        """What every action is told that ends a row."""
        return {"ends_on": given["ends_on"], "reason": given["why_it_ends"], "by": self.by, "at": self.at}


class Reference(Choice):
    """A choice among the rows in scope, named as their own page names them."""

    def __init__(self, *args: Any, label_of: "Callable[[Any], str] | None" = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._label_of = label_of or str

    def prepare_value(self, value: Any) -> Any:
        """What is no id is not sought, neither to be shown nor to be taken."""
        shown = super().prepare_value(value)
        return None if shown in self.empty_values else id_of(shown)

    def to_python(self, value: Any) -> Any:
        if value not in self.empty_values and not isinstance(value, Model) and id_of(value) is None:
            raise ValidationError(self.error_messages["invalid_choice"], code="invalid_choice")
        return super().to_python(value)

    def label_from_instance(self, obj: Model) -> str | Promise:  # type: ignore[override]
        return self._label_of(obj)
