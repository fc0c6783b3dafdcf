"""Devices on the wire."""

from typing import Any

from rest_framework import serializers

from api.fields import Instant, Text
from fieldwork.reminders.enums import Platform, PushKind
from fieldwork.reminders.models import Device


class PushSerializer(serializers.Serializer[Any]):
    """Where a push goes: an FCM token or installation id, or a Web Push subscription as JSON text."""

    kind = serializers.ChoiceField(PushKind.choices, source="push_kind")
    value = Text(max_length=2000, source="push_value")


class DevicePut(serializers.Serializer[Any]):
    platform = serializers.ChoiceField(Platform.choices)
    push = PushSerializer(required=False, allow_null=True, default=None)
    app_version = Text(max_length=40, required=False, default="", allow_blank=True)


class DeviceOut(serializers.Serializer[Any]):
    id = serializers.CharField(source="key", help_text="the id that the device made")
    name = serializers.CharField()
    platform = serializers.ChoiceField(Platform.choices)
    app_version = serializers.CharField()
    push = serializers.SerializerMethodField()
    push_ended_at = Instant(
        allow_null=True, help_text="since when the push address is dead: fetch a new one and say it; null while alive"
    )
    push_ended_for = serializers.CharField(help_text="why, as `unregistered`; empty while it is alive")
    claimed_at = Instant()

    def get_push(self, device: Device) -> PushSerializer(allow_null=True):  # type: ignore[valid-type]
        return PushSerializer(device).data if device.push_value else None
