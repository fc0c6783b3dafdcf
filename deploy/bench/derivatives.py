"""Derivatives of a 12-megapixel photo: ours beside pyvips, frames a second of one core.

A frame is both derivatives (1600 and 320 pixels, upright, without metadata, JPEG of quality 80), from a file to bytes.
Every way has its turn within each round, in rotated order; a figure is processor time (all threads), a ratio the median
over the rounds of pyvips' time to the way's own. pyvips must be importable
(`pip install --target FOLDER pyvips[binary]`, then PYTHONPATH=FOLDER): it is no dependency.

The photo is drawn unless one is given: detail of all sizes, and noise as of a sensor.
"""

import argparse
import io
import logging
import os
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from random import Random

os.environ.setdefault("VIPS_CONCURRENCY", "1")
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "fieldwork.settings")
sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

import _bench as bench
import django
import pyvips
from PIL import Image

django.setup()

from fieldwork.inspections.pictures.derivatives import QUALITY, reduced  # noqa: E402  # needs the settings
from fieldwork.inspections.pictures.opening import opened  # noqa: E402

LARGE, THUMB = 1600, 320
SIZE = (4000, 3000)


def draw(path: Path) -> None:
    """A landscape of noise in many sizes, as a phone would store it: some 3 MB."""
    random = Random(1)  # noqa: S311  # a drawing
    image = Image.new("RGB", SIZE, (128, 128, 128))
    for grain, share in ((8, 0.5), (40, 0.5), (200, 0.06), (1000, 0.06), (4000, 0.06)):
        size = (grain, grain * 3 // 4)
        noise = Image.frombytes("RGB", size, random.randbytes(size[0] * size[1] * 3)).resize(
            SIZE, Image.Resampling.BICUBIC
        )
        image = Image.blend(image, noise, share)
    image.save(path, "JPEG", quality=90)


def ours(path: Path) -> None:
    with opened(path) as image:
        for picture in reduced(image, 1).values():
            picture.save(io.BytesIO(), "JPEG", quality=QUALITY)


def plain_pillow(path: Path) -> None:
    with Image.open(path) as image:
        image.load()
        for longest in (LARGE, THUMB):
            small = image.copy()
            small.thumbnail((longest, longest), Image.Resampling.LANCZOS)
            small.save(io.BytesIO(), "JPEG", quality=QUALITY)


def pyvips_from_file(path: Path) -> None:
    """Each size from the file, as its documentation has it."""
    for longest in (LARGE, THUMB):
        small = pyvips.Image.thumbnail(str(path), longest, height=longest, size="down")
        small.jpegsave_buffer(Q=QUALITY, keep="none")


def pyvips_thumb_from_large(path: Path) -> None:
    """The file is decoded once."""
    large = pyvips.Image.thumbnail(str(path), LARGE, height=LARGE, size="down").copy_memory()
    for small in (large, large.thumbnail_image(THUMB, height=THUMB, size="down")):
        small.jpegsave_buffer(Q=QUALITY, keep="none")


WAYS: dict[str, Callable[[Path], None]] = {
    "pyvips, each from the file": pyvips_from_file,
    "pyvips, thumb from large": pyvips_thumb_from_large,
    "plain Pillow, LANCZOS": plain_pillow,
    "ours": ours,
}


def turn(way: Callable[[Path], None], path: Path, frames: int) -> float:
    """Seconds of processor time a frame."""
    started = time.process_time()
    for _ in range(frames):
        way(path)
    return (time.process_time() - started) / frames


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--photo", type=Path, help="a JPEG instead of the drawn one")
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--frames", type=int, default=5, help="a turn")
    options = parser.parse_args()
    pyvips.cache_set_max(0)
    logging.getLogger("pyvips").setLevel(logging.WARNING)
    with tempfile.TemporaryDirectory() as folder:
        path = options.photo or Path(folder) / "drawn.jpg"
        if options.photo is None:
            draw(path)
        took: dict[str, list[float]] = {name: [] for name in WAYS}
        for way in WAYS.values():
            way(path)  # warm
        for order in bench.rotated(list(WAYS), options.rounds):
            for name in order:
                took[name].append(turn(WAYS[name], path, options.frames))
        with Image.open(path) as image:
            sys.stdout.write(f"{image.width} x {image.height}, {path.stat().st_size / 1e6:.1f} MB\n")
    first, second, *_ = WAYS
    rows = []
    for name, times in took.items():
        ratios = [f"{bench.median_ratio(took[base], times):.2f}" for base in (first, second)]
        rows.append([name, f"{1 / sorted(times)[len(times) // 2]:.1f}", *ratios])
    sys.stdout.write(bench.table(["way", "frames/s", "to the first", "to the second"], rows) + "\n")


if __name__ == "__main__":
    main()
