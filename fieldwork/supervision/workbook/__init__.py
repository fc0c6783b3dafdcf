"""The clerk's own workbook (台账导入导出): who is where, as xlsx or csv, in and out in one shape."""
