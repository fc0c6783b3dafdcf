"""Every write route may be called twice: the second call answers as the first and changes nothing.

A POST is repeated with its Idempotency-Key, as a phone or a clerk's program does; everything else as it is.
"""

from collections.abc import Callable, Iterator
from datetime import date
from typing import Any

import pytest
import time_machine
from django.apps import apps
from django.db.models import Model

from api.models import KeptAnswer
from fieldwork.core.events import SYSTEM
from fieldwork.core.media_types import XLSX
from fieldwork.core.periods import Period
from fieldwork.directory.activation import issue_codes
from fieldwork.directory.models import Tenure, User
from fieldwork.duties.reconcile import reconcile
from tests import factories, photos
from tests.api.client import Phone
from tests.gates.routes import READS, Route, api_routes
from tests.gates.test_permissions import NEW_ID, NOON, World, path_of, table, world_of_towns
from tests.hazards import STEPS, do, report, said, stand_works

TOMORROW = date(2026, 11, 22)
DEVICE = {"id": "x", "platform": "web"}
PASSWORD = "Ein-langes-Passwort-7"
WRITES = [route for route in api_routes() if route.method not in READS]
KEY = {"Idempotency-Key": "0b1f6a52-replay"}
# What answers otherwise the second time, and why that is right.
OTHERWISE = {
    "POST auth/logout": 401,  # signed out already: the token is gone
    "POST auth/logout-all": 401,
    "POST auth/activate": 401,  # a code works once
    "POST auth/password": 400,  # the current password is another now
    "DELETE devices/<key>": 401,  # the device that asks is the one that is gone
    "DELETE users/<pk>/devices/<key>": 404,  # what is gone is not there
    "DELETE linkages/<pk>": 404,
    "DELETE delegations/<pk>": 404,
}
# Each time something new by nature: a token, fresh codes, the end of browsers' sessions, of which nobody knows whether
# there are any. Nothing but that may change.
RENEWED = {
    "POST auth/login": {"core.Event", "api.DeviceToken"},
    "POST users/activation-codes": {"core.Event", "directory.ActivationCode"},
    "POST users/<pk>/sign-out": {"directory.User"},
}


@pytest.fixture(scope="module")
def standing(rows_of_a_module: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    with world_of_towns(tmp_path_factory.mktemp("uploads")) as world:
        yield world


@pytest.fixture
def world(db: None, standing: World) -> Iterator[World]:
    with time_machine.travel(NOON, tick=False):
        yield standing


@pytest.mark.parametrize("route", WRITES, ids=str)
def test_second_call_changes_nothing(route: Route, world: World) -> None:
    phone, path, body = prepared(route, world)
    first = send(phone, route, path, body)
    assert 200 <= first.status_code < 300, f"{told(first)}: test_permissions._bodies() or REHEARSED has what succeeds"
    before = rows()
    second = send(phone, route, path, body)
    assert second.status_code == expected(route, first.status_code), told(second)
    changed = {name for name, found in rows().items() if found != before[name]}
    assert changed <= RENEWED.get(str(route), set())
    if str(route) not in {*OTHERWISE, *RENEWED} and first.content:
        assert settled(second.json()) == settled(first.json())


def expected(route: Route, first: int) -> int:
    """What the second call is answered: a kept answer says again what it said; what a phone names is made but once."""
    return OTHERWISE.get(str(route), first if route.method == "POST" else 200)


def prepared(route: Route, world: World) -> tuple[Phone, str, Any]:
    """Who may do it, and a request that succeeds."""
    if route in REHEARSED:
        return REHEARSED[route](world)
    assert route in table(), f"no row in tests/gates/permissions.txt for {route}"
    for role in ("supervisor", "own"):
        if 200 <= table()[route][role] < 300:
            return phone_of(world, role), path_of(route, world), world.bodies.get(str(route), {})
    raise AssertionError(f"nobody may {route}; if that is right, rehearse it in REHEARSED")


def sign_in(world: World) -> tuple[Phone, str, Any]:
    owner = owner_of(world)
    return Phone(), "auth/login", {"username": owner.username, "password": PASSWORD, "device": DEVICE}


def change_password(world: World) -> tuple[Phone, str, Any]:
    body = {"current_password": PASSWORD, "new_password": "Noch-ein-langes-8"}
    return Phone.of(owner_of(world)), "auth/password", body


def activate(world: World) -> tuple[Phone, str, Any]:
    owner = owner_of(world)
    (issued,) = issue_codes(users=[owner], by=owner, at=NOON)
    return Phone(), "auth/activate", {"code": issued.code, "password": PASSWORD, "device": DEVICE}


def withdraw_linkage(world: World) -> tuple[Phone, str, Any]:
    tenure = Tenure.objects.get(leader=owner_of(world).leader)
    linkage = factories.linkage(tenure, factories.industry(), starts_on=TOMORROW)
    return phone_of(world, "supervisor"), f"linkages/{linkage.pk}", None


def withdraw_delegation(world: World) -> tuple[Phone, str, Any]:
    delegation = Tenure.objects.get(leader=owner_of(world).leader).leader.delegations.create(
        assistant=factories.user(), starts_on=TOMORROW
    )
    return phone_of(world, "supervisor"), f"delegations/{delegation.pk}", None


def freeze_a_month(world: World) -> tuple[Phone, str, Any]:
    reconcile(Period.parse("2026-10"), by=SYSTEM, at=NOON)
    return phone_of(world, "supervisor"), "periods/2026-10/freeze", world.bodies["POST periods/<period>/freeze"]


def take_excuse_back(world: World) -> tuple[Phone, str, Any]:
    phone, address = phone_of(world, "supervisor"), f"obligations/{world.ids['obligations']}/excuse"
    assert phone.post(address, world.bodies["POST obligations/<pk>/excuse"]).status_code == 200
    return phone, address, None


def send_photo(world: World) -> tuple[Phone, str, Any]:
    return declared(world, "check-ins", "photos")


def send_attachment(world: World) -> tuple[Phone, str, Any]:
    return declared(world, "filings", "attachments")


def lose_photo(world: World) -> tuple[Phone, str, Any]:
    phone, address, _photo = send_photo(world)
    return phone, f"{address}/lost", {"reason": "测试"}


def send_hazard_photo(world: World) -> tuple[Phone, str, Any]:
    return declared(world, "hazards", "photos")


def lose_hazard_photo(world: World) -> tuple[Phone, str, Any]:
    phone, address, _photo = send_hazard_photo(world)
    return phone, f"{address}/lost", {"reason": "测试"}


def take_step(action: str) -> Callable[[World], tuple[Phone, str, Any]]:
    """The last step on a way to it."""

    def rehearse(world: World) -> tuple[Phone, str, Any]:
        town = Tenure.objects.get(leader=owner_of(world).leader).post.organisation.division
        assert town.parent is not None
        works = stand_works(town, town.parent, owner_of(world))
        *way, (party, _last) = STEPS[action]
        pk = report(works)
        for whose, step in way:
            do(works, whose, pk, step)
        return works.phone(party), f"hazards/{pk}/{action}", said(works, action)

    return rehearse


def declared(world: World, noun: str, files: str) -> tuple[Phone, str, Any]:
    """The bytes of a file that a new check-in, filing or hazard declares."""
    phone, file = Phone.of(owner_of(world)), photos.declared(photos.jpeg())
    body = {**world.bodies[f"PUT {noun}/<pk>"], files: [file]}
    assert phone.put(f"{noun}/{NEW_ID}", body).status_code == 201
    return phone, f"{noun}/{NEW_ID}/{files}/{file['sha256']}", photos.jpeg()


def phone_of(world: World, role: str) -> Phone:
    user = world.users[role]
    assert user is not None
    return Phone.of(user)


def owner_of(world: World) -> User:
    user = world.users["own"]
    assert user is not None
    user.set_password(PASSWORD)
    user.save()
    return user


# What needs more than the world of the permission table.
REHEARSED: dict[Route, Callable[[World], tuple[Phone, str, Any]]] = {
    Route("POST", "auth/login"): sign_in,
    Route("POST", "auth/password"): change_password,
    Route("POST", "auth/activate"): activate,
    Route("DELETE", "linkages/<pk>"): withdraw_linkage,
    Route("DELETE", "delegations/<pk>"): withdraw_delegation,
    Route("DELETE", "obligations/<pk>/excuse"): take_excuse_back,
    Route("POST", "periods/<period>/freeze"): freeze_a_month,
    Route("PUT", "check-ins/<pk>/photos/<sha256>"): send_photo,
    Route("PATCH", "check-ins/<pk>/photos/<sha256>"): send_photo,
    Route("POST", "check-ins/<pk>/photos/<sha256>/lost"): lose_photo,
    Route("PUT", "filings/<pk>/attachments/<sha256>"): send_attachment,
    Route("PATCH", "filings/<pk>/attachments/<sha256>"): send_attachment,
    Route("PUT", "hazards/<pk>/photos/<sha256>"): send_hazard_photo,
    Route("PATCH", "hazards/<pk>/photos/<sha256>"): send_hazard_photo,
    Route("POST", "hazards/<pk>/photos/<sha256>/lost"): lose_hazard_photo,
    **{Route("POST", f"hazards/<pk>/{action}"): take_step(action) for action in STEPS},
}


def send(phone: Phone, route: Route, path: str, body: Any) -> Any:
    call = getattr(phone, route.method.lower())
    if isinstance(body, bytes) and route.method == "POST":
        return call(path, body, content_type=XLSX, headers=KEY)
    if isinstance(body, bytes):
        headers = {"Upload-Offset": "0"} if route.method == "PATCH" else {}
        return call(path, body, content_type="image/jpeg", headers=headers)
    if route.method == "POST":
        return call(path, body, headers=KEY)
    return call(path, body)


def rows() -> dict[str, list[str]]:
    """All that stands in each table."""
    tables = [model for model in apps.get_models() if not kept_apart(model)]
    return {
        model._meta.label: [str(row) for row in model._default_manager.order_by("pk").values_list()] for model in tables
    }


def kept_apart(model: type[Model]) -> bool:
    return model is KeptAnswer or model._meta.app_label in ("sessions", "axes")


def told(response: Any) -> str:
    return f"{response.status_code} {response.content.decode()}"


def settled(answer: Any) -> Any:
    """What is answered, but for the moment that it is about."""
    if isinstance(answer, dict):
        return {key: settled(value) for key, value in answer.items() if key not in ("changed", "expires_at")}
    return answer
