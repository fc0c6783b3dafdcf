"""The resource: the clerk's workbook."""
