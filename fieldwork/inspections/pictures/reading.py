"""What a photo says of itself (EXIF): where, when, with what. It proves nothing, and nothing in it does harm."""

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

from PIL import Image
from PIL.ExifTags import GPS, IFD, Base

from fieldwork.core.geo import Position
from fieldwork.core.periods import ZONE
from fieldwork.inspections.pictures.opening import FAULTS, fits_whole

EARLIEST = 1995  # cameras without a set clock say 1970 or 1980
_DAY = re.compile(r"\s*(\d{4})[:\-/.](\d{1,2})[:\-/.](\d{1,2})")
_TIME = re.compile(r"[\sT]+(\d{1,2}):(\d{1,2}):(\d{1,2})")
_OFFSET = re.compile(r"\s*([+-])(\d{2}):?(\d{2})\s*\Z")
_LONGEST_CAMERA = 200
_SIXTY = 60


@dataclass(frozen=True, slots=True)
class Metadata:
    """`taken_at` is an instant, `position` WGS-84, `camera` maker and model; what is missing or absurd is None or
    empty. `orientation` is EXIF's, 1 (upright) to 8."""

    taken_at: datetime | None = None
    position: Position | None = None
    camera: str = ""
    orientation: int = 1


def metadata(image: Image.Image) -> Metadata:
    """What can be read of it; never fatal."""
    if image.format == "PNG" and "exif" not in image.info and not fits_whole(image):
        return Metadata()  # Pillow would decode it all, to see whether they stand behind the pixels
    try:
        exif = image.getexif()
        main, details, gps = dict(exif), exif.get_ifd(IFD.Exif), exif.get_ifd(IFD.GPSInfo)
    except FAULTS:
        return Metadata()
    orientation = main.get(Base.Orientation)
    return Metadata(
        _by_satellite(gps) or _by_clock(details),
        _position(gps),
        _camera(main),
        orientation if isinstance(orientation, int) and orientation in range(1, 9) else 1,
    )


def _by_satellite(gps: Mapping[int, Any]) -> datetime | None:
    """GPS date and time, which are UTC."""
    day, time = _DAY.match(_text(gps.get(GPS.GPSDateStamp))), _numbers(gps.get(GPS.GPSTimeStamp))
    if day is None or time is None:
        return None
    hours, minutes, seconds = time
    return _instant(day.groups(), (hours, minutes, int(seconds)), UTC)


def _by_clock(details: Mapping[int, Any]) -> datetime | None:
    """The camera's own time with its offset; in the policy's zone without one."""
    text = _text(details.get(Base.DateTimeOriginal))
    day = _DAY.match(text)
    time = _TIME.match(text, day.end()) if day else None
    if day is None or time is None:
        return None
    offset = _OFFSET.match(_text(details.get(Base.OffsetTimeOriginal)))
    zone: Any = ZONE
    if offset is not None:
        sign, hours, minutes = offset.groups()
        ahead = timedelta(hours=int(hours), minutes=int(minutes))
        if ahead < timedelta(days=1):
            zone = timezone(-ahead if sign == "-" else ahead)
    return _instant(day.groups(), time.groups(), zone)


def _instant(day: tuple[Any, ...], time: tuple[Any, ...], zone: Any) -> datetime | None:
    try:
        at = datetime(*(int(part) for part in (*day, *time)), tzinfo=zone).astimezone(UTC)  # type: ignore[arg-type, misc]
    except (ValueError, OverflowError):
        return None
    return at if at.year >= EARLIEST else None


def _position(gps: Mapping[int, Any]) -> Position | None:
    latitude = _degrees(gps.get(GPS.GPSLatitude), gps.get(GPS.GPSLatitudeRef), "NS")
    longitude = _degrees(gps.get(GPS.GPSLongitude), gps.get(GPS.GPSLongitudeRef), "EW")
    if latitude is None or longitude is None or (latitude, longitude) == (0, 0):  # what a phone writes without a fix
        return None
    try:
        return Position(latitude, longitude)
    except ValueError:
        return None


def _degrees(value: Any, reference: Any, sides: str) -> float | None:
    """Signed degrees of degrees, minutes and seconds; None without the side, which would be a guess."""
    parts, side = _numbers(value), _text(reference).strip().upper()[:1]
    if parts is None or not side or side not in sides:
        return None
    degrees, minutes, seconds = parts
    if min(parts) < 0 or minutes > _SIXTY or seconds > _SIXTY:
        return None
    size = degrees + minutes / 60 + seconds / 3600
    return -size if side == sides[1] else size


def _numbers(value: Any) -> tuple[float, float, float] | None:
    """Three finite numbers."""
    try:
        first, second, third = (float(part) for part in value)
    except (TypeError, ValueError, ArithmeticError):
        return None
    return (first, second, third) if all(map(math.isfinite, (first, second, third))) else None


def _camera(main: Mapping[int, Any]) -> str:
    maker, model = (_text(main.get(tag)).strip() for tag in (Base.Make, Base.Model))
    named = model if model.lower().startswith(maker.lower()) else f"{maker} {model}"
    return named.strip()[:_LONGEST_CAMERA]


def _text(value: Any) -> str:
    """Printable text, whatever stands there: PostgreSQL takes no NUL."""
    text = value.decode("latin-1") if isinstance(value, bytes) else value if isinstance(value, str) else ""
    return "".join(character for character in text if character.isprintable())
