"""Organisations on the wire."""

from typing import Any

from rest_framework import serializers

from api.fields import Day, Id, Reference, Text
from fieldwork.directory.enums import DepartmentKind, OrganisationKind
from fieldwork.directory.models import FormerName, Organisation
from fieldwork.directory.queries import divisions_visible_to, industries_visible_to


class OrganisationIn(serializers.Serializer[Any]):
    name = Text(max_length=200)
    kind = serializers.ChoiceField(OrganisationKind.choices)
    department_kind = serializers.ChoiceField(
        DepartmentKind.choices, required=False, default="", help_text="of a department; otherwise empty"
    )
    division = Reference(divisions_visible_to)
    industry = Reference(industries_visible_to, required=False, allow_null=True, default=None)
    starts_on = Day()
    ends_on = Day(required=False, allow_null=True, default=None)


class RenameIn(serializers.Serializer[Any]):
    name = Text(max_length=200)
    on = Day(help_text="the first day of the name; not after today")
    reason = Text(max_length=500, help_text="the decision or document")


class FormerNameOut(serializers.Serializer[FormerName]):
    name = serializers.CharField()
    ends_on = serializers.DateField(help_text="its last day")


class OrganisationOut(serializers.Serializer[Organisation]):
    """A body (单位) at a division."""

    id = Id()
    name = serializers.CharField()
    kind = serializers.ChoiceField(OrganisationKind.choices)
    department_kind = serializers.ChoiceField(DepartmentKind.choices, help_text="empty: not a department")
    division = Id(source="division_id")
    industry = Id(source="industry_id", allow_null=True, help_text="its own (QY 15)")
    starts_on = serializers.DateField()
    ends_on = serializers.DateField(allow_null=True)
    former_names = FormerNameOut(many=True, help_text="the latest last")
    merged_into = Id(source="merged_into_id", allow_null=True, help_text="the body that took it in when it ended")
