"""Periods on the wire."""

from typing import Any

from rest_framework import serializers


class ReconciledOut(serializers.Serializer[Any]):
    """What a reconciliation changed, and how the period now stands in my division."""

    period = serializers.CharField()
    changed = serializers.IntegerField(help_text="rows inserted or changed; 0 when all was as the facts demand")
    statuses = serializers.DictField(
        child=serializers.IntegerField(), help_text="obligations by status, as my division counts them; none that is 0"
    )
