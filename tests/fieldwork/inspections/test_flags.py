"""Words of flags: every one has them, in every language, with its figures or without."""

from typing import Any

import pytest
from django.utils import translation

from fieldwork.inspections.enums import FlagCode
from fieldwork.inspections.flags import text_of

FIGURES: dict[str, dict[str, Any]] = {
    "outside_target": {"distance_m": 512},
    "no_location": {"reason": "室内"},
    "low_accuracy": {"accuracy_m": 301, "limit_m": 200},
    "stale_fix": {"age_s": 901, "limit_s": 300},
    "mocked_location": {},
    "wrong_datum_suspected": {"given": "wgs84", "datum": "gcj02"},
    "clock_skew": {"ahead_minutes": 21},
    "uploaded_late": {"hours": 31, "limit_hours": 24},
    "impossible_speed": {"km": 84, "minutes": 7, "kmh": 721, "limit_kmh": 360},
    "no_photo": {},
    "photos_missing": {"missing": 3},
    "photo_lost": {"lost": 4},
    "same_photo": {"captured_on": "2026-11-05"},
    "similar_photo": {"captured_on": "2026-11-05", "bits": 6},
    "photo_elsewhere": {"distance_m": 1502, "limit_m": 1000},
    "photo_taken_earlier": {"hours": 15, "limit_hours": 12},
    "on_paper": {},
    "prepared_by_staff": {},
}


def test_every_flag_has_figures_to_be_tried_with() -> None:
    assert set(FlagCode.values) - FIGURES.keys() == set(), "FIGURES of this module has no figures for their words"


@pytest.mark.parametrize("language", ["zh-hans", "en"])
@pytest.mark.parametrize("code", FIGURES)
def test_every_flag_has_its_words_with_all_its_figures(code: str, language: str) -> None:
    with translation.override(language):
        text = text_of(code, FIGURES[code])
    assert text
    assert "%" not in text
    assert [figure for figure in FIGURES[code].values() if str(figure) not in text] == []


@pytest.mark.parametrize(
    ("code", "figures", "text"),
    [
        ("clock_skew", {"behind_minutes": 29_934_040}, "发送时手机时间慢20788天。"),
        ("uploaded_late", {"hours": 385, "limit_hours": 24}, "补传：检查后16天上传（超过24小时）。"),
        (
            "outside_target",
            {"distance_m": 12_396_708},
            "检查地点不在任务地点范围内，距其边界（没有边界数据的，距驻地）约12397公里。",
        ),
    ],
)
def test_large_figures_are_said_in_larger_units(code: str, figures: dict[str, Any], text: str) -> None:
    with translation.override("zh-hans"):
        assert text_of(code, figures) == text


def test_fuller_words_need_their_figure() -> None:
    with translation.override("en"):
        assert text_of(FlagCode.NO_LOCATION, {"reason": ""}) == "Without a position."
        assert text_of(FlagCode.NO_LOCATION, {"reason": "indoors"}) == "Without a position: indoors"
