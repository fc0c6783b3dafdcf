"""The list as lines of cells: pasted as text, or typed beside leaders that were chosen. A format, and so in Chinese."""

from collections.abc import Iterable, Mapping

from fieldwork.supervision.workbook.keys import key_of
from fieldwork.supervision.workbook.opening import csv_rows
from fieldwork.supervision.workbook.reading import Line, Table
from fieldwork.supervision.workbook.sheets import DIVISION, ENDS, LEADER, LEADER_ID, ORGANISATION, STARTS, Column, Sheet
from fieldwork.supervision.workbook.values import text_of

PLAIN = ("leader", "post", "place", "industry", "target", "starts_on", "ends_on")  # the columns without headings
_TOLD = 2  # words of headings that make a line one: one alone may be a name
_COLUMNS = (
    LEADER, Column("post", "职务", ("职务名称", "现任职务")), ORGANISATION, DIVISION, LEADER_ID,
    Column("organisation_id", "单位编号"), Column("tenure_id", "任职编号"),
    Column("place", "县、镇", ("县", "镇", "县区", "乡镇", "镇街", "县(市、区)", "联系县", "联系县区", "联系县(市、区)",
                             "联系镇", "联系乡镇", "联系镇街", "挂点镇", "挂点县", "挂点镇街", "问题突出镇")),
    Column("industry", "行业", ("联系行业", "挂点行业")),
    Column("target", "部门", ("联系部门", "挂点部门")),
    Column("target_division", "部门区划"), Column("target_id", "部门编号"), STARTS, ENDS,
)  # fmt: skip
PASTED = Sheet("粘贴的名单", "linkage", _COLUMNS)
CHOSEN = Sheet("所选的领导", "linkage", _COLUMNS)


def pasted(text: str) -> Table:
    """Lines as a spreadsheet gives them to the clipboard, or with commas. Headings may stand above; rows count from 1.

    Several columns of places, as 联系县 and 联系镇, are one. A column that nobody knows is left out.
    """
    plain = text if "\t" in text else text.replace("，", ",")
    columns: list[str | None] = list(PLAIN)
    table = Table(PASTED, frozenset(PLAIN))
    for row, cells in enumerate(csv_rows(plain.strip("\r\n").encode()), 1):
        words = [text_of(cell) for cell in cells]
        if row == 1 and (headings := _headings(words)):
            columns = headings
            continue
        line = Line(row)
        for name, word in zip(columns, words, strict=False):
            if name and word.strip():
                before = line.cells.get(name)
                line.cells[name] = f"{before}；{word}" if before and name == "place" else word
        if line.cells:
            _part(line)
            table.lines.append(line)
    return table


def _headings(words: Iterable[str]) -> list[str | None] | None:
    found = [PASTED.by_heading.get(key_of(word)) for word in words]
    known = [column.field if column else None for column in found]
    return known if sum(map(bool, known)) >= _TOLD else None


def chosen(typed: Iterable[tuple[int, Mapping[str, str]]]) -> Table:
    """What was typed beside tenures, by their ids; whoever has nothing beside the name is left out."""
    table = Table(CHOSEN, frozenset({*PLAIN, "tenure_id"}))
    for row, (tenure, cells) in enumerate(typed, 1):
        written = {name: text for name, text in cells.items() if text.strip()}
        if written:
            line = Line(row, {"tenure_id": str(tenure), **written})
            _part(line)
            table.lines.append(line)
    return table


def _part(line: Line) -> None:
    """A department may stand with its place, 英德市/应急管理局: several places have one of that name."""
    place, slash, name = str(line.cells.get("target", "")).rpartition("/")
    if slash:
        line.cells |= {"target": name, "target_division": place}
