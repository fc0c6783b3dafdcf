"""GET leaders/{id}/export and me/export: all that is stored about one person, and nothing of another's."""

import json
from datetime import date
from typing import Any
from uuid import uuid4

import pytest
import time_machine
from django.apps import apps
from django.db import connection
from django.db.models import ForeignKey, ManyToManyField
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from fieldwork.core.models import Event
from fieldwork.core.periods import Period
from fieldwork.directory.models import Leader, User
from fieldwork.duties.reconcile import reconcile
from fieldwork.reminders.models import Contact, Device
from fieldwork.supervision.months.excusing import excuse
from fieldwork.supervision.months.freezing import freeze
from fieldwork.supervision.personal import sections
from tests import factories as make
from tests.api import check_in, filing
from tests.api.client import Phone
from tests.desk import Desk
from tests.photos import jpeg
from tests.place import SEAT, Place


@pytest.fixture(autouse=True)
def afternoon() -> Any:
    with time_machine.travel("2026-11-21T14:00:00+08:00", tick=False):
        yield


def export(user: User, path: str) -> dict[str, Any]:
    answer: Any = Phone.of(user).get(path)
    assert answer.status_code == 200, answer.content
    found: dict[str, Any] = json.loads(b"".join(answer.streaming_content))
    return found


def test_export_has_every_table_that_knows_the_person(desk: Desk, place: Place) -> None:
    own, photo, key = Phone.of(place.user), jpeg(), str(uuid4())
    Contact.objects.create(user=place.user, channel="mail", value="leader@example.cn")
    assert check_in.put_multipart(own, check_in.body(place, photo), photo, pk=key).status_code == 201
    assert filing.put(own, filing.body(desk)).status_code == 201
    found = export(place.user, f"leaders/{place.leader.pk}/export")
    (visit,) = found["check_ins"]
    assert (visit["id"], visit["wgs84_latitude"], visit["accuracy_m"]) == (key, SEAT[0], 12.0)
    assert json.loads(visit["content"])["location"]["accuracy_m"] == 12.0
    assert found["leader"][0]["name"] == place.leader.name
    assert [row["post__title"] for row in found["tenures"]] == ["county_party_chief"]
    assert len(found["obligations"]) == place.leader.obligations.count() > 0
    assert [row["value"] for row in found["contacts"]] == ["leader@example.cn"]
    filled = {name for name, rows in found.items() if rows}
    assert {"linkages", "tasks", "performances", "photos", "receipts", "filings", "devices", "account"} <= filled
    assert {"check_in.recorded", "filing.recorded", "leader.exported"} <= {row["kind"] for row in found["events"]}
    assert {"check_in.recorded"} <= {row["kind"] for row in found["deeds"]}
    again = export(place.user, "me/export")
    assert {name: again[name] for name in ("check_ins", "tenures")} == {
        name: found[name] for name in ("check_ins", "tenures")
    }


def test_no_secret_leaves_with_it(place: Place) -> None:
    place.user.set_password("Ein-langes-Passwort-7")
    place.user.save()
    Device.objects.create(
        user=place.user, key="x", platform="web", push_kind="token", push_value="push-secret",
        claimed_at="2026-11-21T00:00:00+08:00",
    )  # fmt: skip
    text = json.dumps(export(place.user, "me/export"))
    assert place.user.password not in text
    assert "push-secret" not in text


def test_nothing_of_another_is_in_it(place: Place) -> None:
    other = make.tenure(make.post(make.organisation(place.county), "county_party_chief"), make.leader("别人"))
    theirs = make.user("neighbour", leader=other.leader)
    content = {**check_in.body(place), "lead": str(other.leader_id), "summary": "别人的事"}
    assert check_in.put(Phone.of(theirs), {**content, "companions": [str(place.leader.pk)]}).status_code == 201
    found = export(place.user, f"leaders/{place.leader.pk}/export")
    text = json.dumps(found, ensure_ascii=False)
    assert found["check_ins"] == []
    assert [set(row) for row in found["accompanied"]] == [{"pk", "captured_at"}]
    for secret in ("别人", "neighbour", "24.2069", "113.4017"):
        assert secret not in text


def test_leader_and_administrator_are_given_it_and_that_is_on_record(place: Place) -> None:
    office = make.user(office="administrator", division=place.city)
    for user in (place.user, office):
        export(user, f"leaders/{place.leader.pk}/export")
    told = Event.objects.filter(kind="leader.exported").order_by("pk")
    assert [(event.actor, event.object_id, event.division_path) for event in told] == [
        (user.actor_key, str(place.leader.pk), place.county.path) for user in (place.user, office)
    ]
    elsewhere = make.user(office="administrator", division=make.division("别市"))
    assistant = make.user()
    place.leader.delegations.create(assistant=assistant, starts_on=make.BEGINNING)
    for user, status in ((elsewhere, 404), (assistant, 403)):
        assert Phone.of(user).get(f"leaders/{place.leader.pk}/export").status_code == status


def test_administrator_of_one_place_is_not_given_what_was_done_in_another(place: Place) -> None:
    """Who came from elsewhere is in sight, but not where precisely they were when they served there."""
    elsewhere = make.division("别处县", place.city)
    before = make.tenure(
        make.post(make.organisation(elsewhere)), place.leader, ends_on=date(2025, 12, 31)
    )  # fmt: skip
    office, city = (make.user(office="administrator", division=each) for each in (place.county, place.city))
    answer = Phone.of(office).get(f"leaders/{place.leader.pk}/export")
    assert (answer.status_code, answer.json()["code"]) == (403, "not_allowed")
    assert not Event.objects.filter(kind="leader.exported").exists()
    export(city, f"leaders/{place.leader.pk}/export")
    before.delete()
    export(office, f"leaders/{place.leader.pk}/export")
    User.objects.filter(pk=place.user.pk).update(office="supervisor", division=place.city)
    assert Phone.of(office).get(f"leaders/{place.leader.pk}/export").status_code == 403


def test_account_without_a_leader_is_given_its_own(place: Place) -> None:
    office = make.user("office", office="supervisor", division=place.county)
    found = export(office, "me/export")
    assert found["account"][0]["username"] == "office"
    assert "check_ins" not in found
    assert [row["kind"] for row in found["events"]] == ["session.begun", "user.exported"]
    assert Event.objects.get(kind="user.exported").object_id == str(office.pk)


def test_cost_does_not_grow_with_the_rows(place: Place) -> None:
    costs = []
    for more in (1, 9):
        for _number in range(more):
            assert check_in.put(Phone.of(place.user), check_in.body(place)).status_code == 201
        with CaptureQueriesContext(connection) as queries:
            found = export(place.user, "me/export")
        costs.append((len(found["check_ins"]), len(queries)))
    assert [rows for rows, _cost in costs] == [1, 10]
    assert costs[1][1] <= costs[0][1] + 4  # tables that had no row before are asked once more, for the rest


def test_every_column_that_refers_to_a_person_or_to_what_is_theirs_is_told_or_left_out_for_a_reason() -> None:
    told = {f"{section.model._meta.label}.{section.lookup}" for section in (*sections.OF_LEADER, *sections.OF_ACCOUNT)}
    theirs = {section.model for section in sections.OF_LEADER}
    referring = {
        f"{model._meta.label}.{field.name}"
        for model in apps.get_models()
        for field in (*model._meta.concrete_fields, *model._meta.many_to_many)
        if isinstance(field, ForeignKey | ManyToManyField)
        and (field.related_model in (Leader, User) or (field.related_model in theirs and model not in theirs))
    }
    assert referring - told - sections.LEFT_OUT.keys() == set(), "supervision/personal/sections.py tells it, or why not"
    assert sections.LEFT_OUT.keys() - referring == set()


def test_how_months_were_published_and_amended_is_told(place: Place) -> None:
    with time_machine.travel("2026-12-03T09:00:00+08:00", tick=False):
        office = make.user(office="supervisor", division=place.county)
        reconcile(Period.parse("2026-11"), by=office, at=timezone.now())
        freeze(Period.parse("2026-11"), place.county, by=office, at=timezone.now())
        owed = place.leader.obligations.get()
        excuse(owed, kind="leave", reason="病假", by=office, at=timezone.now(), on=date(2026, 12, 3))
        found = export(place.user, "me/export")
    (published,), (amended,) = found["published"], found["amendments"]
    assert (published["freeze__period"], published["status"], published["latest"]) == ("2026-11", "lapsed", "excused")
    assert (amended["before"], amended["after"], amended["reason"]) == ("lapsed", "excused", "病假")
