"""Check-ins on the wire."""

import json
from collections.abc import Collection
from typing import Any
from uuid import UUID

from django.conf import settings
from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from api.addenda.serializers import AddendumOut
from api.enclosures import EnclosedIn, EnclosedOut, EnclosingIn, distinct
from api.fields import Flag, Id, Instant, Listed, Number, Text, Whole, latitude, longitude
from api.kept import Kept
from api.reviews.serializers import ProofOut
from fieldwork.core.enums import DeclaredState
from fieldwork.core.geo import Datum
from fieldwork.core.media_types import IMAGES
from fieldwork.inspections import flags
from fieldwork.inspections.declared import DeclaredCheckIn, DeclaredPhoto, Location
from fieldwork.inspections.models import CheckIn
from fieldwork.inspections.pictures.states import STATES, derivatives_of
from fieldwork.inspections.rules import ROUGHLY, figures_roughly, roughly_m

DISTANCE = "to the target; 0 inside; to 100 m where the place is not `exact`"
DATUMS = [(datum.value, datum.value) for datum in Datum]


class LocationIn(serializers.Serializer[Any]):
    """A fix in degrees of `datum`; both null with a `missing_reason` where the phone had none."""

    latitude = latitude(allow_null=True, default=None)
    longitude = longitude(allow_null=True, default=None)
    accuracy_m = Number(allow_null=True, default=None, min_value=0)
    datum = serializers.ChoiceField(DATUMS, default=Datum.WGS84.value)
    fix_age_s = Number(allow_null=True, default=None)
    mocked = Flag(allow_null=True, default=None)
    missing_reason = Text(allow_blank=True, default="", max_length=200)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if (attrs["latitude"] is None) != (attrs["longitude"] is None):
            raise serializers.ValidationError(_("Latitude and longitude come together, or neither."))
        return attrs


class PhotoIn(EnclosedIn):
    """A photo that is sent along, or will be: SHA-256 in hex, size in bytes."""

    bytes = Whole(min_value=1, max_value=settings.PHOTO_BYTES)
    content_type = serializers.ChoiceField(IMAGES)
    captured_at = Instant(allow_null=True, default=None)
    caption = Text(allow_blank=True, default="", max_length=500)


class CheckInIn(EnclosingIn):
    """What a phone declares of an inspection on site."""

    lead = Text(help_text="the leader who led it")
    companions = Listed(child=Text(), default=list, max_length=50)
    task = Text(allow_null=True, default=None, help_text="a hint")
    duties = Listed(
        child=Text(max_length=120), default=list, max_length=50, help_text="standing duties: `<policy>.<rule>`"
    )
    captured_at = Instant()
    location = LocationIn(allow_null=True, default=None)
    site = Text(allow_null=True, default=None)
    site_name = Text(allow_blank=True, default="", max_length=200)
    summary = Text(allow_blank=True, default="", max_length=5000)
    found_nothing = Flag(allow_null=True, default=None)
    photos: serializers.ListSerializer[Any] = serializers.ListSerializer(
        child=PhotoIn(), default=list, max_length=settings.PHOTOS_PER_CHECK_IN
    )

    def validate_photos(self, photos: list[dict[str, Any]]) -> list[dict[str, Any]]:
        return distinct(photos, settings.PHOTOS_PER_CHECK_IN)

    def declared(self, pk: UUID) -> DeclaredCheckIn:
        """The validated request, as the domain knows it."""
        given = self.sent()
        given["location"] = Location(**_with_datum(given["location"] or {}))
        given["photos"] = tuple(DeclaredPhoto(**photo) for photo in given["photos"])
        given["companions"], given["duties"] = tuple(given["companions"]), tuple(given["duties"])
        return DeclaredCheckIn(id=pk, **given)


def _with_datum(location: dict[str, Any]) -> dict[str, Any]:
    return location | {"datum": Datum(location.get("datum", Datum.WGS84))}


class GivenOut(serializers.Serializer[Any]):
    """The fix as the phone gave it."""

    latitude = serializers.FloatField()
    longitude = serializers.FloatField()
    datum = serializers.ChoiceField(DATUMS)


class LocationOut(serializers.Serializer[Any]):
    """The fix in WGS-84 degrees, and as it was given: to the lead, whoever acts for the lead, and who uploaded it.

    Others see it to about a kilometre; within its review, exactly.
    """

    exact = serializers.BooleanField()

    latitude = serializers.FloatField(allow_null=True)
    longitude = serializers.FloatField(allow_null=True)
    accuracy_m = serializers.FloatField(allow_null=True)
    datum = serializers.ChoiceField(DATUMS, help_text="always wgs84")
    fix_age_s = serializers.FloatField(allow_null=True)
    mocked = serializers.BooleanField(allow_null=True)
    missing_reason = serializers.CharField()
    as_given = GivenOut(allow_null=True)


_location = Kept(LocationOut)


class PhotoOut(EnclosedOut):
    captured_at = Instant(allow_null=True)
    caption = serializers.CharField()
    lost = serializers.SerializerMethodField(help_text="the phone has said so, and it has not turned up since")
    lost_reason = serializers.CharField(help_text="why, as was said then; it stays if the photo turns up")
    derivatives = serializers.SerializerMethodField(
        help_text="whether `large` and `thumb` can be had, or why not; null before the photo is here"
    )

    def get_lost(self, photo: Any) -> bool:
        return photo.lost_at is not None and photo.blob_id is None

    @extend_schema_field(serializers.ChoiceField(STATES, allow_null=True))
    def get_derivatives(self, photo: Any) -> str | None:
        return derivatives_of(photo)


class FlagOut(serializers.Serializer[Any]):
    """A doubt for a person to weigh; treat a code that you do not know as generic."""

    code = serializers.CharField()
    text = serializers.SerializerMethodField(help_text="in the language of `Accept-Language`")
    figures = serializers.SerializerMethodField()

    def get_text(self, flag: Any) -> str:
        return flags.text_of(flag.code, self._shown(flag))

    @extend_schema_field(serializers.DictField())
    def get_figures(self, flag: Any) -> dict[str, Any]:
        return self._shown(flag)

    def _shown(self, flag: Any) -> dict[str, Any]:
        """Distances only roughly, where the place is shown so."""
        figures: dict[str, Any] = flag.figures
        return figures if flag.check_in_id in self.context["exact"] else figures_roughly(figures)


class ReceiptOut(serializers.Serializer[Any]):
    """What the server signed when it was complete: a compact JWS (RFC 7515, EdDSA), to be kept by the phone. Public
    keys: `/.well-known/fieldwork-keys`."""

    key = Id(source="key_id", help_text="the id of the key: `kid`")
    jws = serializers.CharField()
    issued_at = Instant()


_receipt = Kept(ReceiptOut)


class CheckInOut(ProofOut):
    """A check-in as declared, and what the server found; `exact` of the context are those shown with their place."""

    id = serializers.UUIDField()
    lead = Id(source="lead_id")
    companions = serializers.SerializerMethodField()
    prepared_by_staff = serializers.BooleanField()
    task = Id(source="task_id", allow_null=True)
    duties = serializers.SerializerMethodField()
    captured_at = Instant()
    location = serializers.SerializerMethodField()
    site = Id(source="site_id", allow_null=True)
    site_name = serializers.CharField()
    summary = serializers.CharField()
    found_nothing = serializers.BooleanField(allow_null=True)
    photos = PhotoOut(many=True)
    on_paper = serializers.BooleanField()
    state = serializers.ChoiceField(DeclaredState.choices)
    missing_photos = serializers.SerializerMethodField(help_text="digests of declared photos that have not arrived")
    received_at = Instant()
    uploaded_by = Id(source="uploaded_by_id")
    distance_m = serializers.SerializerMethodField(help_text=DISTANCE)
    inside_target = serializers.BooleanField(allow_null=True)
    flags = FlagOut(many=True)
    checked_at = Instant(allow_null=True, help_text="null until all checks ran")
    receipt = serializers.SerializerMethodField(help_text="null until it is complete; then it never changes")
    addenda = AddendumOut(many=True, help_text="what was added later")
    counts_for = serializers.SerializerMethodField(help_text="ids of tasks")

    def get_companions(self, check_in: CheckIn) -> list[str]:
        return [str(leader.pk) for leader in check_in.companions.all()]

    def get_duties(self, check_in: CheckIn) -> list[str]:
        duties: list[str] = json.loads(check_in.content)["duties"]
        return duties

    def get_location(self, check_in: CheckIn) -> LocationOut:
        declared = json.loads(check_in.content)["location"]
        location = exactly(check_in, declared) if check_in.pk in self.context["exact"] else roughly(check_in, declared)
        return _location.written({**location, "datum": Datum.WGS84.value}, {})  # type: ignore[return-value]  # its shape, for the schema

    @extend_schema_field(ReceiptOut(allow_null=True))
    def get_receipt(self, check_in: CheckIn) -> Any:
        """For whoever sees the place: from what was signed, and all else, it could be told."""
        receipt = getattr(check_in, "receipt", None)
        return None if receipt is None or check_in.pk not in self.context["exact"] else _receipt.written(receipt, {})

    def get_distance_m(self, check_in: CheckIn) -> float | None:
        return distance_of(check_in, self.context["exact"])

    def get_missing_photos(self, check_in: CheckIn) -> list[str]:
        waited_for = [photo for photo in check_in.photos.all() if photo.blob_id is None and photo.lost_at is None]
        return [photo.sha256 for photo in waited_for]

    def get_counts_for(self, check_in: CheckIn) -> list[str]:
        return [str(pk) for pk in self.context["served"][str(check_in.pk)].tasks]


def distance_of(check_in: CheckIn, exact: Collection[UUID]) -> float | None:
    """Metres to the target: with its seat they would tell the place."""
    return check_in.distance_m if check_in.pk in exact else roughly_m(check_in.distance_m)


def exactly(check_in: CheckIn, declared: dict[str, Any]) -> dict[str, Any]:
    """Where it was captured, beside the rest that the phone `declared` of its fix."""
    given = {"latitude": check_in.latitude, "longitude": check_in.longitude, "datum": check_in.datum}
    return declared | {
        "exact": True,
        "latitude": check_in.wgs84_latitude,
        "longitude": check_in.wgs84_longitude,
        "as_given": given if check_in.latitude is not None else None,
    }


def roughly(check_in: CheckIn, declared: dict[str, Any]) -> dict[str, Any]:
    """About where: nothing from which the place could be told better."""
    latitude, longitude = check_in.wgs84_latitude, check_in.wgs84_longitude
    return declared | {
        "exact": False,
        "latitude": None if latitude is None else round(latitude, ROUGHLY),
        "longitude": None if longitude is None else round(longitude, ROUGHLY),
        "accuracy_m": None, "fix_age_s": None, "as_given": None,
    }  # fmt: skip
