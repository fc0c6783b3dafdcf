"""Pages of long lists without counting all of it."""

from typing import TYPE_CHECKING, Any

from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.utils.functional import cached_property

if TYPE_CHECKING:
    Pages = Paginator[Any]
else:
    Pages = Paginator


class CappedPaginator(Pages):
    """Counts no further than `most` rows: whoever seeks more has to search or filter."""

    most = 10_000

    @cached_property
    def count(self) -> int:
        rows = self.object_list
        return rows.order_by()[: self.most].count() if isinstance(rows, QuerySet) else len(rows)

    @property
    def capped(self) -> bool:
        return self.count == self.most
