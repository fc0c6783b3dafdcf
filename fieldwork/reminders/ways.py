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
    """What leads to some people: `reached` by user and channel; who chose channels or muted kinds; which
    channels are `stopped`."""

    codes: Sequence[str]
    reached: Mapping[int, Mapping[str, Sequence[str]]]
    chosen: Mapping[int, Sequence[str]] = field(default_factory=dict)
    muted: Mapping[int, Collection[str]] = field(default_factory=dict)
    stopped: Collection[str] = ()

    def to(
        self, user: int, kind: str, tried: Collection[str], always: Collection[str], *, patient: bool = False
    ) -> Way | None:
        """The first way that was not tried; none where the person has muted the kind.

        A stopped channel is one for the patient alone, and only where no other is left: it sends when it works again.
        What nobody can mute is not muted by a choice of channels none of which leads to the person.
        """
        if kind not in always and kind in self.muted.get(user, ()):
            return None
        known, here = self.chosen.get(user) or self.codes, self.reached.get(user, {})
        if kind in always and not any(code in self.codes and code in here for code in known):
            known = self.codes
        order = [code for code in known if code in self.codes and code in here and code not in tried]
        order.sort(key=lambda code: code in self.stopped)
        if not order or (order[0] in self.stopped and not patient):
            return None
        return Way(order[0], here[order[0]])


def able() -> list[Channel]:
    """The configured channels that lack nothing."""
    return [channel for channel in configured() if not channel.fault()]


def stopped(now: datetime) -> set[str]:
    """The codes of the channels that are left alone for now."""
    return set(Stoppage.objects.filter(again_at__gt=now).values_list("channel", flat=True))


def working(now: datetime) -> list[Channel]:
    """The configured channels that can send, and were not stopped."""
    idle = stopped(now)
    return [channel for channel in able() if channel.code not in idle]


def ways_to(users: Collection[int], channels: Collection[Channel], now: datetime, idle: Collection[str] = ()) -> Ways:
    """The ways to these people, those of `idle` channels last; three queries at most, however many they are."""
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
    return Ways(codes, reached, chosen, muted, idle)


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
