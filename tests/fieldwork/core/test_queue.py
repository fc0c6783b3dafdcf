"""Putting tasks into the queue, its absence, and what is left of tasks."""

import logging
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone
from django_tasks_db.models import DBTaskResult

from fieldwork import env
from fieldwork.core import queue
from fieldwork.reminders.waking import deliver_waiting

pytestmark = pytest.mark.django_db
STALE = "2020-01-01T00:00:00+00:00"


@pytest.fixture
def nobody_listens(settings: Any) -> None:
    settings.QUEUE = "redis://127.0.0.1:1/0"
    settings.RQ_QUEUES = {"default": env.redis(settings.QUEUE)}
    settings.TASKS = settings.TASKS | {"default": {"BACKEND": "django_tasks_rq.RQBackend"}}


def test_task_that_is_put_waits_as_a_row() -> None:
    assert queue.put(deliver_waiting, "inbox", STALE)
    row = DBTaskResult.objects.get()
    assert (row.status, row.args_kwargs["args"]) == ("READY", ["inbox", STALE])


def test_queue_that_is_away_is_told_of_once_and_once_when_it_is_back(
    nobody_listens: None, settings: Any, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.WARNING)
    assert [queue.put(deliver_waiting, "inbox", STALE) for _ in range(2)] == [False, False]
    assert len(caplog.records) == 1
    assert "the queue is away" in caplog.text
    settings.TASKS = settings.TASKS | {"default": {"BACKEND": "django_tasks_db.DatabaseBackend"}}
    assert [queue.put(deliver_waiting, "inbox", STALE) for _ in range(2)] == [True, True]
    assert [record.getMessage() for record in caplog.records][1:] == ["the queue is back"]


def test_tasks_of_yesterday_are_removed_whatever_became_of_them() -> None:
    now = timezone.now()
    for status in ("READY", "RUNNING", "SUCCESSFUL", "FAILED"):
        for age in (timedelta(hours=23), timedelta(hours=25)):
            queue.put(deliver_waiting, "inbox", STALE)
            DBTaskResult.objects.filter(args_kwargs__args__1=STALE, queue_name="default").update(
                status=status, enqueued_at=now - age, queue_name="settled"
            )
    assert queue.sweep(now) == 4
    assert DBTaskResult.objects.count() == 4
    assert queue.sweep(now) == 0
