"""A post goes from one leader to the next, in one call."""

from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import uuid4

import pytest

from fieldwork.core.events import SYSTEM
from fieldwork.core.models import Event
from fieldwork.core.periods import Period
from fieldwork.directory.models import Linkage, Tenure, User
from fieldwork.duties.models import Obligation
from fieldwork.duties.reconcile import reconcile
from fieldwork.supervision.ledger.facts import check_facts
from fieldwork.supervision.ledger.findings import Finding
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
    for month in ("2026-10", "2026-11"):
        reconcile(Period.parse(month), by=SYSTEM, at=NOON)
    return Scene(place, Phone.of(office), office, industry, department, successor)


def faults(response: Any) -> dict[str, str]:
    assert response.status_code == 400, response.content.decode()
    return {error["field"]: error["code"] for error in response.json()["errors"]}


def findings() -> list[Finding]:
    """Of what events tell: rows that factories made have none."""
    return [one for one in check_facts() if "inserted" not in str(one).lower()]


def outcomes() -> dict[str, str]:
    return dict(Obligation.objects.filter(period="2026-11").values_list("leader__name", "outcome"))


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
    assert len(told["linkages"]) == 3 and all(one["to"] for one in told["linkages"])
    pair = Linkage.objects.get(tenure=told["successor"]["id"], kind="department")
    assert pair.paired_with is not None and pair.paired_with.tenure_id == int(told["successor"]["id"])
    assert outcomes() == {"测试·书记": "transferred", "测试·继任": "pending"}
    (handed,) = told["obligations"]
    assert (handed["period"], handed["activity"]) == ("2026-11", "inspection")
    assert findings() == []
