"""Pictures for tests: textured, so that two of different seeds are never alike, and whatever metadata one likes."""

from io import BytesIO
from random import Random
from typing import Any

from PIL import Image
from PIL.ExifTags import GPS, IFD, Base


def scene(seed: int, size: tuple[int, int] = (640, 480), detail: int = 24) -> Image.Image:
    """A cloudy picture of its own."""
    random = Random(seed)
    small = Image.frombytes("RGB", (detail, detail), random.randbytes(detail * detail * 3))
    return small.resize(size, Image.Resampling.BICUBIC)


def photo(seed: int, size: tuple[int, int] = (640, 480), exif: Image.Exif | None = None, **options: Any) -> bytes:
    """The same as a JPEG, or as what `format` says."""
    return encoded(scene(seed, size), exif=Image.Exif() if exif is None else exif, **options)


def encoded(image: Image.Image, format: str = "JPEG", **options: Any) -> bytes:
    file = BytesIO()
    image.save(file, format, **options)
    return file.getvalue()


def exif_of(main: dict[int, Any] | None = None, *, gps: Any = None, details: Any = None) -> Image.Exif:
    """Metadata with these tags in the three directories that are read."""
    exif = Image.Exif()
    exif.update(main or {})
    exif.get_ifd(IFD.GPSInfo).update(gps or {})
    exif.get_ifd(IFD.Exif).update(details or {})
    return exif


def at(latitude: float, longitude: float) -> dict[int, Any]:
    """The GPS directory of a place."""
    return {
        GPS.GPSLatitudeRef: "N" if latitude >= 0 else "S",
        GPS.GPSLatitude: (abs(latitude), 0.0, 0.0),
        GPS.GPSLongitudeRef: "E" if longitude >= 0 else "W",
        GPS.GPSLongitude: (abs(longitude), 0.0, 0.0),
    }


def taken(clock: str, offset: str | None = "+08:00") -> dict[int, Any]:
    """The Exif directory of a time, as `2026:11-21 12:00:00`."""
    details: dict[int, Any] = {Base.DateTimeOriginal: clock}
    return details | ({Base.OffsetTimeOriginal: offset} if offset else {})
