"""`?division=` of what is owed: by the divisions that count it."""

from typing import Any

from django.db.models import Exists, OuterRef, QuerySet

from api.filtering import WithinFilter
from fieldwork.duties.enums import Standing
from fieldwork.duties.models import Basis


class BasedWithin(WithinFilter):
    """Rows whose obligation, at `obligation` of theirs, has a standing basis in the division with this id or below."""

    def __init__(self, obligation: str) -> None:
        super().__init__(field_name="division__path")
        self.obligation = obligation

    def filter(self, qs: QuerySet[Any], value: int | None) -> QuerySet[Any]:
        if value is None:
            return qs
        standing = Basis.objects.filter(state=Standing.STANDING, obligation=OuterRef(self.obligation))
        return qs.filter(Exists(super().filter(standing, value)))
