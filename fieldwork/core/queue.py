"""The queue that wakes workers. It may lose what it holds, or be away: rows alone say what is to be done."""

import logging
import time
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django_tasks.base import Task
from django_tasks_db.models import DBTaskResult

logger = logging.getLogger(__name__)

KEPT = timedelta(days=1)  # for whoever looks into a failure; its traceback is in the log too
AGAIN_S = 15.0  # between two looks for a queue that is away
_HANDFUL = 1000


class _Absence:
    """Whether the queue was away when last used; told once as it goes, and once as it is back."""

    lasts = False
    since = 0.0

    def is_fresh(self) -> bool:
        """Whether it would be a waste to ask again so soon: a server out of reach takes seconds to be missed."""
        return self.lasts and time.monotonic() - self.since < AGAIN_S

    def note(self, error: Exception | None) -> None:
        if error is not None and not self.lasts:
            logger.warning("the queue is away, and nobody is woken: %s", error)
        elif error is None and self.lasts:
            logger.warning("the queue is back")
        self.lasts, self.since = error is not None, time.monotonic()


absence = _Absence()


def put(task: Task[..., Any], *args: str) -> bool:
    """Let some worker run a task soon; false where the queue is away, and it will not be run."""
    try:
        task.enqueue(*args)
    except errors() as error:
        absence.note(error)
        return False
    absence.note(None)
    return True


def errors() -> tuple[type[Exception], ...]:
    """What is raised while the queue is away. Where it is the database, nothing else is of use either."""
    if settings.QUEUE == "database":
        return ()
    from redis.exceptions import RedisError  # noqa: PLC0415  # a tenth of a second that only few need

    return (RedisError,)


def sweep(now: datetime) -> int:
    """Remove a handful of the database's tasks that are a day old: ended, forgotten, or taken by a worker that was
    killed, which nobody takes again. Answers how many."""
    old = DBTaskResult.objects.filter(enqueued_at__lt=now - KEPT).order_by()
    ids = list(old.values_list("pk", flat=True)[:_HANDFUL])
    return DBTaskResult.objects.filter(pk__in=ids).delete()[0] if ids else 0
