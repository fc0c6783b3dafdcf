"""problem-towns: list, read, mark, end."""

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from api.clock import now
from api.problem_towns.filters import ProblemTownFilters
from api.problem_towns.serializers import ProblemTownIn, ProblemTownOut
from api.resources import Managed
from fieldwork.directory import actions
from fieldwork.directory.models import Division, ProblemTownMark, User
from fieldwork.directory.queries import problem_marks_visible_to


class ProblemTowns(Managed[ProblemTownMark]):
    """Marks of problem towns (安全生产问题突出镇), with their reasons: what a linked town needs to meet a quota."""

    queryset = ProblemTownMark.objects.none()
    visible = problem_marks_visible_to
    related = ("division",)
    serializer_class = ProblemTownOut
    input_class = ProblemTownIn
    filterset_class = ProblemTownFilters
    ordering_fields = ("starts_on",)

    def division_of(self, row: ProblemTownMark) -> Division:
        return row.division

    def begin(self, given: dict[str, Any], user: User) -> ProblemTownMark:
        self.require_manager(given["division"])
        return actions.mark_problem_town(**given, by=user, at=now())

    @extend_schema(request=ProblemTownIn, responses={201: ProblemTownOut})
    def create(self, request: Request) -> Response:
        return super().create(request)
