"""Documents for tests, made on the spot."""

from io import BytesIO
from zipfile import ZipFile

from fieldwork.core.media_types import DOCX, PDF, XLSX
from tests.photos import declared as declared_file

__all__ = ["DOCX", "PDF", "XLSX", "declared_file", "docx", "pdf", "xlsx", "zipped"]


def pdf(seed: int = 1) -> bytes:
    """What begins and ends as a PDF does."""
    return b"%%PDF-1.7\n%%%d\n%%%%EOF\n" % seed


def zipped(*names: str) -> bytes:
    """A ZIP file with such entries."""
    file = BytesIO()
    with ZipFile(file, "w") as archive:
        for name in names:
            archive.writestr(name, "<测试/>")
    return file.getvalue()


def docx() -> bytes:
    return zipped("[Content_Types].xml", "_rels/.rels", "word/document.xml")


def xlsx() -> bytes:
    return zipped("[Content_Types].xml", "_rels/.rels", "xl/workbook.xml")
