"""Cases on the wire: check-ins as supervisors weigh them."""

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from api.addenda.serializers import AddendumOut
from api.check_ins.serializers import CheckInOut, FlagOut, PhotoOut, distance_of
from api.fields import Instant
from api.me.serializers import NamedOut
from api.reviews.serializers import ReviewOut
from fieldwork.duties.enums import TargetKind
from fieldwork.inspections.enums import CaseState, PictureProblem
from fieldwork.inspections.models import CheckIn
from fieldwork.inspections.queries import state_of


class CaseTargetOut(NamedOut):
    """What the task is for that the phone named."""

    kind = serializers.ChoiceField(TargetKind.choices)


class CaseFlagOut(FlagOut):
    """A doubt, and whether a verdict has weighed it."""

    raised_at = Instant()
    weighed = serializers.SerializerMethodField()

    def get_weighed(self, flag: Any) -> bool:
        return flag.weighed_by_id is not None


class CaseRowOut(serializers.Serializer[CheckIn]):
    """A case in the queue: `reviews`, `divisions` and `exact` of the context."""

    id = serializers.UUIDField(help_text="of the check-in")
    state = serializers.SerializerMethodField()
    lead = NamedOut()
    division = serializers.SerializerMethodField(help_text="where the lead served that day")
    captured_at = Instant()
    received_at = Instant()
    complete = serializers.SerializerMethodField(help_text="false while declared photos are awaited")
    site_name = serializers.SerializerMethodField()
    target = serializers.SerializerMethodField()
    distance_m = serializers.SerializerMethodField(help_text="to the target; 0 inside; in the queue to 100 m")
    flags = CaseFlagOut(many=True)
    review = serializers.SerializerMethodField(help_text="the latest verdict")
    answers = serializers.SerializerMethodField(help_text="how often a rejection was answered")
    last_answer = serializers.SerializerMethodField()

    @extend_schema_field(serializers.ChoiceField(CaseState.choices))
    def get_state(self, check_in: CheckIn) -> Any:
        return state_of(check_in, self.context["reviews"].get(str(check_in.pk)))

    @extend_schema_field(NamedOut(allow_null=True))
    def get_division(self, check_in: CheckIn) -> Any:
        division = self.context["divisions"].get(check_in.pk)
        return None if division is None else NamedOut(division).data

    def get_complete(self, check_in: CheckIn) -> bool:
        return check_in.state == "complete"

    def get_site_name(self, check_in: CheckIn) -> str:
        return check_in.site.name if check_in.site else check_in.site_name

    @extend_schema_field(CaseTargetOut(allow_null=True))
    def get_target(self, check_in: CheckIn) -> Any:
        task = check_in.task
        if task is None or not task.target_kind:
            return None
        target = task.division or task.industry or task.organisation
        assert target is not None, "a task with a kind has its target"
        return CaseTargetOut({"kind": task.target_kind, "id": target.pk, "name": target.name}).data

    def get_distance_m(self, check_in: CheckIn) -> float | None:
        return distance_of(check_in, self.context["exact"])

    @extend_schema_field(ReviewOut(allow_null=True))
    def get_review(self, check_in: CheckIn) -> Any:
        review = self.context["reviews"].get(str(check_in.pk))
        return None if review is None else ReviewOut(review).data

    def get_answers(self, check_in: CheckIn) -> int:
        return len(_answers(check_in))

    @extend_schema_field(AddendumOut(allow_null=True))
    def get_last_answer(self, check_in: CheckIn) -> Any:
        answers = _answers(check_in)
        return AddendumOut(answers[-1]).data if answers else None


def _answers(check_in: CheckIn) -> list[Any]:
    return [addendum for addendum in check_in.addenda.all() if addendum.answers_id is not None]


class PictureOut(serializers.Serializer[Any]):
    """What was found in the bytes: the file's own metadata, which prove nothing by themselves. WGS-84 degrees."""

    looked_at = Instant(allow_null=True)
    problem = serializers.CharField(
        help_text=f"why nothing could be made of it: {', '.join(PictureProblem.values)}; empty: nothing is wrong"
    )
    width = serializers.IntegerField(allow_null=True, help_text="pixels, upright")
    height = serializers.IntegerField(allow_null=True)
    taken_at = Instant(allow_null=True)
    latitude = serializers.FloatField(allow_null=True)
    longitude = serializers.FloatField(allow_null=True)
    camera = serializers.CharField()


class CasePhotoOut(PhotoOut):
    """A declared photo, and the picture in it."""

    lost_at = Instant(allow_null=True)
    picture = serializers.SerializerMethodField(help_text="null: nobody has looked into it yet")

    @extend_schema_field(PictureOut(allow_null=True))
    def get_picture(self, photo: Any) -> Any:
        picture = getattr(photo.blob, "picture", None)
        return None if picture is None else PictureOut(picture).data


class CaseOut(CaseRowOut):
    """The whole case; `history` of the context are all verdicts."""

    check_in = serializers.SerializerMethodField(help_text="with its exact position")
    photos = CasePhotoOut(many=True)
    reviews = serializers.SerializerMethodField(help_text="all verdicts, the latest last")

    @extend_schema_field(CheckInOut)
    def get_check_in(self, check_in: CheckIn) -> Any:
        return CheckInOut(check_in, context=self.context).data

    @extend_schema_field(ReviewOut(many=True))
    def get_reviews(self, _check_in: CheckIn) -> Any:
        return ReviewOut(self.context["history"], many=True).data
