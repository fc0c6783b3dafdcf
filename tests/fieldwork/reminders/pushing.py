"""An FCM channel beside a server that speaks FCM's protocol; a module's tests share both, which take long to begin."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from fieldwork.reminders.channels.base import Address, Message, Result
from fieldwork.reminders.channels.fcm import Fcm
from fieldwork.reminders.enums import NotificationKind
from tests.fcm import FakeFcm

__all__ = ["a_message", "account", "fake", "fcm", "fresh", "kept", "server"]


@pytest.fixture(scope="module")
def server() -> Iterator[FakeFcm]:
    with FakeFcm() as server:
        yield server


@pytest.fixture(scope="module")
def account(server: FakeFcm, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return server.write_account(tmp_path_factory.mktemp("fcm") / "account.json")


@pytest.fixture
def fake(settings: Any, server: FakeFcm, account: Path) -> FakeFcm:
    """The module's server, which has seen nothing yet."""
    server.forget()
    server.latency = 0
    settings.FCM_URL, settings.FCM_CREDENTIALS = server.url, str(account)
    return server


@pytest.fixture(scope="module")
def kept() -> Iterator[Callable[..., Fcm]]:
    """Channels by their patience, each with one line for the whole module: firebase-admin takes long to begin."""
    channels: dict[tuple[float, float], Fcm] = {}

    def channel(within: float = 5, patience: float = 5) -> Fcm:
        if (within, patience) not in channels:
            begun = channels[within, patience] = Fcm(within=5, patience=patience)
            assert begun.send([a_message()])[0].result is Result.SENT
            begun.within = within
        return channels[within, patience]

    yield channel
    for channel_ in channels.values():
        channel_.close()


@pytest.fixture
def fcm(fake: FakeFcm, kept: Callable[..., Fcm]) -> Fcm:
    channel = kept()
    fake.forget()
    return channel


@pytest.fixture
def fresh(fake: FakeFcm) -> Iterator[Fcm]:
    """A channel that reads the settings of this test, and has no access token yet."""
    channel = Fcm(within=5)
    yield channel
    channel.close()


def a_message(address: str = "phone-1", *, kind: str = "fcm_token", tag: str = "lapse:7") -> Message:
    return Message(
        notification=7, user=2, to="测试员甲", kind=NotificationKind.LAPSE, title="履职提醒", body="测试员甲 示例镇",
        brief="您有一项未完成", at=datetime(2026, 11, 30, tzinfo=UTC), tag=tag, link="fieldwork://tasks/9",
        address=Address(kind, address),
    )  # fmt: skip
