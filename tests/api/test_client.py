"""The controls: that the test client notices what the document does not have."""

import json
from typing import Any

import pytest
from django.http import HttpResponse

from tests.api.client import PROBLEM, check

ME: dict[str, Any] = {
    "id": "1", "name": "测试员甲", "roles": ["leader"], "division": None, "leader": "1",
    "unit": None, "acts_for": [],
    "tenures": [], "linkages": [],
    "limits": {
        "photo_bytes": 1, "photos_per_check_in": 1, "attachment_bytes": 1, "attachments_per_filing": 1,
        "body_bytes": 1, "json_bytes": 1,
    },
}  # fmt: skip
NOT_FOUND: dict[str, Any] = {
    "type": "/api/v1/problems/not_found", "title": "-", "status": 404, "code": "not_found", "detail": "-",
    "errors": [],
}  # fmt: skip


def answer(body: Any, status: int = 200, content_type: str = "application/json", **headers: str) -> HttpResponse:
    return HttpResponse(json.dumps(body), status=status, content_type=content_type, headers=headers)


def test_client_passes_what_the_document_has() -> None:
    check("GET", "/api/v1/me", answer(ME))
    check("GET", "/api/v1/me/", answer(ME))
    check("GET", "/api/v1/nowhere", answer(NOT_FOUND, 404, PROBLEM))
    check("POST", "/api/v1/auth/logout", HttpResponse(status=204))


@pytest.mark.parametrize(
    ("response", "complaint"),
    [
        (answer({**ME, "salary": 5}), "salary"),
        (answer({key: value for key, value in ME.items() if key != "roles"}), "roles"),
        (answer({**ME, "id": 1}), "not of type"),
        (answer({**ME, "roles": ["king"]}), "king"),
        (answer({**ME, "limits": {**ME["limits"], "more": 1}}), "more"),
        (answer(ME, 201), "no such status"),
        (answer(ME, content_type="text/html"), "text/html is not among"),
        (answer(NOT_FOUND, 401, PROBLEM), "no header WWW-Authenticate"),
        (answer({"detail": "-"}, 400), "application/json is not among"),
        (answer({**NOT_FOUND, "code": "lost"}, 400, PROBLEM), "lost"),
    ],
)
def test_client_fails_what_the_document_has_not(response: HttpResponse, complaint: str) -> None:
    with pytest.raises(AssertionError, match=complaint):
        check("GET", "/api/v1/me", response)


def test_client_fails_a_body_where_none_is_documented() -> None:
    with pytest.raises(AssertionError, match="has no body"):
        check("POST", "/api/v1/auth/logout", answer({}, 204))


def test_client_fails_an_answer_without_an_operation() -> None:
    with pytest.raises(AssertionError, match="no such operation"):
        check("GET", "/api/v1/nowhere", answer({}))
