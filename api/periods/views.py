"""What supervisors do with a period."""

from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from api.clock import now
from api.periods.filters import parse_period
from api.periods.serializers import ReconciledOut
from api.permissions import user_of
from fieldwork.core.errors import Code, DomainError, invalid
from fieldwork.duties.reconcile import reconcile
from fieldwork.duties.rules import can_reconcile_period
from fieldwork.duties.schedule import is_to_be_open
from fieldwork.supervision.months.figures import figures_now


class Reconcile(APIView):
    """Bring a period, in my division, to what tenures, linkages and rules demand now, as `manage.py reconcile` does."""

    @extend_schema(request=None, responses={200: ReconciledOut}, operation_id="periods_reconcile")
    def post(self, request: Request, period: str) -> Response:
        user, at = user_of(request), now()
        if not can_reconcile_period(user):
            raise DomainError(Code.NOT_ALLOWED)
        this = parse_period("period", period)
        if not is_to_be_open(this, at):
            raise invalid("period", _("This period is not opened yet."))
        done = reconcile(this, by=user, at=at, within=user.division)
        counted = figures_now(this, user.division, at).statuses
        statuses = {status: number for status, number in counted.items() if number}
        return Response(ReconciledOut({"period": period, "changed": done.total, "statuses": statuses}).data)
