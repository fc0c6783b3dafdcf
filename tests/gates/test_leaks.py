"""No route tells another where precisely somebody was, but those on which whoever looks is on record."""

from collections.abc import Iterator
from typing import Any

import pytest
import time_machine
from django.db import transaction

from fieldwork.core.models import Event
from fieldwork.inspections.examining import LOOKS
from fieldwork.inspections.models import CheckIn
from tests.api.client import Phone
from tests.gates.routes import Route, api_routes
from tests.gates.test_permissions import NOON, PHONES_ID, World, path_of, world_of_towns

OTHERS = ("other", "supervisor", "elsewhere", "auditor")
ON_RECORD = {"GET reviews/<pk>", "GET check-ins/<pk>/proof"}
TOLD = [route for route in api_routes() if route.method == "GET"]


@pytest.fixture(scope="module")
def world(rows_of_a_module: None) -> Iterator[World]:
    with time_machine.travel(NOON, tick=False):
        yield world_of_towns()


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
            noted = Event.objects.filter(actor=user.actor_key, kind__in=LOOKS).exists()
            transaction.set_rollback(True)
        assert not told or (noted and str(route) in ON_RECORD), (role, told)


@pytest.mark.django_db
def test_there_is_a_place_to_tell_and_those_who_were_there_see_it(world: World) -> None:
    own = world.users["own"]
    assert own is not None
    for path in ("check-ins", f"check-ins/{PHONES_ID}", "sync"):
        told = answered(Phone.of(own), path)
        assert [secret for secret in secrets() if secret not in told] == [], path
