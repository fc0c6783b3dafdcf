"""A hazard was given to a unit, went on at the one that took that in, or came back: its people are told at once."""

import json
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from fieldwork.core.models import Event
from fieldwork.hazards.enums import EVENTS, TO_RECTIFY, Action, Grade
from fieldwork.hazards.models import Hazard, Step
from fieldwork.hazards.succession import PASSED_ON
from fieldwork.reminders.addressees import users_of
from fieldwork.reminders.enums import NotificationKind
from fieldwork.reminders.escalation import Offices
from fieldwork.reminders.models import Notification

KINDS = {
    EVENTS[Action.ASSIGN]: NotificationKind.ASSIGNED,
    EVENTS[Action.RETURN]: NotificationKind.RETURNED,
    PASSED_ON: NotificationKind.ASSIGNED,
}


@dataclass(frozen=True, slots=True)
class Handed:
    """A hazard in a unit's hands: what and where, until when, whether it is a major one; why it was sent back last;
    whether nobody acts for the unit here."""

    description: str
    place: str
    unit: str
    deadline: date | None
    major: bool
    reason: str
    untold: bool


def plan_hazard_steps(unread: Iterable[Event], since: datetime, now: datetime) -> int:
    """Make the notifications of the steps among these events that are younger than `since`; answers how many.

    The caller holds the reader of the feed. They are addressed to the unit that has the hazard in hand by now; where
    nobody acts for it here, the office of the place hears that somebody has to tell it.
    """
    steps = [event for event in unread if event.at > since and _gives(event)]
    ids = {UUID(event.object_id) for event in steps}
    hazards = {one.pk: one for one in Hazard.objects.filter(pk__in=ids).select_related("division")}
    users = users_of((), {one.rectifying_unit_id for one in hazards.values() if one.rectifying_unit_id}, now)
    offices = Offices() if steps else None
    made = [
        one
        for event in steps
        if offices and (hazard := hazards.get(UUID(event.object_id)))
        for one in _notifications(event, hazard, users, offices)
    ]
    return len(Notification.objects.bulk_create(made, ignore_conflicts=True))


def _gives(event: Event) -> bool:
    """Whether a unit has the hazard since then."""
    return event.kind in KINDS and (event.kind != PASSED_ON or "rectifying_unit_id" in event.data["now"])


def _notifications(
    event: Event, hazard: Hazard, users: dict[tuple[str, int], set[int]], offices: Offices
) -> Iterator[Notification]:
    if hazard.rectifying_unit_id is None:
        return
    acting = users.get(("body", hazard.rectifying_unit_id), set())
    unit = hazard.rectifying_unit_id if acting else None
    for user in sorted(acting or offices.nearest(hazard.division.path)):
        if not acting or f"user:{user}" != event.actor:
            yield Notification(
                user_id=user, kind=KINDS[event.kind], at=event.at, subject=f"hazard:{hazard.pk}", hazard=hazard,
                organisation_id=unit, urgent=hazard.grade == Grade.MAJOR, look_at=event.at,
            )  # fmt: skip


def handed_to(notifications: Collection[Notification], now: datetime) -> dict[int, Handed]:
    """What each of these is about, by its id, while the unit it was addressed to has it in hand; two queries."""
    if not notifications:
        return {}
    ids = {one.hazard_id for one in notifications if one.hazard_id}
    rows = Hazard.objects.filter(pk__in=ids, state__in=TO_RECTIFY)
    hazards = {row.pk: row for row in rows.select_related("site", "division", "rectifying_unit")}
    returns = Step.objects.filter(hazard__in=hazards, action=Action.RETURN).order_by("hazard", "number")
    reasons = {
        hazard: str(json.loads(content).get("reason", ""))
        for hazard, content in returns.values_list("hazard", "content")
    }
    return {
        one.pk: _handed(hazard, reasons.get(hazard.pk, ""), untold=one.organisation_id is None)
        for one in notifications
        if one.hazard_id and (hazard := hazards.get(one.hazard_id))
        and one.organisation_id in (hazard.rectifying_unit_id, None)
    }  # fmt: skip


def _handed(hazard: Hazard, reason: str, *, untold: bool) -> Handed:
    return Handed(
        description=hazard.description,
        place=hazard.site.name if hazard.site else hazard.site_name or hazard.division.name,
        unit=hazard.rectifying_unit.name if hazard.rectifying_unit else "",
        deadline=hazard.deadline,
        major=hazard.grade == Grade.MAJOR,
        reason=reason,
        untold=untold,
    )
