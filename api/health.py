"""Is the process up, and can it serve? For load balancers and for whoever is called at night."""

import os
import uuid
from collections.abc import Callable
from datetime import timedelta
from functools import cache
from pathlib import Path

from django.conf import settings
from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from api import metrics
from api.clock import now, today
from fieldwork.core.models import Pulse
from fieldwork.reminders.channels import configured
from fieldwork.reminders.channels.standing import standing
from fieldwork.reminders.models import Stoppage
from fieldwork.reminders.workdays import missing_notice, overrides

_TICKS_MISSED = 3


@never_cache
@require_safe
def healthz(request: HttpRequest) -> HttpResponse:
    """The process answers; it asks nobody else."""
    return JsonResponse({"status": "ok"})


@never_cache
@require_safe
def readyz(request: HttpRequest) -> HttpResponse:
    """200 if all parts work, else 503; `parts` says of each part what is wrong, or "ok".

    `channels` and `notice` are for information: reminders through others go on, and nothing here is mended by sending
    requests elsewhere.
    """
    parts = {name: check() or "ok" for name, check in _CHECKS.items()}
    ready = all(said == "ok" for said in parts.values())
    return JsonResponse(
        {"status": "ok" if ready else "failing", "parts": parts, "channels": _channels(), "notice": _notice()},
        status=200 if ready else 503,
        headers={} if ready else {"Retry-After": "10"},
    )


def _database() -> str:
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except DatabaseError:
        return "not reachable"
    return ""


def _migrations() -> str:
    try:
        missing = _unapplied()
    except DatabaseError:
        return "cannot be read"
    if missing:
        return f"{missing} not applied"
    return ""


def _unapplied() -> int:
    """How many migrations the database lacks. Once none, always none: a process does not change its code."""
    if _complete.cache_info().currsize:
        return 0
    executor = MigrationExecutor(connection)
    missing = len(executor.migration_plan(executor.loader.graph.leaf_nodes()))
    if not missing:
        _complete()
    return missing


@cache
def _complete() -> bool:
    return True


def _storage() -> str:
    probe = Path(settings.MEDIA_ROOT) / "incoming" / f"probe-{uuid.uuid4().hex}"
    try:
        probe.parent.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(probe, os.O_CREAT | os.O_EXCL | os.O_WRONLY)
        os.close(descriptor)
        probe.unlink()
    except OSError as error:
        return f"not writable: {error.strerror}"
    return ""


def _worker() -> str:
    allowed = timedelta(seconds=_TICKS_MISSED * settings.TICK_SECONDS)
    try:
        pulse = Pulse.objects.filter(name="tick").first()
    except DatabaseError:
        return "unknown"
    if pulse is None:
        return "has never ticked"
    if now() - pulse.at > allowed:
        return f"last ticked at {pulse.at.isoformat()}"
    return ""


def _channels() -> dict[str, str]:
    """How each channel stands that is switched on: ok, off for want of something, or stopped since."""
    try:
        stoppages = list(Stoppage.objects.all())
    except DatabaseError:
        stoppages = []
    return standing(configured(), stoppages)


def _notice() -> str:
    """Whether it is known which days are worked: this year, and from December on the next."""
    try:
        year = missing_notice(today(), overrides())
    except DatabaseError:
        return "unknown"
    return "ok" if year is None else f"the notice of holidays of {year} is not loaded: manage.py load_workdays"


_CHECKS: dict[str, Callable[[], str]] = {
    "database": _database,
    "migrations": _migrations,
    "storage": _storage,
    "worker": _worker,
}


def answered_first(get_response: Callable[[HttpRequest], HttpResponse]) -> Callable[[HttpRequest], HttpResponse]:
    """Probes ask by address, whatever names the site has: they are answered before names are looked at."""
    views = {"/healthz": healthz, "/readyz": readyz, "/metrics": metrics.metrics}

    def answer(request: HttpRequest) -> HttpResponse:
        view = views.get(request.path_info.removesuffix("/"))
        return get_response(request) if view is None else view(request)

    return answer
