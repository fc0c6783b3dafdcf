"""Lists of divisions as CSV: reading them, every fault by line and column."""

import csv
import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass, field

from django.utils.translation import gettext_lazy as _

from fieldwork.core.errors import Code, FieldError, Text
from fieldwork.core.geo import Position
from fieldwork.directory.enums import Level

COLUMNS = ("code", "name", "level", "parent", "seat_latitude", "seat_longitude", "seat_source")
FORMERLY = "formerly"  # a column that a list may have: the code that this division had before
_CODE = re.compile(r"[0-9A-Za-z]{1,12}")
_DEGREES = re.compile(r"-?[0-9]{1,3}(\.[0-9]{1,15})?")
_UNPRINTED = {"Cc", "Cs", "Zl", "Zp"}


@dataclass(frozen=True, slots=True)
class Entry:
    """One division of a list; `parent` and `formerly` are codes, "" for none. The seat is WGS-84, None if unknown."""

    line: int
    code: str
    name: str
    level: str
    parent: str
    seat: Position | None
    seat_source: str
    formerly: str

    @property
    def street(self) -> bool:
        """街道, not 乡镇 (QY 2)."""
        return self.level == Level.TOWN and self.name.endswith(("街道", "街道办事处"))


@dataclass
class Faults:
    """What is wrong with a list; a fault's field is `<line>.<column>`, the header being line 1."""

    found: list[FieldError] = field(default_factory=list)

    def add(self, line: int, column: str, detail: Text) -> None:
        self.found.append(FieldError(f"{line}.{column}", Code.INVALID, detail))


def read(lines: Iterable[str], faults: Faults) -> list[Entry]:
    """The entries of a CSV with the columns `COLUMNS`, and perhaps `FORMERLY`, in any order; faults go to `faults`."""
    reader = csv.DictReader(lines, strict=True)
    entries: list[Entry] = []
    seen: dict[str, int] = {}
    try:
        for column in COLUMNS:
            if column not in (reader.fieldnames or ()):
                faults.add(1, column, _("This column is missing."))
        if faults.found:
            return []
        for row in reader:
            entry = _entry(reader.line_num, row, faults)
            if entry.code in seen:
                faults.add(entry.line, "code", _("Line %(line)d has this code too.") % {"line": seen[entry.code]})
            seen.setdefault(entry.code, entry.line)
            entries.append(entry)
    except csv.Error:
        faults.add(reader.line_num, "", _("This line is not proper CSV."))
    return entries


def _entry(line: int, row: dict[str, str | None], faults: Faults) -> Entry:
    cells = {column: (row.get(column) or "").strip() for column in (*COLUMNS, FORMERLY)}
    if None in row:
        faults.add(line, "", _("This line has more cells than the header."))
    if not _CODE.fullmatch(cells["code"]):
        faults.add(line, "code", _("A code has 1 to 12 digits or letters."))
    for column, longest, needed in (("name", 100, True), ("seat_source", 60, False)):
        _check_text(line, column, cells[column], longest, needed, faults)
    if cells["level"] not in Level.values:
        faults.add(line, "level", _("The level is one of province, city, county, town."))
    seat = _seat(line, cells["seat_latitude"], cells["seat_longitude"], faults)
    return Entry(
        line, cells["code"], cells["name"], cells["level"], cells["parent"], seat, cells["seat_source"],
        cells[FORMERLY],
    )  # fmt: skip


def _check_text(line: int, column: str, text: str, longest: int, needed: bool, faults: Faults) -> None:
    if needed and not text:
        faults.add(line, column, _("This cell is empty."))
    if len(text) > longest:
        faults.add(line, column, _("This has more than %(longest)d characters.") % {"longest": longest})
    if any(unicodedata.category(character) in _UNPRINTED for character in text):
        faults.add(line, column, _("This holds a character that cannot be printed."))


def _seat(line: int, latitude: str, longitude: str, faults: Faults) -> Position | None:
    if not latitude and not longitude:
        return None
    for column, text in (("seat_latitude", latitude), ("seat_longitude", longitude)):
        if not _DEGREES.fullmatch(text):
            faults.add(line, column, _("This is not a number of degrees; both or neither are given."))
            return None
    try:
        return Position(float(latitude), float(longitude))
    except ValueError:
        faults.add(line, "seat_latitude", _("There is no such place on earth."))
        return None
