"""Query budgets: each list costs the same at one row and at thirty, and what `queries.json` says.

With FIELDWORK_REWRITE_BUDGETS=1 this module writes the file anew, from what the lists cost.
"""

import json
import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
import time_machine
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from fieldwork.core import events
from fieldwork.directory.models import Division, ProblemTownMark, Tenure, User
from fieldwork.duties.models import Body, PolicyVersion, Role, Rule
from fieldwork.inspections.examining import examine_check_in
from fieldwork.inspections.models import CheckIn
from fieldwork.reminders.models import Delivery, Device, Notification
from fieldwork.supervision.models import Freeze
from tests import factories as make
from tests.api.client import Phone
from tests.gates.routes import lists

BUDGETS = Path(__file__).with_name("queries.json")
REWRITE = "FIELDWORK_REWRITE_BUDGETS"
HOW = f" {REWRITE}=1 python3 manage.py test -n 0 tests/gates/test_queries.py"
NOON = datetime(2026, 11, 21, 4, tzinfo=UTC)
MANY = 30
QUOTA = {"kinds": ["industry"], "count": 1, "article": "第五条（七）", "text": "联系1个行业"}
CHAIR = {
    "code": "chair_4", "kind": "also_holds", "name": "测试检查", "article": "第四条", "text": "担任主任",
    "strength": "must", "roles": ["chief"], "bodies": ["committee"], "in_roles": [], "assumed": {},
}  # fmt: skip


@dataclass
class Ground:
    """A county with an office, a town of it with a leader, and the version of a policy that binds them."""

    city: Division
    county: Division
    own: Tenure
    rule: Rule
    user: User
    office: User

    @property
    def town(self) -> Division:
        return self.own.post.organisation.division

    @property
    def version(self) -> PolicyVersion:
        return self.rule.version


@pytest.fixture
def ground(db: None) -> Iterator[Ground]:
    with time_machine.travel(NOON, tick=False):
        city = make.division("测试市")
        county = make.division("测试县", city)
        town = make.division("测试镇", county, latitude=24.0, longitude=113.0)
        own = make.tenure(make.post(make.organisation(town), role="town_member"))
        rule = make.rule(city, ["town_member"])
        office = make.user(office="supervisor", division=county)
        yield Ground(city, county, own, rule, make.user(leader=own.leader), office)


def organisation(ground: Ground) -> Any:
    return make.organisation(make.division("测试镇", ground.county))


def tenure(ground: Ground, role: str = "") -> Tenure:
    return make.tenure(make.post(ground.own.post.organisation, role=role))


def user(ground: Ground) -> User:
    return make.user(leader=tenure(ground).leader, organisation=organisation(ground), division=ground.county)


def owed(ground: Ground) -> Any:
    """An obligation of the leader, with a task at a place of its own and one in a department."""
    rule = make.rule(ground.city, ["town_member"], version=ground.version, duty=str(uuid4()), assumed={"due": "年末"})
    obligation = make.obligation(ground.own, rule)
    make.task(obligation, make.division("测试镇", ground.county, latitude=24.5, longitude=113.0))
    return obligation


def check_in(ground: Ground) -> None:
    companion = str(tenure(ground).leader_id)
    photo = {"sha256": uuid4().hex * 2, "bytes": 5, "content_type": "image/jpeg"}
    body = {
        "lead": str(ground.own.leader_id), "captured_at": "2026-11-21T10:00:00+08:00", "companions": [companion],
        "photos": [photo], "site_name": "测试厂",
    }  # fmt: skip
    assert Phone.of(ground.user).put(f"check-ins/{uuid4()}", body).status_code == 201


def filing(ground: Ground) -> None:
    subject = {"kind": "leader", "id": str(ground.own.leader_id)}
    body = {"subject": subject, "kind": "meeting", "held_on": "2026-11-20", "title": "测试会议"}
    assert Phone.of(ground.user).put(f"filings/{uuid4()}", body).status_code == 201


def hazard(ground: Ground) -> None:
    body = {
        "found_at": "2026-11-21T10:00:00+08:00", "site_name": "测试厂", "category": "site_fire", "description": "测试",
        "location": {"latitude": 24.0, "longitude": 113.0},
        "photos": [{"sha256": uuid4().hex * 2, "bytes": 5, "content_type": "image/jpeg"}],
    }  # fmt: skip
    assert Phone.of(ground.user).put(f"hazards/{uuid4()}", body).status_code == 201


def notification(ground: Ground) -> None:
    number = Notification.objects.count()
    told = Notification.objects.create(
        user=ground.user, kind="reminder", at=NOON.replace(minute=number), delivered_at=NOON, title="测试"
    )
    told.obligations.add(owed(ground))


def delivered(ground: Ground) -> None:
    notification(ground)
    told = Notification.objects.latest("pk")
    for channel in ("inbox", "mail"):
        Delivery.objects.create(notification=told, channel=channel, state="sent", not_before=NOON)


def amended(ground: Ground) -> None:
    freeze, _made = Freeze.objects.get_or_create(
        period="2026-11",
        division=ground.county,
        defaults={"figures": {}, "incomplete": {}, "by": ground.office, "at": NOON},
    )
    frozen = freeze.obligations.create(obligation=owed(ground), status="lapsed", latest="met")
    frozen.amendments.create(before="lapsed", after="met", why="verdict", by="system", at=NOON, noted_at=NOON)


def quota(ground: Ground) -> None:
    Role.objects.get_or_create(version=ground.version, code="member", defaults={"name": "成员", "quotas": [QUOTA]})
    tenure(ground, "member")


def structural_check(ground: Ground) -> None:
    PolicyVersion.objects.update(checks=[CHAIR])
    Role.objects.get_or_create(version=ground.version, code="chief", defaults={"name": "镇长"})
    Body.objects.get_or_create(version=ground.version, code="committee", name="安委会", kind="safety_committee")
    make.tenure(make.post(organisation(ground), role="chief"))


def standing_duty(ground: Ground) -> None:
    make.rule(
        ground.city, ["town_member"], version=ground.version, tracked_from=None, cadence="", activity="other",
        kinds=["study"],
    )  # fmt: skip


def happened(ground: Ground) -> None:
    """Each time at a place, to a thing and by a person of its own, beside what others make."""
    place, by = make.division("测试镇", ground.county), make.user()
    with transaction.atomic():
        events.append("test.happened", by=by, at=NOON, about=("test", str(uuid4())), division_path=place.path)


def looked_at(ground: Ground) -> None:
    """A check-in, each time by another."""
    if not CheckIn.objects.exists():
        check_in(ground)
    examine_check_in(CheckIn.objects.get(), by=make.user(), at=NOON)


def device(whose: User) -> Device:
    return Device.objects.create(user=whose, key=str(uuid4()), platform="web", claimed_at=NOON)


def mark(ground: Ground) -> None:
    ProblemTownMark.objects.create(
        division=make.division("测试镇", ground.county), reason="测试", starts_on=make.BEGINNING
    )


def delegation(ground: Ground) -> None:
    tenure(ground).leader.delegations.create(assistant=user(ground), starts_on=make.BEGINNING)


Maker = Callable[[Ground], object]
OFFICE: dict[str, Maker] = {
    "divisions": lambda ground: make.division("测试镇", ground.county),
    "industries": lambda ground: make.industry(parent=make.industry()),
    "organisations": organisation,
    "posts": lambda ground: make.post(organisation(ground)),
    "leaders": tenure,
    "leaders/<pk>/record": check_in,
    "audit?kind=test": happened,
    "tenures": tenure,
    "linkages": lambda ground: make.linkage(tenure(ground), make.industry()),
    "users": user,
    "users/<pk>/devices": lambda ground: device(ground.user),
    "delegations": delegation,
    "sites": lambda ground: ground.town.sites.create(name="测试厂", starts_on=make.BEGINNING),
    "problem-towns": mark,
    "policies": lambda ground: make.rule(ground.city, ["town_member"]),
    "standing-duties?leader=<pk>": standing_duty,
    "quotas": quota,
    "structural-checks": structural_check,
    "obligations": owed,
    "tasks": owed,
    "check-ins": check_in,
    "reviews": check_in,
    "filings": filing,
    "hazards": hazard,
    "periods/<period>/amendments": amended,
    "periods/<period>/reminders": delivered,
}
OWN: dict[str, Maker] = {
    "check-ins/<pk>/looks": looked_at,
    "devices": lambda ground: device(ground.user),
    "notifications": notification,
    "obligations?mine=true": owed,
    "tasks?mine=true": owed,
    "tasks?mine=true&target_kind=town": owed,
    "standing-duties": standing_duty,
    "hazards?mine=true&overdue=false&listed=false": hazard,
    "hazards?near=24.0,113.0": hazard,
}
ALL = [*OFFICE, *OWN]


def test_every_list_has_a_maker_of_rows() -> None:
    made = {path.partition("?")[0] for path in ALL}
    assert set(lists()) - made == set(), "OFFICE or OWN of this module has a maker of its rows, then the budget:" + HOW
    assert made - set(lists()) == set(), "there is no such list any more"


def test_budgets_are_of_lists_that_are() -> None:
    assert sorted(budgets()) == sorted(ALL), HOW


def budgets() -> dict[str, int]:
    found: dict[str, int] = json.loads(BUDGETS.read_text(encoding="utf-8"))
    return found


@pytest.mark.parametrize("path", ALL)
def test_list_costs_the_same_at_one_row_and_at_thirty_and_what_its_budget_says(path: str, ground: Ground) -> None:
    maker = OFFICE.get(path) or OWN[path]
    whose = ground.office if path in OFFICE else ground.user
    maker(ground)
    phone, address = Phone.of(whose), path.replace("<pk>", _key(path, ground)).replace("<period>", "2026-11")
    few, cost = _cost(phone, address)
    for _ in range(MANY - 1):
        maker(ground)
    many, grown = _cost(phone, address)
    assert few
    assert many >= few + MANY - 1, "the maker makes no rows of this list"
    if os.environ.get(REWRITE):
        BUDGETS.write_text(json.dumps(dict(sorted({**_kept(), path: cost}.items())), indent=2) + "\n")
    assert cost == grown, "more rows cost more queries: something is read row by row"
    assert cost == budgets().get(path), "if it must cost that much:" + HOW


def _key(path: str, ground: Ground) -> str:
    if path.startswith("check-ins/"):
        return str(CheckIn.objects.get().pk)
    return str(ground.user.pk if path.startswith("users/") else ground.own.leader_id)


def _cost(phone: Phone, address: str) -> tuple[int, int]:
    """How many rows, for how many queries. Asked once before, for what a process keeps."""
    address += ("&" if "?" in address else "?") + "page_size=200"
    phone.get(address)
    with CaptureQueriesContext(connection) as queries:
        answer = phone.get(address)
    assert answer.status_code == 200, answer.content
    return len(answer.json()["results"]), len(queries)


def _kept() -> dict[str, int]:
    return {path: cost for path, cost in budgets().items() if path in ALL} if BUDGETS.exists() else {}
