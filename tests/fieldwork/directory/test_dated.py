"""Ends: set, moved, taken back, and what they take along."""

from datetime import UTC, date, datetime
from typing import Any

import pytest

from fieldwork.core.errors import DomainError
from fieldwork.core.events import SYSTEM
from fieldwork.core.models import Event
from fieldwork.directory.actions import end
from fieldwork.directory.models import Dated, Delegation, Linkage, ProblemTownMark, Site, Tenure
from tests import factories

pytestmark = pytest.mark.django_db
AT = datetime(2026, 11, 21, 1, tzinfo=UTC)
TOLD: dict[str, Any] = {"by": SYSTEM, "at": AT}
JUNE, SEPTEMBER, DECEMBER = date(2026, 6, 30), date(2026, 9, 30), date(2026, 12, 31)


def refused(row: Dated, ends_on: date | None) -> None:
    """The end is refused on `ends_on`, and nothing is changed."""
    before = (
        Event.objects.count(),
        list(Linkage.objects.order_by("pk").values()),
        list(Tenure.objects.values()),
    )
    with pytest.raises(DomainError) as caught:
        end(row, ends_on=ends_on, **TOLD)
    assert [fault.field for fault in caught.value.errors] == ["ends_on"]
    assert before == (
        Event.objects.count(), list(Linkage.objects.order_by("pk").values()), list(Tenure.objects.values())
    )  # fmt: skip


def told() -> dict[str, Any]:
    event = Event.objects.order_by("pk").last()
    assert event is not None
    return event.data


@pytest.fixture
def tenure() -> Tenure:
    county = factories.division("测试县", factories.division("测试市"))
    return factories.tenure(factories.post(factories.organisation(county)))


def a_town(tenure: Tenure) -> Any:
    return factories.division("测试镇", tenure.post.organisation.division)


def test_every_dated_row_ends_and_is_told(tenure: Tenure) -> None:
    town = a_town(tenure)
    rows: list[tuple[str, Dated]] = [
        ("site", Site.objects.create(name="测试厂", division=town, starts_on=factories.BEGINNING)),
        (
            "problem_mark",
            ProblemTownMark.objects.create(division=town, reason="测试原因", starts_on=factories.BEGINNING),
        ),
        (
            "delegation",
            Delegation.objects.create(assistant=factories.user(), leader=tenure.leader, starts_on=factories.BEGINNING),
        ),
        ("linkage", factories.linkage(tenure, town)),
        ("tenure", tenure),
        ("post", tenure.post),
        ("organisation", tenure.post.organisation),
    ]
    for noun, row in rows:
        assert end(row, ends_on=JUNE, **TOLD).ends_on == JUNE
        row.refresh_from_db()
        assert row.ends_on == JUNE
        event = Event.objects.order_by("pk").last()
        assert event is not None
        assert (event.kind, event.object_id) == (f"{noun}.ended", str(row.pk))
        assert (event.data["ends_on"], event.data["was"], event.data["since"]) == (
            "2026-06-30",
            None,
            "2026-07-01",
        )
        assert event.division_path.startswith(tenure.post.organisation.division.path)


def test_same_end_again_changes_nothing(tenure: Tenure) -> None:
    end(tenure, ends_on=JUNE, **TOLD)
    end(tenure, ends_on=JUNE, **TOLD)
    assert Event.objects.count() == 1


@pytest.mark.parametrize(
    ("was", "now", "since"),
    [
        (SEPTEMBER, JUNE, "2026-07-01"), (JUNE, SEPTEMBER, "2026-07-01"),
        (JUNE, None, "2026-07-01"), (None, JUNE, "2026-07-01"),
    ],
)  # fmt: skip
def test_since_is_the_first_day_that_differs(tenure: Tenure, was: date | None, now: date | None, since: str) -> None:
    Tenure.objects.update(ends_on=was)
    end(tenure, ends_on=now, **TOLD)
    assert (told()["since"], told()["was"], told()["ends_on"]) == (
        since, was and was.isoformat(), now and now.isoformat(),
    )  # fmt: skip


def test_end_before_the_beginning_is_refused(tenure: Tenure) -> None:
    refused(tenure, date(2019, 12, 31))
    assert end(tenure, ends_on=factories.BEGINNING, **TOLD).ends_on == factories.BEGINNING


def test_ending_tenure_ends_the_linkages_that_would_outlast_it(tenure: Tenure) -> None:
    open_ended = factories.linkage(tenure, a_town(tenure))
    longer = factories.linkage(tenure, a_town(tenure), ends_on=DECEMBER)
    shorter = factories.linkage(tenure, a_town(tenure), ends_on=JUNE)
    end(tenure, ends_on=SEPTEMBER, **TOLD)
    ends = dict(Linkage.objects.values_list("pk", "ends_on"))
    assert ends == {open_ended.pk: SEPTEMBER, longer.pk: SEPTEMBER, shorter.pk: JUNE}
    assert told()["linkages"] == [{"id": open_ended.pk, "was": None}, {"id": longer.pk, "was": "2026-12-31"}]


def test_moving_the_end_of_a_tenure_moves_the_linkages_that_ran_to_it(tenure: Tenure) -> None:
    along = factories.linkage(tenure, a_town(tenure))
    apart = factories.linkage(tenure, a_town(tenure), ends_on=JUNE)
    for ends_on in (SEPTEMBER, DECEMBER, None):
        end(tenure, ends_on=ends_on, **TOLD)
        assert dict(Linkage.objects.values_list("pk", "ends_on")) == {along.pk: ends_on, apart.pk: JUNE}


def test_linkage_that_begins_after_the_end_refuses_it(tenure: Tenure) -> None:
    factories.linkage(tenure, a_town(tenure))
    factories.linkage(tenure, a_town(tenure), starts_on=DECEMBER)
    refused(tenure, SEPTEMBER)


def test_what_holds_something_longer_refuses_its_end(tenure: Tenure) -> None:
    end(tenure, ends_on=SEPTEMBER, **TOLD)
    refused(tenure.post, JUNE)
    end(tenure.post, ends_on=SEPTEMBER, **TOLD)
    refused(tenure.post.organisation, JUNE)
    assert end(tenure.post.organisation, ends_on=SEPTEMBER, **TOLD).ends_on == SEPTEMBER


def test_department_that_somebody_is_linked_to_refuses_its_end(tenure: Tenure) -> None:
    department = factories.organisation(tenure.post.organisation.division, "department")
    factories.linkage(tenure, department, ends_on=SEPTEMBER)
    refused(department, JUNE)
    end(department, ends_on=SEPTEMBER, **TOLD)


def test_end_beyond_what_it_belongs_to_is_refused(tenure: Tenure) -> None:
    linkage = factories.linkage(tenure, a_town(tenure))
    holders: list[Dated] = [tenure, tenure.post, tenure.post.organisation]
    for holder in holders:
        end(holder, ends_on=JUNE, **TOLD)
    held: list[Dated] = [linkage, tenure, tenure.post]
    for row in held:
        refused(row, SEPTEMBER)
        refused(row, None)


def test_extending_into_a_later_twin_is_refused(tenure: Tenure) -> None:
    end(tenure, ends_on=JUNE, **TOLD)
    factories.tenure(tenure.post, tenure.leader, starts_on=SEPTEMBER)
    refused(tenure, SEPTEMBER)
    refused(tenure, None)
    assert end(tenure, ends_on=date(2026, 9, 29), **TOLD).ends_on == date(2026, 9, 29)


def test_end_is_judged_by_the_rows_as_they_stand_not_as_the_caller_holds_them(tenure: Tenure) -> None:
    stale = Tenure.objects.select_related("post__organisation").get()
    end(tenure, ends_on=JUNE, **TOLD)
    end(tenure.post, ends_on=JUNE, **TOLD)
    refused(stale, SEPTEMBER)
    end(stale, ends_on=JUNE, **TOLD)
    assert Event.objects.count() == 2
