"""The ways to a person: which channels reach them by now, in the order of their use, and at which addresses."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import NamedTuple

from django.db.models import QuerySet

from fieldwork.reminders.channels import configured
from fieldwork.reminders.channels.base import Address, Channel, Reach
from fieldwork.reminders.enums import PushKind
from fieldwork.reminders.models import Contact, Delivery, Device, Preference, Stoppage

# Google ends an Android token that has been idle for 270 days. https://firebase.google.com/docs/cloud-messaging/manage-tokens
IDLE = timedelta(days=270)


class Way(NamedTuple):
    """One channel and the addresses there: ids of devices, or one empty one for a contact."""

    channel: str
    addresses: Sequence[str]


@dataclass(frozen=True, slots=True)
class Ways:
    """What leads to some people: `reached` by user and channel; who chose channels or muted kinds."""

    codes: Sequence[str]
    reached: Mapping[int, Mapping[str, Sequence[str]]]
    chosen: Mapping[int, Sequence[str]] = field(default_factory=dict)
    muted: Mapping[int, Collection[str]] = field(default_factory=dict)

    def to(self, user: int, kind: str, tried: Collection[str], always: Collection[str]) -> Way | None:
        """The first way that was not tried; none where the person has muted the kind."""
        if kind not in always and kind in self.muted.get(user, ()):
            return None
        known, here = self.chosen.get(user) or self.codes, self.reached.get(user, {})
        order = (code for code in known if code in self.codes and code in here and code not in tried)
        return next((Way(code, here[code]) for code in order), None)


def working(now: datetime) -> list[Channel]:
    """The configured channels that can send, and were not stopped."""
    stopped = set(Stoppage.objects.filter(again_at__gt=now).values_list("channel", flat=True))
    return [channel for channel in configured() if channel.code not in stopped and not channel.fault()]


def ways_to(users: Collection[int], channels: Collection[Channel], now: datetime) -> Ways:
    """The ways to these people; three queries at most, however many they are."""
    codes = [channel.code for channel in channels if channel.reach in (Reach.DEVICES, Reach.CONTACT)]
    if not codes:
        return Ways((), {})
    reached: dict[int, dict[str, list[str]]] = defaultdict(lambda: defaultdict(list))
    for user, kind, pk in _devices(now).filter(user__in=users).order_by("-claimed_at").values_list(*_DEVICE):
        reached[user][PushKind(kind).channel].append(str(pk))
    for user, code in Contact.objects.filter(user__in=users, ended_at=None).values_list("user", "channel"):
        reached[user][code].append("")
    chosen, muted = {}, {}
    for one in Preference.objects.filter(user__in=users):
        chosen[one.pk], muted[one.pk] = one.channels, one.muted
    return Ways(codes, reached, chosen, muted)


_DEVICE = ("user", "push_kind", "pk")


def _devices(now: datetime) -> QuerySet[Device]:
    alive = Device.objects.filter(push_ended_at=None, claimed_at__gt=now - IDLE, user__is_active=True)
    return alive.exclude(push_value="")


def addresses_of(channel: Channel, deliveries: Collection[Delivery], now: datetime) -> dict[int, Address]:
    """Where these deliveries go by now, by their ids; those are left out whose address is gone. One query at most."""
    match channel.reach:
        case Reach.DEVICES:
            found = _of_devices(channel.code, {int(one.address) for one in deliveries}, now)
        case Reach.CONTACT:
            rows = Contact.objects.filter(
                user__in={one.notification.user_id for one in deliveries}, channel=channel.code, ended_at=None
            )
            found = {(one.user_id, ""): Address(channel.code, one.value) for one in rows}
        case _:
            return {one.pk: Address(channel.code, one.address) for one in deliveries}
    keys = {one.pk: (one.notification.user_id, one.address) for one in deliveries}
    return {pk: found[key] for pk, key in keys.items() if key in found}


def _of_devices(code: str, keys: Collection[int], now: datetime) -> dict[tuple[int, str], Address]:
    devices = [one for one in _devices(now).filter(pk__in=keys) if PushKind(one.push_kind).channel == code]
    return {(one.user_id, str(one.pk)): Address(one.push_kind, one.push_value, one.platform) for one in devices}
