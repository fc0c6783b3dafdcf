"""What the database refuses, whoever writes to it."""

from datetime import UTC, date, datetime
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.db.models import Model, ProtectedError

from fieldwork.directory.models import Organisation
from fieldwork.duties.models import Change, Obligation, Performance, Review, Task
from tests import factories as make

pytestmark = pytest.mark.django_db

AT = datetime(2026, 11, 5, tzinfo=UTC)


def refuses(name: str) -> Any:
    return pytest.raises(IntegrityError, match=name)


def owed() -> tuple[Obligation, Organisation, Organisation]:
    """What a leader owes, and two bodies."""
    city = make.division("测试市")
    upper, lower = make.organisation(city), make.organisation(make.division("测试县", city))
    rule = make.rule(city, ["county_party_chief"])
    return make.obligation(make.tenure(make.post(lower)), rule), upper, lower


@pytest.mark.parametrize(
    ("kind", "leads", "upper", "lower"),
    [
        ("leader", True, 0, 2),
        ("organisation", False, 1, 2),
        ("pair", True, 1, 2),
        ("pair", False, 1, 1),
        ("leader", True, 1, 0),
        ("organisation", False, 0, 0),
        ("pair", False, 1, 0),
    ],
)
def test_obligation_has_the_subject_of_its_kind_and_no_other(kind: str, leads: bool, upper: int, lower: int) -> None:
    one, *bodies = owed()
    ids = [None, *(body.pk for body in bodies)]
    with refuses("obligation_has_its_subject"), transaction.atomic():
        Obligation.objects.filter(pk=one.pk).update(
            subject_kind=kind, leader=one.leader_id if leads else None,
            organisation=ids[upper], lower_organisation=ids[lower],
        )  # fmt: skip


@pytest.mark.parametrize(
    ("kind", "places"),
    [
        ("town", []),
        ("town", ["division", "industry"]),
        ("own_area", ["organisation"]),
        ("industry", ["division"]),
        ("department", ["organisation", "division"]),
        ("", ["division"]),
    ],
)
def test_task_has_the_target_of_its_kind_and_no_other(kind: str, places: list[str]) -> None:
    one, upper, _lower = owed()
    targets: dict[str, Model] = {"division": upper.division, "industry": make.industry(), "organisation": upper}
    task = make.task(one, upper.division)
    with refuses("task_target_is_of_its_kind"), transaction.atomic():
        Task.objects.filter(pk=task.pk).update(
            target_kind=kind, **{name: target if name in places else None for name, target in targets.items()}
        )


@pytest.mark.parametrize("everybody", [True, False])
def test_performance_is_of_a_leader_or_of_a_body(everybody: bool) -> None:
    one, body, _lower = owed()
    with refuses("performance_of_one"), transaction.atomic():
        Performance.objects.create(
            leader=one.leader if everybody else None, organisation=body if everybody else None, activity="meeting",
            at=AT, captured_at=AT, day=AT.date(), source_kind="filing", source_id="1",
        )  # fmt: skip


def test_rejection_has_a_reason() -> None:
    one, _upper, _lower = owed()
    performance = Performance.objects.create(
        leader=one.leader, activity="inspection", at=AT, captured_at=AT, day=AT.date(), source_kind="check_in",
        source_id="1",
    )  # fmt: skip
    said: dict[str, Any] = {"performance": performance, "by": make.user(), "at": AT}
    Review.objects.create(verdict="accepted", reason="", **said)
    with refuses("review_rejects_with_a_reason"), transaction.atomic():
        Review.objects.create(verdict="rejected", reason="", **said)


@pytest.mark.parametrize("everybody", [True, False])
def test_change_touches_a_leader_or_a_body(everybody: bool) -> None:
    one, body, _lower = owed()
    with refuses("change_of_one"), transaction.atomic():
        Change.objects.create(
            leader=one.leader if everybody else None, organisation=body if everybody else None,
            since=date(2026, 11, 1),
        )  # fmt: skip


def test_obligation_does_not_go_with_its_bases_and_tasks() -> None:
    one, upper, _lower = owed()
    make.task(one, upper.division)
    with pytest.raises(ProtectedError):
        one.delete()
    assert (one.bases.count(), one.tasks.count()) == (1, 1)
