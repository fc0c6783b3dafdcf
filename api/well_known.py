"""What anybody may know of this installation, at addresses that never change (RFC 8615)."""

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils.cache import patch_cache_control
from django.views.decorators.http import condition, require_safe

from fieldwork.core.models import SigningKey
from fieldwork.core.signing import jwks

_FRESH_S = 300  # a key that has just begun is known everywhere after that


def _tag(_request: HttpRequest) -> str:
    """Of how many keys there are, and of the newest: keys begin, end and stay."""
    keys = SigningKey.objects.order_by("-begun_at", "id").values_list("pk", flat=True)
    return f'"{len(keys)}-{keys[0] if keys else ""}"'


@require_safe
@condition(etag_func=_tag)
def keys(request: HttpRequest) -> HttpResponse:
    """All keys by which receipts and seals were ever signed, as a JWK Set (RFC 7517), newest first."""
    response = JsonResponse(jwks())
    response["Content-Type"] = "application/jwk-set+json"
    patch_cache_control(response, public=True, max_age=_FRESH_S)
    return response
