"""GET divisions. Lists of divisions are loaded as a whole, from the shell."""

from api.divisions.filters import DivisionFilters
from api.divisions.serializers import DivisionOut
from api.resources import Shown
from fieldwork.directory.models import Division
from fieldwork.directory.queries import divisions_visible_to


class Divisions(Shown[Division]):
    """Administrative divisions (行政区划), each after the one it belongs to."""

    queryset = Division.objects.none()
    visible = divisions_visible_to
    serializer_class = DivisionOut
    filterset_class = DivisionFilters
    ordering = ("path",)
    ordering_fields = ("path", "code", "name")
