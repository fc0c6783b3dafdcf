"""Two towns of a county of which one is merged into the other, known to the ledger."""

from datetime import UTC, date, datetime
from typing import Any
from uuid import uuid4

import pytest

from fieldwork.core.events import SYSTEM
from fieldwork.core.geo import Position
from fieldwork.core.periods import Period
from fieldwork.directory import actions
from fieldwork.directory.mergers import Merger
from fieldwork.directory.models import Division, Leader, Linkage, Organisation, Post, Site, Tenure, User
from fieldwork.duties.models import Obligation, Task, Tracking
from fieldwork.duties.reconcile import reconcile
from fieldwork.hazards.actions import report_hazard
from fieldwork.hazards.declared import DeclaredHazard
from fieldwork.hazards.models import Hazard
from fieldwork.inspections.declared import Location
from fieldwork.supervision.merging import Followed, merge_division
from tests import factories as make

AT = datetime(2026, 11, 20, 2, tzinfo=UTC)
ON = date(2026, 11, 15)
EVE = date(2026, 11, 14)
OCTOBER, NOVEMBER = Period.parse("2026-10"), Period.parse("2026-11")
HERE, THERE = Position(23.70, 113.00), Position(23.78, 113.00)
BY: dict[str, Any] = {"by": SYSTEM, "at": AT}
DATED: dict[str, Any] = {"starts_on": make.BEGINNING, **BY}


class Ground:
    """A county with 甲镇, which goes into 乙镇; each has a government with its chief. The county's chief is linked to
    甲镇, its executive deputy to both; all by the actions, so that the ledger knows them."""

    def __init__(self) -> None:
        self.city = make.division("测试市")
        self.county = make.division("测试县", self.city)
        self.town = make.division("甲镇", self.county, latitude=HERE.latitude, longitude=HERE.longitude)
        self.other = make.division("乙镇", self.county, latitude=THERE.latitude, longitude=THERE.longitude)
        roles = ["county_party_chief", "town_government_chief"]
        self.rule = make.rule(self.city, roles, tracked_from=date(2026, 10, 1))
        make.body_rule(
            self.city, {"kind": "government", "level": "town"}, duty="meeting", cadence="quarter",
            tracked_from=date(2026, 10, 1),
        )  # fmt: skip
        self.body, self.other_body = (self._body(town, "government") for town in (self.town, self.other))
        self.post, self.other_post = (
            self._post(body, "town_government_chief") for body in (self.body, self.other_body)
        )
        self.head, self.other_head = self._tenure(self.post, "测试·甲"), self._tenure(self.other_post, "测试·乙")
        county = self._body(self.county, "party_committee")
        self.chief = self._tenure(self._post(county, "county_party_chief"), "测试·书记")
        self.deputy = self._tenure(self._post(county, "county_party_chief"), "测试·副")
        self.link = actions.link(tenure=self.chief, kind="town", target=self.town, **DATED)
        self.doubled = actions.link(tenure=self.deputy, kind="town", target=self.town, **DATED)
        self.known = actions.link(tenure=self.deputy, kind="town", target=self.other, **DATED)
        self.site = actions.create_site(name="测试厂", division=self.town, regulator=self.body, **DATED)
        self.office = make.user(office="supervisor", division=self.county)
        self.clerk = actions.create_user(username="clerk", office="supervisor", division=self.town, **BY)
        self.unit = actions.create_user(username="unit", organisation=self.body, **BY)
        self.finder = actions.create_user(username="head", leader=self.head.leader, **BY)
        for period in (OCTOBER, NOVEMBER, Period.parse("2026-Q4")):
            reconcile(period, by=SYSTEM, at=AT)

    def _body(self, division: Division, kind: str) -> Organisation:
        return actions.create_organisation(name=f"{division.name}{kind}", kind=kind, division=division, **DATED)

    def _post(self, body: Organisation, role: str) -> Post:
        return actions.create_post(organisation=body, title=role, role=role, **DATED)

    def _tenure(self, post: Post, name: str) -> Tenure:
        leader = actions.create_leader(name=name, division=self.county, **BY)
        return actions.appoint(leader=leader, post=post, **DATED)

    def merge(self, on: date = ON, **more: Any) -> Followed:
        fates = more.pop("fates", {})
        values: dict[str, Any] = {"by": self.office, "at": AT, **more}
        return merge_division(self.town, self.other, fates, Merger(on, "省政府批复"), **values)

    def report(self) -> Hazard:
        """Of the head of 甲镇, in it, at a site that its government regulates."""
        found = DeclaredHazard(
            uuid4(), AT, "site_fire", "general", "测试", lead=str(self.head.leader_id), site=str(self.site.pk),
            location=Location(HERE.latitude, HERE.longitude),
        )  # fmt: skip
        return report_hazard(found, files={}, by=self.finder, at=AT)[0]


@pytest.fixture
def ground() -> Ground:
    return Ground()


def stored() -> list[Any]:
    models = (Division, Organisation, Post, Tenure, Linkage, Site, User, Leader, Tracking, Hazard, Obligation, Task)
    return [list(model._default_manager.order_by("pk").values()) for model in models]


def fresh(row: Any) -> Any:
    return type(row)._default_manager.get(pk=row.pk)


def faults(caught: Any) -> list[str]:
    return [fault.field for fault in caught.value.errors]
