"""Words of flags: every one has them, in every language, with its figures or without."""

import pytest
from django.utils import translation

from fieldwork.inspections.enums import FlagCode
from fieldwork.inspections.flags import text_of

FIGURES = {
    "distance_m": 5, "reason": "室内", "accuracy_m": 300, "limit_m": 200, "hours": 30, "limit_hours": 24,
    "missing": 1, "ahead_minutes": 20,
}  # fmt: skip


@pytest.mark.parametrize("language", ["zh-hans", "en"])
@pytest.mark.parametrize("code", FlagCode.values)
def test_every_flag_has_its_words(code: str, language: str) -> None:
    with translation.override(language):
        text = text_of(code, FIGURES)
    assert text
    assert "%" not in text


def test_fuller_words_need_their_figure() -> None:
    with translation.override("en"):
        assert text_of(FlagCode.NO_LOCATION, {"reason": ""}) == "Without a position."
        assert text_of(FlagCode.NO_LOCATION, {"reason": "indoors"}) == "Without a position: indoors"
