"""POST hazards/{id}/{action}: each answers the hazard as it stands then, with what you may do next."""

from collections.abc import Callable
from typing import Any, ClassVar
from uuid import UUID

from django.conf import settings
from django.http.response import HttpResponseBase
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from api.check_ins.serializers import LocationIn, PhotoIn
from api.clock import now
from api.enclosures import distinct
from api.fields import Day, Flag, Instant, Reference, Text, Whole
from api.hazards.serializers import HazardDetailOut, declared_location
from api.hazards.views import Hazards
from api.parsers import JSONParser
from api.permissions import user_of
from fieldwork.core.periods import YEARS
from fieldwork.hazards.declared import DeclaredPhotoAfter
from fieldwork.hazards.effects import EFFECTS
from fieldwork.hazards.enums import Action, Grade
from fieldwork.hazards.queries import units_nameable_by
from fieldwork.hazards.steps import take_step

MOST = 5000  # characters of a text


def _text(**kwargs: Any) -> Text:
    return Text(allow_blank=True, default="", max_length=MOST, **kwargs)


def _unit() -> Reference:
    return Reference(units_nameable_by)


class StepIn(serializers.Serializer[Any]):
    """`id` is the step's own, made by the phone: the same id again is the same step."""

    id = serializers.UUIDField()
    seen = Whole(
        min_value=0, allow_null=True, default=None,
        help_text="the hazard's `steps_taken` as you saw it: had somebody taken a step since, this one is refused",
    )  # fmt: skip

    def said(self) -> dict[str, Any]:
        """The validated step without its id, as the action takes it."""
        return {name: value for name, value in self.validated_data.items() if name not in ("id", "seen")}


class GradeIn(StepIn):
    grade = serializers.ChoiceField(Grade.choices)
    reason = Text(allow_blank=True, default="", max_length=1000, help_text="needed where the grade changes")


class AssignIn(StepIn):
    rectifying_unit = _unit()
    rectifying_person = Text(max_length=100)
    measures = Text(max_length=MOST)
    deadline = Day()
    responsibility = _text(help_text="of a major hazard")
    funds = _text(help_text="of a major hazard")
    emergency_plan = _text(help_text="of a major hazard")


class PlanIn(StepIn):
    measures = _text()
    responsibility = _text()
    funds = _text()
    emergency_plan = _text()


class ListIn(StepIn):
    year = Whole(min_value=min(YEARS), max_value=max(YEARS))
    batch = Whole(min_value=1, max_value=999, default=1)
    rectifying_unit = _unit()
    rectifying_person = Text(max_length=100)
    assisting_unit = _unit()
    assisting_person = Text(max_length=100)
    supervising_unit = _unit()
    supervising_person = Text(max_length=100)


class PhotoAfterIn(PhotoIn):
    """A photo of the hazard rectified, taken at the same position."""

    pairs_with = Text(allow_blank=True, default="", max_length=64, help_text="the photo before that it shows again")

    def validate_pairs_with(self, value: str) -> str:
        return value.lower()


class SubmitIn(StepIn):
    account = Text(max_length=MOST)
    location = LocationIn(allow_null=True, default=None, help_text="where the photos were taken")
    taken_at = Instant(allow_null=True, default=None, help_text="when this was said, by a phone that was offline since")
    photos: serializers.ListSerializer[Any] = serializers.ListSerializer(
        child=PhotoAfterIn(), default=list, max_length=settings.PHOTOS_PER_CHECK_IN
    )

    def validate_photos(self, photos: list[dict[str, Any]]) -> list[dict[str, Any]]:
        return distinct(photos, settings.PHOTOS_PER_CHECK_IN)

    def said(self) -> dict[str, Any]:
        given = super().said()
        given["location"] = declared_location(given["location"])
        given["photos"] = tuple(DeclaredPhotoAfter(**photo) for photo in given["photos"])
        return given


class LookIn(StepIn):
    check_in = serializers.UUIDField(allow_null=True, default=None, help_text="in which it was looked at")
    remark = Text(allow_blank=True, default="", max_length=1000)


class ReasonIn(StepIn):
    reason = Text(max_length=1000)


class ReopenIn(ReasonIn):
    check_in = serializers.UUIDField(allow_null=True, default=None, help_text="in which it was found again")


class RequestExtensionIn(ReasonIn):
    deadline = Day()


class DecideExtensionIn(StepIn):
    granted = Flag()
    reason = Text(allow_blank=True, default="", max_length=1000, help_text="needed where it is refused")


class DismissIn(StepIn):
    reason = Text(allow_blank=True, default="", max_length=1000, help_text="needed but for a duplicate")
    duplicate_of = serializers.UUIDField(allow_null=True, default=None)


STEPS: dict[Action, type[StepIn]] = {
    Action.GRADE: GradeIn,
    Action.ASSIGN: AssignIn,
    Action.PLAN: PlanIn,
    Action.LIST: ListIn,
    Action.SUBMIT: SubmitIn,
    Action.ACCEPT: LookIn,
    Action.RETURN: ReasonIn,
    Action.REQUEST_EXTENSION: RequestExtensionIn,
    Action.DECIDE_EXTENSION: DecideExtensionIn,
    Action.REOPEN: ReopenIn,
    Action.LOOK_BACK: LookIn,
    Action.DISMISS: DismissIn,
}


class HazardStep(Hazards):
    """One step with a hazard."""

    parser_classes = [JSONParser]
    step: ClassVar[Action]

    def _take(self, request: Request, pk: UUID) -> Response:
        self.get_object()
        given = STEPS[self.step](data=request.data, context=self.get_serializer_context())
        given.is_valid(raise_exception=True)
        key, seen = given.validated_data["id"], given.validated_data["seen"]
        take_step(pk, action=self.step, key=key, given=given.said(), seen=seen, by=user_of(request), at=now())
        return Response(self.stands(pk))


def step_view(action: Action) -> Callable[..., HttpResponseBase]:
    """The view that takes this step."""

    @extend_schema(
        request=STEPS[action],
        responses=HazardDetailOut,
        operation_id=f"hazards_step_{action.name.lower()}",
        description=EFFECTS[action].__doc__,
    )
    def take(self: HazardStep, request: Request, pk: UUID) -> Response:
        return self._take(request, pk)

    made: Any = type(f"HazardStep{action.name}", (HazardStep,), {"step": action, "take": take})
    view: Callable[..., HttpResponseBase] = made.as_view({"post": "take"})
    return view
