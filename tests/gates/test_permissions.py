"""Role x route: `permissions.txt` is complete, and true."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import time_machine
from django.db import transaction
from django.test import override_settings

from fieldwork.core.media_types import XLSX
from fieldwork.directory.models import Division, Leader, ProblemTownMark, Tenure, User
from fieldwork.duties.models import Excuse, Obligation, Rule
from fieldwork.reminders.models import Device, Notification
from tests import factories
from tests.api.client import Phone
from tests.books import book
from tests.gates.routes import READS, Route, api_routes
from tests.hazards import STEPS, said, stand_works
from tests.photos import declared, digest, jpeg

TABLE = Path(__file__).with_name("permissions.txt")
NOON = datetime(2026, 11, 21, 4, tzinfo=UTC)
PHONES_ID = "7d9f6a52-0000-4000-8000-000000000001"
NEW_ID = "7d9f6a52-0000-4000-8000-000000000002"
MADE_BY_PHONES = ("PUT check-ins/<pk>", "PUT filings/<pk>", "PUT hazards/<pk>")
TAKING_BACK = "DELETE obligations/<pk>/excuse"
ENDING = {"ends_on": None}
PHOTO = jpeg(7)  # stands in the check-in, the filing and the hazard
ENCLOSED = ("/photos/", "/attachments/")


@cache
def table() -> dict[Route, dict[str, int]]:
    lines = [line.split() for line in TABLE.read_text(encoding="utf-8").splitlines() if line.strip()]
    roles = next(words[2:] for words in lines if words[:2] == ["#", "route"])
    rows = [words for words in lines if words[0] != "#"]
    made = {Route(row[0], row[1]): dict(zip(roles, map(int, row[2:]), strict=True)) for row in rows}
    assert len(made) == len(rows), "a route has two rows"
    return made


def test_every_route_has_a_row() -> None:
    missing = [str(route) for route in api_routes() if route not in table()]
    assert not missing, f"no row in tests/gates/{TABLE.name} for {missing}"


def test_every_row_has_a_route() -> None:
    stale = [str(route) for route in table() if route not in api_routes()]
    assert not stale, f"no route for {stale}, which tests/gates/{TABLE.name} has"


@dataclass
class World:
    """What stands, and the request that is tried at each route."""

    users: dict[str, User | None]
    ids: dict[str, object]
    bodies: dict[str, Any] = field(default_factory=dict)


@pytest.fixture(scope="module")
def world(rows_of_a_module: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    with world_of_towns(tmp_path_factory.mktemp("uploads")) as world:
        yield world


@contextmanager
def world_of_towns(uploads: Path) -> Iterator[World]:
    """It stands still at noon, and keeps its files in that folder."""
    with override_settings(MEDIA_ROOT=uploads), time_machine.travel(NOON, tick=False):
        yield _stand()


def _stand() -> World:
    city = factories.division("测试市")
    county, elsewhere = factories.division("测试县", city), factories.division("别处县", city)
    towns = [
        factories.division("测试一镇", county, latitude=24.0, longitude=113.0),
        factories.division("测试二镇", county),
    ]
    bodies = [factories.organisation(town) for town in towns]
    posts = [factories.post(body, role="town_member") for body in bodies]
    own, other = (factories.tenure(post) for post in posts)
    user = factories.user(leader=own.leader)
    assistant = factories.user()
    own.leader.delegations.create(assistant=assistant, starts_on=factories.BEGINNING)
    users = {
        "anonymous": None,
        "own": user,
        "assistant": assistant,
        "unit": factories.user(organisation=bodies[0]),
        "other": factories.user(leader=other.leader),
        "below": factories.user(office="supervisor", division=towns[0]),
        "supervisor": factories.user(office="supervisor", division=county),
        "above": factories.user(office="supervisor", division=city),
        "elsewhere": factories.user(office="supervisor", division=elsewhere),
        "auditor": factories.user(office="auditor", division=county),
        "administrator": factories.user(office="administrator"),
    }
    return World(users, _ids(own, user), _bodies(own))


def _ids(own: Tenure, user: User) -> dict[str, object]:
    town, leader = own.post.organisation.division, own.leader
    rule = factories.rule(town, ["town_member"], minimum=2)  # so that what is told below does not meet it
    obligation = factories.obligation(own, rule)
    task = factories.task(obligation, town, "own_area")
    notification = Notification.objects.create(user=user, kind="reminder", at=NOON, delivered_at=NOON, title="测试")
    return {
        "divisions": town.pk,
        "industries": factories.industry().pk,
        "policies": rule.version.policy_id,
        "organisations": own.post.organisation_id,
        "posts": own.post_id,
        "leaders": leader.pk,
        "tenures": own.pk,
        "linkages": factories.linkage(own, factories.industry()).pk,
        "users": user.pk,
        "delegations": own.leader.delegations.create(assistant=_assistant(own), starts_on=factories.BEGINNING).pk,
        "sites": _site(own).pk,
        "problem-towns": _ended_mark(town).pk,
        "obligations": obligation.pk,
        "excused": _excused(own, rule).pk,
        "tasks": task.pk,
        "check-ins": _check_in(leader, user),
        "reviews": PHONES_ID,
        "filings": _filing(leader, user),
        "hazards": _hazard(own, user),
        "notifications": notification.pk,
    }


def _excused(own: Tenure, rule: Rule) -> Obligation:
    """Another month's, which an excuse can be taken back from."""
    found = factories.obligation(own, rule, "2026-10", outcome="excused")
    office = factories.user(office="supervisor", division=own.post.organisation.division)
    Excuse.objects.create(obligation=found, kind="leave", reason="测试病假", granted_by=office, granted_at=NOON)
    return found


def _assistant(own: Tenure) -> User:
    return factories.user(division=own.post.organisation.division)


def _successor(own: Tenure) -> Leader:
    return Leader.objects.create(name="测试·继任", division=own.post.organisation.division)


def _ended_mark(town: Division) -> ProblemTownMark:
    days = {"starts_on": date(2025, 1, 1), "ends_on": date(2025, 12, 31)}
    return ProblemTownMark.objects.create(division=town, reason="测试", **days)


def _site(own: Tenure) -> Any:
    town = own.post.organisation.division
    return town.sites.create(name="测试厂", starts_on=factories.BEGINNING)


def _check_in(leader: Leader, user: User) -> str:
    where = {"latitude": 24.012347, "longitude": 113.045678, "accuracy_m": 12.75, "mocked": True}  # a doubt: it waits
    body = {"lead": str(leader.pk), "captured_at": "2026-11-21T10:00:00+08:00", "location": where}
    return _sent(user, "check-ins", "photos", body | {"photos": [declared(PHOTO)]})


def _filing(leader: Leader, user: User) -> str:
    return _sent(
        user, "filings", "attachments", _meeting(leader) | {"attachments": [declared(PHOTO) | {"name": "纪要.jpg"}]}
    )


def _hazard(own: Tenure, user: User) -> str:
    return _sent(user, "hazards", "photos", _finding(own) | {"photos": [declared(PHOTO)]})


def _sent(user: User, kind: str, enclosed: str, body: dict[str, Any]) -> str:
    """With the bytes of its photo."""
    phone, path = Phone.of(user), f"{kind}/{PHONES_ID}"
    assert phone.put(path, body).status_code == 201
    assert phone.put(f"{path}/{enclosed}/{digest(PHOTO)}", PHOTO, content_type="image/jpeg").status_code == 201
    return PHONES_ID


def _finding(own: Tenure) -> dict[str, Any]:
    site = own.post.organisation.division.sites.first()
    assert site is not None
    return {
        "lead": str(own.leader_id), "site": str(site.pk), "found_at": "2026-11-21T10:00:00+08:00",
        "category": "site_fire", "description": "测试隐患", "grade": "major",
    }  # fmt: skip


def _steps(own: Tenure) -> dict[str, Any]:
    town = own.post.organisation.division
    assert town.parent is not None
    works = stand_works(town, town.parent, User())
    return {f"POST hazards/<pk>/{action}": said(works, action) for action in STEPS}


def _meeting(leader: Leader) -> dict[str, Any]:
    subject = {"kind": "leader", "id": str(leader.pk)}
    return {"subject": subject, "kind": "meeting", "held_on": "2026-11-20"}


_MERGED = {"on": "2026-11-20", "reason": "测试批复"}


def _merger(own: Tenure) -> dict[str, Any]:
    """Into the neighbour, where only the government has its like."""
    town = own.post.organisation.division
    assert town.parent is not None
    units = town.organisations.exclude(kind="government")
    bodies = [{"organisation": str(unit.pk), "into": None} for unit in units]
    return {"into": str(town.parent.children.exclude(pk=town.pk).get().pk), "bodies": bodies, **_MERGED}


def _bodies(own: Tenure) -> dict[str, Any]:
    """By route; others have none."""
    town, body = str(own.post.organisation.division_id), str(own.post.organisation_id)
    vacant = factories.post(own.post.organisation, role="town_member")
    begin = {"starts_on": "2026-01-01"}
    device = {"id": "x", "platform": "web"}
    ended = ("organisations", "posts", "tenures", "linkages", "sites", "delegations", "problem-towns")
    ends = {f"PATCH {name}/<pk>": ENDING for name in ended}
    return {
        **ends,
        **_steps(own),
        "PUT hazards/<pk>": _finding(own),
        "POST auth/login": {"username": "nobody", "password": "falsch", "device": device},
        "POST auth/activate": {"code": "AAAA-AAAA-AAAA", "password": "anders-und-lang", "device": device},
        "POST auth/password": {"current_password": "falsch", "new_password": "anders-und-lang"},
        "PUT devices/<key>": {"platform": "web"},
        "PUT me/reminders": {"channels": ["mail"], "muted": ["reminder"], "contacts": {"mail": "ce@example.cn"}},
        "POST organisations": {"name": "测试局", "kind": "government", "division": town, **begin},
        "POST posts": {"organisation": body, "title": "测试职务", **begin},
        "POST leaders": {"name": "测试员乙"},
        "POST tenures": {"leader": str(own.leader_id), "post": str(vacant.pk), **begin},
        "POST tenures/<pk>/hand-over": {"leader": str(_successor(own).pk), "on": "2026-11-25"},
        "POST organisations/<pk>/rename": {"name": "测试局", **_MERGED},
        "POST organisations/<pk>/merge": {"into": None, **_MERGED},
        "POST divisions/<pk>/merge": _merger(own),
        "POST linkages": {
            "tenure": str(own.pk), "kind": "industry", "target": str(factories.industry().pk), **begin,
        },
        "POST linkages/bulk": {"begin": [{
            "tenure": str(own.pk), "kind": "industry", "target": str(factories.industry().pk), **begin,
        }]},
        "POST users": {"username": "testx", "division": town},
        "PATCH users/<pk>": {"language": "en"},
        "POST users/activation-codes": {"users": [str(User.objects.get(leader=own.leader).pk)]},
        "POST delegations": {"assistant": str(_assistant(own).pk), "leader": str(own.leader_id), **begin},
        "POST problem-towns": {"division": town, "reason": "测试", **begin},
        "POST sites": {"name": "测试厂", "division": town, **begin},
        "PUT filings/<pk>": _meeting(own.leader),
        "POST periods/<period>/freeze": {"division": town},
        "POST obligations/<pk>/excuse": {"kind": "leave", "reason": "测试病假"},
        "POST imports": book({"领导": [("姓名", "录入区划"), ("测试员丙", own.post.organisation.division.code)]}),
        "POST check-ins/<pk>/review": {"verdict": "accepted"},
        "POST check-ins/<pk>/photos/<sha256>/lost": {"reason": "测试"},
        "POST hazards/<pk>/photos/<sha256>/lost": {"reason": "测试"},
        "POST check-ins/<pk>/addenda": {"text": "测试补充"},
        "POST filings/<pk>/review": {"verdict": "accepted"},
        "PUT check-ins/<pk>": {"lead": str(own.leader_id), "captured_at": "2026-11-21T11:00:00+08:00"},
    }  # fmt: skip


def path_of(route: Route, world: World) -> str:
    """The address of what is `own`'s."""
    kind = "excused" if str(route) == TAKING_BACK else route.path.split("/")[0]
    assert "<pk>" not in route.path or kind in world.ids, f"_ids() of {__name__} has no {kind!r} to ask {route} for"
    key = NEW_ID if str(route) in MADE_BY_PHONES else world.ids.get(kind)
    device = Device.objects.filter(user=world.users["own"]).latest("pk")
    values = {"pk": key, "code": "invalid", "period": "2026-11", "sha256": digest(PHOTO), "key": device.key}
    path = route.path
    for name, value in values.items():
        path = path.replace(f"<{name}>", str(value))
    return path


@pytest.mark.django_db
@pytest.mark.parametrize("route", sorted(table()), ids=str)
def test_route_answers_each_role_as_the_table_has_it(route: Route, world: World) -> None:
    phones = {role: Phone.of(user) if user else Phone() for role, user in world.users.items()}
    path = path_of(route, world)
    given = {role: _status(phone, route, path, world) for role, phone in phones.items()}
    assert given == table()[route], f"{route}, with what _bodies() has for it: {world.bodies.get(str(route))}"


def _status(phone: Phone, route: Route, path: str, world: World) -> int:
    """What the role is answered in the world as it was; nothing that it does stays."""
    with transaction.atomic():
        send = getattr(phone, route.method.lower())
        if route.method in ("PUT", "PATCH") and any(part in path for part in ENCLOSED):
            response = send(path, PHOTO, content_type="image/jpeg", headers={"Upload-Offset": "0"})
        elif route.method in READS:
            response = send(path)
        elif isinstance(body := world.bodies.get(str(route), {}), bytes):
            response = send(path, body, content_type=XLSX)
        else:
            response = send(path, body)
        if response.streaming:
            list(response)  # to its end, as a server sends it
        transaction.set_rollback(True)
    return int(response.status_code)
