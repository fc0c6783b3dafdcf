"""A city, one county of it, and the post of the county's party chief."""

from typing import Any

import pytest

from tests import factories as make


@pytest.fixture
def city() -> Any:
    return make.division("测试市")


@pytest.fixture
def county(city: Any) -> Any:
    return make.division("测试县", city)


@pytest.fixture
def seat(city: Any, county: Any) -> Any:
    """The post of the county's party chief, and the rule that binds it."""
    make.rule(city, ["county_party_chief"], article="第五条（七）")
    return make.post(make.organisation(county, "party_committee"), "county_party_chief")
