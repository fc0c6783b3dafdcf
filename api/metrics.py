"""`GET /metrics` for Prometheus: off unless asked for, and for named addresses alone.

Every figure comes from the database or the disk: whichever of several web processes answers, it is the same. Requests
and their durations are not among them; the proxy in front logs those.
"""

import ipaddress
from collections.abc import Iterable, Iterator

from django.conf import settings
from django.db import DatabaseError
from django.http import HttpRequest, HttpResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from api.auth.addresses import client_address
from api.clock import now
from fieldwork.supervision.figures import Figure, figures

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"


@never_cache
@require_safe
def metrics(request: HttpRequest) -> HttpResponse:
    """404 for whoever may not read it, as if it were not there; 503 without a database."""
    if not settings.METRICS or not _may_read(client_address(request)):
        return HttpResponse(status=404)
    try:
        lines = list(exposition(figures(now())))
    except DatabaseError:
        return HttpResponse(status=503, headers={"Retry-After": "10"})
    return HttpResponse("\n".join([*lines, ""]), content_type=CONTENT_TYPE)


def _may_read(address: str | None) -> bool:
    return address is not None and any(ipaddress.ip_address(address) in network for network in settings.METRICS_FROM)


def exposition(found: Iterable[Figure]) -> Iterator[str]:
    """Lines of Prometheus' text format 0.0.4."""
    told = set()
    for figure in found:
        name = f"fieldwork_{figure.name}"
        if name not in told:
            told.add(name)
            yield f"# HELP {name} {figure.help}"
            yield f"# TYPE {name} gauge"
        labels = ",".join(f'{key}="{_escaped(value)}"' for key, value in figure.labels)
        yield f"{name}{{{labels}}} {_number(figure.value)}" if labels else f"{name} {_number(figure.value)}"


def _escaped(value: str) -> str:
    return value.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")


def _number(value: float) -> str:
    """Whole numbers without rounding: bytes are large."""
    return str(int(value)) if value == int(value) else str(value)
