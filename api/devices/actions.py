"""What a device says of itself, and which one a push address belongs to."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction

from fieldwork.core import events, locks
from fieldwork.directory.models import User
from fieldwork.directory.records import path_of
from fieldwork.reminders.models import Device

_ALIVE: dict[str, Any] = {"push_switched": False, "push_ended_at": None, "push_ended_for": ""}


@dataclass(frozen=True, slots=True)
class Push:
    """Where a push goes; `value` is the token, installation id, or Web Push subscription as JSON."""

    kind: str
    value: str


@transaction.atomic
def register(
    *, user: User, key: str, platform: str, app_version: str, push: Push | None, at: datetime
) -> tuple[Device, bool]:
    """Record what a device says; its push address leaves whichever had it. Answers whether it is new.

    A claimed address is alive again, whatever was found of it before. Tells `device.registered`, unless the
    device says what it said before.
    """
    if push is not None:
        # Two claimants of one address follow one another, so that neither meets the other's row half-way.
        locks.hold(f"push:{push.kind}:{push.value}")
        Device.objects.filter(push_kind=push.kind, push_value=push.value).exclude(user=user, key=key).update(
            push_kind="", push_value="", **_ALIVE
        )
    values = {
        "platform": platform,
        "app_version": app_version,
        "push_kind": push.kind if push else "",
        "push_value": push.value if push else "",
    }
    before = Device.objects.select_for_update().filter(user=user, key=key).first()
    claim = {**values, **_ALIVE, "push_switched": _switched(before, push), "claimed_at": at}
    device, created = Device.objects.update_or_create(user=user, key=key, defaults=claim)
    if before is None or any(getattr(before, name) != value for name, value in values.items()):
        events.append("device.registered", by=user, at=at, about=("device", device.pk), key=key)
    return device, created


def _switched(before: Device | None, push: Push | None) -> bool:
    """Whether the kind of address is another than the last; saying the same again leaves that as it is."""
    if before is None or push is None or not before.push_kind:
        return False
    if (before.push_kind, before.push_value) == (push.kind, push.value):
        return before.push_switched
    return before.push_kind != push.kind


@transaction.atomic
def forget(*, device: Device, by: User, at: datetime) -> None:
    """Sign the device out and forget it."""
    key = device.pk
    if device.delete()[0]:
        events.append(
            "device.forgotten", by=by, at=at, about=("device", key), division_path=path_of(device.user),
            user=device.user_id, key=device.key,
        )  # fmt: skip
