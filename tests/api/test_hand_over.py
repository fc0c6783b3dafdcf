"""A post goes from one leader to the next, in one call."""

from dataclasses import dataclass
from datetime import date
from typing import Any

import pytest
from django.db import transaction

from fieldwork.core.events import SYSTEM
from fieldwork.core.models import Event
from fieldwork.core.periods import Period
from fieldwork.directory.models import Division, Linkage, Tenure, User
from fieldwork.directory.records import facts, record
from fieldwork.duties.models import Obligation
from fieldwork.duties.reconcile import reconcile
from fieldwork.supervision.ledger.facts import check_facts
from tests import factories as make
from tests.api.client import Phone
from tests.api.conftest import NOON
from tests.place import Place

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("noon")]

FIRST = "2026-11-15"


@dataclass
class Scene:
    """A county whose chief is linked to a town, and to an industry with its department; the desk of its office."""

    place: Place
    desk: Phone
    office: User
    industry: Linkage
    department: Linkage
    successor: Any

    @property
    def tenure(self) -> Tenure:
        return Tenure.objects.get(pk=self.place.tenure.pk)

    def hand_over(self, on: str = FIRST, **more: Any) -> Any:
        body = {"leader": str(self.successor.pk), "on": on, **more}
        return self.desk.post(f"tenures/{self.place.tenure.pk}/hand-over", body)

    def late(self, on: str = FIRST, **more: Any) -> Any:
        return self.hand_over(on, reason="迟报", **more)


@pytest.fixture
def scene(place: Place) -> Scene:
    office = make.user(office="supervisor", division=place.county)
    bureau = make.organisation(place.county, "department")
    industry = make.linkage(place.tenure, make.industry())
    department = make.linkage(place.tenure, bureau, paired_with=industry)
    successor = make.leader("测试·继任")
    successor.division = place.county
    successor.save()
    for row in (place.tenure, *place.tenure.linkages.all()):
        with transaction.atomic():
            record("begun", row, by=SYSTEM, at=NOON, since=row.starts_on, row=facts(row))
    for month in ("2026-11", "2026-12"):
        reconcile(Period.parse(month), by=SYSTEM, at=NOON)
    return Scene(place, Phone.of(office), office, industry, department, successor)


def faults(response: Any) -> dict[str, str]:
    assert response.status_code == 400, response.content.decode()
    return {error["field"]: error["code"] for error in response.json()["errors"]}


def outcomes(period: str = "2026-11") -> dict[str, str]:
    return dict(Obligation.objects.filter(period=period).values_list("leader__name", "outcome"))


def links(tenure: Any) -> list[tuple[Any, ...]]:
    rows = Linkage.objects.filter(tenure=tenure).order_by("kind", "pk")
    return [(one.kind, one.target.pk, one.starts_on, one.ends_on) for one in rows]


def test_post_goes_on_with_links_hazards_and_what_is_owed(scene: Scene) -> None:
    works_before = links(scene.tenure)
    answer = scene.late()
    assert answer.status_code == 201, answer.content.decode()
    told = answer.json()
    assert told["tenure"]["ends_on"] == "2026-11-14"
    assert (told["successor"]["leader"], told["successor"]["starts_on"]) == (str(scene.successor.pk), FIRST)
    assert told["successor"]["ends_on"] is None
    first, eve = date(2026, 11, 15), date(2026, 11, 14)
    assert links(told["successor"]["id"]) == [(kind, target, first, None) for kind, target, *_days in works_before]
    assert {days[-1] for days in links(scene.tenure)} == {eve}
    assert len(told["linkages"]) == 3
    assert all(one["to"] for one in told["linkages"])
    pair = Linkage.objects.get(tenure=told["successor"]["id"], kind="department")
    assert pair.paired_with is not None
    assert pair.paired_with.tenure_id == int(told["successor"]["id"])
    assert outcomes() == {"测试·书记": "transferred", "测试·继任": "pending"}
    (handed,) = told["obligations"]
    assert (handed["period"], handed["activity"]) == ("2026-11", "inspection")
    assert list(check_facts()) == []


def test_events_tell_each_row_and_then_the_whole(scene: Scene) -> None:
    Event.objects.all().delete()
    told = scene.late(acting=True).json()
    kinds = list(Event.objects.order_by("pk").exclude(object_kind="session").values_list("kind", flat=True))
    assert kinds == [
        "tenure.ended", "tenure.begun", *["linkage.begun"] * 3, *["period.reconciled"] * 2, "tenure.handed_over",
    ]  # fmt: skip
    whole = Event.objects.latest("pk")
    assert whole.object_id == str(scene.tenure.pk)
    data = whole.data
    assert (data["successor"], data["reason"], data["acting"]) == (int(told["successor"]["id"]), "迟报", True)
    assert [str(one["to"]) for one in data["linkages"]] == [one["to"] for one in told["linkages"]]
    assert data["obligations"] == [int(one["id"]) for one in told["obligations"]]


def test_day_in_the_past_needs_a_reason_and_today_none(scene: Scene) -> None:
    assert faults(scene.hand_over("2026-11-20")) == {"reason": "invalid"}
    assert scene.tenure.ends_on is None
    assert scene.hand_over("2026-11-21").status_code == 201


def test_hand_over_to_come_leaves_this_month_alone_and_moves_the_next(scene: Scene) -> None:
    told = scene.hand_over("2026-12-01").json()
    assert (told["tenure"]["ends_on"], told["successor"]["starts_on"]) == ("2026-11-30", "2026-12-01")
    assert outcomes() == {"测试·书记": "pending"}
    assert outcomes("2026-12") == {"测试·书记": "withdrawn", "测试·继任": "pending"}
    assert told["obligations"] == []


def test_second_time_changes_nothing_and_answers_the_same(scene: Scene) -> None:
    first = scene.late()
    events = Event.objects.count()
    second = scene.late()
    assert (second.status_code, second.json()) == (200, first.json())
    assert (Event.objects.count(), Tenure.objects.count()) == (events, 2)


def test_post_that_somebody_else_took_over_is_handed_over_again_only_once_that_is_undone(scene: Scene) -> None:
    wrong = scene.late().json()["successor"]["id"]
    scene.successor = make.leader("测试·另一人")
    scene.successor.division = scene.place.county
    scene.successor.save()
    answer = scene.late()
    assert (answer.status_code, answer.json()["code"]) == (409, "wrong_state")
    assert Tenure.objects.count() == 2
    assert scene.desk.patch(f"tenures/{wrong}", {"ends_on": FIRST}).status_code == 200
    assert scene.desk.patch(f"tenures/{scene.tenure.pk}", {"ends_on": None}).status_code == 200
    assert scene.late().status_code == 201
    assert outcomes() == {"测试·书记": "transferred", "测试·继任": "transferred", "测试·另一人": "pending"}


def test_acting_leader_takes_over_and_is_then_appointed_for_good(scene: Scene) -> None:
    acting = scene.late(acting=True).json()["successor"]
    assert acting["acting"] is True
    body = {"leader": str(scene.successor.pk), "on": "2026-11-20", "reason": "任命"}
    assert faults(scene.desk.post(f"tenures/{acting['id']}/hand-over", {**body, "acting": True})) == {
        "leader": "invalid"
    }
    told = scene.desk.post(f"tenures/{acting['id']}/hand-over", body).json()
    assert (told["tenure"]["ends_on"], told["successor"]["acting"]) == ("2026-11-19", False)
    assert len(told["linkages"]) == 3
    assert outcomes()["测试·继任"] == "pending"


def test_successor_may_hold_another_post_and_have_held_this_one_before(scene: Scene) -> None:
    other = make.tenure(make.post(make.organisation(scene.place.county)), scene.successor)
    make.tenure(scene.place.tenure.post, scene.successor, date(2020, 1, 1), ends_on=date(2021, 1, 1))
    assert scene.late().status_code == 201
    other.refresh_from_db()
    assert other.ends_on is None
    assert scene.place.tenure.post.tenures.filter(leader=scene.successor).count() == 2


def test_predecessor_who_has_left_already_keeps_the_last_day(scene: Scene) -> None:
    assert scene.desk.patch(f"tenures/{scene.tenure.pk}", {"ends_on": "2026-11-05"}).status_code == 200
    told = scene.late().json()
    assert told["tenure"]["ends_on"] == "2026-11-05"
    assert len(told["linkages"]) == 3
    assert {days[-2:] for days in links(told["successor"]["id"])} == {(date(2026, 11, 15), None)}
    assert {days[-1] for days in links(scene.tenure)} == {date(2026, 11, 5)}


def test_planned_end_of_the_tenure_is_moved_and_that_of_a_link_is_kept(scene: Scene) -> None:
    scene.desk.patch(f"linkages/{scene.department.pk}", {"ends_on": "2026-11-25"})
    scene.desk.patch(f"tenures/{scene.tenure.pk}", {"ends_on": "2026-12-31"})
    told = scene.late().json()
    ends = {kind: ends_on for kind, _target, _starts_on, ends_on in links(told["successor"]["id"])}
    assert ends == {"department": date(2026, 11, 25), "industry": None, "town": None}


def test_link_to_a_town_that_is_no_more_stays_behind_unless_it_is_named(scene: Scene) -> None:
    Division.objects.filter(pk=scene.place.town.pk).update(ends_on=date(2026, 11, 10))
    town = scene.place.tenure.linkages.get(kind="town")
    assert faults(scene.late(linkages=[str(town.pk)])) == {"linkages": "invalid"}
    moved = {one["from"]: one["to"] for one in scene.late().json()["linkages"]}
    assert moved.pop(str(town.pk)) is None
    assert len(moved) == 2
    assert all(moved.values())


def test_chosen_links_go_and_the_others_end(scene: Scene) -> None:
    pair = [str(scene.department.pk), str(scene.industry.pk)]
    assert faults(scene.late(linkages=pair[:1])) == {"linkages.0": "invalid"}
    stranger = make.linkage(make.tenure(make.post(make.organisation(scene.place.county))), scene.place.town)
    assert faults(scene.late(linkages=[*pair, str(stranger.pk)])) == {"linkages.2": "invalid"}
    told = scene.late(linkages=pair).json()
    assert {kind for kind, *_row in links(told["successor"]["id"])} == {"industry", "department"}
    assert {days[-1] for days in links(scene.tenure)} == {date(2026, 11, 14)}


@pytest.mark.parametrize("begun", ["2026-11-18", "2026-12-10"])
def test_link_that_began_after_the_hand_over_was_always_the_successors(scene: Scene, begun: str) -> None:
    town = make.division("测试二镇", scene.place.county)
    body = {"tenure": str(scene.tenure.pk), "kind": "town", "target": str(town.pk), "starts_on": begun}
    link = scene.desk.post("linkages", body).json()
    told = scene.late().json()
    assert not Linkage.objects.filter(pk=link["id"]).exists()
    moved = {one["from"]: one["to"] for one in told["linkages"]}
    successors = Linkage.objects.get(pk=moved[link["id"]])
    assert (successors.division, successors.starts_on) == (town, date.fromisoformat(begun))
    assert list(check_facts()) == []


def test_hand_over_is_corrected_to_an_earlier_day(scene: Scene) -> None:
    later = scene.late("2026-11-15").json()["successor"]
    told = scene.late("2026-11-05").json()
    assert told["tenure"]["ends_on"] == "2026-11-04"
    assert (told["successor"]["starts_on"], told["successor"]["ends_on"]) == ("2026-11-05", "2026-11-14")
    assert {days[-2:] for days in links(told["successor"]["id"])} == {(date(2026, 11, 5), date(2026, 11, 14))}
    assert {days[-2:] for days in links(later["id"])} == {(date(2026, 11, 15), None)}
    assert outcomes() == {"测试·书记": "transferred", "测试·继任": "pending"}
    assert list(check_facts()) == []


def test_hand_over_before_the_tenure_began_is_refused(scene: Scene) -> None:
    assert faults(scene.late("2020-01-01")) == {"on": "invalid"}


def test_successor_whom_the_office_does_not_see_is_unknown(scene: Scene) -> None:
    scene.successor = make.leader("测试·外人")
    assert faults(scene.late()) == {"leader": "unknown_reference"}


def test_nobody_takes_over_from_or_to_themselves(scene: Scene) -> None:
    scene.office.leader = scene.successor
    scene.office.save()
    assert scene.late().status_code == 403
    scene.office.leader = scene.place.leader
    scene.place.user.leader = None
    scene.place.user.save()
    scene.office.save()
    assert scene.late().status_code == 403
    assert Tenure.objects.count() == 1


def test_reason_of_an_end_in_the_past_is_kept(scene: Scene) -> None:
    path = f"tenures/{scene.tenure.pk}"
    assert scene.desk.patch(path, {"ends_on": "2026-10-31", "reason": "任免文件迟到"}).status_code == 200
    assert Event.objects.filter(kind="tenure.ended").latest("pk").data["reason"] == "任免文件迟到"
    assert scene.desk.patch(path, {"ends_on": "2026-11-30"}).status_code == 200
    assert "reason" not in Event.objects.filter(kind="tenure.ended").latest("pk").data
