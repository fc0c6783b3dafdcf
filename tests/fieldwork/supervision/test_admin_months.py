"""Excusing and publishing at the office's pages."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
import time_machine

from fieldwork.core.events import SYSTEM
from fieldwork.core.periods import Period
from fieldwork.directory.models import Leader
from fieldwork.duties.models import Excuse, Obligation
from fieldwork.duties.reconcile import reconcile
from fieldwork.supervision.admin.months import SHOWN
from fieldwork.supervision.models import Amendment, Freeze
from tests import factories as make
from tests.fieldwork.supervision.clerk import Clerk, errors, filing
from tests.place import Place

NOVEMBER = Period.parse("2026-11")


@pytest.fixture
def owed(place: Place) -> Iterator[Obligation]:
    reconcile(NOVEMBER, by=SYSTEM, at=datetime(2026, 11, 1, tzinfo=UTC))
    with time_machine.travel(datetime(2026, 12, 3, 1, tzinfo=UTC), tick=False):
        yield Obligation.objects.get()


def publish(clerk: Clerk, place: Place, period: str = "2026-11") -> Any:
    return clerk.send("supervision_freeze_add", period=period, division=place.county.pk, reason="通报")


def test_clerk_excuses_and_takes_it_back(place: Place, owed: Obligation) -> None:
    clerk = Clerk.of(place)
    assert list(errors(clerk.send("duties_obligation_excuse", owed.pk, kind="leave", reason=""))) == ["reason"]
    assert clerk.send("duties_obligation_excuse", owed.pk, kind="leave", reason="病假住院").status_code == 302
    page = clerk.page("duties_obligation_change", owed.pk).content.decode()
    assert "病假住院" in page
    assert clerk.send("duties_obligation_take-back", owed.pk).status_code == 302
    owed.refresh_from_db()
    assert (owed.outcome, Excuse.objects.get().taken_back_by) == ("pending", clerk.user)


def test_clerk_names_the_document_of_an_excuse(place: Place, owed: Obligation) -> None:
    """Among those of whom it is about, and no other."""
    clerk, theirs = Clerk.of(place), filing(place, place.user)
    other = make.tenure(place.tenure.post, make.leader("测试·旁人")).leader
    foreign = filing(replace(place, leader=other), make.user())
    given = {"kind": "leave", "reason": "病假住院"}
    assert list(errors(clerk.send("duties_obligation_excuse", owed.pk, **given, document=foreign.pk))) == ["document"]
    assert clerk.send("duties_obligation_excuse", owed.pk, **given, document=theirs.pk).status_code == 302
    assert Excuse.objects.get().document == theirs.pk
    page = clerk.page("duties_obligation_change", owed.pk).content.decode()
    assert f"/admin/filings/filing/{theirs.pk}/change/" in page


def test_end_that_amends_a_published_month_is_told_with_its_reason(place: Place, owed: Obligation) -> None:
    clerk = Clerk.of(place)
    publish(clerk, place)
    given = {"ends_on": "2026-11-10", "why_it_ends": "调省里工作"}
    with time_machine.travel(datetime(2026, 12, 3, 2, tzinfo=UTC), tick=False):
        assert clerk.send("directory_tenure_change", place.tenure.pk, **given).status_code == 302
    amended = Amendment.objects.get()
    assert (amended.after, amended.why, amended.reason) == ("withdrawn", "hand_over", "调省里工作")
    auditor = Clerk.of(place, "auditor")
    assert "why_it_ends" not in auditor.page("directory_tenure_change", place.tenure.pk).content.decode()


def test_appointment_that_is_dated_back_is_told_with_its_reason(place: Place, owed: Obligation) -> None:
    clerk = Clerk.of(place)
    publish(clerk, place)
    other = Leader.objects.create(name="测试·新任", division=place.county)
    given = {"leader": other.pk, "post": place.tenure.post_id, "starts_on": "2026-11-01", "reason": "任命文件补录"}
    with time_machine.travel(datetime(2026, 12, 3, 2, tzinfo=UTC), tick=False):
        assert clerk.send("directory_tenure_add", **given).status_code == 302
    amended = Amendment.objects.get()
    assert (amended.after, amended.why, amended.reason) == ("lapsed", "hand_over", "任命文件补录")


def test_auditor_excuses_nobody(place: Place, owed: Obligation) -> None:
    clerk = Clerk.of(place, "auditor")
    assert clerk.send("duties_obligation_excuse", owed.pk, kind="leave", reason="x").status_code == 403
    assert not Excuse.objects.exists()


def test_clerk_publishes_a_month_and_sees_what_was_amended(place: Place, owed: Obligation) -> None:
    clerk = Clerk.of(place)
    assert publish(clerk, place).status_code == 302
    clerk.send("duties_obligation_excuse", owed.pk, kind="leave", reason="病假住院")
    assert Amendment.objects.count() == 1
    assert "病假住院" in clerk.page("supervision_freeze_change", Freeze.objects.get().pk).content.decode()


def test_page_says_how_many_amendments_it_does_not_show(place: Place, owed: Obligation) -> None:
    clerk = Clerk.of(place)
    publish(clerk, place)
    clerk.send("duties_obligation_excuse", owed.pk, kind="leave", reason="病假住院")
    one, page = Amendment.objects.get(), Freeze.objects.get().pk
    for more, said in ((SHOWN - 1, False), (7, True)):
        again = {"before": one.before, "after": one.after, "why": one.why, "by": one.by, "at": one.at}
        made = [Amendment(frozen=one.frozen, noted_at=one.at, reason="又", **again) for _each in range(more)]
        Amendment.objects.bulk_create(made)
        assert ("另有7项" in clerk.page("supervision_freeze_change", page).content.decode()) is said


@pytest.mark.parametrize("period", ["2026-12", "2026-13"])
def test_month_that_is_none_or_not_over_is_not_published(place: Place, owed: Obligation, period: str) -> None:
    assert errors(publish(Clerk.of(place), place, period))
    assert not Freeze.objects.exists()


def test_auditor_publishes_nothing(place: Place, owed: Obligation) -> None:
    assert publish(Clerk.of(place, "auditor"), place).status_code == 403
