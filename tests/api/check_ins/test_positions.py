"""Where precisely somebody was, and the photo as it was sent: for the lead, who acts for the lead, and the uploader."""

import json
from datetime import datetime
from typing import Any

import pytest
from django.db import connection

from fieldwork.core.events import SYSTEM
from fieldwork.core.models import Event
from fieldwork.core.periods import Period
from fieldwork.directory.models import Delegation, User
from fieldwork.duties.models import Task
from fieldwork.duties.reconcile import reconcile
from fieldwork.inspections.models import CheckIn
from tests import factories as make
from tests.api import check_in
from tests.api.client import Phone
from tests.photos import declared, jpeg
from tests.place import Place

FIX = {"latitude": 24.206912, "longitude": 113.401734, "accuracy_m": 12.25, "datum": "wgs84", "fix_age_s": 1.75}
SECRETS = ("24.2069", "113.4017", "12.25", "1.75")


def delegate(place: Place, **days: Any) -> User:
    user = make.user()
    Delegation.objects.create(assistant=user, leader=place.leader, **{"starts_on": make.BEGINNING, **days})
    return user


def others(place: Place, companion: Any) -> dict[str, User]:
    return {
        "supervisor": make.user(office="supervisor", division=place.county),
        "auditor": make.user(office="auditor", division=place.city),
        "administrator": make.user(office="administrator"),
        "companion with an office": make.user(office="supervisor", division=place.city, leader=companion),
    }


def test_place_is_exact_for_those_who_were_there_and_rough_for_others(place: Place) -> None:
    companion, sender = make.leader("同行"), delegate(place)
    content = check_in.body(place, location=FIX, companions=[str(companion.pk)])
    pk = check_in.put(Phone.of(sender), content).json()["id"]
    near = {
        "lead": place.user,
        "sender": sender,
        "delegate": delegate(place),
    }
    Delegation.objects.filter(assistant=sender).update(ends_on="2026-11-20")  # still the one who uploaded it
    for who, user in near.items():
        location = Phone.of(user).get(f"check-ins/{pk}").json()["location"]
        assert (location["exact"], location["latitude"], location["accuracy_m"]) == (True, 24.206912, 12.25), who
    for who, user in others(place, companion).items():
        for address in (f"check-ins/{pk}", "check-ins", "reviews"):
            said = Phone.of(user).get(address).content.decode()
            assert not [secret for secret in SECRETS if secret in said], (who, address)
        location = Phone.of(user).get(f"check-ins/{pk}").json()["location"]
        assert location == {
            "exact": False, "latitude": 24.21, "longitude": 113.4, "accuracy_m": None, "datum": "wgs84",
            "fix_age_s": None, "mocked": None, "missing_reason": "", "as_given": None,
        }, who  # fmt: skip


def test_former_delegate_who_sent_nothing_sees_nothing(place: Place) -> None:
    pk = check_in.put(Phone.of(place.user), check_in.body(place)).json()["id"]
    assert Phone.of(delegate(place, ends_on="2026-11-20")).get(f"check-ins/{pk}").status_code == 404


def test_original_is_for_those_who_were_there(place: Place) -> None:
    photo, companion = jpeg(), make.leader("同行")
    content = check_in.body(place, photo, companions=[str(companion.pk)])
    pk = check_in.put_multipart(Phone.of(place.user), content, photo).json()["id"]
    address = f"check-ins/{pk}/photos/{declared(photo)['sha256']}"
    for who, user in others(place, companion).items():
        for asked in ("", "?size=original"):
            refused = Phone.of(user).get(address + asked)
            assert (refused.status_code, refused.json()["code"]) == (403, "not_allowed"), who
        assert Phone.of(user).get(f"{address}?size=thumb").status_code in (200, 503), who
    for user in (place.user, delegate(place)):
        answer: Any = Phone.of(user).get(address)
        assert b"".join(answer.streaming_content) == photo


def test_queue_of_cases_tells_distances_roughly_and_each_case_exactly_to_whoever_is_on_record(place: Place) -> None:
    """With the seat of the target, how far it was from there is nearly where."""
    reconcile(Period.parse("2026-11"), by=SYSTEM, at=datetime.fromisoformat(check_in.NOON))
    content = check_in.body(place, location={**FIX, "latitude": 24.706912}, task=str(Task.objects.get().pk))
    pk = check_in.put(Phone.of(place.user), content).json()["id"]
    stored = CheckIn.objects.get()
    exact, flag = stored.distance_m, stored.flags.get(code="outside_target")
    assert exact is not None
    assert exact == pytest.approx(55385, abs=20)
    assert flag.figures["distance_m"] == round(exact)
    office = make.user(office="supervisor", division=place.county)
    looks = Event.objects.filter(kind="check_in.examined", object_id=pk, actor=office.actor_key)

    (row,) = Phone.of(office).get("reviews").json()["results"]
    told = {flag["code"]: flag for flag in row["flags"]}["outside_target"]
    assert (row["distance_m"], told["figures"]["distance_m"], looks.count()) == (55400, 55400, 0)
    case = Phone.of(office).get(f"reviews/{pk}").json()
    told = {flag["code"]: flag for flag in case["flags"]}["outside_target"]
    assert (case["distance_m"], told["figures"], looks.count()) == (exact, flag.figures, 1)


def test_without_a_position_there_is_nothing_to_blur(place: Place) -> None:
    content = check_in.body(place, location={"latitude": None, "longitude": None, "missing_reason": "室内"})
    pk = check_in.put(Phone.of(place.user), content).json()["id"]
    location = Phone.of(make.user(office="supervisor", division=place.county)).get(f"check-ins/{pk}").json()["location"]
    assert (location["latitude"], location["exact"], location["missing_reason"]) == (None, False, "室内")


def test_answer_to_a_verdict_is_as_rough(place: Place) -> None:
    pk = check_in.put(Phone.of(place.user), check_in.body(place, location=FIX)).json()["id"]
    office = Phone.of(make.user(office="supervisor", division=place.county))
    said = json.dumps(office.post(f"check-ins/{pk}/review", {"verdict": "accepted"}).json())
    assert not [secret for secret in SECRETS if secret in said]


def test_own_list_asks_for_no_delegations_twice(place: Place) -> None:
    for _ in range(3):
        check_in.put(Phone.of(place.user), check_in.body(place))
    phone = Phone.of(place.user)
    phone.get("check-ins")
    asked: list[str] = []

    def note(execute: Any, sql: str, *rest: Any) -> Any:
        asked.append(sql)
        return execute(sql, *rest)

    with connection.execute_wrapper(note):
        phone.get("check-ins")
    assert len([sql for sql in asked if '"directory_delegation"' in sql]) == 1
