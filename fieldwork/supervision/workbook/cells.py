"""One line of a sheet: its cells as values and rows; what cannot be read or found is told once, by its column."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any, TypeVar

from django.utils.translation import gettext_lazy as _

from fieldwork.core.errors import Code, DomainError, Text
from fieldwork.directory.models import Division, Industry
from fieldwork.supervision.workbook.faults import Faults
from fieldwork.supervision.workbook.keys import key_of, tidy
from fieldwork.supervision.workbook.reading import Line
from fieldwork.supervision.workbook.sheets import Sheet
from fieldwork.supervision.workbook.shelves import Ambiguous, Shelf
from fieldwork.supervision.workbook.values import choice_of, day_of, number_of, text_of
from fieldwork.supervision.workbook.world import World

V = TypeVar("V")
LABEL = "新"


@dataclass
class Lost:
    """Names of rows that stand in the workbook and are faulty: whoever refers to them is not told so again."""

    names: dict[str, set[str]] = field(default_factory=dict)

    def add(self, noun: str, *names: str) -> None:
        self.names.setdefault(noun, set()).update(key_of(name) for name in names if name)

    def has(self, noun: str, name: str) -> bool:
        return key_of(name) in self.names.get(noun, ())


@dataclass
class Cells:
    sheet: Sheet
    fields: Collection[str]
    line: Line
    world: World
    faults: Faults
    lost: Lost

    @property
    def bad(self) -> set[str]:
        return self.line.bad

    def fault(self, name: str, detail: Text, code: str = Code.INVALID) -> None:
        self.bad.add(name)
        self.faults.add(self.sheet, self.line.row, name, detail, code)

    def refuse(self, error: DomainError, names: Mapping[str, str] | None = None) -> None:
        """Tell what an action's own check raised, in the column of its field."""
        for each in error.errors:
            self.fault((names or {}).get(each.field, each.field), each.detail, each.code)

    def require(self, *names: str) -> None:
        """Of a row that is new. Where the whole column is missing that was told."""
        for name in names:
            if name not in self.line.cells and name not in self.bad:
                if name in self.fields:
                    self.fault(name, _("This is needed."), "required")
                else:
                    self.bad.add(name)

    def text(self, name: str, clean: Callable[[str], str] = tidy) -> str | None:
        """None where nothing stands."""
        if name not in self.line.cells:
            return None
        text = clean(text_of(self.line.cells[name]))
        if "\0" in text or any("\ud800" <= each <= "\udfff" for each in text):
            self.fault(name, _("The text holds a character that cannot be stored."))
            return None
        return text or None

    def day(self, name: str) -> date | None:
        detail = _("This is no day. Days are written as 2026-11-01, 2026/11/1 or 2026年11月1日.")
        return self._read(name, day_of, lambda: detail)

    def number(self, name: str) -> float | None:
        return self._read(name, number_of, lambda: _("This is no number."))

    def choice(self, name: str, among: Mapping[str, V]) -> V | None:
        return self._read(name, lambda raw: choice_of(raw, among), lambda: _one_of(among))

    def _read(self, name: str, reading: Callable[[Any], V], detail: Callable[[], Text]) -> V | None:
        if name not in self.line.cells:
            return None
        try:
            return reading(self.line.cells[name])
        except (ValueError, KeyError, OverflowError):
            self.fault(name, detail())
            return None

    def division(self, name: str) -> Division | None:
        return self._find(name, self.world.places.find, _("No division has this code or name."))

    def industry(self, name: str) -> Industry | None:
        return self._find(name, self.world.industries.find, _("No industry has this code or name."))

    def _find(self, name: str, find: Callable[[str], V | None], detail: Text) -> V | None:
        text = self.text(name)
        if text is None:
            return None
        try:
            found = find(text)
        except Ambiguous:
            self.fault(name, _("Several have this name; please write the code."), Code.UNKNOWN_REFERENCE)
            return None
        if found is None:
            self.fault(name, detail, Code.UNKNOWN_REFERENCE)
        return found

    def by_id(self, name: str, noun: str) -> Any:
        """The row that 编号 names: by its id, or the clerk's label of a new one; None without or for none."""
        text = self.text(name)
        if text is None:
            return None
        shelf: Shelf[Any] = self.world.shelf_of(noun)
        number = int(text) if text.isascii() and text.isdigit() and len(text) < 18 else 0  # noqa: PLR2004
        found = shelf.by_id.get(number) or shelf.by_label.get(key_of(text))
        if found is None and not self._is_lost(name, noun, text):
            self.fault(name, _("There is no such number in your division."), Code.UNKNOWN_REFERENCE)
        return found

    def one_of(self, name: str, noun: str, found: list[Any], unknown: Text, number: str) -> Any:
        """The only one of the rows found by a name; `number` is the heading that tells several apart."""
        if len(found) == 1:
            return found[0]
        text = self.text(name) or ""
        if found:
            detail = _("Several have this name; please tell them apart by %(number)s.") % {"number": number}
            self.fault(name, detail, Code.UNKNOWN_REFERENCE)
        elif not self._is_lost(name, noun, text):
            self.fault(name, unknown, Code.UNKNOWN_REFERENCE)
        return None

    def _is_lost(self, name: str, noun: str, text: str) -> bool:
        if self.lost.has(noun, text):
            self.bad.add(name)
            return True
        return False


def _one_of(words: Collection[str]) -> Text:
    return _("One of these: %(words)s.") % {"words": "、".join(words)}
