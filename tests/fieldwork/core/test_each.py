"""One statement that writes other texts into each of many rows."""

from datetime import UTC, datetime

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from fieldwork.core.each import ROWS, update_each
from fieldwork.reminders.models import Delivery, Notification
from tests import factories

pytestmark = pytest.mark.django_db
AT = datetime(2026, 12, 1, 8, tzinfo=UTC)
LATER = datetime(2026, 12, 1, 9, tzinfo=UTC)


def deliveries(number: int) -> list[Delivery]:
    told = Notification.objects.create(user=factories.user(), kind="lapse", at=AT)
    return Delivery.objects.bulk_create(
        Delivery(
            notification=told, channel="fcm", address=str(n), not_before=AT, state="claimed", claimed_until=AT,
            reason="quota",
        )
        for n in range(number)
    )  # fmt: skip


def test_each_row_gets_its_own_texts_and_what_is_the_same_for_all() -> None:
    one, two, other = deliveries(3)
    awkward = "it's 100 % \\ “中文” %s"
    changed = update_each(
        Delivery, ["provider_id", "error"], [(one.pk, "p/1", awkward), (two.pk, "p/2", "")],
        same={"state": "sent", "ended_at": LATER, "claimed_until": None, "reason": ""},
    )  # fmt: skip
    rows = Delivery.objects.order_by("pk").values_list("provider_id", "error", "state", "ended_at", "claimed_until")
    assert changed == 2
    assert list(rows) == [
        ("p/1", awkward, "sent", LATER, None), ("p/2", "", "sent", LATER, None), ("", "", "claimed", None, AT),
    ]  # fmt: skip
    other.refresh_from_db()
    assert other.reason == "quota"


def test_rows_that_are_otherwise_by_now_are_left_alone() -> None:
    one, two = deliveries(2)
    Delivery.objects.filter(pk=one.pk).update(claimed_until=LATER)
    rows = [(one.pk, "p/1"), (two.pk, "p/2")]
    assert update_each(Delivery, ["provider_id"], rows, where={"state": "claimed", "claimed_until": AT}) == 1
    assert list(Delivery.objects.order_by("pk").values_list("provider_id", flat=True)) == ["", "p/2"]


def test_many_rows_are_a_few_statements() -> None:
    rows = [(one.pk, f"p/{one.pk}") for one in deliveries(ROWS + 1)]
    with CaptureQueriesContext(connection) as captured:
        assert update_each(Delivery, ["provider_id"], rows) == ROWS + 1
    assert len(captured) == 2
    assert all(provider_id == f"p/{pk}" for pk, provider_id in Delivery.objects.values_list("pk", "provider_id"))


def test_no_rows_are_no_statement() -> None:
    with CaptureQueriesContext(connection) as captured:
        assert update_each(Delivery, ["provider_id"], []) == 0
    assert not captured.captured_queries
