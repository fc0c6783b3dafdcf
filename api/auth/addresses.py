"""Where a request comes from, for the lock on failed sign-ins."""

import ipaddress

from django.conf import settings
from django.http import HttpRequest


def client_address(request: HttpRequest) -> str | None:
    """The sender's IP address: the one that the outermost of our own proxies saw; None if that is no address.

    What a sender writes into X-Forwarded-For itself stands further left, and is never believed.
    """
    candidate = request.META.get("REMOTE_ADDR", "")
    if settings.TRUSTED_PROXIES:
        hops = [hop.strip() for hop in request.META.get("HTTP_X_FORWARDED_FOR", "").split(",")]
        candidate = hops[-min(settings.TRUSTED_PROXIES, len(hops))] or candidate
    try:
        return str(ipaddress.ip_address(candidate))
    except ValueError:
        return None
