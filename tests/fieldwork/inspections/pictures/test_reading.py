"""What a photo says of itself, and what must not do harm."""

import contextlib
from datetime import UTC, datetime
from pathlib import Path
from random import Random
from typing import Any

import pytest
from PIL import Image, ImageFile
from PIL.ExifTags import GPS, Base
from PIL.TiffImagePlugin import IFDRational

from fieldwork.inspections.pictures.opening import Unreadable, opened
from fieldwork.inspections.pictures.reading import Metadata, metadata
from tests.fieldwork.inspections.pictures.shared import FOLDER, wants_photos
from tests.once import ONCE
from tests.pictures import at, encoded, exif_of, photo, scene, taken

pytestmark = ONCE


def read(tmp_path: Path, data: bytes) -> Metadata:
    path = tmp_path / "photo"
    path.write_bytes(data)
    with opened(path) as image:
        return metadata(image)


def said(tmp_path: Path, **tags: Any) -> Metadata:
    """What is read of a photo with these directories of EXIF."""
    return read(tmp_path, photo(1, (64, 48), exif_of(**tags)))


def utc(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=UTC)  # type: ignore[arg-type, misc]


def test_all_of_it_is_read(tmp_path: Path) -> None:
    main = {Base.Make: "测试", Base.Model: "X1", Base.Orientation: 6}
    found = said(tmp_path, main=main, gps=at(24.5, 113.25), details=taken("2026:11:21 12:00:00"))
    assert found.position is not None
    assert (found.position.latitude, found.position.longitude) == (24.5, 113.25)
    assert (found.taken_at, found.orientation) == (utc(2026, 11, 21, 4), 6)
    assert found.camera.endswith("X1")


@pytest.mark.parametrize(("latitude", "longitude"), [(24.5, 113.5), (-24.5, 113.5), (24.5, -94.25), (-33.5, -70.5)])
def test_sides_of_the_earth(tmp_path: Path, latitude: float, longitude: float) -> None:
    position = said(tmp_path, gps=at(latitude, longitude)).position
    assert position is not None
    assert (position.latitude, position.longitude) == (latitude, longitude)


@pytest.mark.parametrize(
    "gps",
    [
        {GPS.GPSLatitude: (IFDRational(1, 0), 0.0, 0.0)},
        {GPS.GPSLatitude: (IFDRational(0, 0), 0.0, 0.0)},
        {GPS.GPSLatitude: (24.0, 0.0)},
        {GPS.GPSLatitude: 24.0},
        {GPS.GPSLatitude: (91.0, 0.0, 0.0)},
        {GPS.GPSLatitude: (24.0, 61.0, 0.0)},
        {GPS.GPSLatitudeRef: "\0"},
        {GPS.GPSLatitudeRef: "X"},
        {GPS.GPSLatitude: (0.0, 0.0, 0.0), GPS.GPSLongitude: (0.0, 0.0, 0.0)},
        {GPS.GPSLongitude: (181.0, 0.0, 0.0)},
    ],
)
def test_position_that_is_none_is_left_out(tmp_path: Path, gps: Any) -> None:
    assert said(tmp_path, gps=at(24.5, 113.25) | gps, main={Base.Model: "X1"}) == Metadata(camera="X1")


@pytest.mark.parametrize(
    ("clock", "offset", "instant"),
    [
        ("2026:11:21 12:00:00", "+08:00", utc(2026, 11, 21, 4)),
        ("2026:11:21 12:00:00", "-05:00", utc(2026, 11, 21, 17)),
        ("2026:11:21 12:00:00", None, utc(2026, 11, 21, 4)),
        ("2026:11:21 12:00:00", "+99:00", utc(2026, 11, 21, 4)),
        ("2026:11:21 12:00:00", "   :  ", utc(2026, 11, 21, 4)),
        ("2026-11-21T12:00:00.123", None, utc(2026, 11, 21, 4)),
        ("2026:02:30 12:00:00", None, None),
        ("2026:11:21 24:00:01", None, None),
        ("0000:00:00 00:00:00", None, None),
        ("1980:01:01 00:00:00", None, None),
        ("9999:12:31 23:59:59", "-12:00", None),
        ("    :  :     :  :  ", None, None),
        ("yesterday", None, None),
    ],
)
def test_time_of_the_camera(tmp_path: Path, clock: str, offset: str | None, instant: datetime | None) -> None:
    assert said(tmp_path, details=taken(clock, offset)).taken_at == instant


def test_time_of_the_satellites_is_believed_first(tmp_path: Path) -> None:
    gps = {GPS.GPSDateStamp: "2026:11:21", GPS.GPSTimeStamp: (4.0, 30.0, 59.9)}
    assert said(tmp_path, gps=gps, details=taken("2020:01:01 00:00:00")).taken_at == utc(2026, 11, 21, 4, 30, 59)


@pytest.mark.parametrize(
    "gps",
    [
        {GPS.GPSDateStamp: "2026:11:21"},
        {GPS.GPSTimeStamp: (4.0, 30.0, 0.0)},
        {GPS.GPSDateStamp: "2026:11:21", GPS.GPSTimeStamp: (IFDRational(4, 0), 30.0, 0.0)},
        {GPS.GPSDateStamp: "2026:11:21", GPS.GPSTimeStamp: (25.0, 30.0, 0.0)},
    ],
)
def test_half_a_time_of_the_satellites_is_none(tmp_path: Path, gps: Any) -> None:
    found = said(tmp_path, gps=gps, details=taken("2026:11:20 12:00:00"))
    assert found.taken_at == utc(2026, 11, 20, 4)


@pytest.mark.parametrize("orientation", [0, 9, 65535])
def test_orientation_that_is_none_is_upright(tmp_path: Path, orientation: int) -> None:
    assert said(tmp_path, main={Base.Orientation: orientation}).orientation == 1


def test_camera_is_plain_text(tmp_path: Path) -> None:
    main = {Base.Make: "Nikon\0\0", Base.Model: "NIKON\x07 D70" + "x" * 500}
    assert said(tmp_path, main=main).camera == ("NIKON D70" + "x" * 500)[:200]


def test_no_metadata_are_none(tmp_path: Path) -> None:
    assert read(tmp_path, encoded(scene(1, (64, 48)), "PNG")) == Metadata()


def test_metadata_of_what_does_not_fit_are_looked_for_without_its_pixels(tmp_path: Path) -> None:
    path = tmp_path / "photo"
    path.write_bytes(encoded(Image.new("L", (7000, 7000)), "PNG", compress_level=1))
    with opened(path) as image:
        assert metadata(image) == Metadata()
        assert isinstance(image, ImageFile.ImageFile)
        assert image.tile  # what is still to be decoded


def harmed(data: bytes, seed: int, ends: tuple[int, int]) -> bytes:
    """With some bytes changed between two places, or cut off behind one of them."""
    random, harmed = Random(seed), bytearray(data)
    for _ in range(random.randint(1, 12)):
        harmed[random.randint(*ends)] = random.choice((0, 255, random.randrange(256)))
    return bytes(harmed[: random.randint(*ends)] if random.random() < 0.2 else harmed)


def test_harmed_metadata_are_never_fatal(tmp_path: Path) -> None:
    exif = exif_of({Base.Make: "测试", Base.Orientation: 6}, gps=at(24.5, 113.25), details=taken("2026:11:21 12:00:00"))
    for kind in ("JPEG", "PNG", "WEBP"):
        data = encoded(scene(1, (64, 48)), kind, exif=exif)
        start = data.find(b"MM\0") if b"MM\0" in data else data.find(b"II*")
        for seed in range(400):
            with contextlib.suppress(Unreadable):
                read(tmp_path, harmed(data, seed, (start, min(start + 300, len(data) - 1))))


@wants_photos
@pytest.mark.parametrize(
    ("name", "taken_at", "place", "camera"),
    [
        ("DSCN0010.jpg", utc(2008, 10, 23, 14, 27, 7), (43.4674, 11.8851), "NIKON COOLPIX P6000"),
        ("IMG_5195.HEIC", utc(2021, 4, 11, 20, 47, 53), (39.0513, -94.2888), "Apple iPhone 11 Pro Max"),
        ("HMD_Nokia_8.3_5G.jpg", utc(2022, 8, 14, 11, 12, 32), (60.1467, 24.9068), "HMD Global Nokia 8.3 5G"),
        ("36-memory_error.jpg", utc(2002, 4, 20, 16, 30, 33), None, "CASIO COMPUTER CO.,LTD. EX-M2"),
        ("67-0_length_string.jpg", None, (51.025, 7.5919), "samsung SM-G930F"),
        ("87_OSError.jpg", utc(2005, 12, 14, 6, 39, 47), (43.7856, 11.2346), "NIKON CORPORATION NIKON D70s"),
        ("corrupted.jpg", utc(2015, 9, 8, 3, 2, 17), None, "OLYMPUS IMAGING CORP. u1020,S1020"),
    ],
)
def test_photos_of_real_cameras(name: str, taken_at: Any, place: Any, camera: str) -> None:
    with opened(FOLDER / name) as image:
        found = metadata(image)
    assert (found.taken_at, found.camera) == (taken_at, camera)
    position = found.position
    assert (None if position is None else (round(position.latitude, 4), round(position.longitude, 4))) == place


def test_file_that_is_no_image_is_broken(tmp_path: Path) -> None:
    for data in (
        b"",
        b"\xff\xd8\xff",
        b"%PDF-1.7",
        b"\0\0\0\x18ftypheic" + bytes(64),
        Image.new("L", (8, 8)).tobytes(),
    ):
        with pytest.raises(Unreadable) as refused:
            read(tmp_path, data)
        assert refused.value.problem == "broken"
