"""Messages as channels are given them."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from fieldwork.reminders.channels.base import Address, Message
from fieldwork.reminders.enums import NotificationKind

PLAIN = Message(
    notification=1, user=7, to="测试员甲", kind=NotificationKind.REMINDER, title="还有 3 天",
    brief="本月还有一项未完成", body="清新区测试镇：本月带队检查还没有做",
    at=datetime(2026, 11, 27, tzinfo=UTC), tag="obligation:1",
    link="tasks/1", address=None,
)  # fmt: skip


def message(kind: str, value: str, **changes: Any) -> Message:
    return replace(PLAIN, address=Address(kind, value), **changes)
