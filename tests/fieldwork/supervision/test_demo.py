"""The demo, on days of every kind: it keeps its promises, and a run that is broken off is taken up."""

import io
from contextlib import suppress
from datetime import datetime
from pathlib import Path

import pytest
from PIL import Image
from pytest_django import Settings

from fieldwork.core.errors import Code, DomainError
from fieldwork.core.geo import Position
from fieldwork.core.periods import local_day
from fieldwork.inspections.models import CheckIn
from fieldwork.supervision.demo import cast, minutes, photos
from fieldwork.supervision.demo.progress import begin
from fieldwork.supervision.demo.seeding import seed
from tests import factories
from tests.fieldwork.supervision.told import PASSWORD, check_promises, counts, local, tell
from tests.once import ONCE

pytestmark = [pytest.mark.django_db, ONCE]  # at other hours; test_demo_story tells it on both databases


@pytest.fixture(autouse=True)
def quick(settings: Settings, tmp_path: Path) -> None:
    settings.MEDIA_ROOT = tmp_path
    settings.DATA_DIR = tmp_path


NOWS = [
    local(2026, 12, 1, 0, 0, 30),  # the lapse has not been told yet
    local(2026, 10, 31, 23, 59, 59),
    local(2027, 1, 15, 12),  # last month was another year's
]


@pytest.mark.parametrize("now", NOWS, ids=str)
def test_demo_keeps_its_promises_and_a_second_run_adds_nothing(now: datetime) -> None:
    tell(now)
    check_promises(now)


def test_broken_off_run_is_taken_up_where_it_was() -> None:
    now = local(2026, 11, 22, 9)
    for patience in range(6):
        heard: list[str] = []

        def break_off(text: str, heard: list[str] = heard, patience: int = patience) -> None:
            heard.append(text)
            if len(heard) > patience:
                raise KeyboardInterrupt

        with suppress(KeyboardInterrupt):
            seed(leaders=cast.FEWEST, months=1, password=PASSWORD, now=now, say=break_off)
    tell(now)
    taken_up = counts()
    assert taken_up["inspections.CheckIn"] == len(CheckIn.objects.values("lead", "captured_at").distinct())
    tell(now)
    assert counts() == taken_up


def test_pdf_shows_its_lines_and_where_its_parts_begin() -> None:
    drawn = minutes.draw_pdf(["演示：纪要", "2026"])
    assert drawn == minutes.draw_pdf(["演示：纪要", "2026"])
    assert "演示：纪要".encode("utf-16-be").hex().encode() in drawn
    start = int(drawn.rsplit(b"startxref\n", 1)[1].split()[0])
    table = drawn[start:].splitlines()
    assert table[0] == b"xref"
    for number, line in enumerate(table[3:10], start=1):
        assert drawn[int(line[:10]) :].startswith(b"%d 0 obj" % number)


def test_demo_refuses_a_database_with_other_data() -> None:
    factories.division("测试市")
    before = counts()
    with pytest.raises(DomainError) as refused:
        tell(NOWS[0])
    assert refused.value.code == Code.WRONG_STATE
    assert counts() == before


def test_begin_counts_months_back_over_the_turn_of_the_year() -> None:
    begun = begin(leaders=40, months=3, at=local(2027, 1, 31, 23))
    assert (begun.first, str(begun.present)) == (local_day(local(2026, 10, 1)), "2027-01")
    assert begun.handed_over_at == local(2026, 12, 15, 9)
    assert begin(leaders=50, months=9, at=local(2027, 5, 1)) == begun


def test_larger_cast_has_the_smaller_at_its_beginning() -> None:
    city = factories.division("测试市")
    counties = [factories.division(f"测试{name}县", city) for name in "甲乙"]
    towns = {county.pk: [factories.division(f"{county}{n}镇", county) for n in (1, 2, 3)] for county in counties}
    places = cast.Places(city, counties, towns)
    small, large = cast.people(places, 30), cast.people(places, 400)
    assert large[:30] == small
    assert len({person.username for person in large}) == len({person.name for person in large}) == 400


def test_photo_is_a_small_jpeg_that_repeats_itself_and_knows_time_and_place() -> None:
    at, place = local(2026, 11, 3, 9, 30, 5), Position(23.7, 113.05)
    drawn = photos.draw_photo("a", "demo-0001 1-1", at, place)
    assert drawn == photos.draw_photo("a", "demo-0001 1-1", at, place)
    assert drawn != photos.draw_photo("b", "demo-0001 1-1", at, place)
    assert len(drawn) < 60_000
    exif = Image.open(io.BytesIO(drawn)).getexif()
    assert exif.get_ifd(0x8769)[0x9003] == "2026:11:03 09:30:05"
    assert [float(part) for part in exif.get_ifd(0x8825)[2]] == [23.0, 42.0, 0.0]
