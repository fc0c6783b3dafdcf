"""What lists of check-ins read of the table."""

from datetime import date
from typing import Any

import pytest
from django.db import connection
from django.db.models import QuerySet

from fieldwork.directory.models import Division, User
from fieldwork.inspections.models import CheckIn
from fieldwork.inspections.queries import check_ins_visible_to, served_within
from tests import factories as make

pytestmark = pytest.mark.django_db

DAY = date(2026, 11, 5)


def plan_of(rows: QuerySet[Any]) -> str:
    """As the database would for a table too long to be read through."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SET LOCAL enable_seqscan = off")
    return rows.explain()


@pytest.fixture
def county() -> Division:
    return make.division("测试县", make.division("测试市"))


@pytest.fixture
def leader(county: Division) -> User:
    return make.user(leader=make.tenure(make.post(make.organisation(county))).leader)


def test_own_check_ins_are_found_by_their_indexes(leader: User) -> None:
    plan = plan_of(check_ins_visible_to(leader, DAY).order_by("-captured_at", "-pk"))
    for index in ("check_in_lead", "inspections_checkin_uploaded_by_id", "inspections_checkin_companions_leader_id"):
        assert index in plan
    assert "SCAN inspections_checkin" not in plan  # SQLite's word for reading through


def test_check_ins_of_a_division_are_found_by_whom_served_there(county: Division, leader: User) -> None:
    plan = plan_of(CheckIn.objects.filter(served_within(county.path, "lead", "captured_on")))
    assert "check_in_lead" in plan
    assert "SCAN inspections_checkin" not in plan
