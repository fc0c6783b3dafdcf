"""A clerk at the office's pages: a browser without a browser."""

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any
from uuid import uuid4

from django.test import Client
from django.urls import reverse

from fieldwork.core.events import SYSTEM, append
from fieldwork.core.models import Event
from fieldwork.core.periods import first_instant
from fieldwork.directory.models import User
from fieldwork.duties.models import Performance
from fieldwork.filings.models import Filing
from fieldwork.hazards.models import Hazard
from fieldwork.inspections.models import CheckIn, Flag
from fieldwork.reminders.models import Notification, Workday
from fieldwork.supervision.models import Freeze
from fieldwork.supervision.months.figures import figures_of
from tests import factories as make
from tests.place import Place

NOON = "2026-11-21T12:00:00+08:00"
DAY = date(2026, 11, 21)
SOON = "2026-12-01"
NOTHING_TO_COME = {"check_ins": {"count": 0}, "filings": {"count": 0}, "reviews": {"count": 0}, "facts": False}


class Clerk:
    """Signed in as one user; `page` and `send` take the name of a page and its row."""

    def __init__(self, user: User) -> None:
        self.user = user
        client: Any = Client()
        client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
        self.get: Callable[..., Any] = client.get
        self.post: Callable[..., Any] = client.post

    @classmethod
    def of(cls, place: Place, office: str = "supervisor") -> "Clerk":
        return cls(make.user(office=office, division=place.county))

    def page(self, name: str, /, *args: object, **query: object) -> Any:
        return self.get(reverse(f"admin:{name}", args=args), query)

    def send(self, name: str, /, *args: object, **fields: object) -> Any:
        return self.post(reverse(f"admin:{name}", args=args), fields)


def errors(answer: Any) -> dict[str, list[str]]:
    """What the page says is wrong, by field; the page must have come back."""
    assert answer.status_code == 200, answer.status_code
    context = answer.context_data
    form = context["adminform"].form if "adminform" in context else context["form"]
    return {name: list(texts) for name, texts in form.errors.items()}


def kinds() -> list[str]:
    """The events so far, in order, but those of periods that were reconciled on the way."""
    return list(Event.objects.order_by("pk").exclude(kind__startswith="period.").values_list("kind", flat=True))


def done(answer: Any, *told: str) -> None:
    """The page went on, and exactly these events were told."""
    assert answer.status_code == 302, errors(answer)
    assert kinds() == list(told)


def last_event() -> Event:
    return Event.objects.exclude(kind__startswith="period.").latest("pk")


def check_in(place: Place, by: User, hour: int = 9) -> CheckIn:
    """One that counted, with a doubt about it."""
    at = first_instant(DAY).replace(hour=hour)
    row = CheckIn.objects.create(
        id=uuid4(), digest="", content="{}", lead=place.leader, prepared_by_staff=False, on_paper=False,
        captured_at=at, captured_on=DAY, site_name="测试工地", uploaded_by=by, received_at=at, state="complete",
    )  # fmt: skip
    Flag.objects.create(check_in=row, code="no_photo", raised_at=at)
    _performed(place, "check_in", str(row.pk), "inspection", at)
    return row


def filing(place: Place, by: User) -> Filing:
    at = first_instant(DAY)
    row = Filing.objects.create(
        id=uuid4(), digest="", content="{}", subject_kind="leader", leader=place.leader, kind="meeting", held_on=DAY,
        title="测试会议", prepared_by_staff=False, on_paper=False, uploaded_by=by, received_at=at, state="complete",
    )  # fmt: skip
    _performed(place, "filing", str(row.pk), "meeting", at)
    return row


def hazard(place: Place, by: User) -> Hazard:
    """Reported, in the town."""
    at = first_instant(DAY)
    return Hazard.objects.create(
        id=uuid4(), digest="", content='{"grade":"general"}', prepared_by_staff=False, on_paper=False, uploaded_by=by,
        received_at=at, lead=place.leader, post=place.tenure.post, found_at=at, found_on=DAY, division=place.town,
        site_name="测试工地", category="site_fire", description="测试：疏散通道堵塞", grade="general",
    )  # fmt: skip


def _performed(place: Place, kind: str, key: str, activity: str, at: Any) -> None:
    Performance.objects.create(
        leader=place.leader, activity=activity, at=at, captured_at=at, day=DAY, source_kind=kind, source_id=key
    )


def one_of_each(place: Place) -> dict[str, Any]:
    """A row for every list, in the county, by the name of its pages."""
    user = make.user(leader=make.leader("测试·旁人"), division=place.county)
    industry = make.industry()
    tenure = make.tenure(place.tenure.post, user.leader)
    rule = make.rule(place.county, ["county_party_chief"])
    owed = make.obligation(tenure, rule)
    event = _event(place)
    at = first_instant(DAY)
    return {
        "directory_leader": user.leader,
        "directory_tenure": tenure,
        "directory_linkage": make.linkage(tenure, industry),
        "directory_post": make.post(place.tenure.post.organisation),
        "directory_organisation": make.organisation(place.county, "department"),
        "directory_division": make.division("测试二镇", place.county),
        "directory_problemtownmark": place.town.problem_marks.create(reason="事故多发", starts_on=DAY),
        "directory_site": place.town.sites.create(name="测试厂", starts_on=DAY),
        "directory_industry": industry,
        "directory_user": user,
        "directory_delegation": user.delegations.create(leader=place.leader, starts_on=DAY),
        "duties_obligation": owed,
        "supervision_freeze": Freeze.objects.create(
            period=f"{2020 + Freeze.objects.count()}",
            division=place.county,
            figures=figures_of({}).data,
            incomplete=NOTHING_TO_COME,
            by=user,
            at=at,
        ),
        "duties_task": make.task(owed, place.town),
        "duties_policy": rule.version.policy,
        "duties_rule": rule,
        "inspections_checkin": check_in(place, user),
        "filings_filing": filing(place, user),
        "hazards_hazard": hazard(place, user),
        "reminders_notification": _notification(user, at),
        "reminders_workday": Workday.objects.create(
            day=DAY + timedelta(days=Workday.objects.count()), worked=True, source="测试通知"
        ),
        "core_event": event,
    }


def _event(place: Place) -> Event:
    at = first_instant(DAY)
    return append("division.looked_at", by=SYSTEM, at=at, about=("division", 1), division_path=place.county.path)


def _notification(user: User, at: Any) -> Notification:
    number = user.notifications.count()
    return Notification.objects.create(
        user=user, kind="reminder", at=at.replace(minute=number), title="提醒", body="本月未履职", delivered_at=at
    )
