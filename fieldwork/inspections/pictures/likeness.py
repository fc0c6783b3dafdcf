"""Whether two photos show the same picture: a difference hash of 128 bits, and the search for those near it.

A photo sent again in another size or quality, a little brighter or a little cropped, differs in a few bits; two photos
of one place, taken minutes apart, in some fifty.
"""

from collections.abc import Sequence
from functools import reduce
from operator import or_

from django.db.models import Q, QuerySet
from PIL import Image

from fieldwork.inspections.models import Picture

Bands = tuple[int, ...]

BANDS = 8  # of 16 bits each
MOST_BITS = BANDS - 1  # with fewer differences than bands, one band at least is equal
NAMES = [f"band_{number}" for number in range(BANDS)]
_SIDE = 8
_STEP = 1.0  # of 256 levels: what is flat stays flat, however it was compressed
_FEATURE = 2.0
_FEATURES = 72  # of 128: below, as in a night or a wall, all pictures are alike


def bands_of(thumb: Image.Image) -> Bands | None:
    """The hash of an upright picture: 64 steps to the right and 64 downwards, each up or not; None without features.

    A band takes one cell of every row and every column of both grids, so that a clear sky makes no band common.
    """
    grey = thumb.convert("L").convert("F")
    across, down = _levels(grey, (_SIDE + 1, _SIDE)), _levels(grey, (_SIDE, _SIDE + 1))
    cells = [(row, column) for row in range(_SIDE) for column in range(_SIDE)]
    right = [across[row * (_SIDE + 1) + column + 1] - across[row * (_SIDE + 1) + column] for row, column in cells]
    lower = [down[(row + 1) * _SIDE + column] - down[row * _SIDE + column] for row, column in cells]
    if sum(abs(step) > _FEATURE for step in right + lower) < _FEATURES:
        return None
    bands = [0] * BANDS
    for (row, column), *steps in zip(cells, right, lower, strict=True):
        band = (row + column) % BANDS
        for step in steps:
            bands[band] = bands[band] << 1 | (step > _STEP)
    return tuple(bands)


def distance(one: Sequence[int | None], other: Sequence[int | None]) -> int:
    """In how many of their 128 bits two hashes differ; pictures without features differ in all."""
    pairs = zip(one, other, strict=True)
    return sum(16 if a is None or b is None else (a ^ b).bit_count() for a, b in pairs)


def near(bands: Bands) -> QuerySet[Picture]:
    """The pictures that share a band with this hash, found by eight indexes: all that differ in at most `MOST_BITS`
    bits are among them."""
    shares = reduce(or_, (Q(**{name: band}) for name, band in zip(NAMES, bands, strict=True)))
    return Picture.objects.filter(shares)


def _levels(grey: Image.Image, size: tuple[int, int]) -> Sequence[float]:
    return memoryview(grey.resize(size, Image.Resampling.BOX).tobytes()).cast("f").tolist()
