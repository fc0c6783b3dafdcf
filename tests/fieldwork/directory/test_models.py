"""What the database refuses, whoever writes to it."""

from datetime import date
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from fieldwork.directory.models import Division, Linkage, ProblemTownMark, Site
from tests import factories as make

pytestmark = pytest.mark.django_db

DAY = date(2026, 11, 1)
HALVES = [{"latitude": 23.7, "longitude": None}, {"latitude": None, "longitude": 113.05}]


@pytest.mark.parametrize("half", HALVES)
def test_division_has_no_half_of_a_seat(half: dict[str, Any]) -> None:
    town = make.division("测试镇")
    with pytest.raises(IntegrityError, match="division_seat_on_earth"), transaction.atomic():
        Division.objects.filter(pk=town.pk).update(**half)


@pytest.mark.parametrize("half", HALVES)
def test_site_has_no_half_of_a_position(half: dict[str, Any]) -> None:
    town = make.division("测试镇")
    with pytest.raises(IntegrityError, match="site_on_earth"), transaction.atomic():
        Site.objects.create(name="测试厂", division=town, starts_on=DAY, **half)


def test_mark_of_a_problem_town_has_a_reason() -> None:
    town = make.division("测试镇")
    with pytest.raises(IntegrityError, match="problem_mark_has_a_reason"), transaction.atomic():
        ProblemTownMark.objects.create(division=town, reason="", starts_on=DAY)


def test_only_the_linkage_of_a_department_names_an_industrys() -> None:
    city = make.division("测试市")
    county = make.division("测试县", city)
    tenure = make.tenure(make.post(make.organisation(county)))
    industry = make.linkage(tenure, make.industry())
    make.linkage(tenure, make.organisation(county, "department"), paired_with=industry)
    town = make.linkage(tenure, make.division("测试镇", county))
    other = make.linkage(tenure, make.industry())
    with pytest.raises(IntegrityError, match="linkage_of_a_department_is_paired"), transaction.atomic():
        Linkage.objects.filter(pk=town.pk).update(paired_with=other)
