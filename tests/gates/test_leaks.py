"""No route tells another where precisely somebody was, but those on which whoever looks is on record."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.db import transaction

from fieldwork.core.models import Event
from fieldwork.inspections.models import CheckIn
from tests.api.client import Phone
from tests.gates.routes import Route, api_routes
from tests.gates.test_permissions import PHONES_ID, World, path_of, table, world_of_towns

OTHERS = ("unit", "other", "below", "supervisor", "above", "elsewhere", "auditor", "administrator")
ON_RECORD = {
    "GET reviews/<pk>": "check_in.examined",
    "GET check-ins/<pk>/proof": "check_in.proof_exported",
    "GET leaders/<pk>/export": "leader.exported",
}
DETAILS = [route for route in table() if route.method == "GET" and route.path.endswith("/<pk>")]
TOLD = [route for route in api_routes() if route.method == "GET"]


@pytest.fixture(scope="module")
def world(rows_of_a_module: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    with world_of_towns(tmp_path_factory.mktemp("uploads")) as world:
        yield world


def secrets() -> list[str]:
    check_in = CheckIn.objects.get(pk=PHONES_ID)
    return [str(check_in.latitude)[:7], str(check_in.longitude)[:8], str(check_in.accuracy_m)]


def answered(phone: Phone, path: str) -> str:
    answer: Any = phone.get(path)
    body = b"".join(answer.streaming_content) if answer.streaming else answer.content
    return body.decode(errors="replace") if answer.status_code == 200 else ""


@pytest.mark.django_db
@pytest.mark.parametrize("route", TOLD, ids=str)
def test_route_tells_others_of_no_place_without_a_record(route: Route, world: World) -> None:
    path = path_of(route, world)
    for role in OTHERS:
        user = world.users[role]
        assert user is not None
        with transaction.atomic():
            told = [secret for secret in secrets() if secret in answered(Phone.of(user), path)]
            noted = Event.objects.filter(actor=user.actor_key, kind=ON_RECORD.get(str(route))).exists()
            transaction.set_rollback(True)
        assert not told or noted, (role, told)


@pytest.mark.django_db
def test_there_is_a_place_to_tell_and_those_who_were_there_see_it(world: World) -> None:
    own = world.users["own"]
    assert own is not None
    for path in ("check-ins", f"check-ins/{PHONES_ID}", "sync"):
        told = answered(Phone.of(own), path)
        assert [secret for secret in secrets() if secret not in told] == [], path


@pytest.mark.django_db
@pytest.mark.parametrize("route", DETAILS, ids=str)
def test_list_has_it_for_those_who_may_read_it_and_for_nobody_else(route: Route, world: World) -> None:
    """So does `sync`, of what it has at all."""
    key, path = str(world.ids[route.path.removesuffix("/<pk>")]), route.path.removesuffix("/<pk>")
    shown = {role for role, status in table()[route].items() if status == 200}
    listed, synced = set(), set()
    for role, user in world.users.items():
        if user is None:
            continue
        phone = Phone.of(user)
        if key in {row["id"] for row in phone.get(f"{path}?page_size=200").json()["results"]}:
            listed.add(role)
        if key in {row["id"] for row in phone.get("sync").json().get(path.replace("-", "_"), [])}:
            synced.add(role)
    assert listed == shown
    assert synced <= shown
