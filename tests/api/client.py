"""A phone for tests: every answer it gets is held against the committed OpenAPI document.

A status, content type, field or value that the document has not is an AssertionError, whatever is tested.
"""

import gzip
import json
import re
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any
from uuid import uuid4

import yaml
from django.conf import settings
from django.http import HttpResponse
from django.utils import timezone
from jsonschema import Draft202012Validator, FormatChecker  # type: ignore[import-untyped]
from referencing import Registry, Resource
from referencing.jsonschema import DRAFT202012
from rest_framework.test import APIClient

from api.auth.actions import DeviceGiven, begin_session
from fieldwork.directory.models import User

BASE = "/api/v1/"
DOCUMENT = Path(settings.BASE_DIR) / "api" / "openapi.yaml"
PROBLEM = "application/problem+json"
REPAIR = "if it should: python3 manage.py spectacular --file api/openapi.yaml"
_PAGES = ("schema", "docs", "problems/")  # not part of the document that they show
_NO_OPERATION = (401, 404, 405)


class Phone(APIClient):
    """`Phone()` is nobody, `Phone.of(user)` signed in. Addresses are relative to `/api/v1/`, bodies JSON."""

    default_format = "json"

    @classmethod
    def of(cls, user: User, at: datetime | None = None) -> "Phone":
        phone = cls()
        device = DeviceGiven(key=str(uuid4()), name="测试机", platform="android")
        phone.token = begin_session(user=user, device=device, at=at or timezone.now()).token
        phone.credentials(HTTP_AUTHORIZATION=f"Bearer {phone.token}")
        return phone

    def __init__(self, **defaults: Any) -> None:
        super().__init__(**defaults)
        self.token = ""

    def generic(self, method: str, path: str, *args: Any, **extra: Any) -> Any:  # type: ignore[override]
        return super().generic(method, path if path.startswith("/") else BASE + path, *args, **extra)

    def request(self, **request: Any) -> Any:
        response = super().request(**request)
        check(request["REQUEST_METHOD"], request["PATH_INFO"], response)
        return response


def check(method: str, path: str, response: HttpResponse) -> None:
    """AssertionError unless the document has this answer."""
    if not path.startswith(BASE) or path.removeprefix(BASE).startswith(_PAGES):
        return
    what = f"{method} {path} -> {response.status_code}"
    pointer = find(method, path)
    if pointer is None:
        assert response.status_code in _NO_OPERATION, f"{what}: the document has no such operation; {REPAIR}"
        if method != "HEAD":
            _check_body(what, {PROBLEM: "/components/schemas/Problem"}, response)
        return
    responses = at(pointer)["responses"]
    assert str(response.status_code) in responses, f"{what}: the document has no such status; {REPAIR}"
    here = f"{pointer}/responses/{response.status_code}"
    here = responses[str(response.status_code)].get("$ref", f"#{here}")[1:]
    for name, header in at(here).get("headers", {}).items():
        assert not header.get("required") or name in response, f"{what}: no header {name}"
    contents = {kind: f"{here}/content/{escaped(kind)}/schema" for kind in at(here).get("content", {})}
    if method != "HEAD":
        _check_body(what, contents, response)


def _check_body(what: str, contents: dict[str, str], response: HttpResponse) -> None:
    if response.streaming:
        body = None
    elif not contents:
        assert not response.content, f"{what}: the document has no body"
        return
    else:
        body = plain(response)
    kind = response["Content-Type"].partition(";")[0]
    assert kind in contents, f"{what}: {kind} is not among {list(contents)}"
    if kind.endswith("json") and body is not None:
        errors = sorted(validator(contents[kind]).iter_errors(json.loads(body)), key=lambda error: error.json_path)
        assert not errors, f"{what}: " + "; ".join(f"{error.json_path} {error.message}" for error in errors)


def plain(response: HttpResponse) -> bytes:
    """The body without its encoding."""
    return gzip.decompress(response.content) if response.get("Content-Encoding") == "gzip" else response.content


@cache
def document() -> dict[str, Any]:
    """The committed document, its objects closed: what phones must put up with is a mistake in a test."""
    loaded: dict[str, Any] = yaml.load(DOCUMENT.read_text(encoding="utf-8"), yaml.CSafeLoader)
    close(loaded)
    return loaded


def close(node: Any) -> None:
    if isinstance(node, dict):
        if isinstance(node.get("properties"), dict) and node.get("type") == "object":
            node.setdefault("additionalProperties", False)
        for inner in node.values():
            close(inner)
    elif isinstance(node, list):
        for inner in node:
            close(inner)


@cache
def operations() -> list[tuple[str, re.Pattern[str], str]]:
    """(method, pattern of the path, JSON pointer); literal paths first."""
    found = []
    for path, item in sorted(document()["paths"].items(), key=lambda entry: entry[0].count("{")):
        pattern = re.compile(re.sub(r"\\\{\w+\\\}", "[^/]+", re.escape(path)) + "/?")
        found += [
            (method.upper(), pattern, f"/paths/{escaped(path)}/{method}") for method in item if method != "parameters"
        ]
    return found


def find(method: str, path: str) -> str | None:
    """The JSON pointer of the operation; HEAD is documented by GET where it has no words of its own."""
    wanted = [method, "GET"] if method == "HEAD" else [method]
    for verb in wanted:
        for candidate, pattern, pointer in operations():
            if candidate == verb and pattern.fullmatch(path):
                return pointer
    return None


def escaped(step: str) -> str:
    return step.replace("~", "~0").replace("/", "~1")


def at(pointer: str) -> Any:
    node = document()
    for step in pointer.split("/")[1:]:
        node = node[step.replace("~1", "/").replace("~0", "~")]
    return node


@cache
def _registry() -> Any:
    resource = Resource.from_contents(document(), default_specification=DRAFT202012)
    return Registry().with_resource("urn:document", resource)


@cache
def validator(pointer: str) -> Draft202012Validator:
    return Draft202012Validator(
        {"$ref": f"urn:document#{pointer}"}, registry=_registry(), format_checker=FormatChecker()
    )
