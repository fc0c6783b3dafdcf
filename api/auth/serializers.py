"""Signing in and out, on the wire."""

from typing import Any

from rest_framework import serializers

from api.addresses import DeviceConverter
from api.fields import Id, Instant, Text
from fieldwork.reminders.enums import Platform


class DeviceIn(serializers.Serializer[Any]):
    """The device that signs in."""

    id = serializers.RegexField(f"^{DeviceConverter.regex}$", help_text="made by the device, the same at every sign-in")
    name = Text(max_length=100, required=False, default="", allow_blank=True)
    platform = serializers.ChoiceField(Platform.choices)


class LoginIn(serializers.Serializer[Any]):
    username = Text(max_length=150)
    password = Text(max_length=1000, trim_whitespace=False)
    device = DeviceIn()


class ActivateIn(serializers.Serializer[Any]):
    code = Text(max_length=100, help_text="as printed; small letters, blanks and dashes do not matter")
    password = Text(max_length=1000, trim_whitespace=False, help_text="the new one")
    device = DeviceIn()


class SignedInUser(serializers.Serializer[Any]):
    """Who has signed in; the rest is in `GET me`."""

    id = Id()
    name = serializers.CharField(source="get_full_name")


class SessionOut(serializers.Serializer[Any]):
    token = serializers.CharField(help_text="for `Authorization: Bearer`; shown this once")
    expires_at = Instant(help_text="90 days after its last use")
    user = SignedInUser()


class PasswordIn(serializers.Serializer[Any]):
    current_password = Text(max_length=1000, trim_whitespace=False)
    new_password = Text(max_length=1000, trim_whitespace=False)
