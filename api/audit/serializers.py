"""Events on the wire, as the audit tells them."""

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from api.fields import Id, Instant
from api.me.serializers import NamedOut
from fieldwork.supervision.audit.rows import Told


class ActorOut(serializers.Serializer[Any]):
    """The account that did it."""

    id = Id(source="pk")
    name = serializers.CharField(source="get_full_name")
    username = serializers.CharField()


class ObjectOut(serializers.Serializer[Told]):
    """What it happened to; treat a kind that you do not know as generic."""

    kind = serializers.CharField(source="event.object_kind")
    id = serializers.CharField(source="event.object_id")
    words = serializers.SerializerMethodField(help_text="the kind in the reader's language")

    def get_words(self, told: Told) -> str:
        return str(told.noun)


class AuditOut(serializers.Serializer[Told]):
    """One event (审计事件): who did or saw what, when."""

    id = Id(source="event.pk")
    at = Instant(source="event.at")
    kind = serializers.CharField(source="event.kind", help_text="object.verb: `check_in.recorded`")
    words = serializers.CharField(help_text="the kind in the reader's language")
    object = ObjectOut(source="*")
    actor = ActorOut(allow_null=True, help_text="null: the system")
    division = NamedOut(allow_null=True, help_text="in whose scope it falls; null: the whole installation's")
    facts = serializers.SerializerMethodField(help_text="what it says: without positions, distances to 100 m")
    seal = serializers.IntegerField(allow_null=True, help_text="the number of the seal that covers it; null: not yet")

    @extend_schema_field(serializers.DictField())
    def get_facts(self, told: Told) -> Any:
        return told.facts
