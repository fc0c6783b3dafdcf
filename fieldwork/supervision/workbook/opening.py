"""What came in, by its first bytes: a workbook, an archive of csv files, or one csv file; never more than we hold."""

import csv
import io
import re
import zipfile
import zlib
from collections.abc import Iterator

from django.conf import settings
from django.utils.translation import gettext_lazy as _

from fieldwork.core.errors import Code, DomainError
from fieldwork.supervision.workbook.values import Raw

_UNPACKED = 8  # times the bytes that a file may have
_PARTS = 500
_ENCODINGS = ("utf-8-sig", "gb18030")  # what spreadsheets in China save
_DECLARED = re.compile(rb"<!(?:DOCTYPE|ENTITY)", re.IGNORECASE)
_AS_TEXT = re.compile(r"'(?=[=+\-@\t\r'])")  # put before what a spreadsheet would take for a formula
CSV_COLUMNS = 200


def is_archive(data: bytes) -> bool:
    return data.startswith(b"PK\x03\x04") or data.startswith(b"PK\x05\x06")


def open_archive(data: bytes) -> zipfile.ZipFile:
    """An archive that is whole and, unpacked, within bounds; `invalid` or `too_large` otherwise."""
    try:
        archive = zipfile.ZipFile(io.BytesIO(data))
        parts = archive.infolist()
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError):
        raise unreadable() from None
    limit = int(settings.WORKBOOK_BYTES) * _UNPACKED
    if len(parts) > _PARTS or sum(part.file_size for part in parts) > limit:
        raise DomainError(Code.TOO_LARGE, _("Unpacked, the file would be too large."))
    return archive


def read_part(archive: zipfile.ZipFile, name: str) -> bytes:
    """The bytes of one part; never more than its entry says, which was counted."""
    try:
        return archive.read(name)
    except (zipfile.BadZipFile, zlib.error, RuntimeError, OSError, EOFError, NotImplementedError):
        raise unreadable() from None


def require_plain_xml(archive: zipfile.ZipFile) -> None:
    """Refuse parts that declare entities: no spreadsheet does, and they may unfold without end."""
    for part in archive.infolist():
        if part.filename.endswith((".xml", ".rels", ".vml")):
            head = read_part(archive, part.filename)
            if head[:2] in (b"\xff\xfe", b"\xfe\xff") or b"\0" in head[:4] or _DECLARED.search(head):
                raise unreadable()


def unreadable() -> DomainError:
    return DomainError(Code.INVALID, _("The file cannot be read; please save it as xlsx or as csv in UTF-8."))


def csv_rows(data: bytes) -> Iterator[list[Raw]]:
    """The rows of a csv file, texts throughout."""
    reader = csv.reader(io.StringIO(_decoded(data), newline=""), delimiter=_delimiter(data))
    try:
        for row in reader:
            yield [_AS_TEXT.sub("", cell, count=1) if _AS_TEXT.match(cell) else cell for cell in row[:CSV_COLUMNS]]
    except csv.Error:
        raise unreadable() from None


def _decoded(data: bytes) -> str:
    for encoding in _ENCODINGS:
        try:
            text = data.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\0" not in text:
            return text
    raise unreadable()


def _delimiter(data: bytes) -> str:
    head = data.partition(b"\n")[0]
    return max((",", ";", "\t"), key=lambda each: head.count(each.encode()))
