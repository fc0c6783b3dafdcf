"""The one place where a code becomes a status, and anything that went wrong a problem of RFC 9457."""

import logging
import math
from collections.abc import Iterator, Mapping, Sequence
from http import HTTPStatus
from typing import Any

from django.core import exceptions as django_exceptions
from django.db import InterfaceError, OperationalError
from django.http import Http404
from django.http.multipartparser import MultiPartParserError
from django.utils.encoding import force_str
from rest_framework import exceptions
from rest_framework.response import Response

from fieldwork.core.errors import TITLES, Code, DomainError, FieldError, Text

logger = logging.getLogger(__name__)

MEDIA_TYPE = "application/problem+json"
RETRY_AFTER_S = 10  # unless whoever refuses knows better

STATUS: dict[Code, HTTPStatus] = {
    Code.INVALID: HTTPStatus.BAD_REQUEST,
    Code.UNKNOWN_REFERENCE: HTTPStatus.BAD_REQUEST,
    Code.UNKNOWN_FILTER: HTTPStatus.BAD_REQUEST,
    Code.NOT_AUTHENTICATED: HTTPStatus.UNAUTHORIZED,
    Code.INVALID_CREDENTIALS: HTTPStatus.UNAUTHORIZED,
    Code.TOKEN_EXPIRED: HTTPStatus.UNAUTHORIZED,
    Code.NOT_ALLOWED: HTTPStatus.FORBIDDEN,
    Code.NOT_FOUND: HTTPStatus.NOT_FOUND,
    Code.METHOD_NOT_ALLOWED: HTTPStatus.METHOD_NOT_ALLOWED,
    Code.ALREADY_EXISTS_DIFFERENTLY: HTTPStatus.CONFLICT,
    Code.WRONG_STATE: HTTPStatus.CONFLICT,
    Code.PHOTO_NOT_DECLARED: HTTPStatus.CONFLICT,
    Code.WRONG_OFFSET: HTTPStatus.CONFLICT,
    Code.CURSOR_EXPIRED: HTTPStatus.GONE,
    Code.REMOVED: HTTPStatus.GONE,
    Code.CHANGED_MEANWHILE: HTTPStatus.PRECONDITION_FAILED,
    Code.TOO_LARGE: HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
    Code.UNSUPPORTED_MEDIA: HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
    Code.DIGEST_MISMATCH: HTTPStatus.UNPROCESSABLE_ENTITY,
    Code.LOCKED_OUT: HTTPStatus.TOO_MANY_REQUESTS,
    Code.THROTTLED: HTTPStatus.TOO_MANY_REQUESTS,
    Code.INTERNAL: HTTPStatus.INTERNAL_SERVER_ERROR,
    Code.NOT_READY: HTTPStatus.SERVICE_UNAVAILABLE,
    Code.UNAVAILABLE: HTTPStatus.SERVICE_UNAVAILABLE,
}
# What a status means that Django chose by itself.
_CODES = {
    HTTPStatus.PRECONDITION_FAILED: Code.CHANGED_MEANWHILE,
    HTTPStatus.UNAUTHORIZED: Code.NOT_AUTHENTICATED,
    HTTPStatus.FORBIDDEN: Code.NOT_ALLOWED,
    HTTPStatus.NOT_FOUND: Code.NOT_FOUND,
    HTTPStatus.METHOD_NOT_ALLOWED: Code.METHOD_NOT_ALLOWED,
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE: Code.TOO_LARGE,
    HTTPStatus.UNSUPPORTED_MEDIA_TYPE: Code.UNSUPPORTED_MEDIA,
    HTTPStatus.TOO_MANY_REQUESTS: Code.THROTTLED,
    HTTPStatus.SERVICE_UNAVAILABLE: Code.UNAVAILABLE,
}
# The first that fits.
_MEANINGS: tuple[tuple[type[Exception], Code], ...] = (
    (exceptions.ParseError, Code.INVALID),
    (exceptions.NotAuthenticated, Code.NOT_AUTHENTICATED),
    (exceptions.AuthenticationFailed, Code.NOT_AUTHENTICATED),
    (exceptions.PermissionDenied, Code.NOT_ALLOWED),
    (exceptions.NotFound, Code.NOT_FOUND),
    (exceptions.MethodNotAllowed, Code.METHOD_NOT_ALLOWED),
    (exceptions.UnsupportedMediaType, Code.UNSUPPORTED_MEDIA),
    (Http404, Code.NOT_FOUND),
    (django_exceptions.PermissionDenied, Code.NOT_ALLOWED),
    (django_exceptions.RequestDataTooBig, Code.TOO_LARGE),
    (django_exceptions.TooManyFieldsSent, Code.TOO_LARGE),
    (django_exceptions.TooManyFilesSent, Code.TOO_LARGE),
    (django_exceptions.SuspiciousOperation, Code.INVALID),
    (django_exceptions.BadRequest, Code.INVALID),
    (MultiPartParserError, Code.INVALID),
)


class Problem(DomainError):
    """A DomainError of the HTTP layer's own, with headers: `Retry-After`, `Upload-Offset`."""

    def __init__(
        self,
        code: Code,
        detail: Text = "",
        errors: tuple[FieldError, ...] = (),
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(code, detail, errors)
        self.headers = dict(headers or {})


def code_of_status(status: int) -> Code:
    given = HTTPStatus(status)
    return _CODES.get(given, Code.INTERNAL if given >= HTTPStatus.INTERNAL_SERVER_ERROR else Code.INVALID)


def body_of(problem: DomainError) -> dict[str, Any]:
    """The members of the problem document, texts in the language of the request."""
    return {
        "type": f"/api/v1/problems/{problem.code}",
        "title": str(TITLES[problem.code]),
        "status": STATUS[problem.code],
        "code": str(problem.code),
        "detail": str(problem.detail),
        "errors": [
            {"field": fault.field, "code": str(fault.code), "detail": str(fault.detail)} for fault in problem.errors
        ],
    }


def headers_of(problem: DomainError) -> dict[str, str]:
    headers = dict(problem.headers) if isinstance(problem, Problem) else {}
    status = STATUS[problem.code]
    if status == HTTPStatus.UNAUTHORIZED:
        headers.setdefault("WWW-Authenticate", 'Bearer realm="fieldwork"')
    if status in (HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.SERVICE_UNAVAILABLE):
        headers.setdefault("Retry-After", str(RETRY_AFTER_S))
    return headers


def to_problem(exc: Exception, context: Mapping[str, Any]) -> Response | None:
    """DRF's exception handler; None for what nobody foresaw, which Django then logs and answers with 500."""
    problem = problem_of(exc)
    if problem is None:
        return None
    return Response(body_of(problem), status=STATUS[problem.code], headers=headers_of(problem), content_type=MEDIA_TYPE)


def problem_of(exc: Exception) -> DomainError | None:
    match exc:
        case DomainError():
            return exc
        case exceptions.ValidationError():
            errors = tuple(flat(exc.detail))
            return DomainError(_common_code(errors), errors=errors)
        case exceptions.Throttled():
            wait = getattr(exc, "wait", None) or RETRY_AFTER_S
            return Problem(Code.THROTTLED, headers={"Retry-After": str(math.ceil(wait))})
        case OperationalError() | InterfaceError():
            # The database is away, or two transactions met: the same request may well succeed a little later.
            logger.error("the database did not serve a request", exc_info=exc)
            return DomainError(Code.UNAVAILABLE)
    code = next((code for kind, code in _MEANINGS if isinstance(exc, kind)), None)
    return None if code is None else DomainError(code)


def _common_code(errors: Sequence[FieldError]) -> Code:
    """The code of the problem: that of its fields where all agree on one that the contract names."""
    codes = {error.code for error in errors}
    named = {Code.UNKNOWN_REFERENCE, Code.UNKNOWN_FILTER}
    return Code(codes.pop()) if len(codes) == 1 and codes <= named else Code.INVALID


def flat(detail: Any, path: str = "") -> Iterator[FieldError]:
    """DRF's nested errors as field errors with paths such as `photos.0.sha256`; empty for the whole."""
    if isinstance(detail, Mapping):
        for name, inner in detail.items():
            yield from flat(inner, path if name == "non_field_errors" else _join(path, name))
    elif isinstance(detail, list):
        for index, inner in enumerate(detail):
            nested = isinstance(inner, Mapping | list)
            if not nested or inner:  # a list of items has an empty entry for each one without a fault
                yield from flat(inner, _join(path, index) if nested else path)
    else:
        yield FieldError(path, getattr(detail, "code", None) or Code.INVALID, force_str(detail))


def _join(path: str, step: object) -> str:
    return f"{path}.{step}" if path else str(step)
