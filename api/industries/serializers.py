"""Industries on the wire."""

from rest_framework import serializers

from api.fields import Id
from fieldwork.directory.models import Industry


class IndustryOut(serializers.Serializer[Industry]):
    """An industry of GB/T 4754-2017: a section (A-T) or one of its two-digit divisions."""

    id = Id()
    code = serializers.CharField()
    name = serializers.CharField()
    parent = Id(source="parent_id", allow_null=True)  # type: ignore[assignment]  # of DRF's own, undeclared
