"""GET hazards: who sees which, the filters, the map and the summary."""

from collections.abc import Iterator
from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID, uuid4

import pytest
import time_machine

from fieldwork.core.events import SYSTEM
from fieldwork.core.periods import Period
from fieldwork.directory.models import Division, Tenure
from fieldwork.duties.models import Task
from fieldwork.duties.reconcile import reconcile
from fieldwork.hazards.models import Hazard
from fieldwork.hazards.queries import standpoint_of, with_course
from tests import factories as make
from tests.api import check_in
from tests.api.client import Phone
from tests.hazards import PHOTO, WAYS, Works, body, bring, do, report, said
from tests.photos import declared
from tests.place import SEAT, Place

NOON = "2026-11-21T12:00:00+08:00"
TODAY = date(2026, 11, 21)


@pytest.fixture(autouse=True)
def noon() -> Iterator[None]:
    with time_machine.travel(NOON, tick=False):
        yield


def ids(phone: Phone, query: str = "") -> set[str]:
    answer = phone.get(f"hazards?{query}")
    assert answer.status_code == 200, answer.content
    return {row["id"] for row in answer.json()["results"]}


def test_each_sees_what_concerns_them(works: Works) -> None:
    pk = str(bring(works, "rectifying"))
    seeing = {party for party in works.users if ids(works.phone(party)) == {pk}}
    assert seeing == {"finder", "office", "regulator", "rectifier", "linked", "auditor"}


def test_who_is_linked_to_the_industry_or_department_sees_it_within_their_area(works: Works, place: Place) -> None:
    pk = str(report(works))
    assert works.site.industry is not None
    linked: list[tuple[Any, Division]] = [
        (works.site.industry, place.county),
        (works.regulator, place.county),
        (works.site.industry, make.division("别处县", place.city)),
    ]
    for target, area in linked:
        tenure = make.tenure(make.post(make.organisation(area)))
        make.linkage(tenure, target)
        expected = {pk} if area == place.county else set()
        assert ids(Phone.of(make.user(leader=tenure.leader))) == expected


def test_open_hazard_follows_its_post_to_the_successor(works: Works, place: Place) -> None:
    pk = str(report(works))
    successor = make.leader("测试·接任")
    Tenure.objects.filter(pk=place.tenure.pk).update(ends_on=date(2026, 11, 20))
    make.tenure(place.tenure.post, successor, date(2026, 11, 21))
    assert ids(Phone.of(make.user(leader=successor)), "mine=true") == {pk}
    assert ids(works.phone("finder"), "mine=true") == set()
    assert ids(works.phone("finder")) == {pk}  # who found it goes on seeing it


def test_what_a_post_may_do_goes_with_it_and_late_photos_still_come(works: Works, place: Place) -> None:
    pk = bring(works, "submitted", PHOTO)
    successor = make.leader("测试·接任")
    Tenure.objects.filter(pk=place.tenure.pk).update(ends_on=date(2026, 11, 20))
    make.tenure(place.tenure.post, successor, date(2026, 11, 21))
    former = works.phone("finder")
    assert former.get(f"hazards/{pk}").json()["allowed_actions"] == []
    assert former.post(f"hazards/{pk}/accept", said(works, "accept")).status_code == 403
    address = f"hazards/{pk}/photos/{declared(PHOTO)['sha256']}"
    assert former.put(address, PHOTO, content_type="image/jpeg").status_code == 201
    accepted = Phone.of(make.user(leader=successor)).post(f"hazards/{pk}/accept", said(works, "accept"))
    assert accepted.json()["state"] == "closed"


def test_who_prepared_it_acts_while_the_delegation_stands(works: Works, place: Place) -> None:
    assistant, pk = make.user(), uuid4()
    delegation = place.leader.delegations.create(assistant=assistant, starts_on=make.BEGINNING)
    phone, content = Phone.of(assistant), body(works, lead=str(place.leader.pk), prepared_by_staff=True)
    assert "look-back" in phone.put(f"hazards/{pk}", content).json()["allowed_actions"]
    delegation.ends_on = date(2026, 11, 20)
    delegation.save()
    assert phone.get(f"hazards/{pk}").json()["allowed_actions"] == []


def test_parties_and_sight_agree(works: Works) -> None:
    """Whoever is anything to a hazard sees it, and nobody else; by the query and by the row."""
    for state in WAYS:
        bring(works, state, grade="major")
    pk = bring(works, "graded", grade="major")
    do(works, "office", pk, "list")

    for party in works.users:
        standpoint = standpoint_of(works.users[party], TODAY)
        seen = set(Hazard.objects.filter(standpoint.sees()).values_list("pk", flat=True))
        something = {each.pk for each in with_course(Hazard.objects.all()) if standpoint.parties(each)}
        assert something == seen or party == "auditor", party


def test_mine_narrows_lists_alone(works: Works) -> None:
    pk = report(works)
    assert ids(works.phone("office"), "mine=true") == set()
    assert works.phone("office").get(f"hazards/{pk}?mine=true").status_code == 200


def test_overdue_follows_from_the_deadline_and_the_day(works: Works) -> None:
    late, soon = str(bring(works, "rectifying")), str(report(works))
    phone = works.phone("office")
    assert ids(phone, "overdue=true") == set()
    with time_machine.travel("2026-12-11T00:30:00+08:00", tick=False):
        phone = works.phone("office")
        assert ids(phone, "overdue=true") == {late}
        assert ids(phone, "overdue=false") == {soon}
        assert phone.get(f"hazards/{late}").json()["overdue"] is True
        do(works, "rectifier", UUID(late), "submit")
        assert ids(phone, "overdue=true") == set()


def test_filters_tell_hazards_apart(works: Works, place: Place) -> None:
    fire = str(bring(works, "closed"))
    major = str(bring(works, "graded", category="site_electricity", grade="major"))
    do(works, "office", UUID(major), "list")
    phone = works.phone("office")
    both = {fire, major}
    assert ids(phone, "state=closed") == {fire}
    assert ids(phone, "state=closed&state=graded") == both
    assert (ids(phone, "open=true"), ids(phone, "open=false")) == ({major}, {fire})
    assert ids(phone, "grade=major") == both  # the supervisor has called the first one major
    assert ids(phone, "category=site_electricity") == {major}
    assert (ids(phone, "listed=true"), ids(phone, "listed=false")) == ({major}, {fire})
    assert (ids(phone, "looked_back=false"), ids(phone, "looked_back=true")) == ({fire}, set())
    assert ids(phone, f"division={place.town.pk}") == ids(phone, f"division={place.county.pk}") == both
    assert ids(phone, f"division={make.division('测试镇', place.county).pk}") == set()
    assert ids(phone, f"industry={works.site.industry_id}&site={works.site.pk}") == both
    assert ids(phone, f"unit={works.rectifier.pk}") == {fire}
    assert (ids(phone, "during=2026-11"), ids(phone, "period=2026-Q3")) == (both, set())
    assert phone.get("hazards?colour=red").json()["code"] == "unknown_filter"


def test_task_leads_to_the_hazards_in_its_place(works: Works, place: Place) -> None:

    reconcile(Period.parse("2026-11"), by=SYSTEM, at=datetime(2026, 11, 21, 4, tzinfo=UTC))
    pk = str(report(works))
    task = Task.objects.get(division=place.town)
    phone = works.phone("finder")
    assert ids(phone, f"task={task.pk}&open=true") == {pk}
    assert ids(phone, "task=999999") == set()
    assert phone.get(f"tasks/{task.pk}").json()["open_hazards"] == 1
    do(works, "office", UUID(pk), "dismiss")
    assert phone.get(f"tasks/{task.pk}").json()["open_hazards"] == 0


def test_near_answers_the_nearest_with_their_distance(works: Works) -> None:
    here = report(works)
    report(works, site=None, location={"latitude": SEAT[0] + 0.1, "longitude": SEAT[1]})
    (row,) = works.phone("office").get(f"hazards?near={SEAT[0]},{SEAT[1]}&radius_m=500").json()["results"]
    assert (row["id"], row["distance_m"]) == (str(here), 0.0)


def test_map_is_geojson_of_what_the_filters_leave(works: Works) -> None:
    pk = str(report(works))
    report(works, location=None)
    answer = works.phone("office").get("hazards?format=geojson&state=reported")
    assert answer["Content-Type"] == "application/geo+json"
    (feature,) = answer.json()["features"]
    assert (feature["id"], feature["geometry"]["coordinates"]) == (pk, [SEAT[1], SEAT[0]])
    assert works.phone("office").get("hazards?format=kml").status_code == 400


def test_map_is_of_what_is_near_where_that_is_asked(works: Works) -> None:
    near, _far = report(works), report(works, location={"latitude": SEAT[0] + 0.1, "longitude": SEAT[1]})
    answer = works.phone("office").get(f"hazards?format=geojson&near={SEAT[0]},{SEAT[1]}&radius_m=1000")
    assert [one["id"] for one in answer.json()["features"]] == [str(near)]
    assert (answer.json()["next"], answer.json()["previous"]) == (None, None)


def test_summary_counts_by_what_is_asked(works: Works, place: Place) -> None:
    finder = works.phone("finder")

    visit = uuid4()
    check_in.put(finder, check_in.body(place), visit)
    check_in.put(finder, check_in.body(place, captured_at="2026-11-21T11:00:00+08:00"))
    bring(works, "closed", check_in=str(visit))
    bring(works, "rectifying")
    bring(works, "dismissed")
    with time_machine.travel("2026-12-11T00:30:00+08:00", tick=False):
        phone = works.phone("office")
        answer = phone.get("hazards/summary?during=2026-11").json()
        total = answer["total"]
        assert {name: total[name] for name in ("found", "open", "overdue", "closed", "closed_in_time")} == {
            "found": 2, "open": 1, "overdue": 1, "closed": 1, "closed_in_time": 1,
        }  # fmt: skip
        assert (total["inspections"], total["with_findings"], total["share"]) == (2, 1, 0.5)
        assert {line["name"]: line["found"] for line in answer["lines"]} == {place.town.name: 2, place.county.name: 0}
        by_category = phone.get("hazards/summary?during=2026-11&by=category").json()["lines"]
        assert [(line["key"], line["found"], line["share"]) for line in by_category] == [("site_fire", 2, 0.5)]
        by_industry = phone.get("hazards/summary?during=2026-11&by=industry").json()["lines"]
        assert {line["key"]: line["found"] for line in by_industry} == {str(works.site.industry_id): 2, "": 0}
        assert phone.get("hazards/summary?by=colour").status_code == 400


def test_rejected_check_in_is_no_inspection(works: Works, place: Place) -> None:
    visit, office = uuid4(), works.phone("office")
    check_in.put(works.phone("finder"), check_in.body(place, found_nothing=False), visit)
    assert office.get("hazards/summary?during=2026-11").json()["total"]["inspections"] == 1
    verdict = {"verdict": "rejected", "reason": "测试"}
    assert office.post(f"check-ins/{visit}/review", verdict).status_code == 200
    total = office.get("hazards/summary?during=2026-11").json()["total"]
    assert (total["inspections"], total["with_findings"], total["share"]) == (0, 0, None)


def test_categories_are_named_in_the_readers_language(works: Works) -> None:
    answer = works.phone("finder").get("hazard-categories", headers={"Accept-Language": "en"}).json()
    assert len(answer["results"]) == 24
    assert {"code": "site_fire", "name": "fire safety"} in answer["results"]
