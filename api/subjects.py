"""Whose something is: a leader, an organisation, or a pair of them."""

from typing import Any

from rest_framework import serializers

from fieldwork.duties.enums import SubjectKind


class SubjectOut(serializers.Serializer[Any]):
    """Of a row with `subject_kind`, `leader`, `organisation` and `lower_organisation`."""

    kind = serializers.ChoiceField(SubjectKind.choices, source="subject_kind")
    id = serializers.SerializerMethodField(help_text="of a pair: `<upper>:<lower>`")
    name = serializers.SerializerMethodField(help_text="of a pair both, the upper one first")

    def get_id(self, row: Any) -> str:
        return ":".join(str(each.pk) for each in _parties(row))

    def get_name(self, row: Any) -> str:
        return " – ".join(each.name for each in _parties(row))


def _parties(row: Any) -> list[Any]:
    return [each for each in (row.leader, row.organisation, row.lower_organisation) if each is not None]
