"""Telling the demo, and what every telling of it keeps to."""

from datetime import datetime
from typing import Any
from uuid import UUID

from django.apps import apps
from django.db.models import QuerySet

from fieldwork.core.models import Seal
from fieldwork.core.periods import ZONE, Cadence, Period, local_day
from fieldwork.directory.models import User
from fieldwork.duties.enums import Activity, Status
from fieldwork.duties.models import Obligation, Review, Task
from fieldwork.filings.models import Filing
from fieldwork.reminders.queries import notifications_visible_to
from fieldwork.supervision.demo import cast, papers, zone
from fieldwork.supervision.demo.seeding import seed
from tests.status import status_of

PASSWORD = "demo-for-tests"


def local(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=ZONE)  # type: ignore[misc,arg-type]


def tell(now: datetime, leaders: int = cast.FEWEST, password: str = PASSWORD) -> None:
    seed(leaders=leaders, months=1, password=password, now=now, say=lambda _text: None)


def counts() -> dict[str, int]:
    """How many rows each table has; but for seals, which a later tick puts on what was there before."""
    models = [model for model in apps.get_models() if model._meta.managed and model is not Seal]
    return {model._meta.label: model._default_manager.count() for model in models}


def demo_leader() -> User:
    return User.objects.get(username=cast.LEADER)


def statuses(user: User, now: datetime) -> list[tuple[str, Status]]:
    """Of the months to inspect in."""
    owed = Obligation.objects.filter(leader=user.leader_id, starts_at__lte=now, activity=Activity.INSPECTION)
    return [(obligation.period, status_of(obligation, now)) for obligation in owed.order_by("starts_at")]


def desk_work(user: User, now: datetime) -> set[tuple[str, str, Status]]:
    """What is owed at a desk: activity, period and status."""
    owed = Obligation.objects.filter(leader=user.leader_id, starts_at__lte=now).exclude(activity=Activity.INSPECTION)
    return {(obligation.activity, obligation.period, status_of(obligation, now)) for obligation in owed}


def check_promises(now: datetime) -> None:
    """Of a demo that was told up to `now`; a second run adds nothing to it."""
    user, present = demo_leader(), Period.of_instant(Cadence.MONTH, now)
    assert statuses(user, now) == [(str(present.previous()), Status.LAPSED), (str(present), Status.OPEN)]
    on_site = Task.objects.filter(obligation__leader=user.leader_id, obligation__activity=Activity.INSPECTION)
    assert {task.target_kind for task in on_site} == {"town", "industry", "department"}
    quarter = Period.of_instant(Cadence.QUARTER, now)
    assert desk_work(user, now) == {
        ("meeting", str(quarter), Status.OPEN), ("report", str(quarter.year), Status.OPEN),
    }  # fmt: skip
    inbox: QuerySet[Any] = notifications_visible_to(user)
    unread = list(inbox.filter(unread=True))
    assert unread
    assert all(one.delivered_at == one.at <= now for one in unread)
    before = counts()
    tell(now)
    assert counts() == before
    assert before["inspections.CheckIn"] > 0
    _check_filings(now)


def _check_filings(now: datetime) -> None:
    """Each proves what it names, but the one that is returned."""
    filings = {filing.pk: filing for filing in Filing.objects.all()}
    assert all(
        filing.received_at <= now and filing.held_on <= local_day(filing.received_at) for filing in filings.values()
    )
    assert all(filing.state == "complete" and filing.attachments.exists() for filing in filings.values())
    letters = Obligation.objects.filter(filings__kind="letter")
    assert {status_of(letter, now) for letter in letters} == {Status.MET}
    assert max(filing.obligations.count() for filing in filings.values() if filing.kind == "letter") > 1
    (returned,) = Review.objects.filter(performance__source_kind="filing")
    assert (returned.verdict, returned.reason) == ("rejected", papers.RETURNED_BECAUSE)
    assert {status_of(owed, now) for owed in filings[UUID(returned.performance.source_id)].obligations.all()} == {
        Status.OPEN,
    }  # fmt: skip
    assert Filing.objects.filter(prepared_by_staff=True, uploaded_by__delegations__isnull=False).exists()
    assert Filing.objects.filter(uploaded_by__username=zone.OFFICE, subject_kind="organisation").exists()
