"""ETag, If-None-Match and If-Match: an answer's tag is the digest of its bytes, whatever made them change."""

import hashlib
from http import HTTPStatus
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseNotModified
from django.http.response import HttpResponseBase
from django.utils.http import parse_etags
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from api.renderers import JSONRenderer
from fieldwork.core.errors import Code, DomainError


class Tagged(APIView):
    """GET answers carry an ETag; If-None-Match with the same is answered 304, without a body."""

    def finalize_response(self, request: Request, response: Any, *args: Any, **kwargs: Any) -> Response:
        final = super().finalize_response(request, response, *args, **kwargs)
        if request.method in ("GET", "HEAD") and final.status_code == HTTPStatus.OK:
            plain = request._request
            final.add_post_render_callback(lambda rendered: _conditional(plain, rendered))
        return final


def _conditional(request: HttpRequest, response: HttpResponse) -> HttpResponseBase | None:
    response["ETag"] = _tag(response.content)
    if _names(request.headers.get("If-None-Match", ""), response["ETag"]):
        return HttpResponseNotModified(headers={"ETag": response["ETag"]})
    return None


def tag_of(data: Any) -> str:
    """The ETag under which `data` is, or would be, answered."""
    return _tag(JSONRenderer().render(data))


def require_match(request: Request, data: Any) -> None:
    """412 unless If-Match, where sent, names the object as it stands; `data` is what GET would answer now."""
    given = request.headers.get("If-Match")
    if given is not None and not _names(given, tag_of(data)):
        raise DomainError(Code.CHANGED_MEANWHILE)


def _names(header: str, etag: str) -> bool:
    """Whether a list of tags has this one. A proxy that compresses marks it as weak: it means the same."""
    return header.strip() == "*" or etag in (tag.removeprefix("W/") for tag in parse_etags(header))


def _tag(content: bytes) -> str:
    return f'"{hashlib.sha256(content).hexdigest()[:32]}"'
