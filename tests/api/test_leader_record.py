"""GET leaders/{id}/record: what was done, what it named and counts for, and how what was owed stands."""

from datetime import UTC, date, datetime
from typing import Any
from uuid import uuid4

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext

from fieldwork.duties.models import Naming, Performance
from tests import factories as make
from tests.api import check_in, filing
from tests.api.client import Phone
from tests.desk import Desk
from tests.photos import digest, jpeg
from tests.place import Place


@pytest.fixture(autouse=True)
def afternoon() -> Any:
    with time_machine.travel("2026-11-21T14:00:00+08:00", tick=False):
        yield


@pytest.fixture
def office(place: Place) -> Phone:
    return Phone.of(make.user(office="supervisor", division=place.county))


def record(phone: Phone, place: Place, query: str = "") -> Any:
    answer = phone.get(f"leaders/{place.leader.pk}/record?{query}")
    assert answer.status_code == 200, answer.content
    return answer.json()


def test_record_tells_of_visits_and_filings_newest_first(desk: Desk, office: Phone) -> None:
    own, key = Phone.of(desk.place.user), str(uuid4())
    assert check_in.put(own, check_in.body(desk.place, duties=[desk.study.key]), key).status_code == 201
    assert filing.put(own, filing.body(desk, duties=[desk.study.key])).status_code == 201
    found = record(own, desk.place)
    visit, meeting = found["results"]
    assert visit["source"] == {"kind": "check_in", "id": key}
    assert (visit["activity"], visit["day"], visit["at"]) == ("inspection", "2026-11-21", "2026-11-21T12:00:00+08:00")
    (counted,) = visit["counts_for"]
    assert (counted["id"], counted["period"]) == (str(desk.inspection.pk), "2026-11")
    assert visit["tasks"] == [str(task.pk) for task in desk.inspection.tasks.all()]
    assert visit["obligations"] == []
    assert [duty["key"] for duty in visit["duties"]] == [desk.study.key]
    assert visit["duties"][0]["article"] == desk.study.article
    assert [row["id"] for row in meeting["counts_for"]] == [str(desk.meeting.pk)]
    assert [row["id"] for row in meeting["obligations"]] == [str(desk.meeting.pk)]
    assert (found["totals"]["met"], found["totals"]["open"]) == (2, 0)
    assert record(office, desk.place) == found


def test_what_was_rejected_stays_on_record_and_counts_for_nothing(desk: Desk, office: Phone) -> None:
    key = uuid4()
    assert check_in.put(Phone.of(desk.place.user), check_in.body(desk.place), key).status_code == 201
    verdict = {"verdict": "rejected", "reason": "照片与地点不符"}
    assert office.post(f"check-ins/{key}/review", verdict).status_code == 200
    found = record(Phone.of(desk.place.user), desk.place)
    (visit,) = found["results"]
    assert (visit["stands"], visit["counts_for"], visit["tasks"]) == (False, [], [])
    assert visit["review"]["reason"] == "照片与地点不符"
    assert (found["totals"]["met"], found["totals"]["open"]) == (0, 2)


def perform(place: Place, at: datetime, **fields: Any) -> Performance:
    return Performance.objects.create(
        leader=place.leader, activity="inspection", at=at, day=at.date(), captured_at=at, source_kind="check_in",
        source_id=str(uuid4()), **fields,
    )  # fmt: skip


def test_days_are_inclusive_and_totals_follow_them(place: Place) -> None:
    phone, rule = Phone.of(place.user), make.rule(place.city, [])
    days = [date(2026, 9, 30), date(2026, 10, 1), date(2026, 10, 31), date(2026, 11, 1)]
    for day in days:
        perform(place, datetime(day.year, day.month, day.day, 4, tzinfo=UTC))
    for period in ("2026-09", "2026-10", "2026-11", "2026-12"):
        make.obligation(place.tenure, rule, period)

    def shown(query: str) -> tuple[list[str], dict[str, int]]:
        found = record(phone, place, query)
        return [row["day"] for row in found["results"]], {key: n for key, n in found["totals"].items() if n}

    newest = [str(day) for day in reversed(days)]
    assert shown("") == (newest, {"lapsed": 2, "open": 1, "scheduled": 1})
    assert shown("from=2026-10-01&to=2026-10-31") == (newest[1:3], {"lapsed": 1})
    assert shown("from=2026-11-01") == (newest[:1], {"open": 1, "scheduled": 1})
    assert shown("to=2026-09-30") == (newest[3:], {"lapsed": 1})
    for query in ("from=bald", "until=2026-11-01", "page_size=0"):
        assert phone.get(f"leaders/{place.leader.pk}/record?{query}").status_code == 400


def test_pages_lead_on_at_one_cost(place: Place) -> None:
    phone, rule = Phone.of(place.user), make.rule(place.city, ["county_party_chief"], duty="study", cadence="")
    owed = make.obligation(place.tenure, make.rule(place.city, []))
    costs: list[tuple[int, int]] = []
    found: Any = None
    for more in (1, 6):
        for number in range(more):
            row = perform(place, datetime(2026, 11, 1 + number, 4, tzinfo=UTC))
            Naming.objects.create(performance=row, rule=rule)
            Naming.objects.create(performance=row, obligation=owed)
        with CaptureQueriesContext(connection) as queries:
            found = record(phone, place, "page_size=5")
        costs.append((len(found["results"]), len(queries)))
    assert [rows for rows, _cost in costs] == [1, 5]
    assert costs[0][1] == costs[1][1]
    second = phone.get(found["next"].removeprefix("http://testserver")).json()
    seen = [row["source"]["id"] for row in (*found["results"], *second["results"])]
    newest = Performance.objects.order_by("-at", "-pk").values_list("source_id", flat=True)
    assert seen == list(newest)
    assert second["totals"] == found["totals"]


def test_office_sees_what_was_done_while_serving_there(place: Place, office: Phone) -> None:
    place.tenure.ends_on = date(2026, 10, 31)
    place.tenure.save()
    other = make.division("别县", place.city)
    make.tenure(make.post(make.organisation(other), "x"), place.leader, date(2026, 11, 1))
    here, there = (perform(place, datetime(2026, month, 15, 4, tzinfo=UTC)) for month in (10, 11))
    elsewhere = Phone.of(make.user(office="supervisor", division=other))
    city = Phone.of(make.user(office="auditor", division=place.city))

    def seen(phone: Phone) -> list[str]:
        return [row["source"]["id"] for row in record(phone, place)["results"]]

    assert seen(office) == [here.source_id]
    assert seen(elsewhere) == [there.source_id]
    assert seen(city) == seen(Phone.of(place.user)) == [there.source_id, here.source_id]
    stranger = Phone.of(make.user(office="supervisor", division=make.division("远市")))
    assert stranger.get(f"leaders/{place.leader.pk}/record").status_code == 404


def test_years_tell_what_was_owed_and_done_the_latest_first(place: Place) -> None:
    phone, rule = Phone.of(place.user), make.rule(place.city, [])
    for at in (datetime(2025, 12, 31, 12, tzinfo=UTC), datetime(2026, 3, 1, 4, tzinfo=UTC)):
        perform(place, at)
    perform(place, datetime(2026, 3, 2, 4, tzinfo=UTC), stands=False)
    for period in ("2025-12", "2026-10", "2026-11"):
        make.obligation(place.tenure, rule, period)

    def shown(query: str) -> list[tuple[int, dict[str, int], int]]:
        found = record(phone, place, query)["years"]
        return [(row["year"], {key: n for key, n in row["owed"].items() if n}, row["performed"]) for row in found]

    assert shown("") == [(2026, {"lapsed": 1, "open": 1}, 1), (2025, {"lapsed": 1}, 1)]
    assert shown("from=2026-01-01") == [(2026, {"lapsed": 1, "open": 1}, 1)]
    assert shown("to=2025-06-30") == []


def test_entry_names_its_evidence(desk: Desk, office: Phone) -> None:
    own, here, awaited = Phone.of(desk.place.user), jpeg(1), jpeg(2)
    content = check_in.body(desk.place, here, awaited)
    assert check_in.put_multipart(own, content, here).status_code == 201
    assert filing.put(own, filing.body(desk)).status_code == 201
    visit, meeting = record(office, desk.place)["results"]
    assert visit["evidence"] == sorted(
        ({"sha256": digest(photo), "received": photo is here} for photo in (here, awaited)),
        key=lambda one: str(one["sha256"]),
    )
    assert meeting["evidence"] == []
