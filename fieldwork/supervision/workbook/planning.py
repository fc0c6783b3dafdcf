"""What a workbook would begin, change and end: each line is a row that stands, or a new one."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from typing import Any

from django.db.models import Model
from django.utils.translation import gettext_lazy as _

from fieldwork.directory.bounds import outlasts, share_a_day
from fieldwork.directory.models import Dated, Division, Leader, Linkage, Organisation, Tenure
from fieldwork.supervision.workbook.cells import LABEL, Cells, Lost
from fieldwork.supervision.workbook.faults import Faults
from fieldwork.supervision.workbook.keys import key_of
from fieldwork.supervision.workbook.kinds import KINDS_OF, Kind, Values
from fieldwork.supervision.workbook.reading import Read
from fieldwork.supervision.workbook.sheets import SHEETS
from fieldwork.supervision.workbook.shelves import ident
from fieldwork.supervision.workbook.values import text_of
from fieldwork.supervision.workbook.world import World, id_of

_OTHERWISE = _("It stands otherwise. Only the last day can be changed; for the rest, end it and begin a new row.")
_CLOSE = 1e-7  # degrees, a centimetre: what spreadsheets and datums round away


class Change(StrEnum):
    BEGINS = "begins"
    ENDS = "ends"
    CHANGES = "changes"  # its last day moves, or is taken back


@dataclass
class Entry:
    """One line and its row. `was` is the last day before; `along` the links that a tenure's end moves, with theirs."""

    cells: Cells
    row: Any
    change: Change | None = None
    was: date | None = None
    along: list[tuple[Linkage, date | None]] = field(default_factory=list)


@dataclass
class Plan:
    world: World
    faults: Faults
    office: Division | None
    entries: dict[str, list[Entry]] = field(default_factory=lambda: {sheet.noun: [] for sheet in SHEETS})
    lost: Lost = field(default_factory=Lost)
    seen: dict[int, Entry] = field(default_factory=dict)  # by what `_mark` makes of their rows

    def changed(self) -> Iterator[Entry]:
        for entries in self.entries.values():
            yield from (entry for entry in entries if entry.change)


def plan(read: Read, world: World, faults: Faults, office: Division | None) -> Plan:
    """Line by line; what is wrong goes to `faults`. `office`: whose leaders are entered where a line does not say."""
    made = Plan(world, faults, office)
    for sheet in SHEETS:
        for table in read.of(sheet):
            for line in table.lines:
                cells = Cells(sheet, table.fields, line, world, faults, made.lost)
                _plan_line(made, cells, KINDS_OF[sheet.noun])
    _pair(made)
    _take_along(made)
    return made


def _plan_line(made: Plan, cells: Cells, kind: Kind) -> None:
    said = {column: value for column, value in kind.read(cells).items() if value is not None or column == "division"}
    entry = _existing(made, cells, kind, said)
    if entry is None and not cells.bad:
        entry = _new(made, cells, kind, said)
    if entry is None or cells.bad:
        # Neither a name nor a label that is faulty is to be called unknown as well.
        made.lost.add(cells.sheet.noun, text_of(cells.line.cells.get(kind.name)), text_of(cells.line.cells.get("id")))
        return
    made.entries[cells.sheet.noun].append(entry)


def _existing(made: Plan, cells: Cells, kind: Kind, said: Values) -> Entry | None:
    """The line of a row that stands, with what it says of its last day."""
    text = cells.text("id")
    labelled = text is not None and text.startswith(LABEL)
    if text is not None and not labelled:
        row = cells.by_id("id", cells.sheet.noun)
    elif labelled or not _is_told(cells, kind, said):
        return None
    else:
        row = _meant(made, cells, kind, said)
    if row is None:
        return None
    if ident(row) < 0 or _mark(row) in made.seen:
        _refuse_twice(made, cells, row)
        return None
    entry = Entry(cells, row)
    made.seen[_mark(row)] = entry
    _compare(cells, kind, row, said)
    if isinstance(row, Dated) and not cells.bad:
        _move_end(entry, said, by_id=text is not None)
    return entry


def _is_told(cells: Cells, kind: Kind, said: Values) -> bool:
    """Whether the line says all that is needed of a row that it names by no number; else tells what it lacks."""
    cells.require(*kind.needed)
    if kind.model is Tenure and "post" not in said and not cells.bad:
        name = "organisation" if "organisation" in cells.fields else "post"
        cells.fault(name, _("Please name the organisation of this post."), "required")
    if kind.model is Linkage and "tenure" not in said:
        cells.bad.add("leader")
    return not cells.bad


def _meant(made: Plan, cells: Cells, kind: Kind, said: Values) -> Any:
    """The row of the same name that shares a day with the line; of several the one with the same first day."""
    found = list(kind.alike(cells, said))
    if kind.model is not Leader:
        days = Tenure(starts_on=said["starts_on"], ends_on=said.get("ends_on"))
        found = [row for row in found if share_a_day(row, days)]
        same_day = [row for row in found if row.starts_on == said["starts_on"]]
        # One that begins on another day in the same workbook is a twin, and told as such.
        found = same_day or [row for row in found if row.pk is not None or kind.model not in (Tenure, Linkage)]
    if len(found) > 1:
        detail = _("Several rows have this name; please write the number of the one that is meant.")
        cells.fault("id" if "id" in cells.fields else kind.name, detail)
    return found[0] if len(found) == 1 else None


def _refuse_twice(made: Plan, cells: Cells, row: Any) -> None:
    row_number = made.seen[_mark(row)].cells.line.row
    detail = _("The same stands in row %(row)d. If it is another one, tell them apart by numbers: 新1, 新2.")
    cells.fault("id" if "id" in cells.fields else KINDS_OF[cells.sheet.noun].name, detail % {"row": row_number})


def _compare(cells: Cells, kind: Kind, row: Model, said: Values) -> None:
    """Only the last day of what stands can be changed; each cell that says otherwise is told."""
    for column, value in said.items():
        if column == "ends_on" or value is None:
            continue
        if not _is_same(row, column, value) and not (column == kind.name and _was_called(cells.world, row, value)):
            name = kind.columns.get(column, column)
            detail = _(
                "It stands otherwise. Only the last day can be changed; for the rest, end it and begin a new row."
            )
            cells.fault(name, detail)


def _was_called(world: World, row: Model, name: str) -> bool:
    """A clerk's list may be older than the name that a body has now."""
    return isinstance(row, Organisation) and key_of(name) in world.formerly.get(row.pk, ())


def _is_same(row: Any, column: str, value: Any) -> bool:
    if isinstance(value, Model):
        return bool(getattr(row, f"{column}_id") == value.pk)
    stands = getattr(row, column)
    if isinstance(value, float):
        return stands is not None and abs(stands - value) < _CLOSE
    if isinstance(value, str):
        return key_of(stands) == key_of(value)
    return bool(stands == value)


def _move_end(entry: Entry, said: Values, *, by_id: bool) -> None:
    """A blank takes an end back only in a row that is named by its number: other lists know nothing of it."""
    row, cells = entry.row, entry.cells
    if "ends_on" in said:
        ends_on = said["ends_on"]
    elif by_id and "ends_on" in cells.fields:
        ends_on = _open_end(row)
    else:
        return
    if ends_on != row.ends_on:
        entry.was, row.ends_on = row.ends_on, ends_on
        entry.change = Change.ENDS if entry.was is None else Change.CHANGES


def _open_end(row: Dated) -> date | None:
    """A link without a last day runs as long as its tenure; one that ran to its tenure's last day follows that."""
    if not isinstance(row, Linkage):
        return None
    return row.tenure.ends_on if row.ends_on is not None else None


def _new(made: Plan, cells: Cells, kind: Kind, said: Values) -> Entry | None:
    if not _is_told(cells, kind, said):
        return None
    if kind.model is Leader:
        said["division"] = said.get("division") or made.office
    if kind.model is Linkage and said.get("ends_on") is None:
        said["ends_on"] = said["tenure"].ends_on
    row = kind.model(**{column: value for column, value in said.items() if value is not None})
    entry = Entry(cells, row, Change.BEGINS)
    made.seen[_mark(row)] = entry
    made.world.shelve(row)
    label = cells.text("id")
    if label is not None:
        labels = made.world.shelf_of(cells.sheet.noun).by_label
        if labels.setdefault(key_of(label), row) is not row:
            cells.fault("id", _("This number stands twice."))
    return entry


def _pair(made: Plan) -> None:
    """1个行业及部门: a department's link finds its industry's once all lines are read."""
    for entry in made.entries["linkage"]:
        cells, row = entry.cells, entry.row
        industry = cells.industry("paired_with")
        if industry is None:
            continue
        linked = made.world.linkages.named(("tenure", id_of(row, "tenure")))
        alike = [each for each in linked if each.industry_id == industry.pk and share_a_day(each, row)]
        if entry.change is not Change.BEGINS:
            if row.paired_with_id is None or all(each.pk != row.paired_with_id for each in alike):
                _compare_pair(cells, linked, row, industry.pk)
        elif alike:
            row.paired_with = alike[0] if len(alike) == 1 else max(alike, key=lambda each: each.starts_on)
        else:
            cells.fault("paired_with", _("This tenure has no link to that industry in these days."))


def _compare_pair(cells: Cells, linked: list[Linkage], row: Linkage, industry: int) -> None:
    """Both may have ended on different days."""
    if not any(each.pk == row.paired_with_id and each.industry_id == industry for each in linked if each.pk):
        cells.fault("paired_with", _OTHERWISE)


def _take_along(made: Plan) -> None:
    """As `dated.end` does: what outlasts a tenure's new end, or ran to its old, moves; unless the workbook moves it."""
    for entry in made.entries["tenure"]:
        tenure = entry.row
        if entry.change in (None, Change.BEGINS):
            continue
        for linkage in made.world.linkages.named(("tenure", tenure.pk)):
            own = made.seen.get(_mark(linkage))
            if (own is None or own.change is None) and _goes_along(linkage, entry):
                entry.along.append((linkage, linkage.ends_on))
                linkage.ends_on = tenure.ends_on


def _goes_along(linkage: Linkage, entry: Entry) -> bool:
    ends_on = entry.row.ends_on
    if ends_on is None:
        return bool(linkage.ends_on == entry.was)
    if linkage.starts_on > ends_on:
        return False
    return linkage.ends_on == entry.was or outlasts(linkage, ends_on)


def _mark(row: Model) -> int:
    """One number for each row in memory: shelves hold each but once."""
    return id(row)
