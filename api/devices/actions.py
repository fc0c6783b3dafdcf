"""What a device says of itself, and which one a push address belongs to."""

from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from fieldwork.core import events, locks
from fieldwork.directory.models import User
from fieldwork.directory.records import path_of
from fieldwork.reminders.models import Device


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

    Tells `device.registered`, unless it says what it said before.
    """
    if push is not None:
        # Two claimants of one address follow one another, so that neither meets the other's row half-way.
        locks.hold(f"push:{push.kind}:{push.value}")
        Device.objects.filter(push_kind=push.kind, push_value=push.value).exclude(user=user, key=key).update(
            push_kind="", push_value=""
        )
    values = {
        "platform": platform,
        "app_version": app_version,
        "push_kind": push.kind if push else "",
        "push_value": push.value if push else "",
        "claimed_at": at,
    }
    said = Device.objects.filter(user=user, key=key).values(*values).first()
    device, created = Device.objects.update_or_create(user=user, key=key, defaults=values)
    if said != {**values, "claimed_at": said and said["claimed_at"]}:
        events.append("device.registered", by=user, at=at, about=("device", device.pk), key=key)
    return device, created


@transaction.atomic
def forget(*, device: Device, by: User, at: datetime) -> None:
    """Sign the device out and forget it."""
    key = device.pk
    if device.delete()[0]:
        events.append(
            "device.forgotten", by=by, at=at, about=("device", key), division_path=path_of(device.user),
            user=device.user_id, key=device.key,
        )  # fmt: skip
