"""What a file is, by its bytes alone."""

import struct
from io import BytesIO
from pathlib import Path
from zipfile import ZipFile

import pytest

from fieldwork.core.media_types import DOCX, HEAD, PDF, XLSX, image_type, media_type, saved_as
from tests.documents import docx, pdf, xlsx, zipped
from tests.once import ONCE
from tests.photos import jpeg

pytestmark = ONCE

PARTS = ("[Content_Types].xml", "word/document.xml")


@pytest.mark.parametrize(
    ("head", "kind"),
    [
        (b"\xff\xd8\xff\xe0", "image/jpeg"),
        (b"\x89PNG\r\n\x1a\n", "image/png"),
        (b"RIFF\x00\x00\x00\x00WEBPVP8 ", "image/webp"),
        (b"\x00\x00\x00\x18ftypheic", "image/heic"),
        (b"\x00\x00\x00\x18ftypmif1", "image/heif"),
        (b"%PDF-1.7", None),
        (b"GIF89a", None),
        (b"RIFF\x00\x00\x00\x00AVI ", None),
        (b"\x00\x00\x00\x18ftypmp42", None),
        (b"", None),
    ],
)
def test_kind_of_a_photo_is_told_by_its_bytes(head: bytes, kind: str | None) -> None:
    assert image_type(head) == kind


def commented(comment: bytes) -> bytes:
    file = BytesIO(docx())
    with ZipFile(file, "a") as archive:
        archive.comment = comment
    return file.getvalue()


def directory_of(length: int) -> bytes:
    """A document whose list of parts is a little longer."""
    return zipped(*PARTS, *(f"word/{'x' * 60000}{number}" for number in range(length // 60000 + 1)))


def misled(offset: int) -> bytes:
    """A document that says its list begins elsewhere."""
    data = bytearray(docx())
    struct.pack_into("<I", data, data.rfind(b"PK\x05\x06") + 16, offset)
    return bytes(data)


@pytest.mark.parametrize(
    ("data", "kind"),
    [
        (pdf(), PDF),
        (docx(), DOCX),
        (xlsx(), XLSX),
        (jpeg(), "image/jpeg"),
        (commented(b"x" * 0xFFFF), DOCX),
        (directory_of(900_000), DOCX),
        (zipped("readme.txt"), None),
        (zipped("word/document.xml"), None),
        (zipped("[Content_Types].xml", "word/readme.txt"), None),
        (zipped(*PARTS, "xl/workbook.xml"), None),
        (zipped(*PARTS, "word/vbaProject.bin"), None),
        (directory_of(1 << 20), None),
        (misled(0xFFFFFFFF), None),
        (misled(7), None),
        (docx()[:-10], None),
        (docx()[:60], None),
        (b"PK\x03\x04", None),
        (b"word/document.xml", None),
        (b"", None),
    ],
    ids=[
        "pdf", "docx", "xlsx", "jpeg", "docx with a comment", "docx of many parts", "zip", "no content types",
        "no main part", "two kinds", "macros", "too many parts", "list beyond the end", "list elsewhere",
        "cut at the end", "cut in the middle", "zip's first bytes", "text", "nothing",
    ],
)  # fmt: skip
def test_kind_of_a_whole_file_is_told_by_its_bytes(tmp_path: Path, data: bytes, kind: str | None) -> None:
    path = tmp_path / "anything.jpg"
    path.write_bytes(data)
    assert media_type(path, data[:HEAD]) == kind


@pytest.mark.parametrize(
    ("name", "kind", "saved"),
    [
        ("会议纪要.pdf", PDF, "会议纪要.pdf"),
        ("MINUTES.PDF", PDF, "MINUTES.PDF"),
        ("minutes.hta", PDF, "minutes.hta.pdf"),
        ("minutes.pdf", DOCX, "minutes.pdf.docx"),
        ("minutes", XLSX, "minutes.xlsx"),
        ("a\u202efdp.exe", PDF, "a_fdp.exe.pdf"),
        ("../..\\a\r\n:b.pdf", PDF, "_.._a___b.pdf"),
        ("site.jpeg", "image/jpeg", "site.jpeg"),
        ("x.html", "application/octet-stream", "x.html.bin"),
    ],
)
def test_name_of_a_saved_file_ends_as_what_it_is(name: str, kind: str, saved: str) -> None:
    assert saved_as(name, kind) == saved
