"""What a visit serves, for people with several posts."""

from datetime import date
from typing import Any

import pytest

from fieldwork.core.geo import Position
from fieldwork.directory.places import locate
from fieldwork.inspections.serving import Visit, fit_own_area, touched
from tests import factories as make

DAY = date(2026, 11, 21)

pytestmark = pytest.mark.django_db


@pytest.fixture
def counties() -> Any:
    """Two counties of one city, a town with its seat in each, and somebody with a post in both."""
    city = make.division("测试市")
    counties = [make.division("甲县", city), make.division("乙县", city)]
    for number, county in enumerate(counties):
        make.division(f"{county.name}城关镇", county, latitude=24.0 + number, longitude=113.0)
    return counties


def visit(leader: Any, latitude: float) -> Visit:
    return Visit(leader, DAY, locate(Position(latitude, 113.0), DAY), None)


def test_own_area_of_two_posts_is_either(counties: Any) -> None:
    leader = make.leader()
    for county in counties:
        make.tenure(make.post(make.organisation(county)), leader)
    for number, county in enumerate(counties):
        assert fit_own_area(visit(leader, 24.0 + number)).inside is True
        keys = touched(visit(leader, 24.0 + number))
        assert f"own:{county.pk}" in keys
        assert f"county:{county.pk}" in keys
    assert fit_own_area(visit(leader, 26.0)).inside is False


def test_own_area_of_a_post_that_was_left_is_no_longer_own(counties: Any) -> None:
    leader = make.leader()
    make.tenure(make.post(make.organisation(counties[0])), leader, ends_on=date(2026, 11, 20))
    assert fit_own_area(visit(leader, 24.0)).inside is None
    assert not any(key.startswith("own:") for key in touched(visit(leader, 24.0)))
