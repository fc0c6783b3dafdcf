"""GET hazard-categories."""

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from api.etags import Tagged
from api.filtering import refuse_unknown
from fieldwork.hazards.enums import Category


class CategoryOut(serializers.Serializer[Any]):
    """A class of hazards."""

    code = serializers.CharField(source="value")
    name = serializers.CharField(source="label", help_text="in the language of `Accept-Language`")


class CategoriesOut(serializers.Serializer[Any]):
    results = CategoryOut(many=True)


class HazardCategories(Tagged):
    """The code list of what may be wrong."""

    @extend_schema(responses=CategoriesOut, operation_id="hazard_categories")
    def get(self, request: Request) -> Response:
        """All of them, in the order of the guide that they are from."""
        refuse_unknown(request, frozenset())
        return Response({"results": CategoryOut(list(Category), many=True).data})
