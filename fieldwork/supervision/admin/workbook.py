"""The clerk's workbook at the office's pages: brought in after a look at what it would do, taken out, and its template.

Faults stand in a table by sheet, row and column, as the spreadsheet has them.
"""

from typing import IO, Any

from django.conf import settings
from django.contrib import messages
from django.core.exceptions import BadRequest, PermissionDenied
from django.http import FileResponse, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from fieldwork.core.errors import TITLES, Code, DomainError, FieldError
from fieldwork.core.media_types import XLSX
from fieldwork.directory.models import User
from fieldwork.directory.queries import divisions_visible_to
from fieldwork.supervision.admin.clock import now, of_office, today
from fieldwork.supervision.admin.filters import around
from fieldwork.supervision.admin.ids import id_of
from fieldwork.supervision.admin.showing import Words
from fieldwork.supervision.allowance import pause_of_exports
from fieldwork.supervision.workbook.exporting import can_export, export_workbook
from fieldwork.supervision.workbook.importing import can_import, import_workbook
from fieldwork.supervision.workbook.planning import Change
from fieldwork.supervision.workbook.writing import new_file, write_template

TITLE: Words = _("Workbook")
CHANGES: dict[str, Words] = {
    Change.BEGINS: _("begins"), Change.ENDS: _("ends"), Change.CHANGES: _("last day moved"),
}  # fmt: skip
WORDS: dict[str, Words] = {
    "file": _("file (xlsx, csv, or a zip of csv)"),
    "try": _("Show what it would do"),
    "do": _("Import"),
    "template": _("Template"),
    "export": _("Export"),
    "division": _("division"),
    "sheet": _("sheet"),
    "row": _("row"),
    "column": _("column"),
    "wrong": _("what is wrong"),
    "change": _("change"),
    "name": _("name"),
    "ends_on": _("to"),
    "begins": _("begin"),
    "ends": _("end"),
    "changes": _("last day moved"),
    "unchanged": _("unchanged"),
    "ignored": _("Not read"),
}


def workbook_page(request: HttpRequest, context: dict[str, Any]) -> HttpResponse:
    """With POST bring in the file, or show what that would do; with GET ask, or hand out a file."""
    user = of_office(request)
    if request.method == "POST":
        if not can_import(user):
            raise PermissionDenied
        context |= _brought_in(request, user)
    elif "template" in request.GET:
        file = new_file()
        write_template(file)
        file.seek(0)
        return _answer(file, "工作台账模板.xlsx")
    elif "export" in request.GET:
        return _exported(request, user)
    context |= {
        "title": TITLE, "words": WORDS, "may_import": can_import(user), "divisions": around(user, user.division),
        "asks": _("All of the file is imported, or nothing. Rows that it does not name stay as they are."),
    }  # fmt: skip
    return TemplateResponse(request, "supervision/workbook.html", context)


def _brought_in(request: HttpRequest, user: User) -> dict[str, Any]:
    """What the page shows of it: the result, or the faults."""
    sent = request.FILES.get("file")
    if sent is None:
        return {"problem": _("One file is needed.")}
    try:
        data = sent.read(settings.WORKBOOK_BYTES + 1)
        result = import_workbook(data, by=user, at=now(), dry_run="try" in request.POST)
    except DomainError as error:
        return {"problem": error.detail, "faults": [_placed(fault) for fault in error.errors]}
    told = _("This is what the import would do; nothing is stored yet.") if result.dry_run else _("Imported.")
    rows = [
        (sheet.sheet, each.row, CHANGES[each.change], each.name, each.ends_on or "")
        for sheet in result.sheets
        for each in sheet.differences
    ]
    return {"result": result, "told": told, "rows": rows}


def _placed(fault: FieldError) -> tuple[str, str, str, Any]:
    sheet, _dot, place = fault.field.partition(".")
    row, _dot, column = place.partition(".")
    return (sheet, row, column, fault.detail)


def _exported(request: HttpRequest, user: User) -> HttpResponse:
    wanted = request.GET.get("division")
    division = user.division
    if wanted:
        division = divisions_visible_to(user, today()).filter(pk=id_of(wanted) or 0).first()
    if division is None:
        raise BadRequest
    if not can_export(user, division):
        raise PermissionDenied
    if pause_of_exports(user, at=now()):
        messages.error(request, str(TITLES[Code.THROTTLED]))
        return HttpResponseRedirect(reverse("admin:workbook"))
    return _answer(export_workbook(division=division, shape="xlsx", by=user, at=now()), f"{division.name}.xlsx")


def _answer(file: IO[bytes], name: str) -> HttpResponse:
    answer: Any = FileResponse(file, as_attachment=True, filename=name, content_type=XLSX)
    return answer  # type: ignore[no-any-return]
