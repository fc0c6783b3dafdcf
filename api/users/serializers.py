"""Users, their codes and their devices on the wire."""

from datetime import datetime
from typing import Any

from django.conf import settings
from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from api.auth.tokens import LIFETIME
from api.fields import Closed, Flag, Id, Instant, Reference, Text
from api.me.roles import ROLES, roles_of
from api.me.serializers import NamedOut
from fieldwork.directory.enums import Office
from fieldwork.directory.models import User
from fieldwork.directory.queries import divisions_visible_to, leaders_visible_to, organisations_visible_to
from fieldwork.reminders.enums import Platform
from fieldwork.reminders.models import Device

MOST_CODES = 2000
_STATES = ["never_activated", "code_pending", "active"]


class _About(serializers.Serializer[Any]):
    """What may be said of an account when it is made, and later."""

    name = Text(max_length=60, required=False, allow_blank=True, help_text="the leader's, unless said")
    language = serializers.ChoiceField(settings.LANGUAGES, required=False)
    leader = Reference(leaders_visible_to, required=False, allow_null=True)
    organisation = Reference(organisations_visible_to, required=False, allow_null=True, help_text="as its unit user")
    office = serializers.ChoiceField(Office.choices, required=False, allow_blank=True)
    division = Reference(
        divisions_visible_to,
        required=False,
        allow_null=True,
        help_text="the scope of the office; without an office, whose office looks after the account",
    )


class UserIn(_About):
    username = Text(max_length=150)


class UserChange(Closed, _About):
    """What may be said of an account later."""

    active = Flag(required=False, help_text="false signs all devices out and lets nobody sign in")


class ActivationOut(serializers.Serializer[Any]):
    state = serializers.ChoiceField(_STATES)
    code_expires_at = Instant(allow_null=True, help_text="of the code that can be used now, also for a new password")


class UserOut(serializers.Serializer[User]):
    """Somebody who signs in."""

    # `assists`, `has_unit` and `code_expires_at` are the view's annotations.
    id = Id()
    username = serializers.CharField()
    name = serializers.CharField(source="get_full_name")
    roles = serializers.SerializerMethodField(help_text="today's")
    leader = Id(source="leader_id", allow_null=True)
    organisation = Id(source="organisation_id", allow_null=True)
    office = serializers.ChoiceField(Office.choices)
    division = Id(source="division_id", allow_null=True)
    language = serializers.ChoiceField(settings.LANGUAGES)
    active = serializers.BooleanField(source="is_active")
    last_sign_in_at = Instant(source="last_login", allow_null=True)
    activation = serializers.SerializerMethodField()

    @extend_schema_field(serializers.ListField(child=serializers.ChoiceField(ROLES)))
    def get_roles(self, user: Any) -> list[str]:
        return roles_of(user, assists=user.assists, has_unit=user.has_unit)

    @extend_schema_field(ActivationOut)
    def get_activation(self, user: Any) -> Any:
        pending = user.code_expires_at is not None
        state = "code_pending" if pending else "never_activated"
        if user.password and user.has_usable_password():
            state = "active"
        return ActivationOut({"state": state, "code_expires_at": user.code_expires_at}).data


class CodesIn(serializers.Serializer[Any]):
    """Whom to make codes for: any of the three, together."""

    users = serializers.ListField(child=Text(max_length=20), required=False, default=list, max_length=MOST_CODES)
    leaders = serializers.ListField(
        child=Text(max_length=20),
        required=False,
        default=list,
        max_length=MOST_CODES,
        help_text="one without an account gets one; its user name is `ld` and the leader's number, as in `ld00042`",
    )
    division = Reference(
        divisions_visible_to,
        required=False,
        allow_null=True,
        default=None,
        help_text="leaders with a post in it or below, now or later, who have never activated an account",
    )
    missing_only = Flag(required=False, default=True, help_text="with `division`; must be true")

    def validate_missing_only(self, value: bool) -> bool:
        if not value:
            raise serializers.ValidationError(_("Accounts that are in use must be named one by one."))
        return value

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if not (attrs["users"] or attrs["leaders"] or attrs["division"]):
            raise serializers.ValidationError(_("Name users, leaders or a division."))
        return attrs


class CodeOut(serializers.Serializer[Any]):
    """A code in clear: shown this once, to be handed over on paper."""

    user = Id(source="user.pk")
    username = serializers.CharField(source="user.username")
    name = serializers.CharField(source="user.get_full_name")
    leader = Id(source="user.leader_id", allow_null=True)
    organisation = NamedOut(allow_null=True, help_text="of the leader's post, or the unit")
    post = NamedOut(allow_null=True)
    code = serializers.CharField(help_text="`K7QM-4XHT-9RWD`; small letters, blanks and dashes do not matter")
    expires_at = Instant()


class UserDeviceOut(serializers.Serializer[Device]):
    """A device on which the user has signed in, and whether the sign-in stands."""

    id = serializers.CharField(source="key", help_text="the id that the device made")
    name = serializers.CharField()
    platform = serializers.ChoiceField(Platform.choices)
    app_version = serializers.CharField()
    last_used_at = serializers.SerializerMethodField(help_text="to the day; null when signed out")
    expires_at = serializers.SerializerMethodField(help_text="of its token; null when signed out")

    @extend_schema_field(Instant(allow_null=True))
    def get_last_used_at(self, device: Device) -> str | None:
        expiry = self._expiry(device)
        # Use prolongs a token, at most once a day.
        return Instant().to_representation(expiry - LIFETIME) if expiry else None

    @extend_schema_field(Instant(allow_null=True))
    def get_expires_at(self, device: Device) -> str | None:
        expiry = self._expiry(device)
        return Instant().to_representation(expiry) if expiry else None

    def _expiry(self, device: Device) -> datetime | None:
        expiry: datetime | None = getattr(getattr(device, "token", None), "expiry", None)
        return expiry
