"""What an older program left behind, and what years leave behind."""

from importlib import import_module
from typing import Any

import pytest
from django.db import connection

from fieldwork.directory.models import User
from fieldwork.reminders.enums import DeliveryState
from fieldwork.reminders.models import Delivery, Notification
from fieldwork.reminders.plan import look, plan_next
from tests.fieldwork.reminders.november import LAPSED, TEN_DAYS_LEFT
from tests.fieldwork.reminders.services import MINUTE, Outside, inbox

pytestmark = pytest.mark.django_db

_MIGRATION: Any = import_module("fieldwork.reminders.migrations.0010_told_after_upgrade")


def planned_by_an_older_program() -> Notification:
    """It knew the inbox alone, and not when to look again."""
    look(TEN_DAYS_LEFT)
    plan_next(TEN_DAYS_LEFT)
    Notification.objects.update(look_at=None)
    one = Notification.objects.get()
    Delivery.objects.create(notification=one, channel="inbox", not_before=one.at)
    return one


def upgraded() -> None:
    with connection.cursor() as cursor:
        cursor.execute(_MIGRATION.LOOK)


def test_what_was_planned_before_an_upgrade_and_not_told_goes_outside_too(user: User, outside: Outside) -> None:
    planned_by_an_older_program()
    upgraded()
    outside.run(TEN_DAYS_LEFT + MINUTE, TEN_DAYS_LEFT + 2 * MINUTE, MINUTE)
    assert inbox(user) == [("reminder", TEN_DAYS_LEFT + MINUTE)]
    assert outside.push.seen == [(TEN_DAYS_LEFT + MINUTE, "reminder", "token-1")]


@pytest.mark.parametrize("state", [DeliveryState.SENT, DeliveryState.SILENT])
def test_what_was_told_or_not_needed_before_an_upgrade_is_left_alone(
    user: User, outside: Outside, state: DeliveryState
) -> None:
    one = planned_by_an_older_program()
    Delivery.objects.update(state=state, ended_at=TEN_DAYS_LEFT)
    Notification.objects.update(delivered_at=TEN_DAYS_LEFT if state == DeliveryState.SENT else None)
    upgraded()
    one.refresh_from_db()
    assert one.look_at is None


def test_what_an_office_is_told_of_is_found_among_what_years_left() -> None:
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SET LOCAL enable_seqscan = off")
    unread = Notification.objects.filter(office_at=LAPSED, read_at=None, user__is_active=True)
    assert "notification_of_office" in unread.explain()
