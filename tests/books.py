"""Workbooks for tests: sheets as rows of cells, as a clerk would fill them in."""

import io
from collections.abc import Mapping, Sequence
from typing import Any

import openpyxl

Rows = Sequence[Sequence[Any]]


def book(sheets: Mapping[str, Rows]) -> bytes:
    """An xlsx; the first row of each sheet are its headings."""
    made = openpyxl.Workbook()
    made.remove(made.active)
    for name, rows in sheets.items():
        page = made.create_sheet(name)
        for row in rows:
            page.append(list(row))
    return saved(made)


def saved(made: Any) -> bytes:
    to = io.BytesIO()
    made.save(to)
    return to.getvalue()


def opened(data: bytes) -> Any:
    return openpyxl.load_workbook(io.BytesIO(data))


BODIES = ("单位名称", "行政区划", "单位类别", "部门类别", "起始日期", "截止日期")
POSTS = ("单位", "行政区划", "职务", "制度角色", "起始日期", "截止日期")
LEADERS = ("编号", "姓名", "录入区划")
TENURES = ("姓名", "领导编号", "单位", "行政区划", "职务", "主持工作", "起始日期", "截止日期")
LINKS = ("姓名", "单位", "联系类别", "联系对象", "配对行业", "起始日期", "截止日期")
