"""GET audit: who did and saw what, by who may look; and the same as a table."""

import csv
import io
import json
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.db import connection, transaction

from fieldwork.core import events, seals
from fieldwork.core.models import Event, Seal
from fieldwork.directory.models import User
from tests import factories as make
from tests.api import check_in
from tests.api.client import Phone
from tests.api.conftest import NOON
from tests.feed import wait_for_the_feed
from tests.place import Place

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("noon")]


@pytest.fixture
def office(place: Place) -> User:
    return make.user("office", name="测试·安委办", office="supervisor", division=place.county)


def told(phone: Phone, query: str = "") -> list[dict[str, Any]]:
    answer = phone.get(f"audit?{query}")
    assert answer.status_code == 200, answer.content
    rows: list[dict[str, Any]] = answer.json()["results"]
    return rows


def happen(path: str = "", by: Any = events.SYSTEM, at: datetime = NOON, key: object = 1, **data: Any) -> Event:
    with transaction.atomic():
        return events.append("test.happened", by=by, at=at, about=("test", key), division_path=path, **data)


def table(answer: Any) -> list[dict[str, str]]:
    text = b"".join(answer.streaming_content).decode()
    assert text.startswith("\ufeff")
    return list(csv.DictReader(io.StringIO(text.removeprefix("\ufeff"))))


def test_event_is_told_in_the_words_of_the_reader_with_who_and_where(place: Place, office: User) -> None:
    happen(place.town.path, by=place.user, figure=3)
    phone = Phone.of(office)
    (row,) = told(phone, "object=test:1")
    event = Event.objects.get(kind="test.happened")
    assert row == {
        "id": str(event.pk), "at": "2026-11-21T12:00:00+08:00", "kind": "test.happened", "words": "test · happened",
        "object": {"kind": "test", "id": "1", "words": "test"},
        "actor": {"id": str(place.user.pk), "name": place.user.get_full_name(), "username": "leader"},
        "division": {"id": str(place.town.pk), "name": "测试镇"}, "facts": {"figure": 3}, "seal": None,
    }  # fmt: skip
    assert check_in.put(Phone.of(place.user), check_in.body(place)).status_code == 201
    for language, words in (("en", "check-in · recorded"), ("zh-hans", "现场检查 · 登记")):
        answer = phone.get("audit?kind=check_in.recorded", headers={"Accept-Language": language})
        assert words in answer.json()["results"][0]["words"]


def test_scope_is_that_of_the_office(place: Place, office: User) -> None:
    other = make.division("别县", place.city)
    here, there, nowhere = (happen(path) for path in (place.town.path, other.path, ""))

    def seen(**of: Any) -> set[str]:
        return {row["id"] for row in told(Phone.of(make.user(**of)), "kind=test.happened")}

    def keys(*found: Event) -> set[str]:
        return {str(event.pk) for event in found}

    assert seen(office="supervisor", division=place.county) == keys(here)
    assert seen(office="auditor", division=place.town) == keys(here)
    assert seen(office="auditor", division=other) == keys(there)
    assert seen(office="administrator", division=place.city) == keys(here, there)
    assert seen(office="administrator") == keys(here, there, nowhere)
    assert Phone.of(place.user).get("audit").status_code == 403
    assert Phone.of(make.user(division=place.county)).get("audit.csv").status_code == 403


def test_filters_narrow_by_object_actor_kind_division_and_time(place: Place, office: User) -> None:
    phone, hour = Phone.of(office), timedelta(hours=1)
    first = happen(place.county.path, at=NOON - hour, key=1)
    second = happen(place.town.path, by=place.user, at=NOON, key=2)
    asked = {
        "object=test:1": [first], "object=test": [second, first], "object=tes": [],
        "actor=system&kind=test": [first], f"actor={place.user.pk}&kind=test": [second],
        "kind=test.happened": [second, first], "kind=test.happene": [],
        f"division={place.town.pk}&kind=test": [second], "division=987654": [],
        "since=2026-11-21T12:00:00%2B08:00&kind=test": [second],
        "until=2026-11-21T12:00:00%2B08:00&kind=test": [first],
    }  # fmt: skip
    for query, found in asked.items():
        assert [row["id"] for row in told(phone, query)] == [str(event.pk) for event in found], query
    for query in ("object=x:y:z!", "kind=Test", "since=2026-11-21", "since=2026-11-21T12:00:00", "who=1", "division=x"):
        assert phone.get(f"audit?{query}").status_code == 400, query


def test_pages_lead_from_the_newest_on(place: Place, office: User) -> None:
    made = [happen(place.town.path, key=number).pk for number in range(5)]
    phone, address, found = Phone.of(office), "audit?kind=test&page_size=2", []
    while address:
        page = phone.get(address.removeprefix("http://testserver")).json()
        found += [int(row["id"]) for row in page["results"]]
        address = page["next"] or ""
    assert found == made[::-1]


@pytest.mark.django_db(transaction=True)
def test_seal_is_the_one_that_covers_it(place: Place, office: User) -> None:
    """Three seals of two, two and one event, and one that none covers yet."""
    made = [happen(place.town.path, key=number) for number in range(5)]
    wait_for_the_feed()
    for minutes in range(0, 60, 20):
        seals.seal(NOON + timedelta(minutes=minutes), batch=2)
    late = happen(place.town.path, key=5)
    found = {int(row["id"]): row["seal"] for row in told(Phone.of(office), "kind=test")}
    for event in made:
        (proof,) = [seal.number for seal in Seal.objects.all() if event.pk in seals.ids_of(bytes(seal.leaves))]
        assert found[event.pk] == proof
    assert found[late.pk] is None
    assert len({found[event.pk] for event in made}) > 1


def test_facts_tell_no_place_more_precisely_than_the_check_in_does(place: Place, office: User) -> None:
    """The distance from the target would tell it, and so would what a step says of its position."""
    where = {"latitude": 24.2369, "longitude": 113.4017, "accuracy_m": 10}
    assert check_in.put(Phone.of(place.user), check_in.body(place, location=where)).status_code == 201
    stored = Event.objects.get(kind="check_in.recorded").data
    exact = [figures["distance_m"] for figures in stored["raised"].values() if "distance_m" in figures]
    content = json.dumps({"location": where, "account": "测试"})
    happen(place.town.path, content=content, distance_m=1234.5, nested=[{"latitude": 24.2369}])
    answer = Phone.of(office).get("audit")
    (of_step,) = [row["facts"] for row in answer.json()["results"] if row["kind"] == "test.happened"]
    assert of_step == {"content": '{"account": "测试"}', "distance_m": 1200.0, "nested": [{}]}
    text = answer.content.decode() + str(table(Phone.of(office).get("audit.csv")))
    for told_exactly in ("24.2369", "113.4017", *(str(metres) for metres in exact)):
        assert told_exactly not in text


def test_table_has_all_that_is_asked_for_and_no_formulas(place: Place, office: User) -> None:
    person = make.user("=cmd|calc", name="=1+1")
    for number in range(3):
        happen(place.town.path, by=person, key=f"@{number}", note="=HYPERLINK(1)")
    answer = Phone.of(office).get("audit.csv?kind=test")
    assert answer["Content-Type"] == "text/csv; charset=utf-8"
    rows = [list(row.values()) for row in table(answer)]
    assert [row[4] for row in rows] == ["'@2", "'@1", "'@0"]
    assert {(row[5], row[6]) for row in rows} == {("'=1+1", "'=cmd|calc")}
    assert [row[0] for row in rows] == ["2026-11-21T12:00:00+08:00"] * 3
    (noted,) = Event.objects.filter(kind="audit.exported")
    assert (noted.actor, noted.division_path, noted.data) == (
        office.actor_key, place.county.path, {"asked": {"kind": "test"}},
    )  # fmt: skip


def test_table_goes_on_where_many_happened_at_one_instant(
    place: Place, office: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("fieldwork.supervision.audit.rows.BATCH", 2)
    made = [happen(place.town.path, key=str(uuid4()), at=NOON.astimezone(UTC)).object_id for _number in range(7)]
    rows = table(Phone.of(office).get("audit.csv?kind=test"))
    assert [list(row.values())[4] for row in rows] == made[::-1]


@pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite compares bytes anyway")
def test_places_of_events_are_compared_byte_by_byte_whatever_the_database_speaks() -> None:
    """A subtree is a range that ends in `~`, which sorts before digits in the languages of people."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT c.collname FROM pg_attribute a JOIN pg_collation c ON c.oid = a.attcollation"
            " WHERE a.attrelid = 'core_event'::regclass AND a.attname = 'division_path'"
        )
        assert cursor.fetchone() == ("C",)
