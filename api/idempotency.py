"""Idempotency-Key on POST: the same request with the same key is done once and answered the same."""

import hashlib
import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _
from rest_framework.request import Request
from rest_framework.response import Response

from api.clock import now
from api.models import KeptAnswer
from api.permissions import user_of
from api.renderers import JSONRenderer
from fieldwork.core.errors import Code, DomainError, invalid
from fieldwork.core.events import canonical

KEPT = timedelta(days=7)
_LONGEST = 255


def once(request: Request, act: Callable[[], Response]) -> Response:
    """`act()`, or what it answered when this user sent this key within seven days; 409 for another request.

    The key's row is inserted first, in the transaction of the act: a twin in flight waits for it, and a
    failure keeps nothing, so that the next try is a first one.
    """
    key = request.headers.get("Idempotency-Key")
    if key is None:
        return act()
    if not 1 <= len(key) <= _LONGEST or not key.isprintable():
        raise invalid("Idempotency-Key", _("From 1 to %(limit)d printable characters.") % {"limit": _LONGEST})
    return _once(request, key, act)


@transaction.atomic
def _once(request: Request, key: str, act: Callable[[], Response]) -> Response:
    user, at, digest = user_of(request), now(), _digest(request)
    KeptAnswer.objects.filter(user=user, at__lt=at - KEPT).delete()
    KeptAnswer.objects.bulk_create([KeptAnswer(user=user, key=key, request=digest, at=at)], ignore_conflicts=True)
    # Whoever comes second has waited in the insert until the first was done: its row has the answer.
    kept = KeptAnswer.objects.get(user=user, key=key)
    if kept.request != digest:
        raise DomainError(Code.ALREADY_EXISTS_DIFFERENTLY, _("This Idempotency-Key was sent with another request."))
    if kept.status:
        return Response(json.loads(kept.body), status=kept.status, headers={"Idempotency-Replayed": "true"})
    response = act()
    kept.status = response.status_code
    kept.body = JSONRenderer().render(response.data).decode()
    kept.save(update_fields=["status", "body"])
    return response


def _digest(request: Request) -> str:
    parts: list[Any] = [request.method, request.path.removesuffix("/"), request.data]
    return hashlib.sha256(canonical(parts).encode()).hexdigest()
