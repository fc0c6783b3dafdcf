"""GET industries."""

from api.industries.filters import IndustryFilters
from api.industries.serializers import IndustryOut
from api.resources import Shown
from fieldwork.directory.models import Industry
from fieldwork.directory.queries import industries_visible_to


class Industries(Shown[Industry]):
    """The code list of industries (国民经济行业分类), everybody's."""

    queryset = Industry.objects.none()
    visible = industries_visible_to
    serializer_class = IndustryOut
    filterset_class = IndustryFilters
    ordering = ("code",)
    ordering_fields = ("code",)
