"""POST tenures/{id}/hand-over: a post goes from one leader to the next."""

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from api.clock import now
from api.idempotency import once
from api.permissions import user_of
from api.tenures.serializers import HandedOverOut, HandOverIn
from api.tenures.views import Tenures
from fieldwork.directory.models import Tenure
from fieldwork.supervision.handover import HandOver, hand_over


class HandOvers(Tenures):
    @extend_schema(
        request=HandOverIn,
        responses={201: HandedOverOut, 200: HandedOverOut},
        operation_id="tenures_hand_over",
    )
    def hand_over(self, request: Request, pk: int) -> Response:
        """End this tenure and begin the successor's in the post; links go along, hazards and duties follow at once.

        In one transaction, forwards or, with a reason, for a day in the past. Said again it answers 200, and nothing
        changes; 409 `wrong_state` where somebody else took over already.
        """
        tenure: Tenure = self.get_object()
        return once(request, lambda: self._hand_over(request, tenure))

    def _hand_over(self, request: Request, tenure: Tenure) -> Response:
        self.require_manager_of(tenure)
        given = HandOverIn(data=request.data, context=self.get_serializer_context())
        given.is_valid(raise_exception=True)
        asked: dict[str, Any] = given.validated_data
        self.require_manager_of(Tenure(leader=asked["leader"], post=tenure.post))
        done = hand_over(tenure, HandOver(**asked), by=user_of(request), at=now())
        return Response(HandedOverOut(done).data, status=200 if done.repeated else 201)
