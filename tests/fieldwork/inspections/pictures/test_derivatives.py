"""Smaller pictures: upright, bare of metadata, the right colours, and never at the cost of the machine."""

import contextlib
import subprocess
import sys
import zlib
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from PIL import Image, ImageChops, ImageCms, ImageStat
from PIL.ExifTags import Base

from fieldwork.inspections.pictures.derivatives import Size, derived, keep, reduced
from fieldwork.inspections.pictures.opening import Unreadable, opened
from fieldwork.inspections.pictures.reading import metadata
from tests.fieldwork.inspections.pictures.huge import huge_jpeg
from tests.fieldwork.inspections.pictures.shared import FOLDER, wants_photos
from tests.fieldwork.inspections.pictures.test_reading import harmed
from tests.once import ONCE
from tests.pictures import encoded, exif_of, photo, scene, taken

pytestmark = ONCE

RED, BLUE = (200, 30, 30), (30, 30, 200)
MEMORY_MB = 300
# As the worker has it; the most memory that this program ever held, not counting what its parent had when it began.
REDUCE = """
from pathlib import Path
from fieldwork.inspections.pictures.derivatives import Size, reduced
from fieldwork.inspections.pictures.opening import opened
from fieldwork.supervision.management.commands import worker
with opened(Path({path!r})) as image:
    large = reduced(image, 1)[Size.LARGE]
most = Path("/proc/self/status").read_text().split("VmHWM:")[1].split()[0]
print(large.width, most)
"""
QUICK: dict[str, dict[str, Any]] = {
    "progressive": {"progressive": True}, "PNG": {"format": "PNG", "compress_level": 1},
    "WEBP": {"format": "WEBP", "method": 0},
}  # fmt: skip


def made(path: Path) -> dict[Size, Image.Image]:
    with opened(path) as image:
        return reduced(image, metadata(image).orientation)


def large(tmp_path: Path, data: bytes) -> Image.Image:
    path = tmp_path / "photo"
    path.write_bytes(data)
    return made(path)[Size.LARGE]


def problem_of(tmp_path: Path, data: bytes) -> str:
    with pytest.raises(Unreadable) as refused:
        large(tmp_path, data)
    return refused.value.problem


def apart(one: Image.Image, other: Image.Image) -> float:
    """Mean difference of two pictures, of 255 levels."""
    return max(ImageStat.Stat(ImageChops.difference(one.convert("RGB"), other.convert("RGB"))).mean)


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ((4000, 3000), {"large": (1600, 1200), "thumb": (320, 240)}),
        ((3000, 4001), {"large": (1199, 1600), "thumb": (239, 320)}),
        ((1601, 40), {"large": (1600, 39), "thumb": (320, 7)}),
        ((500, 400), {"large": (500, 400), "thumb": (320, 256)}),
        ((200, 100), {"large": (200, 100), "thumb": (200, 100)}),
        ((5000, 1), {"large": (1600, 1), "thumb": (320, 1)}),
        ((1, 1), {"large": (1, 1), "thumb": (1, 1)}),
    ],
)
def test_sizes_keep_proportions_and_nothing_is_enlarged(tmp_path: Path, given: Any, expected: Any) -> None:
    path = tmp_path / "photo"
    path.write_bytes(encoded(Image.new("RGB", given, RED)))
    assert {size.value: picture.size for size, picture in made(path).items()} == expected


@pytest.mark.parametrize("orientation", range(1, 9))
def test_every_orientation_comes_out_upright(tmp_path: Path, orientation: int) -> None:
    upright = scene(1, (400, 300))
    backwards: dict[int, Any] = {
        2: Image.Transpose.FLIP_LEFT_RIGHT, 3: Image.Transpose.ROTATE_180, 4: Image.Transpose.FLIP_TOP_BOTTOM,
        5: Image.Transpose.TRANSPOSE, 6: Image.Transpose.ROTATE_90, 7: Image.Transpose.TRANSVERSE,
        8: Image.Transpose.ROTATE_270,
    }  # fmt: skip
    stored = upright.transpose(backwards[orientation]) if orientation in backwards else upright
    found = large(tmp_path, encoded(stored, exif=exif_of({Base.Orientation: orientation}), quality=95))
    assert found.size == upright.size
    assert apart(found, upright) < 4


@wants_photos
@pytest.mark.parametrize(("name", "size"), [("landscape_6.jpg", (600, 450)), ("portrait_8.jpg", (450, 600))])
def test_turned_photos_of_real_cameras(name: str, size: tuple[int, int]) -> None:
    assert made(FOLDER / name)[Size.LARGE].size == size


@wants_photos
def test_all_photos_of_real_cameras_are_reduced() -> None:
    for path in sorted(FOLDER.glob("*.[jH]*")):
        assert max(made(path)[Size.THUMB].size) == 320, path.name


def test_derivatives_hold_nothing_but_the_picture(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(settings, "MEDIA_ROOT", tmp_path)
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    exif = exif_of({Base.Make: "SECRET"}, details=taken("2026:11:21 12:00:00"))
    extra: dict[str, Any] = {"icc_profile": profile, "comment": b"SECRET", "dpi": (300, 300), "xmp": b"<x>SECRET</x>"}
    data = photo(1, exif=exif, **extra)
    path = tmp_path / "photo"
    path.write_bytes(data)
    keep("ab" * 32, made(path))
    assert b"SECRET" in data
    for size in Size:
        kept = derived("ab" * 32, size).read_bytes()
        assert segments(kept) == {0xE0, 0xDB, 0xC0, 0xC4, 0xDA}  # JFIF, tables, frame, tables, scan
        assert not {"exif", "icc_profile", "comment", "xmp", "dpi"} & set(Image.open(BytesIO(kept)).info)
    assert list((tmp_path / "incoming").iterdir()) == []


def segments(jpeg: bytes) -> set[int]:
    """The markers up to the scan."""
    at, found = 2, set()
    while 0xDA not in found:
        found.add(jpeg[at + 1])
        at += 2 + int.from_bytes(jpeg[at + 2 : at + 4])
    return found


@pytest.mark.parametrize(
    ("mode", "kind"),
    [
        ("RGB", "JPEG"), ("L", "JPEG"), ("CMYK", "JPEG"), ("RGB", "PNG"), ("P", "PNG"), ("L", "PNG"), ("1", "PNG"),
        ("RGBA", "PNG"), ("LA", "PNG"), ("I;16", "PNG"), ("RGB", "WEBP"), ("RGBA", "WEBP"),
    ],
)  # fmt: skip
def test_every_mode_comes_out_in_its_colours(tmp_path: Path, mode: str, kind: str) -> None:
    source = scene(1, (3300, 99), detail=8)
    if mode == "I;16":
        stored = Image.frombytes(
            "I;16", source.size, b"".join(bytes((0, level)) for level in source.convert("L").tobytes())
        )
        source = source.convert("L")
    else:
        stored = source = source.convert(mode)
    found = large(tmp_path, encoded(stored, kind))
    assert (found.mode, found.size) == ("RGB", (1600, 48))
    seen, meant = (image.convert("RGB").resize((66, 2), Image.Resampling.BOX) for image in (found, source))
    assert apart(seen, meant) < 4


def test_what_is_transparent_lies_on_white_paper(tmp_path: Path) -> None:
    clear = Image.new("RGBA", (100, 100), (0, 0, 0, 0))
    palette = Image.new("P", (100, 100), 0)
    for image, options in ((clear, {}), (palette, {"transparency": 0})):
        assert large(tmp_path, encoded(image, "PNG", **options)).getpixel((50, 50)) == (255, 255, 255)


def test_colours_of_another_profile_become_srgb(tmp_path: Path) -> None:
    srgb = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    named = srgb.replace("sRGB".encode("utf-16-be"), "odd!".encode("utf-16-be"))
    swapped = named.replace(b"rXYZ", b"_XYZ").replace(b"bXYZ", b"rXYZ").replace(b"_XYZ", b"bXYZ")
    lab = ImageCms.ImageCmsProfile(ImageCms.createProfile("LAB", 5000)).tobytes()
    plain, other = Image.new("RGB", (64, 64), RED), Image.new("RGB", (64, 64), RED[::-1])
    for profile, seen in ((swapped, other), (srgb, plain), (lab, plain), (b"no profile", plain)):
        assert apart(large(tmp_path, encoded(plain, icc_profile=profile, quality=95)), seen) < 6


def test_name_and_type_prove_nothing(tmp_path: Path) -> None:
    path = tmp_path / "photo.jpg"
    path.write_bytes(encoded(Image.new("RGB", (64, 64), BLUE), "PNG"))
    assert made(path)[Size.LARGE].getpixel((9, 9)) == BLUE
    for kind in ("GIF", "TIFF", "BMP"):
        assert problem_of(tmp_path, encoded(Image.new("RGB", (64, 64)), kind)) == "broken"


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_truncated_photo_is_broken(tmp_path: Path, kind: str) -> None:
    data = photo(1, format=kind)
    assert problem_of(tmp_path, data[: len(data) // 2]) == "broken"


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_harmed_photo_is_broken_at_worst(tmp_path: Path, kind: str) -> None:
    data = photo(1, (96, 64), format=kind)
    for seed in range(400):
        with contextlib.suppress(Unreadable):
            large(tmp_path, harmed(data, seed, (4, len(data) - 1)))


@wants_photos
def test_harmed_heic_is_broken_at_worst(tmp_path: Path) -> None:
    data = (FOLDER / "IMG_5195.HEIC").read_bytes()
    for seed in range(6):
        with contextlib.suppress(Unreadable):
            large(tmp_path, harmed(data, seed, (8, 6000)))
    assert problem_of(tmp_path, data[:2000]) == "broken"  # further on, what is left of it is shown


def test_bombs_are_refused(tmp_path: Path) -> None:
    small = encoded(Image.new("1", (16, 16)), "PNG")
    for side in (16_000, 30_000, 65_000):  # at the limit a warning, at its double an error
        sized = b"IHDR" + side.to_bytes(4) * 2 + small[24:29]
        bomb = small[:12] + sized + zlib.crc32(sized).to_bytes(4) + small[33:]
        assert problem_of(tmp_path, bomb) == "too_large"


@pytest.mark.parametrize("kind", ["progressive", "PNG", "WEBP"])
def test_photo_that_needs_too_much_memory_is_said_to(tmp_path: Path, kind: str) -> None:
    side = {"progressive": 9000, "PNG": 7000, "WEBP": 4000}[kind]
    image = Image.new("RGB", (side, side), BLUE)
    assert problem_of(tmp_path, encoded(image, **QUICK[kind])) == "too_large"


def test_baseline_in_several_scans_is_held_whole_too(tmp_path: Path) -> None:
    data = huge_jpeg(13_000, 11_000)
    scan = data.index(b"\xff\xda")
    several = data[: scan + 4] + b"\x01" + data[scan + 5 :]
    assert problem_of(tmp_path, several) == "too_large"


@pytest.mark.parametrize(
    ("mode", "size"), [("RGBA", (5000, 4500)), ("LA", (5000, 4500)), ("I;16", (5000, 4500)), ("1", (1, 5_000_000))]
)
def test_png_that_is_held_twice_or_has_many_rows_needs_more(tmp_path: Path, mode: str, size: tuple[int, int]) -> None:
    assert problem_of(tmp_path, encoded(Image.new(mode, size), **QUICK["PNG"])) == "too_large"


def test_jpeg_whose_scans_have_no_end_is_none(tmp_path: Path) -> None:
    data = encoded(scene(1), **QUICK["progressive"])
    last = data[data.rindex(b"\xff\xda") : -2]
    assert large(tmp_path, data[:-2] + last * 20 + data[-2:]).size == (640, 480)
    assert problem_of(tmp_path, data[:-2] + last * 200 + data[-2:]) == "broken"


@pytest.mark.parametrize("padding", [b"\xff\xe0\x00\x02" * 5000, b"\xff" * (1 << 20)])
def test_jpeg_that_is_padding_is_none(tmp_path: Path, padding: bytes) -> None:
    data = encoded(scene(1))
    assert problem_of(tmp_path, data[:2] + padding + data[2:]) == "broken"


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells a program's own peak")
@pytest.mark.parametrize(
    "kind",
    [
        "baseline of 200 megapixels",
        "progressive of 48",
        "WebP of 12",
        "PNG of 36",
        "PNG of 20 with alpha",
        "PNG of 20 in 16 bits of grey",
        "PNG of 4 with a row each",
    ],
)
def test_memory_stays_below_300_mb(tmp_path: Path, kind: str) -> None:
    path = tmp_path / "photo"
    if kind.startswith("baseline"):
        path.write_bytes(huge_jpeg(16_320, 12_256))
    else:
        mode, size, options = {
            "progressive of 48": ("RGB", (6920, 6920), "progressive"), "WebP of 12": ("RGB", (3490, 3490), "WEBP"),
            "PNG of 36": ("RGB", (6000, 6000), "PNG"), "PNG of 20 with alpha": ("RGBA", (4500, 4500), "PNG"),
            "PNG of 20 in 16 bits of grey": ("I;16", (4500, 4500), "PNG"),
            "PNG of 4 with a row each": ("1", (1, 4_000_000), "PNG"),
        }[kind]  # fmt: skip
        path.write_bytes(encoded(Image.new(mode, size), **QUICK[options]))
    command = [sys.executable, "manage.py", "shell", "--no-imports", "--command", REDUCE.format(path=str(path))]
    done = subprocess.run(command, cwd=settings.BASE_DIR, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    width, kilobytes = done.stdout.split()
    assert width == ("1" if kind.endswith("each") else "1600")
    assert int(kilobytes) >> 10 < MEMORY_MB, f"{kind}: {kilobytes} kB"


def test_huge_photo_is_what_it_is_called(tmp_path: Path) -> None:
    image = Image.open(BytesIO(huge_jpeg(640, 480)))
    assert image.size == (640, 480)
    first, last = image.crop((0, 0, 640, 16)), image.crop((0, 464, 640, 480))
    assert apart(first, last) < 3  # colours run over the edges of blocks
    assert ImageStat.Stat(first).stddev[0] > 20
