"""Digests to the group of a division's office, beside those to its people."""

from collections.abc import Collection, Sequence

from fieldwork.reminders.channels.base import Channel, Groups
from fieldwork.reminders.enums import NotificationKind
from fieldwork.reminders.models import Delivery, Notification


def to_groups(notifications: Sequence[Notification], channels: Collection[Channel]) -> list[Delivery]:
    """The deliveries of digests to groups: one for each group and moment, whichever of the office's people has it.

    The caller holds the lock of the plan.
    """
    groups = {channel.code: channel.groups() for channel in channels if isinstance(channel, Groups)}
    digests = [one for one in notifications if one.kind == NotificationKind.DIGEST and one.division]
    if not groups or not digests:
        return []
    before = Delivery.objects.filter(channel__in=groups, notification__at__in={one.at for one in digests})
    done = set(before.values_list("channel", "address", "notification__at"))
    made = []
    for one in digests:
        for code, divisions in groups.items():
            group = one.division.code if one.division else ""
            if group in divisions and (code, group, one.at) not in done:
                done.add((code, group, one.at))
                made.append(Delivery(notification=one, channel=code, address=group, not_before=one.at))
    return made
