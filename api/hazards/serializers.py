"""Hazards on the wire."""

from typing import Any
from uuid import UUID

from django.conf import settings
from rest_framework import serializers

from api.check_ins.serializers import DATUMS, GivenOut, LocationIn, PhotoIn
from api.clock import today
from api.enclosures import EnclosingIn, distinct
from api.fields import Day, Id, Instant, Text
from api.hazards.rows import row_of, step_of
from fieldwork.core.geo import Datum
from fieldwork.hazards.declared import DeclaredHazard
from fieldwork.hazards.enums import Action, Category, Grade, HazardState, Point
from fieldwork.hazards.models import Hazard
from fieldwork.hazards.rules import allowed_actions
from fieldwork.inspections.declared import DeclaredPhoto, Location
from fieldwork.inspections.pictures.states import STATES


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
    """Where it is: WGS-84 degrees, and as they were given; exact for whoever sees the hazard.

    It is reported as the place of a danger, which whoever rectifies, inspects and looks back has to find, and which is
    what the map is for. Where somebody stood later with a phone, to say that it is rectified, is not told.
    """

    latitude = serializers.FloatField()
    longitude = serializers.FloatField()
    accuracy_m = serializers.FloatField(allow_null=True)
    datum = serializers.ChoiceField(DATUMS, help_text="always wgs84")
    as_given = GivenOut()


class HazardPhotoOut(serializers.Serializer[Any]):
    sha256 = serializers.CharField()
    bytes = serializers.IntegerField()
    content_type = serializers.CharField()
    received = serializers.BooleanField()
    captured_at = Instant(allow_null=True)
    caption = serializers.CharField()
    lost = serializers.BooleanField(help_text="the phone has said so, and it has not turned up since")
    derivatives = serializers.ChoiceField(
        STATES, allow_null=True,
        help_text="whether `large` and `thumb` can be had, or why not; null before the photo is here",
    )  # fmt: skip


class PhotoAfterOut(HazardPhotoOut):
    pairs_with = serializers.CharField(help_text="the digest of the photo before that it shows again; empty: of none")


class HazardDoubtOut(serializers.Serializer[Any]):
    """A doubt for a person to weigh; treat a code that you do not know as generic."""

    code = serializers.CharField()
    text = serializers.CharField(help_text="in the language of `Accept-Language`")


class SubmissionOut(serializers.Serializer[Any]):
    """What was said when it was called rectified; the photos after, and how far from those before they were taken: to
    100 m, for with the hazard's place it tells where somebody was. `doubts` are found exactly."""

    id = serializers.UUIDField()
    account = serializers.CharField()
    distance_m = serializers.FloatField(allow_null=True)
    taken_at = Instant(help_text="when the phone said so: that day is held against the deadline")
    photos = PhotoAfterOut(many=True)
    doubts = HazardDoubtOut(many=True)
    by = Id()
    at = Instant()


class ExtensionOut(serializers.Serializer[Any]):
    """A later deadline that was asked for."""

    id = serializers.UUIDField()
    old_deadline = serializers.DateField()
    new_deadline = serializers.DateField()
    reason = serializers.CharField()
    requested_by = Id()
    requested_at = Instant()
    granted = serializers.BooleanField(allow_null=True, help_text="null: not decided yet")
    decided_by = Id(allow_null=True)
    decided_at = Instant(allow_null=True)
    decision = serializers.CharField()
    withdrawn_at = Instant(allow_null=True, help_text="when it was submitted as rectified before a decision")


class ListingOut(serializers.Serializer[Any]):
    """A listing for supervision (挂牌督办)."""

    id = serializers.UUIDField()
    year = serializers.IntegerField()
    batch = serializers.IntegerField()
    rectifying_unit = Id()
    rectifying_unit_name = serializers.CharField()
    rectifying_person = serializers.CharField()
    assisting_unit = Id()
    assisting_unit_name = serializers.CharField()
    assisting_person = serializers.CharField()
    supervising_unit = Id()
    supervising_unit_name = serializers.CharField()
    supervising_person = serializers.CharField()
    listed_on = serializers.DateField()
    delisted_on = serializers.DateField(allow_null=True)


class StepOut(serializers.Serializer[Any]):
    """A step that was taken; `said` is what was asked for, without the phone's position."""

    id = serializers.UUIDField()
    number = serializers.IntegerField()
    action = serializers.ChoiceField(Action.choices)
    before = serializers.ChoiceField(HazardState.choices)
    after = serializers.ChoiceField(HazardState.choices)
    said = serializers.DictField()
    by = Id()
    by_name = serializers.CharField()
    at = Instant()


class HazardOut(serializers.Serializer[Any]):
    """A hazard as declared, and where it stands. `rows` makes what is said here to the schema; `standpoint` of the
    context is whose `allowed_actions` are told."""

    id = serializers.UUIDField()
    lead = Id(allow_null=True)
    lead_name = serializers.CharField(help_text="also for who does not see the leader; empty: nobody")
    post = Id(allow_null=True, help_text="to which it belongs: whoever holds it answers for it")
    check_in = serializers.UUIDField(allow_null=True)
    check_in_arrived = serializers.BooleanField()
    found_at = Instant()
    division = Id()
    site = Id(allow_null=True)
    site_name = serializers.CharField()
    industry = Id(allow_null=True)
    regulator = Id(allow_null=True)
    location = HazardPlaceOut(allow_null=True)
    distance_m = serializers.FloatField(allow_null=True, help_text="to `near`, where asked for")
    category = serializers.ChoiceField(Category.choices)
    declared_grade = serializers.ChoiceField(Grade.choices)
    grade = serializers.ChoiceField(Grade.choices)
    description = serializers.CharField()
    proposed_deadline = serializers.DateField(allow_null=True)
    photos = HazardPhotoOut(many=True)
    missing_photos = serializers.ListField(
        child=serializers.CharField(), help_text="digests of declared photos that have not arrived"
    )
    prepared_by_staff = serializers.BooleanField()
    on_paper = serializers.BooleanField()
    received_at = Instant()
    uploaded_by = Id()

    state = serializers.ChoiceField(HazardState.choices)
    steps_taken = serializers.IntegerField(
        help_text="send it as `seen` with a step, to be told if somebody was quicker"
    )
    rectifying_unit = Id(allow_null=True)
    rectifying_unit_name = serializers.CharField()
    rectifying_person = serializers.CharField()
    measures = serializers.CharField()
    responsibility = serializers.CharField()
    deadline = serializers.DateField(allow_null=True)
    funds = serializers.CharField()
    emergency_plan = serializers.CharField()
    overdue = serializers.BooleanField()
    missing_points = serializers.ListField(
        child=serializers.ChoiceField(Point.choices), help_text="of the five settled points of a major hazard"
    )
    listed = serializers.BooleanField()
    listings = ListingOut(many=True, help_text="the latest first")
    extensions = ExtensionOut(many=True, help_text="the latest first")
    submissions = SubmissionOut(many=True, help_text="the latest first")
    closed_at = Instant(allow_null=True)
    looked_back_at = Instant(allow_null=True)
    duplicate_of = serializers.UUIDField(allow_null=True)
    allowed_actions = serializers.ListField(
        child=serializers.ChoiceField(Action.choices), help_text="what you may do next: `POST hazards/{id}/{action}`"
    )

    def to_representation(self, hazard: Hazard) -> dict[str, Any]:
        parties = self.context["standpoint"].parties(hazard)
        distance_m = self.context.get("distances", {}).get(hazard.pk)
        return row_of(hazard, on=today(), actions=allowed_actions(hazard, parties), distance_m=distance_m)


class HazardDetailOut(HazardOut):
    """The same with every step that was taken."""

    steps = StepOut(many=True, help_text="the first first")

    def to_representation(self, hazard: Hazard) -> dict[str, Any]:
        return {**super().to_representation(hazard), "steps": [step_of(step) for step in hazard.steps.all()]}
