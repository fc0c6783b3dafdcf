"""The committed OpenAPI document: in step, valid, and complete."""

import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from django.conf import settings
from django.core.management import call_command
from django.utils import translation
from openapi_spec_validator import OpenAPIV31SpecValidator

from api.schema import Schema
from tests.api.client import DOCUMENT
from tests.gates.routes import api_routes
from tests.once import ONCE

pytestmark = ONCE

PAGES = ("schema", "docs", "problems/<code>")


@pytest.fixture(scope="module")
def document() -> dict[str, Any]:
    loaded: dict[str, Any] = yaml.load(DOCUMENT.read_text(encoding="utf-8"), yaml.CSafeLoader)
    return loaded


def operations(document: dict[str, Any]) -> list[tuple[str, str, dict[str, Any]]]:
    return [(path, verb, operation) for path, item in document["paths"].items() for verb, operation in item.items()]


def test_schema_is_in_step(tmp_path: Path) -> None:
    fresh = tmp_path / "openapi.yaml"
    with translation.override(settings.LANGUAGE_CODE):
        call_command("spectacular", "--validate", "--fail-on-warn", "--file", str(fresh))
    assert fresh.read_text(encoding="utf-8") == DOCUMENT.read_text(encoding="utf-8"), (
        "python3 manage.py spectacular --file api/openapi.yaml"
    )


def test_schema_is_openapi_3_1(document: dict[str, Any]) -> None:
    assert document["openapi"].startswith("3.1")
    assert not list(OpenAPIV31SpecValidator(document).iter_errors())


def test_schema_has_every_route(document: dict[str, Any]) -> None:
    documented = {
        (verb.upper(), path.count("/"), path.split("{")[0]) for path, verb, _operation in operations(document)
    }
    routes = {
        (route.method, f"/api/v1/{route.path}".count("/"), f"/api/v1/{route.path}".split("<")[0])
        for route in api_routes()
        if route.path not in PAGES
    }
    assert routes - documented == set(), "routes without an operation"
    assert documented - routes == set(), "operations without a route"


def test_schema_names_each_operation_once(document: dict[str, Any]) -> None:
    names = [operation["operationId"] for _path, _verb, operation in operations(document)]
    assert len(names) == len(set(names))
    assert all(name.isidentifier() for name in names)


def test_schema_tells_the_problems_of_each_operation(document: dict[str, Any]) -> None:
    for path, verb, operation in operations(document):
        expected = {"400", "500", "503"}
        expected |= {"401"} if {"bearer": []} in operation.get("security", []) else set()
        expected |= {"404"} if "{" in path else set()
        expected |= {"413", "415"} if verb in ("post", "put", "patch") else set()
        assert expected <= set(operation["responses"]), f"{verb} {path}"


def test_schema_requires_every_body_that_it_describes(document: dict[str, Any]) -> None:
    bodies = {
        f"{verb} {path}": operation["requestBody"].get("required", False)
        for path, verb, operation in operations(document)
        if "requestBody" in operation
    }
    assert [what for what, required in bodies.items() if not required] == []
    assert document["components"]["schemas"]["EndInRequest"]["required"] == ["ends_on"]


def test_schema_leaves_enumerations_in_answers_open(document: dict[str, Any]) -> None:
    schemas = document["components"]["schemas"]
    for name in ("Status", "TaskStatus", "Activity", "RolesEnum", "DeclaredState", "ProblemCode"):
        assert "later ones are added" in schemas[name]["description"], name
    assert "description" not in schemas["PhotoInContentTypeEnum"]
    assert schemas["NotificationOut"]["properties"]["kind"]["type"] == "string"


def test_schema_tells_makers_of_phones_what_to_do(document: dict[str, Any]) -> None:
    for word in ("200 and 201", "408, 429 and 5xx", "Retry-After", "At 401", "other 4xx", "UUID", "do not know"):
        assert word in document["info"]["description"], word
    assert "400 that names `cursor`" in document["paths"]["/api/v1/sync"]["get"]["description"]


def test_schema_says_what_periods_and_days_mean(document: dict[str, Any]) -> None:
    unsaid = [
        f"{path}?{parameter['name']}"
        for path, _verb, operation in operations(document)
        for parameter in operation.get("parameters", [])
        if parameter["in"] == "query"
        and parameter["name"] in ("period", "during", "on", "division")
        and not parameter.get("description")
    ]
    assert unsaid == []


def test_schema_says_which_parameters_may_be_empty(document: dict[str, Any]) -> None:
    """A filter: without a value it is none. What else may follow a question mark is read, and an empty one refused."""
    empty = {
        f"{path.removeprefix('/api/v1/')}?{parameter['name']}": parameter.get("allowEmptyValue", False)
        for path, _verb, operation in operations(document)
        for parameter in operation.get("parameters", [])
        if parameter["in"] == "query"
    }
    for filter_ in ("tenures?on", "quotas?kind", "leaders/{id}/record?to", "check-ins?mine", "audit.csv?since"):
        assert empty[filter_], filter_
    for other in ("sites?page_size", "sites?radius_m", "imports?dry_run", "hazards?state", "periods/{period}?as_of"):
        assert not empty[other], other


def test_schema_closes_what_refuses_other_fields(document: dict[str, Any]) -> None:
    schemas = document["components"]["schemas"]
    assert [name for name in schemas if schemas[name].get("additionalProperties") is False] == [
        "EndInRequest",
        "UserChangeRequest",
    ]
    for proof in ("check-ins", "filings", "hazards"):
        content = document["paths"][f"/api/v1/{proof}/{{id}}"]["put"]["requestBody"]["content"]
        assert content["multipart/form-data"]["schema"]["additionalProperties"] is False


def test_schema_has_the_forms_that_are_asked_for(document: dict[str, Any]) -> None:
    """A text of another form is refused with 400, whatever it says."""
    forms = {
        f"{path.removeprefix('/api/v1/')} {parameter['name']}": parameter["schema"]
        for path, _verb, operation in operations(document)
        for parameter in operation.get("parameters", [])
    }
    assert re.fullmatch(forms["periods/{period} period"]["pattern"], "2026-Q4")
    assert re.fullmatch(forms["sites near"]["pattern"], "23.70,113.05")
    assert re.fullmatch(forms["audit object"]["pattern"], "check_in:7d9f6a52")
    assert re.fullmatch(forms["audit kind"]["pattern"], "check_in.reviewed")
    assert forms["posts Idempotency-Key"] == {"type": "string", "minLength": 1, "maxLength": 255}


def test_schema_needs_a_token_everywhere_but_at_the_door(document: dict[str, Any]) -> None:
    public = [path for path, _verb, operation in operations(document) if {"bearer": []} not in operation["security"]]
    assert public == ["/api/v1/auth/activate", "/api/v1/auth/login"]


def test_schema_is_made_by_ours() -> None:
    assert settings.REST_FRAMEWORK["DEFAULT_SCHEMA_CLASS"] == f"{Schema.__module__}.{Schema.__qualname__}"
