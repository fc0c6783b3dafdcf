"""Hazards at a factory: who finds them, who grades them, who rectifies them, who looks on."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID, uuid4

import pytest

from fieldwork.directory.models import Division, Organisation, Site, User
from fieldwork.hazards.models import Hazard
from tests import factories as make
from tests.api.client import Phone
from tests.photos import declared, jpeg
from tests.place import SEAT, Place

FOUND_AT = "2026-11-20T10:00:00+08:00"
DEADLINE = "2026-12-10"
PHOTO = jpeg(7)


@dataclass
class Works:
    """A site in a town, its regulator, the units that a step may name, and users by what they are to a hazard there."""

    site: Site
    regulator: Organisation
    rectifier: Organisation
    assistant: Organisation
    supervisor: Organisation
    users: dict[str, User]

    def phone(self, party: str) -> Phone:
        return Phone.of(self.users[party])


@pytest.fixture
def works(place: Place) -> Works:
    return stand_works(place.town, place.county, place.user)


def stand_works(town: Division, county: Division, finder: User) -> Works:
    regulator = make.organisation(county, "department", name="测试应急局", department_kind="regulator")
    one, two, three = (make.organisation(town, "resident_unit", name=f"测试{name}公司") for name in ("甲", "乙", "丙"))
    site = town.sites.create(
        name="测试厂", regulator=regulator, industry=make.industry(), starts_on=make.BEGINNING,
        latitude=SEAT[0], longitude=SEAT[1],
    )  # fmt: skip
    neighbour = make.tenure(make.post(make.organisation(county), "county_government_member"))
    make.linkage(neighbour, town)
    users = {
        "finder": finder,
        "office": make.user(office="supervisor", division=county),
        "regulator": make.user(organisation=regulator),
        "rectifier": make.user(organisation=one),
        "named": make.user(organisation=three),
        "linked": make.user(leader=neighbour.leader),
        "auditor": make.user(office="auditor", division=county),
        "stranger": make.user(office="supervisor", division=make.division("别处县", county.parent)),
    }
    return Works(site, regulator, one, two, three, users)


def body(works: Works, *photos: bytes, **changed: Any) -> dict[str, Any]:
    """A finding at the site, as the leader's phone sends it."""
    return {
        "found_at": FOUND_AT,
        "site": str(works.site.pk),
        "location": {"latitude": SEAT[0], "longitude": SEAT[1], "accuracy_m": 10.0},
        "category": "site_fire",
        "grade": "general",
        "description": "测试：疏散通道堵塞",
        "photos": [declared(photo) for photo in photos],
        **changed,
    }


def report(works: Works, *photos: bytes, **changed: Any) -> UUID:
    """Report it; answers its id."""
    pk = uuid4()
    answer = works.phone("finder").put(f"hazards/{pk}", body(works, *photos, **changed))
    assert answer.status_code == 201, answer.content
    return pk


def said(works: Works, action: str, **changed: Any) -> dict[str, Any]:
    """What a step says, as far as it must; with an id of its own."""
    unit = str(works.rectifier.pk)
    least: dict[str, dict[str, Any]] = {
        "grade": {"grade": "major", "reason": "测试：人员密集"},
        "assign": {
            "rectifying_unit": unit, "rectifying_person": "测试·厂长", "measures": "测试：清理", "deadline": DEADLINE,
        },
        "plan": {"funds": "测试：已列支"},
        "list": {
            "year": 2026, "rectifying_unit": unit, "rectifying_person": "测试·厂长",
            "assisting_unit": str(works.assistant.pk), "assisting_person": "测试·协办",
            "supervising_unit": str(works.supervisor.pk), "supervising_person": "测试·督办",
        },
        "submit": {"account": "测试：已清理"},
        "return": {"reason": "测试：未清完"},
        "request-extension": {"deadline": "2026-12-31", "reason": "测试：等料"},
        "decide-extension": {"granted": True},
        "reopen": {"reason": "测试：又堵了"},
        "dismiss": {"reason": "测试：不是隐患"},
    }  # fmt: skip
    return {"id": str(uuid4()), **least.get(action, {}), **changed}


# The way to each state, in steps of (who, which).
GRADED = [("office", "grade")]
RECTIFYING = [*GRADED, ("office", "assign")]
REQUESTED = [*RECTIFYING, ("rectifier", "request-extension")]
SUBMITTED = [*RECTIFYING, ("rectifier", "submit")]
CLOSED = [*SUBMITTED, ("finder", "accept")]
WAYS: dict[str, list[tuple[str, str]]] = {
    "reported": [],
    "graded": GRADED,
    "rectifying": RECTIFYING,
    "extension_requested": REQUESTED,
    "submitted": SUBMITTED,
    "closed": CLOSED,
    "reopened": [*CLOSED, ("finder", "reopen")],
    "dismissed": [("office", "dismiss")],
}


def bring(works: Works, state: str, *photos: bytes, **changed: Any) -> UUID:
    """A hazard in that state, brought there over HTTP."""
    pk = report(works, *photos, **changed)
    for party, action in WAYS[state]:
        do(works, party, pk, action)
    assert Hazard.objects.get(pk=pk).state == state
    return pk


def do(works: Works, party: str, pk: UUID, action: str, **changed: Any) -> dict[str, Any]:
    """A step that succeeds; the hazard as that user is answered."""
    answer = works.phone(party).post(f"hazards/{pk}/{action}", said(works, action, **changed))
    assert answer.status_code == 200, answer.content
    found: dict[str, Any] = answer.json()
    return found


# A way to each step that may be taken, who takes it last.
STEPS: dict[str, list[tuple[str, str]]] = {
    "grade": GRADED,
    "assign": RECTIFYING,
    "plan": [*RECTIFYING, ("rectifier", "plan")],
    "list": [*GRADED, ("office", "list")],
    "submit": SUBMITTED,
    "accept": CLOSED,
    "return": [*SUBMITTED, ("finder", "return")],
    "request-extension": REQUESTED,
    "decide-extension": [*REQUESTED, ("office", "decide-extension")],
    "reopen": [*CLOSED, ("finder", "reopen")],
    "look-back": [*CLOSED, ("finder", "look-back")],
    "dismiss": WAYS["dismissed"],
}
