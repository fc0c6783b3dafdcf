"""The OpenAPI document: what drf-spectacular sees, and the problems that every operation may answer with."""

import json
from collections.abc import Callable
from http import HTTPStatus
from typing import Any, TypeVar

from drf_spectacular.extensions import OpenApiAuthenticationExtension
from drf_spectacular.generators import EndpointEnumerator, SchemaGenerator
from drf_spectacular.openapi import AutoSchema
from drf_spectacular.plumbing import force_instance
from rest_framework.permissions import AllowAny
from rest_framework.serializers import Serializer

from api.errors import MEDIA_TYPE, STATUS
from api.etags import Tagged
from fieldwork.core.errors import Code

F = TypeVar("F", bound=Callable[..., Any])

_RESPONSES = {
    400: ("Invalid", "Malformed or invalid."),
    401: ("NotAuthenticated", "Not signed in."),
    403: ("NotAllowed", "Visible, but not allowed."),
    404: ("NotFound", "There is no such thing, or it is not visible."),
    409: ("Conflict", "In conflict with what stands."),
    410: ("Gone", "No longer to be had."),
    412: ("ChangedMeanwhile", "Changed meanwhile: If-Match names another version."),
    413: ("TooLarge", "Larger than the limits in `GET me`."),
    415: ("UnsupportedMedia", "Content of a kind that is not taken here."),
    422: ("DigestMismatch", "The bytes do not match the digest."),
    429: ("TooMany", "Too many; try again after `Retry-After` seconds."),
    500: ("Internal", "Our fault; recorded."),
    503: ("Unavailable", "Try again after `Retry-After` seconds."),
}
_REQUEST_HEADERS = {
    "If-None-Match": "an `ETag`; 304 while the answer would be the same",
    "If-Match": "an `ETag`; 412 if the object has changed since",
    "Idempotency-Key": "the same key and request within seven days are done once and answered the same",
}
_REQUEST_LENGTHS = {"Idempotency-Key": {"minLength": 1, "maxLength": 255}}
_WRITES = ("POST", "PUT", "PATCH", "DELETE")


def problems(*statuses: int) -> Callable[[F], F]:
    """Mark a view's method as one that may answer with these problems too, beside those of its kind."""

    def mark(method: F) -> F:
        method.problems = statuses  # type: ignore[attr-defined]
        return method

    return mark


class BearerScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    target_class = "api.auth.tokens.BearerAuthentication"
    name = "bearer"

    def get_security_definition(self, auto_schema: AutoSchema) -> dict[str, Any]:
        return {
            "type": "http",
            "scheme": "bearer",
            "description": "The `token` of `POST auth/login`, one a device.",
        }


class Endpoints(EndpointEnumerator):
    """drf-spectacular's, with HEAD where a view answers it by itself, and not as a GET without its body."""

    def get_allowed_methods(self, callback: Any) -> list[str]:
        methods: list[str] = super().get_allowed_methods(callback)  # type: ignore[no-untyped-call]
        return [*methods, "HEAD"] if hasattr(callback.cls, "head") else methods


class Generator(SchemaGenerator):
    endpoint_inspector_cls = Endpoints


class Schema(AutoSchema):
    """drf-spectacular's, with problems and ETags."""

    def get_operation_id(self) -> str:
        """The path's words and the verb, as a generated client calls it: `tenures_list`."""
        return super().get_operation_id().replace("-", "_")

    def _get_parameters(self) -> list[dict[str, Any]]:
        names = []
        if isinstance(self.view, Tagged) and self.method == "GET":
            names.append("If-None-Match")
        if HTTPStatus.PRECONDITION_FAILED in self._own_problems():
            names.append("If-Match")
        if self.method == "POST" and getattr(self.view, "takes_keys", False):
            names.append("Idempotency-Key")
        headers = [
            {
                "name": name,
                "in": "header",
                "description": _REQUEST_HEADERS[name],
                "schema": {"type": "string", **_REQUEST_LENGTHS.get(name, {})},
            }
            for name in names
        ]
        filters = self._filters()
        for parameter in (parameters := super()._get_parameters()):
            if parameter["name"] in filters and parameter["schema"].get("type") != "array":
                parameter["allowEmptyValue"] = True
        return [*parameters, *headers]

    def _filters(self) -> set[str]:
        """What narrows a list: without a value it is as if it were not sent, as Django's forms have it."""
        if self.method != "GET":
            return set()
        names = {parameter["name"] for parameter in self._get_filter_parameters()}  # type: ignore[no-untyped-call]
        asked = (force_instance(each) for each in self.get_override_parameters())  # type: ignore[no-untyped-call]
        return names | {name for each in asked if isinstance(each, Serializer) for name in each.get_fields()}

    def _map_serializer(self, serializer: Any, direction: Any, bypass_extensions: bool = False) -> Any:
        schema = super()._map_serializer(serializer, direction, bypass_extensions)  # type: ignore[no-untyped-call]
        return {**schema, "additionalProperties": False} if getattr(serializer, "closed", False) else schema

    def _get_request_body(self, direction: Any = "request") -> dict[str, Any] | None:
        body: dict[str, Any] | None = super()._get_request_body(direction)  # type: ignore[no-untyped-call]
        if body is not None:
            body["required"] = True  # also where it is a file, comes in two kinds, or may name any of several fields
        return body

    def _get_response_bodies(self, direction: Any = "response") -> dict[str, Any]:
        responses = super()._get_response_bodies(direction)
        if isinstance(self.view, Tagged) and self.method == "GET":
            responses.setdefault("200", {}).setdefault("headers", {})["ETag"] = {"schema": {"type": "string"}}
            responses["304"] = {"description": "As `If-None-Match` has it."}
        for status in sorted(self._problem_statuses()):
            responses.setdefault(str(status), self._problem(status))
        return dict(sorted(responses.items()))

    def _problem(self, status: int) -> dict[str, Any]:
        name, description = _RESPONSES[status]
        if self.method == "HEAD":  # which has no body
            return {"description": description, **_headers(status)}
        return {"$ref": f"#/components/responses/{name}"}

    def _problem_statuses(self) -> set[int]:
        statuses = {400, 500, 503}
        public = any(isinstance(permission, AllowAny) for permission in self.view.get_permissions())
        if not public:
            statuses.add(401)
        if "{" in self.path:
            statuses.add(404)
        if self.method in _WRITES:
            statuses |= set() if public else {403, 409}
            # A body may be refused by its size or kind, also where none is asked for.
            statuses |= {413, 415}
        if self.view.get_throttles():
            statuses.add(429)
        return statuses | set(self._own_problems())

    def _own_problems(self) -> tuple[int, ...]:
        handler = getattr(self.view, getattr(self.view, "action", None) or self.method.lower(), None)
        return getattr(handler, "problems", ())


def finish(result: dict[str, Any], generator: Any, request: Any, public: bool) -> dict[str, Any]:
    """The last hook: the problem's schema, its code, and one named response a status."""
    result["info"]["description"] += f"\n\n{_FOR_PHONES}"
    components = result.setdefault("components", {})
    components.setdefault("schemas", {}).update(Problem=_PROBLEM, ProblemCode=_CODE, FieldError=_FIELD_ERROR)
    components["schemas"] = dict(sorted(components["schemas"].items()))
    _leave_open(components["schemas"])
    components["responses"] = {
        name: {
            "description": description,
            **_headers(status),
            "content": {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}},
        }
        for status, (name, description) in _RESPONSES.items()
    }
    return result


def _leave_open(schemas: dict[str, Any]) -> None:
    """Say of each enumeration in answers that it grows: generated clients else refuse all that holds a new member."""
    answers = json.dumps([schema for name, schema in schemas.items() if not name.endswith("Request")])
    for name, schema in schemas.items():
        if len(schema.get("enum", ())) > 1 and f'/{name}"' in answers:
            schema.setdefault("description", _LATER)


def _headers(status: int) -> dict[str, Any]:
    return {"headers": _HEADERS[status]} if status in _HEADERS else {}


_FOR_PHONES = """For makers of phones:

* Only 200 and 201 mean stored, and only with the body and headers that are described here: what a network puts in
  between may answer 200 as well.
* Try again after a network failure, 408, 429 and 5xx, and after `Retry-After` seconds where they are given. At 401 keep
  the queue until somebody has signed in. Park what any other 4xx refuses, and show its `detail` and `errors`.
* What a phone makes is PUT by a UUID of its own, and may come twice, late, out of order or at once.
* Treat codes, kinds, states and flags that you do not know as generic, and pass over fields that you do not know.
* `next` and `previous` of a list are followed as they are; `Accept-Language` decides the texts, zh-Hans else."""
_SECONDS = {"Retry-After": {"required": True, "description": "seconds", "schema": {"type": "integer"}}}
_HEADERS = {
    409: {"Upload-Offset": {"description": "with `wrong_offset`: bytes that are here", "schema": {"type": "integer"}}},
    401: {"WWW-Authenticate": {"required": True, "schema": {"type": "string"}}},
    429: _SECONDS,
    503: _SECONDS,
}
_LATER = "Treat one you do not know as generic: later ones are added."
_CODE = {
    "type": "string",
    "description": f"{_LATER}\n\n" + "\n".join(f"* `{code}`: {STATUS[code]}" for code in Code),
    "enum": [str(code) for code in Code],
}
_FIELD_ERROR = {
    "type": "object",
    "description": "One fault in one field.",
    "required": ["field", "code", "detail"],
    "properties": {
        "field": {
            "type": "string",
            "description": "the path as it was sent, `photos.0.sha256`; empty for the whole",
        },
        "code": {"type": "string", "description": "finer than the problem's: `required`, `max_length`, …"},
        "detail": {"type": "string", "description": "for the reader, in the language of `Accept-Language`"},
    },
}
_PROBLEM = {
    "type": "object",
    "description": "What went wrong (RFC 9457).",
    "required": ["type", "title", "status", "code", "detail", "errors"],
    "properties": {
        "type": {"type": "string", "format": "uri-reference", "description": "stands for `code`"},
        "title": {"type": "string", "description": "of the code, in the language of `Accept-Language`"},
        "status": {"type": "integer", "description": "the HTTP status again"},
        "code": {"$ref": "#/components/schemas/ProblemCode"},
        "detail": {"type": "string", "description": "of this case, in the language of `Accept-Language`"},
        "errors": {"type": "array", "items": {"$ref": "#/components/schemas/FieldError"}},
    },
}
