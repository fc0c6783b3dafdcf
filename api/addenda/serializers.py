"""Addenda on the wire."""

from typing import Any

from rest_framework import serializers

from api.fields import Id, Instant, Text
from fieldwork.inspections.models import Addendum


class AddendumIn(serializers.Serializer[Any]):
    """What is to be said beside what was sent."""

    text = Text(max_length=2000)


class AddendumOut(serializers.Serializer[Addendum]):
    """What was added to a check-in later (补充说明)."""

    id = Id()
    text = serializers.CharField()
    by = Id(source="by_id")
    at = Instant()
    answers = Id(source="answers_id", allow_null=True, help_text="id of the rejection that it answers")
