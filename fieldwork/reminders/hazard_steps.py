"""A hazard was given to a unit, or came back to it: its people are told at once."""

import json
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from fieldwork.core.models import Event
from fieldwork.hazards.enums import EVENTS, TO_RECTIFY, Action, Grade
from fieldwork.hazards.models import Hazard, Step
from fieldwork.reminders.addressees import users_of
from fieldwork.reminders.enums import NotificationKind
from fieldwork.reminders.models import Notification

KINDS = {
    EVENTS[Action.ASSIGN]: NotificationKind.ASSIGNED,
    EVENTS[Action.RETURN]: NotificationKind.RETURNED,
}


@dataclass(frozen=True, slots=True)
class Handed:
    """A hazard in a unit's hands: what and where, until when, whether it is a major one; why it was sent back last."""

    description: str
    place: str
    unit: str
    deadline: date | None
    major: bool
    reason: str


def plan_hazard_steps(unread: Iterable[Event], since: datetime, now: datetime) -> int:
    """Make the notifications of the steps among these events that are younger than `since`; answers how many.

    The caller holds the reader of the feed. They are addressed to the unit that has the hazard in hand by now.
    """
    steps = [event for event in unread if event.kind in KINDS and event.at > since]
    hazards = Hazard.objects.in_bulk({UUID(event.object_id) for event in steps})
    users = users_of((), {one.rectifying_unit_id for one in hazards.values() if one.rectifying_unit_id}, now)
    made = [one for event in steps for one in _notifications(event, hazards[UUID(event.object_id)], users)]
    return len(Notification.objects.bulk_create(made, ignore_conflicts=True))


def _notifications(event: Event, hazard: Hazard, users: dict[tuple[str, int], set[int]]) -> Iterator[Notification]:
    if hazard.rectifying_unit_id is None:
        return
    for user in sorted(users.get(("body", hazard.rectifying_unit_id), ())):
        if f"user:{user}" != event.actor:
            yield Notification(
                user_id=user, kind=KINDS[event.kind], at=event.at, subject=f"hazard:{hazard.pk}", hazard=hazard,
                organisation_id=hazard.rectifying_unit_id, urgent=hazard.grade == Grade.MAJOR, look_at=event.at,
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
        one.pk: _handed(hazard, reasons.get(hazard.pk, ""))
        for one in notifications
        if one.hazard_id and (hazard := hazards.get(one.hazard_id))
        and hazard.rectifying_unit_id == one.organisation_id
    }  # fmt: skip


def _handed(hazard: Hazard, reason: str) -> Handed:
    return Handed(
        description=hazard.description,
        place=hazard.site.name if hazard.site else hazard.site_name or hazard.division.name,
        unit=hazard.rectifying_unit.name if hazard.rectifying_unit else "",
        deadline=hazard.deadline,
        major=hazard.grade == Grade.MAJOR,
        reason=reason,
    )
