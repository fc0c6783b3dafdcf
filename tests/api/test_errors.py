"""Whatever fails under /api/ is a problem of RFC 9457, also where no view was reached."""

import json
from contextlib import suppress
from io import BytesIO
from typing import Any

import pytest
from django.conf import settings
from django.core.exceptions import PermissionDenied as DjangoPermissionDenied
from django.core.exceptions import RequestDataTooBig, SuspiciousOperation
from django.core.handlers.wsgi import WSGIRequest
from django.db import OperationalError
from django.http import Http404, HttpRequest, HttpResponse
from django.http.multipartparser import MultiPartParserError
from django.test import RequestFactory
from django.utils import translation
from rest_framework import exceptions
from rest_framework.exceptions import ErrorDetail

from api.errors import MEDIA_TYPE, STATUS, Problem, flat, to_problem
from api.middleware import problems
from api.parsers import MOST_FAULTS, parse_json
from fieldwork.core.errors import TITLES, Code, DomainError, invalid
from tests.api.client import PROBLEM, Phone

pytestmark = pytest.mark.django_db
LOGIN = "auth/login"


def send(raw: bytes | str, content_type: str = "application/json", **extra: Any) -> Any:
    return Phone().generic("POST", LOGIN, raw, content_type, **extra)


def test_every_code_has_a_status_and_a_title() -> None:
    assert set(STATUS) == set(TITLES) == set(Code)


@pytest.mark.parametrize(
    ("raised", "status", "code"),
    [
        (DomainError(Code.WRONG_STATE), 409, "wrong_state"),
        (exceptions.ParseError(), 400, "invalid"),
        (exceptions.NotAuthenticated(), 401, "not_authenticated"),
        (exceptions.AuthenticationFailed(), 401, "not_authenticated"),
        (exceptions.PermissionDenied(), 403, "not_allowed"),
        (exceptions.NotFound(), 404, "not_found"),
        (exceptions.MethodNotAllowed("PUT"), 405, "method_not_allowed"),
        (exceptions.UnsupportedMediaType("text/plain"), 415, "unsupported_media"),
        (exceptions.Throttled(wait=3.2), 429, "throttled"),
        (Http404(), 404, "not_found"),
        (DjangoPermissionDenied(), 403, "not_allowed"),
        (SuspiciousOperation(), 400, "invalid"),
        (RequestDataTooBig(), 413, "too_large"),
        (MultiPartParserError(), 400, "invalid"),
        (OperationalError(), 503, "unavailable"),
    ],
)
def test_errors_become_problems(raised: Exception, status: int, code: str) -> None:
    response = to_problem(raised, {})
    assert response is not None
    assert (response.status_code, response.data["code"], response.content_type) == (status, code, MEDIA_TYPE)


def test_errors_nobody_foresaw_are_left_to_django() -> None:
    assert to_problem(ZeroDivisionError(), {}) is None


def test_errors_carry_the_headers_of_their_status() -> None:
    throttled = to_problem(exceptions.Throttled(wait=3.2), {})
    away = to_problem(OperationalError(), {})
    offset = to_problem(Problem(Code.WRONG_OFFSET, headers={"Upload-Offset": "5"}), {})
    assert throttled is not None
    assert away is not None
    assert offset is not None
    assert throttled["Retry-After"] == "4"
    assert away["Retry-After"] == "10"
    assert offset["Upload-Offset"] == "5"


def test_database_that_does_not_serve_is_logged_for_the_operator(caplog: pytest.LogCaptureFixture) -> None:
    error = OperationalError("the disk is full")
    to_problem(error, {})
    (line,) = caplog.records
    assert (line.levelname, line.exc_info and line.exc_info[1]) == ("ERROR", error)


def test_errors_of_fields_are_flat_paths() -> None:
    detail = {
        "photos": [{}, {"sha256": [ErrorDetail("too short", "min_length")]}],
        "location": {"latitude": [ErrorDetail("no", "invalid")]},
        "non_field_errors": [ErrorDetail("whole", "invalid")],
        "tags": [ErrorDetail("none", "empty")],
    }
    assert [(error.field, error.code) for error in flat(detail)] == [
        ("photos.1.sha256", "min_length"),
        ("location.latitude", "invalid"),
        ("", "invalid"),
        ("tags", "empty"),
    ]


def test_errors_name_the_field_that_an_action_refuses() -> None:
    response = to_problem(invalid("starts_on", "too early", Code.UNKNOWN_REFERENCE), {})
    assert response is not None
    assert response.data["code"] == "unknown_reference"
    assert response.data["errors"] == [{"field": "starts_on", "code": "unknown_reference", "detail": "too early"}]


@pytest.mark.parametrize(
    "path",
    ["nothing", "me%00", "divisions/0", "divisions/x", "divisions/99999999999999999999", "me//", "me/x/y"],
)
def test_errors_for_unknown_addresses_are_404(path: str) -> None:
    response = Phone().get(path)
    assert (response.status_code, response["Content-Type"]) == (404, PROBLEM)
    assert json.loads(response.content)["code"] == "not_found"


@pytest.mark.parametrize(
    "raw",
    [
        "{", "[]", "null", '"text"', "5", '{"a": NaN}', '{"a": Infinity}', '{"a": 1e999}', '{"a": 1, "a": 2}',
        b'{"a": "\xff"}', "[" * 100_000, '{"a": ' + "9" * 5000 + "}", "", '{"username": "\\u0000"}',
        '{"username": "\\ud800"}', '{"\\udfff": 1}',
    ],
)  # fmt: skip
def test_errors_for_bodies_that_are_no_object_are_400(raw: bytes | str) -> None:
    response = send(raw)
    assert (response.status_code, response.json()["code"]) == (400, "invalid")


@pytest.mark.parametrize(
    "raw",
    [
        b'{"a": 1, "a": 2}',
        b'[{"a": {"b": 1, "b": 1}}]',
        b"NaN",
        b"-Infinity",
        b"1e999",
        b"\xff",
        b'"\\u0000"',
    ],
)
def test_json_that_is_doubtful_is_refused(raw: bytes) -> None:
    with pytest.raises(DomainError):
        parse_json(raw)


@pytest.mark.parametrize(
    ("raw", "told"),
    [
        (b"{bad", "JSON内容第1行第2列有误。"),
        (b'{"a": 1, "a": 2}', "JSON中有一个对象重复了同一名称。"),
        (b'{"a": NaN}', "NaN不是JSON的数值。"),
        (b'{"a": 1e999}', "JSON中有一个数值过大。"),
        (b"9" * 5000, "JSON中有一个数值过长。"),
    ],
)
def test_fault_in_json_is_told_in_the_reader_s_language(raw: bytes, told: str) -> None:
    with translation.override("zh-hans"), pytest.raises(DomainError) as refusal:
        parse_json(raw)
    assert str(refusal.value.detail) == told


def test_json_that_is_sound_is_read() -> None:
    raw = '{"a": [1, 2.5, null, "\\u6d4b\\ud83d\\ude00", "\\\\u0000"], "b": {"a": true}}'
    assert parse_json(raw.encode()) == {"a": [1, 2.5, None, "测😀", "\\u0000"], "b": {"a": True}}


def test_errors_name_the_text_that_cannot_be_stored() -> None:
    response = send('{"username": "a", "device": {"name": ["x", "\\u0000"]}}')
    assert [error["field"] for error in response.json()["errors"]] == ["device.name.1"]


def test_errors_name_only_the_first_of_many_such_texts() -> None:
    response = send('{"x": ' + "[" * 500 + ",".join(['"\\u0000"'] * 5000) + "]" * 500 + "}")
    assert len(response.json()["errors"]) == MOST_FAULTS
    assert len(response.content) < 50_000


@pytest.mark.parametrize("inner", ['"\\u0041"', '"\\u0000"'])
def test_json_of_any_depth_is_read_or_refused(inner: str) -> None:
    """Also at the last depth that the reader takes: to look through the texts needs a frame more."""
    for depth in range(800, 1000):
        with suppress(DomainError):
            parse_json(("[" * depth + inner + "]" * depth).encode())


def test_errors_leave_escaped_characters_that_can_be_stored_alone() -> None:
    response = send('{"username": "\\u6d4b\\ud83d\\ude00\\\\u0000"}')
    assert {error["field"] for error in response.json()["errors"]} == {"password", "device"}


@pytest.mark.parametrize("content_type", ["text/plain", "multipart/form-data; boundary=x", "", "application/xml"])
def test_errors_for_other_content_are_415(content_type: str) -> None:
    response = send("x", content_type)
    assert (response.status_code, response.json()["code"]) == (415, "unsupported_media")


def test_errors_for_large_bodies_are_413_before_they_are_read() -> None:
    # Only said to be large: whoever began to read would fail.
    response = send("", CONTENT_LENGTH=str(settings.JSON_BYTES + 1), HTTP_EXPECT="100-continue")
    assert (response.status_code, response.json()["code"]) == (413, "too_large")
    assert response.json()["detail"] == "提交的内容不得超过1 MB。"
    assert send("", CONTENT_LENGTH=str(settings.BODY_BYTES + 1)).status_code == 413
    assert send("{}".ljust(settings.JSON_BYTES)).status_code == 400


def test_errors_for_chunked_bodies_say_what_to_send() -> None:
    response = send("", HTTP_TRANSFER_ENCODING="chunked", CONTENT_LENGTH="")
    assert response.status_code == 400
    assert "Content-Length" in response.json()["detail"]


def test_errors_for_compressed_bodies_say_what_to_send() -> None:
    response = send("{}", HTTP_CONTENT_ENCODING="gzip")
    assert (response.status_code, response.json()["code"]) == (415, "unsupported_media")
    assert "Content-Encoding" in response.json()["detail"]
    assert send("{}", HTTP_CONTENT_ENCODING="Identity").status_code == 400


def test_errors_for_foreign_hosts_are_problems() -> None:
    response = Phone().get("me", HTTP_HOST="elsewhere.example")
    assert (response.status_code, response["Content-Type"]) == (400, PROBLEM)


def test_errors_for_nul_in_a_query_are_400() -> None:
    assert Phone().get("me?x=%00").status_code == 400


def test_errors_for_wrong_methods_say_which_are_right() -> None:
    for method in ("GET", "PUT", "OPTIONS", "TRACE", "BREW"):
        response = Phone().generic(method, LOGIN)
        assert (response.status_code, response["Allow"]) == (405, "POST")


def test_errors_of_our_own_are_problems_too() -> None:
    answer = problems(lambda _request: HttpResponse("<h1>Server Error</h1>", status=500))
    request = HttpRequest()
    request.path_info = "/api/v1/me"
    response = answer(request)
    assert (response.status_code, response["Content-Type"]) == (500, PROBLEM)
    assert json.loads(response.content)["code"] == "internal"


def test_errors_speak_the_language_that_is_asked_for() -> None:
    english = Phone().get("me", HTTP_ACCEPT_LANGUAGE="en")
    assert english["Content-Language"] == "en"
    assert english.json()["title"] == "Please sign in."
    assert Phone().get("me")["Content-Language"] == "zh-hans"


def test_answers_are_not_shared_between_people() -> None:
    response = Phone().get("me")
    assert response["Cache-Control"] == "private, no-cache"
    assert "Authorization" in response["Vary"]


def refused_upload(length: int, **extra: str) -> int:
    """How many bytes of an upload are left unread when it is refused unseen."""
    sent = BytesIO(b"x" * 1000)
    environ = RequestFactory().put("/api/v1/check-ins/1", content_type="multipart/form-data").environ
    environ |= {"wsgi.input": sent, "CONTENT_LENGTH": str(length), **extra}
    problems(lambda _request: HttpResponse(status=401))(WSGIRequest(environ))
    return len(sent.read())


def test_errors_are_sent_once_the_body_has_been_taken() -> None:
    assert refused_upload(1000) == 0


def test_errors_do_not_wait_for_a_body_that_is_asked_for_or_beyond_the_limit() -> None:
    assert refused_upload(1000, HTTP_EXPECT="100-continue") == 1000
    assert refused_upload(settings.BODY_BYTES + 1) == 1000
