"""Linkages on the wire."""

from typing import Any

from rest_framework import serializers

from api.fields import Day, Id, Reference
from api.me.serializers import NamedOut
from fieldwork.directory.enums import LinkageKind
from fieldwork.directory.models import Linkage
from fieldwork.directory.queries import (
    divisions_visible_to,
    industries_visible_to,
    linkages_visible_to,
    organisations_visible_to,
    tenures_visible_to,
)

TARGETS = {
    LinkageKind.COUNTY: divisions_visible_to,
    LinkageKind.TOWN: divisions_visible_to,
    LinkageKind.INDUSTRY: industries_visible_to,
    LinkageKind.DEPARTMENT: organisations_visible_to,
}


class LinkageIn(serializers.Serializer[Any]):
    tenure = Reference(tenures_visible_to)
    kind = serializers.ChoiceField(LinkageKind.choices)
    target = serializers.CharField(help_text="the id of a division, an industry or a department, as `kind` has it")
    paired_with = Reference(
        linkages_visible_to,
        required=False,
        allow_null=True,
        default=None,
        help_text="a department's industry",
    )
    starts_on = Day()
    ends_on = Day(required=False, allow_null=True, default=None)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """What `target` is the id of depends on `kind`."""
        reference = Reference(TARGETS[LinkageKind(attrs["kind"])])
        reference.bind("target", self)
        try:
            return {**attrs, "target": reference.run_validation(self.initial_data["target"])}
        except serializers.ValidationError as error:
            raise serializers.ValidationError({"target": error.detail}) from None


class LinkageOut(serializers.Serializer[Linkage]):
    """A tenure's link (挂点联系) to a county, a town, an industry or a department."""

    id = Id()
    tenure = Id(source="tenure_id")
    kind = serializers.ChoiceField(LinkageKind.choices)
    target = NamedOut()
    paired_with = Id(source="paired_with_id", allow_null=True, help_text="a department's industry, 1个行业及部门")
    starts_on = serializers.DateField()
    ends_on = serializers.DateField(allow_null=True)
