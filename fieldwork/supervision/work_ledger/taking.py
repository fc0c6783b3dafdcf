"""A ledger as files, in the language of who asks for it."""

from collections.abc import Iterator
from typing import IO

from django.utils.translation import gettext as _

from fieldwork.core import cells
from fieldwork.supervision.work_ledger.columns import heads, rows_of, widths
from fieldwork.supervision.work_ledger.owed import Asked
from fieldwork.supervision.work_ledger.sheets import Table, written


def as_csv(asked: Asked, *, language: str | None, site: str) -> Iterator[str]:
    """Line by line, as it is read; links begin with `site`."""
    return cells.lines(heads(language), rows_of(asked, language=language, site=site))


def as_workbook(asked: Asked, *, language: str | None, site: str) -> IO[bytes]:
    """An open file; whoever sends it closes it."""
    table = Table(_("Work ledger"), heads(language), widths())
    return written(table, rows_of(asked, language=language, site=site))
