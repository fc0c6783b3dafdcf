"""What kind of file some bytes are, by the bytes alone: names and declared types prove nothing."""

import struct
from collections.abc import Iterator
from pathlib import Path

HEAD = 32  # bytes that tell an image or a PDF
PDF = "application/pdf"
DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
IMAGES = ("image/jpeg", "image/png", "image/webp", "image/heic", "image/heif")
DOCUMENTS = (PDF, DOCX, XLSX)

_ENDINGS = {
    "image/jpeg": (".jpg", ".jpeg"), "image/png": (".png",), "image/webp": (".webp",),
    "image/heic": (".heic", ".heif"), "image/heif": (".heif", ".heic"),
    PDF: (".pdf",), DOCX: (".docx",), XLSX: (".xlsx",),
}  # fmt: skip
_PARTING = frozenset('/\\:*?"<>|')  # what parts folders, drives and streams, or is in no name on Windows

_HEIF = frozenset({"image/heic", "image/heif"})
_HEIF_BRANDS = (b"heic", b"heix", b"hevc", b"hevx", b"heim", b"heis", b"mif1", b"msf1")
_MAIN_PARTS = {b"word/document.xml": DOCX, b"xl/workbook.xml": XLSX}
_END, _ENTRY = b"PK\x05\x06", b"PK\x01\x02"
_END_SIZE, _ENTRY_SIZE = 22, 46
_LONGEST_COMMENT = 0xFFFF
_LONGEST_DIRECTORY = 1 << 20  # of an archive that we read: a document has a few hundred parts


def are_alike(one: str, other: str) -> bool:
    """Whether two media types say the same of a file; phones name HEIC and HEIF as they like."""
    return one == other or {one, other} <= _HEIF


def saved_as(name: str, kind: str) -> str:
    """The name under which a person saves a file of this media type: printable, of no folder, ending as what it is.

    Whoever declared the file chose the name, and a computer opens a file by its end: bytes that begin as a PDF does
    run as a program where they are called `minutes.hta`.
    """
    plain = "".join(each if each.isprintable() and each not in _PARTING else "_" for each in name).strip(" .")
    endings = _ENDINGS.get(kind, (".bin",))
    return plain if plain.lower().endswith(endings) else plain + endings[0]


def image_type(head: bytes) -> str | None:
    """The media type of an image by its first 32 bytes, whatever it is called; None if it is no photo we take."""
    if head.startswith(b"\xff\xd8\xff"):
        return "image/jpeg"
    if head.startswith(b"\x89PNG\r\n\x1a\n"):
        return "image/png"
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return "image/webp"
    if head[4:8] == b"ftyp" and head[8:12] in _HEIF_BRANDS:
        return "image/heif" if head[8:12] in (b"mif1", b"msf1") else "image/heic"
    return None


def media_type(path: Path, head: bytes) -> str | None:
    """The media type of a whole file that begins with `head`; None if it is neither image, PDF, DOCX nor XLSX."""
    if head.startswith(b"%PDF-"):
        return PDF
    if head.startswith(b"PK\x03\x04"):
        return _office_type(path)
    return image_type(head)


def _office_type(path: Path) -> str | None:
    """By the parts that the archive lists; with macros it is another kind of document, which we do not take."""
    names = set(_names(path))
    if b"[Content_Types].xml" not in names or any(name.endswith(b"vbaProject.bin") for name in names):
        return None
    kinds = {kind for part, kind in _MAIN_PARTS.items() if part in names}
    return kinds.pop() if len(kinds) == 1 else None


def _names(path: Path) -> Iterator[bytes]:
    """What a ZIP file lists; nothing where the list is broken or too long.

    Read by hand: `zipfile` makes an object of every entry, and a file of the size we take can list half a million.
    """
    directory = _directory(path)
    at = 0
    while directory[at : at + 4] == _ENTRY and len(directory) >= at + _ENTRY_SIZE:
        name, extra, comment = struct.unpack_from("<HHH", directory, at + 28)
        yield directory[at + _ENTRY_SIZE : at + _ENTRY_SIZE + name]
        at += _ENTRY_SIZE + name + extra + comment


def _directory(path: Path) -> bytes:
    """The bytes of a ZIP file's central directory; none where there is none, or one too long."""
    with path.open("rb") as file:
        size = file.seek(0, 2)
        file.seek(max(0, size - _END_SIZE - _LONGEST_COMMENT))
        tail = file.read()
        end = tail.rfind(_END)
        if end < 0 or len(tail) < end + _END_SIZE:
            return b""
        length, offset = struct.unpack_from("<II", tail, end + 12)
        if length > _LONGEST_DIRECTORY or offset + length > size:
            return b""
        file.seek(offset)
        return file.read(length)
