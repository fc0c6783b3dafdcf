"""The ledger at the office's pages: how each way went, in words, and never a whole address."""

from datetime import timedelta
from typing import Any

import pytest

from fieldwork.core.periods import first_instant
from fieldwork.directory.models import User
from fieldwork.reminders.models import Delivery, Device, Notification
from tests import factories as make
from tests.fieldwork.supervision.clerk import DAY, Clerk
from tests.place import Place

pytestmark = pytest.mark.usefixtures("noon")

AT = first_instant(DAY)
TOKEN = "erfunden-geheim-und-lang-1"
LIST = "reminders_notification_changelist"


def tell(user: User, *ways: tuple[str, str], **fields: Any) -> Notification:
    number = Notification.objects.count()
    values: dict[str, Any] = {"kind": "reminder", "title": "提醒", "body": "正文", "delivered_at": AT, **fields}
    told = Notification.objects.create(user=user, at=AT + timedelta(minutes=number), **values)
    for channel, state in ways:
        Delivery.objects.create(notification=told, channel=channel, state=state, not_before=AT)
    return told


def found(clerk: Clerk, **query: str) -> list[int]:
    answer = clerk.page(LIST, **query)
    assert answer.status_code == 200, answer.status_code
    return sorted(row.pk for row in answer.context_data["cl"].result_list)


def test_page_tells_how_each_way_went_and_no_token(place: Place) -> None:
    device = Device.objects.create(
        user=place.user, key="abc", platform="android", claimed_at=AT, push_kind="fcm_token", push_value=TOKEN
    )
    told = tell(place.user, ("inbox", "sent"))
    Delivery.objects.create(
        notification=told, channel="fcm", address=str(device.pk), state="failed", attempts=7, not_before=AT,
        ended_at=AT + timedelta(hours=9), sent_to="fcm_token …lang-1", provider_id="p/77", reason="unregistered",
        error="UNREGISTERED <b>",
    )  # fmt: skip
    Delivery.objects.create(notification=told, channel="robots", address="²", state="planned", not_before=AT)
    page = Clerk.of(place).page("reminders_notification_change", told.pk).content.decode()
    for words in ("Android", "fcm_token …lang-1", "<td>7</td>", "p/77", "UNREGISTERED &lt;b&gt;", "09:00"):
        assert words in page, words
    assert TOKEN not in page


def test_list_is_filtered_by_how_it_went(place: Place) -> None:
    failed = tell(place.user, ("fcm", "failed"), ("mail", "sent"), kind="lapse")
    sent = tell(place.user, ("fcm", "sent"), read_at=AT)
    clerk = Clerk.of(place)
    assert found(clerk, channel="fcm") == [failed.pk, sent.pk]
    assert found(clerk, channel="fcm", state="failed") == [failed.pk]
    assert found(clerk, channel="fcm", state="sent") == [sent.pk]
    assert found(clerk, channel="mail", state="failed") == []
    assert found(clerk, state="failed") == [failed.pk]
    assert found(clerk, opened="no") == [failed.pk]
    assert found(clerk, opened="yes") == [sent.pk]
    assert found(clerk, kind="lapse", opened="no") == [failed.pk]


@pytest.mark.parametrize("query", [{"channel": "pigeon"}, {"state": "lost"}, {"opened": "perhaps"}])
def test_filter_that_there_is_not_shows_the_whole_list(place: Place, query: dict[str, str]) -> None:
    answer = Clerk.of(place).page(LIST, **query)
    assert (answer.status_code, answer.headers["Location"].endswith("?e=1")) == (302, True)


def test_what_people_of_a_sister_county_were_told_is_out_of_sight(place: Place) -> None:
    told = tell(place.user, ("fcm", "failed"))
    clerk = Clerk(make.user(office="supervisor", division=make.division("别县", place.city)))
    assert found(clerk) == found(clerk, state="failed") == found(clerk, channel="fcm") == []
    assert clerk.page("reminders_notification_change", told.pk).status_code == 404


def test_page_costs_the_same_however_many_ways_there_were(place: Place, django_assert_max_num_queries: Any) -> None:
    few, many = tell(place.user), tell(place.user)
    for number in range(30):
        Delivery.objects.create(notification=many, channel="fcm", address=str(number), not_before=AT)
    clerk = Clerk.of(place)
    with django_assert_max_num_queries(100) as first:
        clerk.page("reminders_notification_change", few.pk)
    with django_assert_max_num_queries(len(first) + 1):
        clerk.page("reminders_notification_change", many.pk)
