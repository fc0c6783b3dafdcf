"""The tasks that wait in the configured queue, run one by one where a worker has time for one."""

import os
import socket
from typing import Any, Protocol

from django.conf import settings
from django.db import transaction
from django_tasks_db.management.commands.db_worker import Worker
from django_tasks_db.models import DBTaskResult


class WaitingTasks(Protocol):
    """`run_one` runs the task that waits longest, if there is one; whether there was. A task that fails is logged.

    Errors: `DatabaseError`, and those of `core.queue.errors`.
    """

    def run_one(self) -> bool: ...


def waiting_tasks() -> WaitingTasks:
    """Of the configured queue; asks nobody yet."""
    if settings.QUEUE == "database":
        return InDatabase()
    from fieldwork.supervision.waiting_in_redis import InRedis  # noqa: PLC0415  # its apps are installed only then

    return InRedis()


class InDatabase:
    """Rows of django-tasks-db."""

    def __init__(self) -> None:
        self._worker = Worker(
            queue_names=["default"], interval=0, batch=True, backend_name="default", startup_delay=False,
            max_tasks=None, worker_id=f"{socket.gethostname()}:{os.getpid()}"[-64:], excluded_queue_names=[],
        )  # fmt: skip

    def run_one(self) -> bool:
        claimed = self._claim()
        if claimed is not None:
            self._worker.run_task(claimed)
        return claimed is not None

    def _claim(self) -> DBTaskResult[..., Any] | None:
        ready = DBTaskResult.objects.ready().filter(backend_name="default")
        if not ready.exists():
            return None  # without a lock, which SQLite has only one of
        with transaction.atomic():
            found = ready.get_locked()
            if found is not None:
                found.claim(self._worker.worker_id)
        return found
