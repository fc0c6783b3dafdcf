"""The contract for readers: no request of theirs leaves this machine."""

import re

import pytest
from django.contrib.staticfiles import finders

from fieldwork.core.errors import Code
from tests.api.client import DOCUMENT, Phone
from tests.once import ONCE

pytestmark = ONCE


def test_schema_is_served_as_it_is_committed() -> None:
    response = Phone().get("schema")
    assert response.content == DOCUMENT.read_bytes()
    assert response["Content-Type"].startswith("application/vnd.oai.openapi")
    assert Phone().get("schema?format=json").json()["openapi"].startswith("3.1")
    assert Phone().get("schema?format=xml").status_code == 404


def test_docs_load_nothing_from_elsewhere() -> None:
    response = Phone().get("docs")
    text = response.content.decode()
    assert "default-src 'none'" in response["Content-Security-Policy"]
    assert not re.search(r"(?:src|href|url)=.(?:https?:)?//", text)
    loaded = re.findall(r'(?:src|href)="/static/([^"]+)"', text)
    assert len(loaded) == 4
    assert all(finders.find(name) for name in loaded)


@pytest.mark.parametrize("code", list(Code))
def test_problem_types_lead_to_a_page(code: Code) -> None:
    response = Phone().get(f"problems/{code}")
    assert response.status_code == 200
    assert f"<code>{code}</code>" in response.content.decode()


def test_problem_types_that_are_unknown_lead_nowhere() -> None:
    assert Phone().get("problems/bad-luck").status_code == 404


def test_root_tells_where_to_read() -> None:
    told = Phone().get("/").json()
    assert Phone().get(told["docs"]).status_code == Phone().get(told["schema"]).status_code == 200
