"""imports, workbook.xlsx, workbook.csv: who is where, in and out in one shape."""

from typing import IO, Any

from django.http import FileResponse
from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from api.clock import now
from api.filtering import refuse_unknown
from api.idempotency import once
from api.permissions import user_of
from api.schema import problems
from api.scoped import one_division_asked
from api.throttles import Exports
from api.workbook.parsers import FILE, PARSERS, Sent
from api.workbook.serializers import SHEET_NAMES, ImportAsking, ImportOut
from fieldwork.core.errors import Code, DomainError, invalid
from fieldwork.core.media_types import XLSX
from fieldwork.supervision.workbook.exporting import export_workbook
from fieldwork.supervision.workbook.importing import can_import, import_workbook
from fieldwork.supervision.workbook.sheets import sheet_named
from fieldwork.supervision.workbook.writing import new_file, write_template

CSV, ZIP = "text/csv", "application/zip"
_DIVISION = OpenApiParameter("division", str, description="it and all below; default: your office's own")
_BYTES = {"type": "string", "format": "binary"}
_FORM = {
    "type": "object", "required": [FILE],
    "properties": {
        FILE: _BYTES, "dry_run": {"type": "string", "enum": ["true", "false"]},
        "sheet": {"type": "string", "enum": SHEET_NAMES},
    },
}  # fmt: skip


class Imports(APIView):
    """Bringing in the clerk's workbook (台账导入): all of it, or nothing."""

    parser_classes = PARSERS
    takes_keys = True

    @extend_schema(
        request={"multipart/form-data": _FORM, XLSX: _BYTES, CSV: _BYTES, ZIP: _BYTES},
        responses=ImportOut,
        parameters=[ImportAsking],
        operation_id="imports_create",
    )
    def post(self, request: Request) -> Response:
        """Every fault is told at once; its `field` is sheet, row and column: `任职.17.起始日期`.

        A row without 编号 is the one of the same name that stands, or a new one. Of what stands only the last day can
        change; rows that the workbook does not name stay as they are.
        """
        if not can_import(user_of(request)):
            raise DomainError(Code.NOT_ALLOWED)
        refuse_unknown(request, frozenset({"dry_run", "sheet"}))
        sent: Any = request.data
        if not isinstance(sent, Sent):
            raise invalid(FILE, _("One file is needed."))
        asked = ImportAsking(data={**request.query_params.dict(), **_beside(sent)})
        asked.is_valid(raise_exception=True)
        sent.update(asked.validated_data)  # what the same key must come with again
        return once(request, lambda: self._import(request, sent.content, asked.validated_data))

    def _import(self, request: Request, content: bytes, asked: dict[str, Any]) -> Response:
        result = import_workbook(
            content, by=user_of(request), at=now(), name=asked.get("sheet", ""), dry_run=asked["dry_run"] == "true"
        )
        return Response(ImportOut(result).data)


def _beside(sent: Sent) -> dict[str, Any]:
    return {name: sent[name] for name in ("dry_run", "sheet") if name in sent}


class Template(APIView):
    """The empty workbook, with what goes where."""

    @extend_schema(responses={(200, XLSX): _BYTES}, operation_id="workbook_template_retrieve")
    def get(self, request: Request) -> FileResponse:
        user_of(request)
        file = new_file()
        write_template(file)
        file.seek(0)
        return _answer(file, "工作台账模板.xlsx", XLSX)


class WorkbookXlsx(APIView):
    """Who is where, at a division and below, as one workbook; sending it back changes nothing."""

    throttle_classes = [Exports]

    @extend_schema(
        responses={(200, XLSX): _BYTES}, parameters=[_DIVISION], operation_id="workbook_xlsx_retrieve"
    )  # fmt: skip
    @problems(403)
    def get(self, request: Request) -> FileResponse:
        refuse_unknown(request, frozenset({"division"}))
        division = one_division_asked(user_of(request), request.query_params.get("division"))
        file = export_workbook(division=division, shape="xlsx", by=user_of(request), at=now())
        return _answer(file, f"{division.name}.xlsx", XLSX)


class WorkbookCsv(APIView):
    """The same as csv: one sheet, or an archive with a file a sheet."""

    throttle_classes = [Exports]

    @extend_schema(
        responses={(200, CSV): _BYTES, (200, ZIP): _BYTES},
        parameters=[_DIVISION, OpenApiParameter("sheet", str, enum=SHEET_NAMES)],
        operation_id="workbook_csv_retrieve",
    )
    @problems(403)
    def get(self, request: Request) -> FileResponse:
        refuse_unknown(request, frozenset({"division", "sheet"}))
        division = one_division_asked(user_of(request), request.query_params.get("division"))
        name = request.query_params.get("sheet")
        sheet = sheet_named(name) if name is not None else None
        if name is not None and sheet is None:
            raise invalid("sheet", _("One of %(names)s.") % {"names": ", ".join(SHEET_NAMES)})
        file = export_workbook(division=division, shape="csv", sheet=sheet, by=user_of(request), at=now())
        if sheet is None:
            return _answer(file, f"{division.name}.zip", ZIP)
        return _answer(file, f"{division.name}{sheet.name}.csv", CSV)


def _answer(file: IO[bytes], name: str, kind: str) -> FileResponse:
    return FileResponse(file, as_attachment=True, filename=name, content_type=kind)
