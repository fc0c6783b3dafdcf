"""The contract for readers and for programs, and pages that need nothing from outside this machine."""

import json
from functools import cache
from pathlib import Path

import yaml
from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from api.errors import STATUS
from fieldwork.core.errors import TITLES, Code

_FILE = Path(__file__).parent / "openapi.yaml"
# Swagger UI sets styles on elements and draws its icons from data: addresses.
_POLICY = (
    "default-src 'none'; script-src 'self'; connect-src 'self'; style-src 'self' 'unsafe-inline'; "
    "img-src 'self' data:; font-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)


@cache
def schema_text() -> str:
    return _FILE.read_text(encoding="utf-8")


@cache
def _schema_json() -> str:
    return json.dumps(yaml.safe_load(schema_text()), ensure_ascii=False)


@require_safe
def schema(request: HttpRequest) -> HttpResponse:
    """The OpenAPI 3.1 document, byte for byte the file in the repository; `?format=json` for JSON."""
    wanted = request.GET.get("format", "yaml")
    if wanted == "json":
        return HttpResponse(_schema_json(), content_type="application/vnd.oai.openapi+json")
    if wanted == "yaml":
        return HttpResponse(schema_text(), content_type="application/vnd.oai.openapi; charset=utf-8")
    raise Http404


@require_safe
def docs(request: HttpRequest) -> HttpResponse:
    return _page(request, "api/docs.html", {"title": settings.SPECTACULAR_SETTINGS["TITLE"]})


@require_safe
def problem(request: HttpRequest, code: str) -> HttpResponse:
    """What the `type` of a problem leads to."""
    if code not in list(Code):
        raise Http404
    known = Code(code)
    return _page(request, "api/problem.html", {"code": code, "status": STATUS[known], "title": TITLES[known]})


@require_safe
def root(request: HttpRequest) -> HttpResponse:
    return JsonResponse({"name": "fieldwork", "docs": "/api/v1/docs", "schema": "/api/v1/schema"})


def _page(request: HttpRequest, template: str, context: dict[str, object]) -> HttpResponse:
    response = render(request, template, context)
    response["Content-Security-Policy"] = _POLICY
    return response
