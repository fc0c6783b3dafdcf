"""Everything that is wrong with a workbook, by sheet, row and column."""

from dataclasses import dataclass, field

from django.utils.translation import gettext_lazy as _

from fieldwork.core.errors import Code, DomainError, FieldError, Text
from fieldwork.supervision.workbook.sheets import Sheet

MOST = 1000  # that are told at once


@dataclass
class Faults:
    """Kept until all has been looked at. The place of a fault reads `任职.17.起始日期`."""

    found: list[FieldError] = field(default_factory=list)
    more: int = 0

    def add(self, sheet: Sheet, row: int, name: str, detail: Text, code: str = Code.INVALID) -> None:
        """A fault in the column of this field; "" for the whole row."""
        column = sheet.headings.get(name, "")
        self.add_at(f"{sheet.name}.{row}.{column}" if column else f"{sheet.name}.{row}", detail, code)

    def add_at(self, place: str, detail: Text, code: str = Code.INVALID) -> None:
        if len(self.found) < MOST:
            self.found.append(FieldError(place, code, detail))
        else:
            self.more += 1

    def refuse(self) -> None:
        """Raise what was found, if anything was."""
        if not self.found:
            return
        detail = _("The workbook has %(count)d faults; nothing was stored.") % {"count": len(self.found) + self.more}
        raise DomainError(Code.INVALID, detail, tuple(self.found))
