"""What I chose of reminders on the wire."""

from typing import Any

from rest_framework import serializers

from api.fields import Listed, Text

_MOST = 50
_CHANNELS = "codes of channels in my order; none: the installation's order"
_CONTACTS = "by the code of the channel: `mail`, `wecom`"


class PreferencesIn(serializers.Serializer[Any]):
    """All of what I choose; a contact that is not named, or is empty, is forgotten."""

    channels = Listed(child=Text(max_length=20), max_length=_MOST, help_text=_CHANNELS)
    muted = Listed(child=Text(max_length=20), max_length=_MOST, help_text="kinds, each one of `mutable`")
    contacts = serializers.DictField(child=Text(max_length=255, allow_blank=True), help_text=_CONTACTS)


class AvailableOut(serializers.Serializer[Any]):
    """A channel that is switched on here."""

    code = serializers.CharField()
    reachable = serializers.BooleanField(
        help_text="whether it leads to me at present: by a device whose push address is alive, or by a contact"
    )


class PreferencesOut(serializers.Serializer[Any]):
    channels = serializers.ListField(child=serializers.CharField(), help_text=_CHANNELS)
    muted = serializers.ListField(child=serializers.CharField(), help_text="kinds that are in the inbox alone")
    contacts = serializers.DictField(child=serializers.CharField(), help_text=_CONTACTS)
    available = AvailableOut(many=True, help_text="the channels that are switched on here and reach single persons")
    mutable = serializers.ListField(child=serializers.CharField(), help_text="the kinds that may be muted")
