"""What check-ins and filings have in common: what was proved, its files, and a supervisor's verdict."""

from typing import Any

from django.contrib.admin.views.main import ChangeList
from django.db.models import Q
from django.http import HttpRequest

from fieldwork.directory.models import Tenure
from fieldwork.directory.paths import within
from fieldwork.supervision.admin.clock import of_office
from fieldwork.supervision.admin.counting import put_counting
from fieldwork.supervision.admin.enclosures import EnclosingAdmin
from fieldwork.supervision.admin.verdicts import judge

AREA = "post__organisation__division__path"


class ProofAdmin(EnclosingAdmin):
    """Declared once, never changed here; only a verdict is added."""

    source: str

    def get_changelist_instance(self, request: HttpRequest) -> ChangeList:
        """The page's verdicts are read at once."""
        page = super().get_changelist_instance(request)
        judge(page.result_list, self.source)
        return page

    def get_object(self, request: HttpRequest, object_id: str, from_field: str | None = None) -> Any:
        found = super().get_object(request, object_id, from_field)
        judge([found], self.source)
        put_counting(found, self.source, of_office(request))
        return found


def led_there(path: str, person: str) -> Q:
    tenures = Tenure.objects.filter(within(path, AREA))
    return Q(**{f"{person}__in": tenures.values("leader")})
