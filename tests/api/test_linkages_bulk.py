"""Many linkages in one request: all, or none and every fault by its place."""

from dataclasses import dataclass
from datetime import date
from typing import Any

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from fieldwork.core.events import SYSTEM
from fieldwork.core.models import Event
from fieldwork.core.periods import Period
from fieldwork.directory.models import Division, Linkage, Tenure
from fieldwork.directory.records import facts, record
from fieldwork.duties.models import Obligation, Role, Task
from fieldwork.duties.reconcile import reconcile
from fieldwork.supervision.ledger.facts import check_facts
from tests import factories as make
from tests.api.client import Phone
from tests.api.conftest import NOON
from tests.place import Place

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("noon")]

DAY = "2026-11-15"


@dataclass
class Desk:
    place: Place
    phone: Phone
    old: Linkage

    @property
    def tenure(self) -> Tenure:
        return self.place.tenure

    def town(self, name: str = "测试二镇") -> Division:
        return make.division(name, self.place.county)

    def row(self, target: Any, kind: str = "town", **more: Any) -> dict[str, Any]:
        return {"tenure": str(self.tenure.pk), "kind": kind, "target": str(target.pk), "starts_on": DAY, **more}

    def send(self, *begin: Any, end: Any = (), **more: Any) -> Any:
        return self.phone.post("linkages/bulk", {"begin": list(begin), "end": list(end), **more})


@pytest.fixture
def desk(place: Place) -> Desk:
    office = make.user(office="supervisor", division=place.county)
    old = place.tenure.linkages.get()
    with transaction.atomic():
        record("begun", old, by=SYSTEM, at=NOON, since=old.starts_on, row=facts(old))
    reconcile(Period.parse("2026-11"), by=SYSTEM, at=NOON)
    return Desk(place, Phone.of(office), old)


def faults(response: Any, status: int = 400) -> list[tuple[str, str]]:
    assert response.status_code == status, response.content.decode()
    return sorted((error["field"], error["code"]) for error in response.json()["errors"])


def test_all_begin_and_end_and_tasks_follow(desk: Desk) -> None:
    town, bureau = desk.town(), make.organisation(desk.place.county, "department")
    pair = [
        desk.row(bureau, "department", paired_with_begin=2), desk.row(town), desk.row(make.industry(), "industry"),
    ]  # fmt: skip
    answer = desk.send(*pair, end=[{"linkage": str(desk.old.pk), "ends_on": "2026-11-14"}])
    assert answer.status_code == 200, answer.content.decode()
    told = answer.json()
    rows = [Linkage.objects.get(pk=pk) for pk in told["begun"]]
    assert [row.kind for row in rows] == ["department", "town", "industry"]
    assert rows[0].paired_with == rows[2]
    assert (told["would_begin"], told["would_end"], told["followed"]) == (3, 1, True)
    desk.old.refresh_from_db()
    assert desk.old.ends_on == date(2026, 11, 14)
    tasks = Task.objects.filter(obligation=Obligation.objects.get(period="2026-11"))
    assert dict(tasks.values_list("target_kind", "state")).keys() == {"town", "industry", "department"}
    assert tasks.get(division=desk.place.town).state == "withdrawn"
    assert list(check_facts()) == []
    kinds = Event.objects.filter(kind__startswith="linkage").order_by("pk").values_list("kind", flat=True)
    assert [*kinds][1:] == ["linkage.ended", *["linkage.begun"] * 3, "linkages.changed"]


def test_every_fault_is_named_by_place_and_field_and_nothing_is_stored(desk: Desk) -> None:
    town, elsewhere = desk.town(), make.division("别处镇", make.division("别处县", desk.place.city))
    make.tenure(make.post(make.organisation(desk.place.county)), desk.place.leader)
    stranger = make.linkage(make.tenure(make.post(make.organisation(elsewhere))), make.industry())
    begin = [
        desk.row(town),
        desk.row(town, starts_on="2026-13-01"),
        desk.row(town, starts_on="2026-11-20"),  # shares days with the first
        desk.row(desk.place.town),  # and this with what stands
        desk.row(elsewhere),
        desk.row(desk.place.city, "county"),
        desk.row(desk.place.county, "county"),
        {**desk.row(town), "tenure": "999999"},
        desk.row(desk.town("三"), starts_on="2010-01-01"),
        desk.row(desk.town("四"), ends_on="2026-11-01"),
        desk.row(desk.town("五"), paired_with_begin=0),
        desk.row(desk.town("六"), paired_with_begin=99),
        "nonsense",
    ]
    end = [
        {"linkage": str(stranger.pk), "ends_on": DAY}, {"linkage": str(desk.old.pk)},
        {"linkage": str(desk.old.pk), "ends_on": "2010-01-01"}, {"linkage": str(desk.old.pk), "ends_on": DAY},
    ]  # fmt: skip
    before = Linkage.objects.count(), Event.objects.count()
    assert faults(desk.send(*begin, end=end)) == sorted([
        ("begin.1.starts_on", "invalid"), ("begin.2.target", "invalid"), ("begin.4.target", "unknown_reference"),
        ("begin.5.target", "unknown_reference"), ("begin.6.target", "invalid"),
        ("begin.7.tenure", "unknown_reference"), ("begin.8.starts_on", "invalid"), ("begin.9.ends_on", "invalid"),
        ("begin.10.paired_with_begin", "invalid"), ("begin.11.paired_with_begin", "unknown_reference"),
        ("begin.12", "invalid"), ("end.0.linkage", "unknown_reference"), ("end.1.ends_on", "required"),
        ("end.2.ends_on", "invalid"), ("end.3.linkage", "invalid"),
    ])  # fmt: skip
    assert (Linkage.objects.count(), Event.objects.count()) == before
    assert faults(desk.send(desk.row(desk.place.town))) == [("begin.0.target", "invalid")]


def test_dry_run_tells_what_is_unmet_and_doubled_and_stores_nothing(desk: Desk) -> None:
    version = make.rule(desk.place.city, []).version
    quota = {"kinds": ["town"], "problem": True, "count": 1, "article": "第五条（七）", "text": "联系1个问题突出镇"}
    Role.objects.create(version=version, code="county_party_chief", name="县委书记", article="五", quotas=[quota])
    colleague = make.tenure(make.post(make.organisation(desk.place.county), "county_government_member"))
    second = make.tenure(make.post(make.organisation(desk.place.county), "other"), desk.place.leader)
    begin = [
        {**desk.row(desk.place.town), "tenure": str(colleague.pk)},
        {**desk.row(desk.place.town), "tenure": str(second.pk)},
    ]
    before = Linkage.objects.count(), Event.objects.count()
    told = desk.send(*begin, dry_run=True).json()
    assert (Linkage.objects.count(), Event.objects.count()) == before
    assert (told["dry_run"], told["begun"], told["would_begin"], told["followed"]) == (True, [], 2, False)
    assert (told["on"], told["more_quotas"]) == ("2026-11-21", False)
    (unmet,) = told["quotas"]
    assert (unmet["leader"]["name"], unmet["missing"]) == ("测试·书记", 1)
    assert [reason["code"] for reason in unmet["reasons"]] == ["too_few", "town_not_marked", "town_not_marked"]
    alone, shared = told["doubled"]
    assert (alone["one_leader"], [one["name"] for one in alone["leaders"]]) == (True, ["测试·书记"])
    assert (shared["one_leader"], len(shared["leaders"])) == (False, 2)
    assert len(desk.send(*begin).json()["begun"]) == 2


def test_dry_run_in_the_address_is_refused_rather_than_done_for_good(desk: Desk) -> None:
    change = {"begin": [desk.row(desk.town())], "end": []}
    assert faults(desk.phone.post("linkages/bulk?dry_run=true", change)) == [("dry_run", "invalid")]
    hand_over = {"leader": str(make.leader().pk), "on": "2026-11-21"}
    answer = desk.phone.post(f"tenures/{desk.tenure.pk}/hand-over?dry_run=true", hand_over)
    assert faults(answer) == [("dry_run", "invalid")]
    assert Linkage.objects.get() == desk.old
    desk.tenure.refresh_from_db()
    assert desk.tenure.ends_on is None


def test_own_links_are_nobodys_to_change(desk: Desk) -> None:
    own = Phone.of(desk.place.user)
    body = {"begin": [desk.row(desk.place.county, "county")]}
    assert faults(own.post("linkages/bulk", body), 403) == [("begin.0.tenure", "not_allowed")]
    ending = {"end": [{"linkage": str(desk.old.pk), "ends_on": DAY}]}
    assert faults(own.post("linkages/bulk", ending), 403) == [("end.0.linkage", "not_allowed")]


def test_too_many_are_refused_before_they_are_looked_at(desk: Desk) -> None:
    assert faults(desk.send(*[0] * 10_001)) == [("begin", "max_length")]


def test_thirty_cost_the_queries_of_three(desk: Desk) -> None:
    def cost(number: int) -> int:
        begin = [desk.row(desk.town(f"{number}-{each}")) for each in range(number)]
        with CaptureQueriesContext(connection) as queries:
            assert len(desk.send(*begin).json()["begun"]) == number
        return len(queries)

    assert cost(30) == cost(3)
