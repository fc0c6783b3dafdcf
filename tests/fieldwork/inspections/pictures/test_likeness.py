"""The hash of a picture, and that looking for those near it touches few rows however many there are."""

from random import Random
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone
from PIL import Image

from fieldwork.core.models import Blob
from fieldwork.inspections.models import Picture
from fieldwork.inspections.pictures.likeness import BANDS, MOST_BITS, NAMES, Bands, bands_of, distance, near
from tests.pictures import scene

ROWS = 4000


def hash_of(image: Image.Image) -> Bands:
    bands = bands_of(image)
    assert bands is not None
    return bands


def with_bits_changed(bands: Bands, bits: list[int]) -> Bands:
    changed = list(bands)
    for bit in bits:
        changed[bit // 16] ^= 1 << bit % 16
    return tuple(changed)


def test_hash_has_eight_bands_of_sixteen_bits_all_of_which_vary() -> None:
    hashes = [hash_of(scene(seed, (320, 240))) for seed in range(40)]
    for band in range(BANDS):
        values = [one[band] for one in hashes]
        assert max(values) < 1 << 16
        assert any_of(values) & ~all_of(values) == (1 << 16) - 1


def any_of(values: list[int]) -> int:
    found = 0
    for value in values:
        found |= value
    return found


def all_of(values: list[int]) -> int:
    found = (1 << 16) - 1
    for value in values:
        found &= value
    return found


def test_other_pictures_are_far_away() -> None:
    hashes = [hash_of(scene(seed, (320, 240))) for seed in range(60)]
    apart = [distance(one, other) for number, one in enumerate(hashes) for other in hashes[:number]]
    assert min(apart) > 3 * MOST_BITS


def test_distance_counts_bits() -> None:
    one = hash_of(scene(1, (320, 240)))
    for bits in ([], [0], [15, 16, 127], list(range(128))):
        assert distance(one, with_bits_changed(one, bits)) == len(bits)
    assert distance(one, [None] * BANDS) == 128


@pytest.mark.parametrize("grey", [0, 3, 128, 255])
def test_picture_without_features_has_no_hash(grey: int) -> None:
    plain = Image.new("RGB", (320, 240), (grey, grey, grey))
    assert bands_of(plain) is None
    plain.paste((255, 255, 255), (100, 100, 110, 110))  # a lamp
    assert bands_of(plain) is None


def test_pictures_of_any_shape_have_one() -> None:
    for size in ((320, 7), (7, 320), (9, 9), (1, 1)):
        bands_of(scene(1, size))


@pytest.fixture
def many(db: None) -> Bands:
    """Many pictures, and the hash of one of them."""
    random, now = Random(1), timezone.now()
    names = [f"{number:064x}" for number in range(ROWS)]
    Blob.objects.bulk_create(Blob(sha256=name, bytes=1, content_type="image/jpeg", stored_at=now) for name in names)
    rows: list[dict[str, Any]] = [{band: random.getrandbits(16) for band in NAMES} for _ in names]
    Picture.objects.bulk_create(Picture(blob_id=name, **row) for name, row in zip(names, rows, strict=True))
    with connection.cursor() as cursor:
        cursor.execute(f"ANALYZE {Picture._meta.db_table}")
    return tuple(rows[ROWS // 2].values())


def test_all_within_seven_bits_are_found(many: Bands) -> None:
    random = Random(2)
    for _ in range(50):
        changed = with_bits_changed(many, random.sample(range(128), MOST_BITS))
        assert f"{ROWS // 2:064x}" in set(near(changed).values_list("pk", flat=True))
    assert near(with_bits_changed(many, [16 * band for band in range(BANDS)])).count() < 10  # a band each: not found


def test_search_goes_by_the_indexes_of_all_bands(many: Bands) -> None:
    plan = near(many).exclude(pk="0" * 64).values_list("pk", *NAMES).explain()
    assert "Seq Scan" not in plan
    assert "SCAN" not in plan
    assert plan.count("band_") >= BANDS, plan
