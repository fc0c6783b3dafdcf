"""Who takes exports too often waits."""

from rest_framework.request import Request
from rest_framework.throttling import BaseThrottle
from rest_framework.views import APIView

from api.clock import now
from api.permissions import user_of
from fieldwork.supervision.allowance import pause_of_exports


class Exports(BaseThrottle):
    """By person, whatever is exported, and from whichever of their devices."""

    def allow_request(self, request: Request, view: APIView) -> bool:
        self._wait = pause_of_exports(user_of(request), at=now())
        return not self._wait

    def wait(self) -> float:
        return float(self._wait)
