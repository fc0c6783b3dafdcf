"""Addresses: the same with and without a slash at the end, and never a redirect."""

import pytest

from tests.api.client import Phone
from tests.gates.routes import Route, api_routes

pytestmark = pytest.mark.django_db
SAMPLES = {"<pk>": "1", "<key>": "x", "<code>": "invalid", "<period>": "2026-11", "<sha256>": "0" * 64}
PK_IS_UUID = ("check-ins", "filings", "hazards", "reviews")


def sample(route: Route) -> str:
    path = route.path
    for name, value in SAMPLES.items():
        uuid = name == "<pk>" and path.startswith(PK_IS_UUID)
        path = path.replace(name, "7d9f6a52-0000-4000-8000-000000000001" if uuid else value)
    return path


@pytest.mark.parametrize("route", api_routes(), ids=str)
def test_route_needs_no_slash_and_minds_none(route: Route) -> None:
    phone, path = Phone(), sample(route)
    plain = phone.generic(route.method, path)
    slashed = phone.generic(route.method, f"{path}/")
    assert plain.status_code == slashed.status_code
    assert plain.status_code in (200, 400, 401, 415), f"is there {path}? SAMPLES and PK_IS_UUID say what to ask for"
    assert phone.generic(route.method, f"{path}//").status_code == 404


@pytest.mark.parametrize("path", ["/", "/healthz", "/healthz/", "/api/v1/schema/", "/api/v1/docs"])
def test_pages_answer_without_a_redirect(path: str) -> None:
    assert Phone().get(path).status_code == 200


def test_uuids_are_the_same_in_either_case() -> None:
    phone = Phone()
    for key in ("7D9F6A52-0000-4000-8000-00000000000A", "7d9f6a52-0000-4000-8000-00000000000a"):
        assert phone.get(f"check-ins/{key}").status_code == 401
    assert phone.get("check-ins/7d9f6a52").status_code == 404
