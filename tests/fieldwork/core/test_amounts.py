"""Spans, distances and sizes in words."""

import pytest
from django.utils import translation

from fieldwork.core.amounts import distance_in_words, size_in_words, span_in_words


@pytest.mark.parametrize(
    ("minutes", "chinese", "english"),
    [
        (1, "1分钟", "1 minute"),
        (119, "119分钟", "119 minutes"),
        (120, "2小时", "2 hours"),
        (2883, "48小时", "48 hours"),
        (4320, "3天", "3 days"),
        (29_934_040, "20788天", "20788 days"),
    ],
)
def test_span_is_said_in_the_unit_that_fits(minutes: int, chinese: str, english: str) -> None:
    with translation.override("zh-hans"):
        assert span_in_words(minutes) == chinese
    with translation.override("en"):
        assert span_in_words(minutes) == english


@pytest.mark.parametrize(
    ("metres", "chinese", "english"),
    [(512.4, "512米", "512 m"), (9999, "9999米", "9999 m"), (12_396_708, "12397公里", "12397 km")],
)
def test_distance_is_said_in_the_unit_that_fits(metres: float, chinese: str, english: str) -> None:
    with translation.override("zh-hans"):
        assert distance_in_words(metres) == chinese
    with translation.override("en"):
        assert distance_in_words(metres) == english


def test_size_is_never_said_to_be_larger() -> None:
    given = {30 << 20: "30 MB", 1 << 20: "1 MB", (2 << 20) - 1: "1.9 MB", 64 << 10: "64 kB", 700: "0.6 kB"}
    assert {size: size_in_words(size) for size in given} == given
