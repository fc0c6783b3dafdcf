"""What columns and fields of these pages are made of."""

from collections.abc import Callable, Iterable
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from django.contrib import admin
from django.db.models import Model
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.timezone import localtime
from django.utils.translation import gettext_lazy as _

if TYPE_CHECKING:
    from django.utils.functional import _StrOrPromise

    Words = _StrOrPromise
else:
    Words = Any  # what gettext and gettext_lazy answer

NOTHING = "–"
BREAK = SafeString("<br>")


def column(label: Words, read: Callable[[Any], Any], *, order: str | None = None) -> Callable[[Any], Any]:
    """A column or read-only field of a model whose own labels are not for clerks."""

    @admin.display(description=label, ordering=order, empty_value=NOTHING)
    def shown(row: Any) -> Any:
        found = read(row)
        return NOTHING if found in (None, "") else found

    return shown


def page_of(row: Model) -> str:
    """The address of the row's own page here."""
    return reverse(f"admin:{row._meta.app_label}_{row._meta.model_name}_change", args=[row.pk])


def pages_of(row: Model) -> str:
    """What the addresses of all the row's own pages begin with."""
    return page_of(row).removesuffix("change/")


def list_of(model: type[Model]) -> str:
    return reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist")


def adding(model: type[Model]) -> str:
    return reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_add")


def link_to(row: Model | None, text: object = "") -> SafeString | str:
    return format_html('<a href="{}">{}</a>', page_of(row), text or row) if row else NOTHING


def lines(items: Iterable[object]) -> SafeString | str:
    """One under the other."""
    return format_html_join(BREAK, "{}", ((item,) for item in items)) or NOTHING


def table(heads: Iterable[object], rows: Iterable[Iterable[object]]) -> SafeString | str:
    """A small table inside a page; a dash where there are no rows."""
    body = format_html_join(
        "", "<tr>{}</tr>", ((format_html_join("", "<td>{}</td>", ((cell,) for cell in row)),) for row in rows)
    )
    if not body:
        return NOTHING
    head = format_html_join("", "<th>{}</th>", ((one,) for one in heads))
    return format_html('<table class="within"><thead><tr>{}</tr></thead><tbody>{}</tbody></table>', head, body)


def yes_or_no(value: bool | None) -> Words:
    """In words: a picture of a cross would read as a fault."""
    return NOTHING if value is None else _("Yes") if value else _("No")


def day(value: date | None) -> str:
    """A day as these pages write it, in one piece."""
    return NOTHING if value is None else unbroken(date_format(value))


def instant(at: datetime | None) -> str:
    """To the minute, in the zone of the installation, in one piece."""
    return NOTHING if at is None else unbroken(minute(at))


def minute(at: datetime) -> str:
    return date_format(localtime(at), "SHORT_DATETIME_FORMAT")


def unbroken(words: object) -> SafeString:
    return format_html('<span class="unbroken">{}</span>', words)
