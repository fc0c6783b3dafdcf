"""What every request to the API passes: its size, its address, and that every failure is a problem."""

import json
from collections.abc import Callable
from contextlib import suppress
from http import HTTPStatus

from django.conf import settings
from django.core.handlers.wsgi import WSGIRequest
from django.http import HttpRequest, HttpResponse
from django.utils.cache import patch_vary_headers
from django.utils.translation import gettext as _

from api.errors import MEDIA_TYPE, STATUS, body_of, code_of_status, headers_of
from fieldwork.core.amounts import size_in_words
from fieldwork.core.errors import Code, DomainError
from fieldwork.core.media_types import DOCUMENTS

_CHUNK = 1 << 16
_KEPT = ("Allow", "Retry-After", "WWW-Authenticate", "Content-Language")


def problems(get_response: Callable[[HttpRequest], HttpResponse]) -> Callable[[HttpRequest], HttpResponse]:
    """Under /api/, every answer from 400 on is a problem (RFC 9457), also where Django answers by itself."""

    def answer(request: HttpRequest) -> HttpResponse:
        if not request.path_info.startswith("/api/"):
            return get_response(request)
        refusal = _refusal(request)
        response = get_response(request) if refusal is None else _problem(refusal)
        if response.status_code >= HTTPStatus.BAD_REQUEST and response.get("Content-Type") != MEDIA_TYPE:
            response = _in_place_of(response)
        if "Allow" in response:
            # DRF thinks that every view answers OPTIONS; what that would tell is in the schema.
            response["Allow"] = ", ".join(m for m in response["Allow"].split(", ") if m != "OPTIONS")
        _drain(request)
        response.setdefault("Cache-Control", "private, no-cache")
        patch_vary_headers(response, ["Authorization"])
        return response

    return answer


def _refusal(request: HttpRequest) -> DomainError | None:
    """What can be refused before a byte of the body is read."""
    if not _is_text(request.path_info):
        return DomainError(Code.NOT_FOUND)
    if "%00" in request.META.get("QUERY_STRING", "") or "\0" in request.META.get("QUERY_STRING", ""):
        return DomainError(Code.INVALID, _("A query parameter holds a character that cannot be stored."))
    if "HTTP_TRANSFER_ENCODING" in request.META and not request.META.get("CONTENT_LENGTH"):
        return DomainError(Code.INVALID, _("Please send Content-Length; a chunked body is not read."))
    if request.META.get("HTTP_CONTENT_ENCODING", "identity").strip().lower() not in ("", "identity"):
        return DomainError(Code.UNSUPPORTED_MEDIA, _("Please send the body as it is, without Content-Encoding."))
    limit = _limit(request.content_type or "")
    if _length(request) > limit:
        detail = _("The request may have at most %(limit)s.") % {"limit": size_in_words(limit)}
        return DomainError(Code.TOO_LARGE, detail)
    return None


def _drain(request: HttpRequest) -> None:
    """Take what is still being sent, within the limit: many clients send a body to its end before they listen.

    Without this an answer that needs no body, such as 401 or the 200 for a file that is stored already, would reach
    them as a broken connection, which they retry for ever. Whoever asked to be told first (Expect: 100-continue) waits
    for the answer, and has sent nothing.
    """
    asked_first = bool(request.headers.get("Expect"))
    if asked_first or not isinstance(request, WSGIRequest) or _length(request) > settings.BODY_BYTES:
        return
    with suppress(OSError):  # the client has gone
        while request.read(_CHUNK):
            pass


def _is_text(path: str) -> bool:
    return all(character != "\0" and not "\ud800" <= character <= "\udfff" for character in path)


def _length(request: HttpRequest) -> int:
    try:
        return int(request.META.get("CONTENT_LENGTH") or 0)
    except ValueError:
        return 0  # as Django reads it


def _limit(content_type: str) -> int:
    """Bytes that a body of this type may have."""
    if content_type == "multipart/form-data":
        return int(settings.BODY_BYTES)
    if content_type.startswith("image/"):
        return int(max(settings.PHOTO_BYTES, settings.ATTACHMENT_BYTES))
    if content_type in DOCUMENTS:
        return int(max(settings.ATTACHMENT_BYTES, settings.WORKBOOK_BYTES))
    if content_type in ("text/csv", "application/zip"):
        return int(settings.WORKBOOK_BYTES)
    return int(settings.JSON_BYTES)


def _in_place_of(response: HttpResponse) -> HttpResponse:
    made = _problem(DomainError(code_of_status(response.status_code)))
    for name in _KEPT:
        if name in response:
            made[name] = response[name]
    return made


def _problem(problem: DomainError) -> HttpResponse:
    body = json.dumps(body_of(problem), ensure_ascii=False, separators=(",", ":")).encode()
    headers = {**headers_of(problem), "Content-Length": str(len(body))}
    return HttpResponse(body, status=STATUS[problem.code], content_type=MEDIA_TYPE, headers=headers)
