"""Photos opened by their content alone, and only where decoding them fits the memory that a worker has."""

import struct
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, NamedTuple

from pi_heif import register_heif_opener
from PIL import Image

from fieldwork.inspections.enums import PictureProblem

register_heif_opener(thumbnails=False, depth_images=False, aux_images=False)
Image.MAX_IMAGE_PIXELS = 250_000_000
# Blocks of 16 MB that Pillow keeps from one picture to the next: fresh memory from the kernel costs a third of a frame.
Image.core.set_blocks_max(4)  # type: ignore[attr-defined]  # documented, but not in its types

FORMATS = ("JPEG", "PNG", "WEBP", "HEIF")
DECODING_BYTES = 200 << 20  # what decoding may take; a worker has some 90 MB besides
# What decoders raise at bytes that are no image, found by feeding them such bytes; a fault that is not among them ends
# the attempt, and after a few attempts the picture is given up.
FAULTS = (
    OSError, SyntaxError, ValueError, TypeError, LookupError, ArithmeticError, RuntimeError, EOFError, AttributeError,
    struct.error,
)  # fmt: skip

_WHOLE = {"PNG": 5, "WEBP": 17, "HEIF": 10}  # bytes a pixel at the peak, as measured
_TWICE = 10  # of a PNG that must be held in two kinds at once: with an alpha channel, or 16 bits of grey
_ROW = 40  # bytes that a row takes however short it is
_MOST_SEGMENTS = 2000  # before a JPEG's first scan; Pillow keeps an object of each, and 30 MB have room for millions
_MOST_FILLING = 1 << 16  # bytes between two of them
_MOST_SCANS = 100  # of a progressive JPEG; encoders make ten, but each may be a few bytes long and costs as the first
_SEQUENTIAL = {0xC0, 0xC1}
_START_OF_SCAN = 0xDA
_FRAMES = {*range(0xC0, 0xD0)} - {0xC4, 0xC8, 0xCC}  # but for tables and extensions
_STANDALONE = {0x01, *range(0xD0, 0xD9)}


class Unreadable(Exception):
    """Nothing can be made of a picture."""

    def __init__(self, problem: PictureProblem) -> None:
        super().__init__(problem)
        self.problem = problem


@contextmanager
def opened(path: Path) -> Iterator[Image.Image]:
    """The image in a file, its pixels not decoded yet. Errors: `Unreadable`, also for what the block finds broken."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # metadata of all kinds
        warnings.simplefilter("error", Image.DecompressionBombWarning)
        try:
            _require_few_segments(path)
            with Image.open(path, formats=FORMATS) as image:
                yield image
        except (Image.DecompressionBombWarning, Image.DecompressionBombError, MemoryError):
            raise Unreadable(PictureProblem.TOO_LARGE) from None
        except FAULTS as fault:
            raise Unreadable(PictureProblem.BROKEN) from fault


def draft(image: Image.Image, size: tuple[int, int]) -> None:
    """Prepare to decode at `size` or above, which must have the image's own proportions.

    Errors: `Unreadable` where decoding would take more than `DECODING_BYTES`.
    """
    pixels, kind = image.width * image.height, _kind(image)
    if kind == "JPEG":
        held = _held(image)
        image.draft("RGB", size)
        needed = pixels * held + image.width * image.height * 4
    else:
        needed = _whole(image)
    if needed > DECODING_BYTES:
        raise Unreadable(PictureProblem.TOO_LARGE)
    if needed > DECODING_BYTES // 4:
        Image.core.clear_cache()  # type: ignore[attr-defined]  # what is kept counts too


def fits_whole(image: Image.Image) -> bool:
    """Whether the memory lets all its pixels be decoded as they are; a JPEG's never have to be."""
    return _kind(image) == "JPEG" or _whole(image) <= DECODING_BYTES


def _whole(image: Image.Image) -> int:
    kind, seen_through = _kind(image), image.mode == "P" and "transparency" in image.info
    twice = kind == "PNG" and (seen_through or "A" in image.getbands() or image.mode.startswith("I"))
    return image.width * image.height * (_TWICE if twice else _WHOLE[kind]) + image.height * _ROW


def _kind(image: Image.Image) -> str:
    return "JPEG" if image.format in ("JPEG", "MPO") else str(image.format)


def _held(image: Image.Image) -> float:
    """Bytes a pixel that a JPEG's decoder keeps of the whole picture: none where one scan tells all.

    Errors: `Unreadable` for more scans than any camera makes, which would keep the worker for hours.
    """
    path = Path(image.filename)  # type: ignore[attr-defined]  # of every image that was opened by its path
    with path.open("rb") as file:
        frame = _frame(file)
    if frame.at_once:
        return 0.0
    if path.read_bytes().count(bytes([0xFF, _START_OF_SCAN])) > _MOST_SCANS:
        raise Unreadable(PictureProblem.BROKEN)
    most = max(wide * high for wide, high in frame.sampling)
    return 2 * sum(wide * high for wide, high in frame.sampling) / most


class _Frame(NamedTuple):
    """How a JPEG is stored: horizontal and vertical sampling of each component, and whether in a single scan."""

    sampling: list[tuple[int, int]]
    at_once: bool


def _frame(file: BinaryIO) -> _Frame:
    """By the markers up to the first scan (ITU-T T.81, B.1)."""
    file.seek(2)
    sequential, sampling = False, [(1, 1)]
    for _each in range(_MOST_SEGMENTS):
        marker = _marker(file)
        if marker in _STANDALONE:
            continue
        body = file.read(int.from_bytes(file.read(2)) - 2)
        if marker in _FRAMES:
            sequential = marker in _SEQUENTIAL
            sampling = [(max(1, pair >> 4), max(1, pair & 15)) for pair in body[7::3]]
        if marker == _START_OF_SCAN:
            return _Frame(sampling, sequential and body[0] == len(sampling))
    raise Unreadable(PictureProblem.BROKEN)


def _marker(file: BinaryIO) -> int:
    begun = False
    for _each in range(_MOST_FILLING):
        byte = file.read(1)
        if not byte:
            raise EOFError
        if begun and byte != b"\xff":
            return byte[0]
        begun = byte == b"\xff"
    raise Unreadable(PictureProblem.BROKEN)


def _require_few_segments(path: Path) -> None:
    with path.open("rb") as file:
        if file.read(2) == b"\xff\xd8":
            _frame(file)
