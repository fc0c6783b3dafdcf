"""The smallest city in which the story happens: one county, its chief, and a town to look at."""

from dataclasses import dataclass
from datetime import date
from typing import Any

import pytest

from fieldwork.directory.models import Division, Leader, Tenure, User
from tests import factories as make

SEAT = (24.2069, 113.4017)


@dataclass
class Place:
    city: Division
    county: Division
    town: Division
    tenure: Tenure
    leader: Leader
    user: User


@pytest.fixture
def place(db: Any, settings: Any, tmp_path: Any) -> Place:
    settings.MEDIA_ROOT = tmp_path
    return stand()


def stand() -> Place:
    city = make.division("测试市")
    county = make.division("测试县", city)
    town = make.division("测试镇", county, latitude=SEAT[0], longitude=SEAT[1])
    make.rule(
        city, ["county_party_chief"], article="第五条（七）", article_text="每月牵头至少开展1次安全生产排查。",
        tracked_from=date(2026, 11, 1),
    )  # fmt: skip
    leader = make.leader("测试·书记")
    tenure = make.tenure(make.post(make.organisation(county, "party_committee")), leader)
    make.linkage(tenure, town)
    return Place(city, county, town, tenure, leader, make.user("leader", leader=leader))
