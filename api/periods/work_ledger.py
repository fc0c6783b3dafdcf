"""GET periods/{period}/ledger.csv and ledger.xlsx."""

from django.http import FileResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.utils import translation
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.views import APIView

from api.clock import now
from api.filtering import refuse_unknown
from api.periods.filters import parse_period
from api.permissions import user_of
from api.schema import problems
from api.scoped import DIVISION, division_asked
from api.throttles import Exports
from fieldwork.supervision.work_ledger.actions import note_export
from fieldwork.supervision.work_ledger.owed import Asked
from fieldwork.supervision.work_ledger.sheets import MEDIA_TYPE
from fieldwork.supervision.work_ledger.taking import as_csv, as_workbook

CSV = "text/csv"
PARAMETERS = [OpenApiParameter("division", str, description=DIVISION)]


def _noted(request: Request, period: str, form: str) -> Asked:
    refuse_unknown(request, frozenset({"division"}))
    user, at = user_of(request), now()
    division = division_asked(user, request.query_params.get("division"))
    asked = Asked(parse_period("period", period), division, at)
    note_export(asked, form=form, by=user, at=at)
    return asked


def _site(request: Request) -> str:
    """Where its pages are, without a slash at the end."""
    return request.build_absolute_uri("/").removesuffix("/")


def _kept_by_nobody(answer: HttpResponseBase) -> None:
    answer["Cache-Control"] = "private, no-store"


class LedgerTable(APIView):
    """The work ledger (工作台账) as CSV."""

    throttle_classes = [Exports]

    @extend_schema(operation_id="periods_ledger_csv", responses={(200, CSV): OpenApiTypes.STR}, parameters=PARAMETERS)
    @problems(403)
    def get(self, request: Request, period: str) -> StreamingHttpResponse:
        """A line for each obligation of the period, and of those within it, and each proof that counts for it: UTF-8
        with a byte order mark. For offices, auditors among them; that it was taken is on record."""
        asked = _noted(request, period, "csv")
        language = translation.get_language()
        lines = as_csv(asked, language=language, site=_site(request))
        answer = StreamingHttpResponse(lines, content_type=f"{CSV}; charset=utf-8")
        answer["Content-Disposition"] = f'attachment; filename="ledger-{asked.period}.csv"'
        _kept_by_nobody(answer)
        return answer


class LedgerBook(APIView):
    """The work ledger (工作台账) as a workbook."""

    throttle_classes = [Exports]

    @extend_schema(
        operation_id="periods_ledger_xlsx", responses={(200, MEDIA_TYPE): OpenApiTypes.BINARY}, parameters=PARAMETERS
    )
    @problems(403)
    def get(self, request: Request, period: str) -> FileResponse:
        """The same lines as a workbook, with links to the article and to the evidence; after 1,048,576 rows another
        sheet. It is made before its first byte is sent: that of a large area's year takes minutes."""
        asked = _noted(request, period, "xlsx")
        language = translation.get_language()
        made = as_workbook(asked, language=language, site=_site(request))
        answer = FileResponse(made, as_attachment=True, filename=f"ledger-{asked.period}.xlsx", content_type=MEDIA_TYPE)
        _kept_by_nobody(answer)
        return answer
