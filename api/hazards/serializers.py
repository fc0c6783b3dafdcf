"""Hazards on the wire."""

import json
from typing import Any
from uuid import UUID

from django.conf import settings
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from api.check_ins.serializers import DATUMS, GivenOut, LocationIn, PhotoIn
from api.clock import today
from api.enclosures import EnclosedOut, EnclosingIn, distinct
from api.fields import Day, Id, Instant, Text
from fieldwork.core.geo import Datum
from fieldwork.hazards.declared import DeclaredHazard
from fieldwork.hazards.doubts import doubts_of, missing_points
from fieldwork.hazards.enums import Action, Category, Grade, HazardState, Point
from fieldwork.hazards.models import Hazard, Submission
from fieldwork.hazards.queries import is_overdue
from fieldwork.hazards.rules import allowed_actions
from fieldwork.inspections.declared import DeclaredPhoto, Location
from fieldwork.inspections.pictures.states import STATES, derivatives_of


def declared_location(given: dict[str, Any] | None) -> Location:
    """What a `LocationIn` was given, as the domain knows it."""
    location = given or {}
    return Location(**location | {"datum": Datum(location.get("datum", Datum.WGS84))})


class HazardIn(EnclosingIn):
    """What a phone declares of a hazard."""

    lead = Text(allow_null=True, default=None, help_text="the leader who found it; null: whoever sends it")
    check_in = serializers.UUIDField(allow_null=True, default=None, help_text="in which it was found; may arrive later")
    found_at = Instant()
    site = Text(allow_null=True, default=None)
    site_name = Text(allow_blank=True, default="", max_length=200, help_text="a free place")
    location = LocationIn(allow_null=True, default=None)
    category = serializers.ChoiceField(Category.choices)
    grade = serializers.ChoiceField(Grade.choices, default=Grade.GENERAL.value)
    description = Text(max_length=5000)
    proposed_deadline = Day(allow_null=True, default=None)
    photos: serializers.ListSerializer[Any] = serializers.ListSerializer(
        child=PhotoIn(), default=list, max_length=settings.PHOTOS_PER_CHECK_IN
    )

    def validate_photos(self, photos: list[dict[str, Any]]) -> list[dict[str, Any]]:
        return distinct(photos, settings.PHOTOS_PER_CHECK_IN)

    def declared(self, pk: UUID) -> DeclaredHazard:
        """The validated request, as the domain knows it."""
        given = self.sent()
        given["location"] = declared_location(given["location"])
        given["photos"] = tuple(DeclaredPhoto(**photo) for photo in given["photos"])
        return DeclaredHazard(id=pk, **given)


class HazardPlaceOut(serializers.Serializer[Any]):
    """Where it is: WGS-84 degrees, and as they were given."""

    latitude = serializers.FloatField(source="wgs84_latitude")
    longitude = serializers.FloatField(source="wgs84_longitude")
    accuracy_m = serializers.FloatField(allow_null=True)
    datum = serializers.SerializerMethodField(help_text="always wgs84")
    as_given = GivenOut(source="*")

    @extend_schema_field(serializers.ChoiceField(DATUMS))
    def get_datum(self, _hazard: Hazard) -> str:
        return Datum.WGS84.value


class HazardPhotoOut(EnclosedOut):
    captured_at = Instant(allow_null=True)
    caption = serializers.CharField()
    lost = serializers.SerializerMethodField(help_text="the phone has said so, and it has not turned up since")
    derivatives = serializers.SerializerMethodField(
        help_text="whether `large` and `thumb` can be had, or why not; null before the photo is here"
    )

    def get_lost(self, photo: Any) -> bool:
        return photo.lost_at is not None and photo.blob_id is None

    @extend_schema_field(serializers.ChoiceField(STATES, allow_null=True))
    def get_derivatives(self, photo: Any) -> str | None:
        return derivatives_of(photo)


class PhotoAfterOut(HazardPhotoOut):
    pairs_with = serializers.CharField(help_text="the digest of the photo before that it shows again; empty: of none")


class HazardDoubtOut(serializers.Serializer[Any]):
    """A doubt for a person to weigh; treat a code that you do not know as generic."""

    code = serializers.CharField(source="value")
    text = serializers.CharField(source="label", help_text="in the language of `Accept-Language`")


class SubmissionOut(serializers.Serializer[Any]):
    """What was said when it was called rectified; the photos after, and how far from those before they were taken."""

    id = serializers.UUIDField(source="pk")
    account = serializers.CharField()
    distance_m = serializers.FloatField(allow_null=True)
    photos = serializers.SerializerMethodField()
    doubts = serializers.SerializerMethodField()
    by = Id(source="by_id")
    at = Instant()

    @extend_schema_field(PhotoAfterOut(many=True))
    def get_photos(self, submission: Submission) -> Any:
        photos = self.context["hazard"].photos.all()
        return PhotoAfterOut([each for each in photos if each.submission_id == submission.pk], many=True).data

    @extend_schema_field(HazardDoubtOut(many=True))
    def get_doubts(self, submission: Submission) -> Any:
        return HazardDoubtOut(doubts_of(self.context["hazard"], submission), many=True).data


class ExtensionOut(serializers.Serializer[Any]):
    """A later deadline that was asked for."""

    id = serializers.UUIDField(source="pk")
    old_deadline = serializers.DateField()
    new_deadline = serializers.DateField()
    reason = serializers.CharField()
    requested_by = Id(source="requested_by_id")
    requested_at = Instant()
    granted = serializers.BooleanField(allow_null=True, help_text="null: not decided yet")
    decided_by = Id(source="decided_by_id", allow_null=True)
    decided_at = Instant(allow_null=True)
    decision = serializers.CharField()


class ListingOut(serializers.Serializer[Any]):
    """A listing for supervision (挂牌督办)."""

    id = serializers.UUIDField(source="pk")
    year = serializers.IntegerField()
    batch = serializers.IntegerField()
    rectifying_unit = Id(source="rectifying_unit_id")
    rectifying_person = serializers.CharField()
    assisting_unit = Id(source="assisting_unit_id")
    assisting_person = serializers.CharField()
    supervising_unit = Id(source="supervising_unit_id")
    supervising_person = serializers.CharField()
    listed_on = serializers.DateField()
    delisted_on = serializers.DateField(allow_null=True)


class StepOut(serializers.Serializer[Any]):
    """A step that was taken; `said` is what was asked for."""

    id = serializers.UUIDField(source="pk")
    number = serializers.IntegerField()
    action = serializers.ChoiceField(Action.choices)
    before = serializers.ChoiceField(HazardState.choices)
    after = serializers.ChoiceField(HazardState.choices)
    said = serializers.SerializerMethodField()
    by = Id(source="by_id")
    at = Instant()

    @extend_schema_field(serializers.DictField())
    def get_said(self, step: Any) -> Any:
        return json.loads(step.content)


class HazardOut(serializers.Serializer[Any]):
    """A hazard as declared, and where it stands; `standpoint` of the context is whose `allowed_actions` are told."""

    id = serializers.UUIDField()
    lead = Id(source="lead_id", allow_null=True)
    post = Id(source="post_id", allow_null=True, help_text="to which it belongs: whoever holds it answers for it")
    check_in = serializers.UUIDField(source="check_in_id", allow_null=True)
    check_in_arrived = serializers.SerializerMethodField()
    found_at = Instant()
    division = Id(source="division_id")
    site = Id(source="site_id", allow_null=True)
    site_name = serializers.CharField()
    industry = Id(source="industry_id", allow_null=True)
    regulator = Id(source="regulator_id", allow_null=True)
    location = serializers.SerializerMethodField()
    distance_m = serializers.SerializerMethodField(help_text="to `near`, where asked for")
    category = serializers.ChoiceField(Category.choices)
    declared_grade = serializers.SerializerMethodField()
    grade = serializers.ChoiceField(Grade.choices)
    description = serializers.CharField()
    proposed_deadline = serializers.DateField(allow_null=True)
    photos = serializers.SerializerMethodField()
    missing_photos = serializers.SerializerMethodField(help_text="digests of declared photos that have not arrived")
    prepared_by_staff = serializers.BooleanField()
    on_paper = serializers.BooleanField()
    received_at = Instant()
    uploaded_by = Id(source="uploaded_by_id")

    state = serializers.ChoiceField(HazardState.choices)
    rectifying_unit = Id(source="rectifying_unit_id", allow_null=True)
    rectifying_person = serializers.CharField()
    measures = serializers.CharField()
    responsibility = serializers.CharField()
    deadline = serializers.DateField(allow_null=True)
    funds = serializers.CharField()
    emergency_plan = serializers.CharField()
    overdue = serializers.SerializerMethodField()
    missing_points = serializers.SerializerMethodField(help_text="of the five settled points of a major hazard")
    listed = serializers.SerializerMethodField()
    listings = ListingOut(many=True, help_text="the latest first")
    extensions = ExtensionOut(many=True, help_text="the latest first")
    submissions = serializers.SerializerMethodField(help_text="the latest first")
    closed_at = Instant(allow_null=True)
    looked_back_at = Instant(allow_null=True)
    duplicate_of = serializers.UUIDField(source="duplicate_of_id", allow_null=True)
    allowed_actions = serializers.SerializerMethodField(help_text="what you may do next: `POST hazards/{id}/{action}`")

    @extend_schema_field(serializers.BooleanField())
    def get_check_in_arrived(self, hazard: Hazard) -> bool:
        return hazard.check_in is not None

    @extend_schema_field(HazardPlaceOut(allow_null=True))
    def get_location(self, hazard: Hazard) -> Any:
        return None if hazard.wgs84_latitude is None else HazardPlaceOut(hazard).data

    def get_distance_m(self, hazard: Hazard) -> float | None:
        distance: float | None = self.context.get("distances", {}).get(hazard.pk)
        return distance

    @extend_schema_field(serializers.ChoiceField(Grade.choices))
    def get_declared_grade(self, hazard: Hazard) -> str:
        return str(json.loads(hazard.content)["grade"])

    @extend_schema_field(HazardPhotoOut(many=True))
    def get_photos(self, hazard: Hazard) -> Any:
        return HazardPhotoOut([each for each in hazard.photos.all() if each.submission_id is None], many=True).data

    def get_missing_photos(self, hazard: Hazard) -> list[str]:
        waited_for = {each.sha256 for each in hazard.photos.all() if each.blob_id is None and each.lost_at is None}
        return sorted(waited_for)

    def get_overdue(self, hazard: Hazard) -> bool:
        return is_overdue(hazard, today())

    @extend_schema_field(serializers.ListField(child=serializers.ChoiceField(Point.choices)))
    def get_missing_points(self, hazard: Hazard) -> list[str]:
        return [point.value for point in missing_points(hazard)]

    def get_listed(self, hazard: Hazard) -> bool:
        return any(each.delisted_on is None for each in hazard.listings.all())

    @extend_schema_field(SubmissionOut(many=True))
    def get_submissions(self, hazard: Hazard) -> Any:
        return SubmissionOut(hazard.submissions.all(), many=True, context={"hazard": hazard}).data

    @extend_schema_field(serializers.ListField(child=serializers.ChoiceField(Action.choices)))
    def get_allowed_actions(self, hazard: Hazard) -> list[str]:
        parties = self.context["standpoint"].parties(hazard)
        return [action.value for action in allowed_actions(hazard, parties)]


class HazardDetailOut(HazardOut):
    """The same with every step that was taken."""

    steps = StepOut(many=True, help_text="the first first")
