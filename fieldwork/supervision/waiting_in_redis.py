"""The tasks that wait in Redis: rq's worker, as a part of ours."""

from typing import Any

import django_rq
from django_tasks_rq import Job
from rq import Queue, SimpleWorker

RESULT_S = 60  # for which Redis keeps what became of a task


class InRedis:
    """A list of rq's."""

    def __init__(self) -> None:
        self._queue: Queue = django_rq.get_queue("default", job_class=Job)
        self._worker: _Worker | None = None

    def run_one(self) -> bool:
        if not self._queue.count:
            return False
        worker, self._worker = self._worker or _worker(self._queue), None
        ran = worker.work(burst=True, max_jobs=1, logging_level=None)
        self._worker = worker  # unless that failed: Redis may still hold the one of this name as alive
        return ran


class _Worker(SimpleWorker):
    """Runs tasks in this process and thread, and leaves signals, waiting and being commanded to whom it is part of."""

    def _install_signal_handlers(self) -> None: ...

    def subscribe(self) -> None: ...

    def dequeue_job_and_maintain_ttl(self, timeout: int | None, max_idle_time: int | None = None) -> Any:
        """At once, or not: rq would wait for a server that is away, and all other work with it."""
        found = self.queue_class.dequeue_any(
            self._ordered_queues, None, connection=self.connection, job_class=self.job_class,
            serializer=self.serializer, death_penalty_class=self.death_penalty_class,
        )  # fmt: skip
        if found is not None:
            found[0].redis_server_version = self.get_redis_server_version()  # type: ignore[no-untyped-call]
        return found


def _worker(queue: Queue) -> _Worker:
    return _Worker(
        [queue], connection=queue.connection, job_class=Job, serializer=queue.serializer, default_result_ttl=RESULT_S
    )
