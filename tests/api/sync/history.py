"""A small city in which things happen at random, by the same actions and calls as anywhere."""

import random
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import uuid4

from django.db import transaction

from fieldwork.core import events, signing
from fieldwork.core.errors import DomainError
from fieldwork.core.events import SYSTEM
from fieldwork.core.geo import Position
from fieldwork.core.periods import local_day
from fieldwork.directory import actions as directory
from fieldwork.directory.accounts import change_user
from fieldwork.directory.industries import load_industries
from fieldwork.directory.models import Delegation, Division, Linkage, Site, Tenure
from fieldwork.duties.models import Obligation
from fieldwork.filings.models import Filing
from fieldwork.inspections.models import CheckIn, Photo
from fieldwork.reminders.models import Notification
from fieldwork.supervision import actions
from fieldwork.supervision.tick import tick
from tests import factories as make
from tests.api.client import Phone
from tests.photos import declared, jpeg

BEGUN = datetime(2026, 11, 20, 2, tzinfo=UTC)


@dataclass
class History:
    """What happens; `travel` takes the clock to an instant."""

    seed: int
    travel: Callable[[datetime], None]
    now: datetime = BEGUN
    log: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.dice = random.Random(self.seed)  # dice, no secrets
        self.travel(self.now)
        city = make.division("测试市")
        self.county = make.division("测试县", city)
        self.towns = [
            make.division(f"测试镇{number}", self.county, latitude=24.0 + number / 5, longitude=113.0)
            for number in range(3)
        ]
        self.industry = make.industry("T1", "测试业")
        self.office = make.user("office", office="supervisor", division=city)
        county, town = make.organisation(self.county), make.organisation(self.towns[0])
        self.town = town
        self.department = make.organisation(self.county, "department", department_kind="regulator")
        self.posts = [
            make.post(make.organisation(self.county, "party_committee"), "county_party_chief"),
            make.post(town, "town_government_chief"),
            make.post(county, "county_government_chief"),
        ]
        roles = ["county_party_chief", "county_government_chief"]
        make.rule(city, [*roles, "town_government_chief"], tracked_from=date(2026, 10, 1))
        make.rule(city, ["town_government_chief"], duty="tour", tracked_from=date(2026, 10, 1), cadence="quarter")
        make.rule(city, roles, duty="committee", activity="meeting", cadence="quarter", tracked_from=date(2026, 10, 1))
        of_town = {"kind": "government", "level": "town"}
        make.body_rule(city, of_town, cadence="quarter", tracked_from=date(2026, 10, 1))
        make.body_rule(city, of_town, duty="special", activity="inspection", tracked_from=date(2026, 10, 1))
        make.pair_rule(city, {"kind": "government", "level": "county"}, of_town, tracked_from=date(2026, 1, 1))
        self.leaders = [make.leader(f"测试员{number}") for number in range(4)]
        for post, leader in zip(self.posts, self.leaders, strict=False):
            make.tenure(post, leader)
        self.users = [make.user(f"leader{number}", leader=leader) for number, leader in enumerate(self.leaders)]
        self.assistant = make.user("assistant")
        self.unit = make.user("unit", organisation=town)
        with transaction.atomic():
            signing.signer(self.now)  # or a visit that is refused might take the first key back
        self.readers = [*self.users[:3], self.assistant, self.unit, self.office]
        tick(self.now)

    def happen(self) -> str:
        """One thing, that may come to nothing."""
        name = self.dice.choice(_ACTIONS)
        with suppress(DomainError):
            getattr(self, name)()
        self.log.append(name)
        return name

    def time_passes(self) -> None:
        self.now += timedelta(hours=self.dice.choice([1, 7, 24, 24 * 9, 24 * 30]))
        self.travel(self.now)
        tick(self.now)

    def clock_runs(self) -> None:
        """And nobody does anything."""
        self.now += timedelta(hours=self.dice.choice([3, 24, 24 * 12]))
        self.travel(self.now)

    def check_in(self) -> None:
        user = self.dice.choice([*self.users, self.assistant])
        leader = user.leader or self.dice.choice(self.leaders)
        town = self.dice.choice(self.towns)
        captured = self.now - timedelta(hours=self.dice.choice([0, 2, 30, 24 * 9, 24 * 35]))
        photo = jpeg(self.dice.randrange(1000))
        tasks = list(Obligation.objects.filter(activity="inspection").order_by("pk").values_list("tasks", flat=True))
        sites = [*Site.objects.values_list("pk", flat=True)]
        body = {
            "lead": str(leader.pk), "captured_at": captured.isoformat(), "summary": "测试",
            "location": {"latitude": town.latitude, "longitude": town.longitude, "accuracy_m": 9.0},
            "photos": [declared(photo)] * self.dice.randrange(2),
            "task": self.dice.choice([None, *map(str, tasks)]),
            "site": self.dice.choice([None, *map(str, sites)]),
        }  # fmt: skip
        Phone.of(user).put(f"check-ins/{uuid4()}", body)

    def photo_is_lost(self) -> None:
        photo = self._any(Photo.objects.filter(blob__isnull=True))
        if photo is not None:
            path = f"check-ins/{photo.check_in_id}/photos/{photo.sha256}/lost"
            Phone.of(photo.check_in.uploaded_by).post(path, {"reason": "测试"})

    def addendum(self) -> None:
        check_in = self._any(CheckIn.objects)
        if check_in is not None:
            Phone.of(check_in.uploaded_by).post(f"check-ins/{check_in.pk}/addenda", {"text": "测试"})

    def filing(self) -> None:
        user = self.dice.choice([*self.users, self.unit])
        owed = self._any(Obligation.objects.exclude(activity="inspection"))
        subject = {"kind": "leader", "id": str(user.leader_id)}
        if user.leader_id is None:
            subject = {"kind": "organisation", "id": str(self.town.pk)}
        body = {
            "subject": subject, "kind": "meeting", "title": "测试",
            "held_on": (local_day(self.now) - timedelta(days=self.dice.randrange(9))).isoformat(),
            "obligations": [str(owed.pk)] if owed else [],
        }  # fmt: skip
        Phone.of(user).put(f"filings/{uuid4()}", body)

    def review(self) -> None:
        model, path = self.dice.choice([(CheckIn, "check-ins"), (Filing, "filings")])
        row: Any = self._any(model._default_manager)
        if row is None:
            return
        body: dict[str, Any] = {"verdict": self.dice.choice(["accepted", "rejected"]), "reason": "测试"}
        if model is CheckIn and self.dice.random() < 0.5:
            body["captured_at"] = (row.captured_at + timedelta(days=self.dice.choice([-20, 1]))).isoformat()
        Phone.of(self.office).post(f"{path}/{row.pk}/review", body)

    def link(self) -> None:
        tenure = self._any(Tenure.objects.filter(post__in=self.posts))
        kind, target = self.dice.choice(
            [("town", self.dice.choice(self.towns)), ("industry", self.industry), ("department", self.department)]
        )
        if tenure is not None:
            actions.link(tenure=tenure, kind=kind, target=target, starts_on=self._day(), by=self.office, at=self.now)

    def end_linkage(self) -> None:
        linkage = self._any(Linkage.objects)
        if linkage is not None:
            day = self.dice.choice([None, self._day()])
            actions.end_linkage(linkage=linkage, ends_on=day, by=self.office, at=self.now)

    def withdraw_linkage(self) -> None:
        linkage = self._any(Linkage.objects.filter(starts_on__gt=local_day(self.now)))
        if linkage is not None:
            actions.withdraw_linkage(linkage=linkage, by=self.office, at=self.now)

    def appoint(self) -> None:
        actions.appoint(
            leader=self.dice.choice(self.leaders), post=self.dice.choice(self.posts), starts_on=self._day(),
            by=self.office, at=self.now,
        )  # fmt: skip

    def end_tenure(self) -> None:
        tenure = self._any(Tenure.objects)
        actions.end_tenure(tenure=tenure, ends_on=self.dice.choice([None, self._day()]), by=self.office, at=self.now)

    def delegate(self) -> None:
        directory.delegate(
            assistant=self.assistant, leader=self.dice.choice(self.leaders), starts_on=self._day(),
            ends_on=self.dice.choice([None, self._day() + timedelta(days=9)]), by=self.office, at=self.now,
        )  # fmt: skip

    def end_delegation(self) -> None:
        delegation = self._any(Delegation.objects.filter(ends_on__isnull=True))
        if delegation is not None:
            directory.end(delegation, ends_on=local_day(self.now) - timedelta(days=1), by=self.office, at=self.now)

    def site(self) -> None:
        number = self.dice.randrange(len(self.towns))
        directory.create_site(
            name="测试厂", division=self.towns[number], starts_on=local_day(self.now),
            industry=self.dice.choice([None, self.industry]), regulator=self.dice.choice([None, self.department]),
            position=Position(24.0 + number / 5, 113.0), by=self.office, at=self.now,
        )  # fmt: skip

    def end_site(self) -> None:
        site = self._any(Site.objects)
        if site is not None:
            directory.end(site, ends_on=self._day(), by=self.office, at=self.now)

    def unit_changes(self) -> None:
        body = self.dice.choice([None, self.town, self.department])
        change_user(self.unit, organisation=body, by=self.office, at=self.now)

    def read_notification(self) -> None:
        told = self._any(Notification.objects.filter(delivered_at__isnull=False, read_at__isnull=True))
        if told is not None:
            Phone.of(told.user).post(f"notifications/{told.pk}/read")

    def list_is_loaded(self) -> None:
        if self.dice.random() < 0.5:
            load_industries(["code,name,parent", f"T1,测试业{len(self.log)},"], by=SYSTEM, at=self.now)
            return
        with transaction.atomic():
            Division.objects.filter(pk=self.towns[0].pk).update(name=f"测试镇{len(self.log)}")
            events.append("divisions.loaded", by=SYSTEM, at=self.now, about=("division_list", "test"), since=None)

    def _any(self, rows: Any) -> Any:
        found = list(rows.order_by("received_at" if rows.model in (CheckIn, Filing) else "pk", "pk"))
        return self.dice.choice(found) if found else None

    def _day(self) -> date:
        return local_day(self.now) + timedelta(days=self.dice.choice([-20, -3, -1, 0, 1, 4]))


_ACTIONS = [
    *["time_passes", "clock_runs", "check_in", "link"] * 3,
    *["filing", "review", "appoint", "end_tenure", "delegate", "end_delegation", "end_linkage"] * 2,
    "photo_is_lost", "addendum", "withdraw_linkage", "site", "site", "end_site", "unit_changes", "read_notification",
    "list_is_loaded",
]  # fmt: skip
