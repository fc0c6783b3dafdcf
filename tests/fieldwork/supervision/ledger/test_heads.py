"""The head of the ledger, exported and mailed."""

import email
import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from email.message import Message
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import transaction

from fieldwork.core import events
from fieldwork.core.models import Seal
from fieldwork.core.seals import seal
from fieldwork.supervision.ledger.heads import heads_in, mail_head
from fieldwork.supervision.ledger.verifying import Verification
from tests.feed import wait_for_the_feed
from tests.fieldwork.supervision.ledger.post_office import PostOffice, post_office

NOW = datetime(2026, 11, 21, 4, tzinfo=UTC)
DAY = timedelta(days=1)

pytestmark = pytest.mark.django_db(transaction=True)


def append_and_seal(at: datetime = NOW) -> None:
    with transaction.atomic():
        events.append("test.happened", by=events.SYSTEM, at=at, about=("test", "1"))
    wait_for_the_feed()
    assert seal(at) is not None


@pytest.fixture
def office(settings: Any) -> Iterator[PostOffice]:
    settings.LEDGER_MAIL = ["court@example.cn", "archive@example.cn"]
    settings.SEAL_MINUTES = 0
    with post_office(settings) as opened:
        yield opened


def text_of(mail: bytes) -> str:
    message: Message = email.message_from_bytes(mail)
    payload = message.get_payload(decode=True)
    assert isinstance(payload, bytes)
    return payload.decode()


def test_head_is_mailed_once_a_day(office: PostOffice) -> None:
    assert not mail_head(NOW), "nothing has been sealed yet"
    append_and_seal()
    assert [mail_head(NOW + hours) for hours in (timedelta(0), timedelta(hours=12), DAY, DAY * 1.5)] == [
        True, False, True, False,
    ]  # fmt: skip
    assert len(office.mails) == 2
    (head,) = heads_in(text_of(office.mails[0]))
    assert head == Seal.objects.get().jws
    assert email.message_from_bytes(office.mails[0])["To"] == "court@example.cn, archive@example.cn"


def test_mailed_head_shows_a_tail_that_is_cut(office: PostOffice, tmp_path: Path) -> None:
    append_and_seal()
    append_and_seal()
    mail_head(NOW)
    heads = heads_in(text_of(office.mails[0]))
    assert list(Verification(heads=heads).findings()) == []
    Seal.objects.get(pk=2).delete()
    (finding,) = Verification(heads=heads).findings()
    assert (finding.record, finding.key, finding.fault) == ("seal", "2", "removed")


def test_failure_stops_nothing_and_is_tried_again(office: PostOffice, settings: Any) -> None:
    append_and_seal()
    office.closed = True
    assert not mail_head(NOW)
    office.closed = False
    assert not mail_head(NOW + timedelta(minutes=5))
    assert mail_head(NOW + timedelta(minutes=10))
    port, settings.EMAIL_PORT = settings.EMAIL_PORT, 1
    assert not mail_head(NOW + 2 * DAY)
    settings.EMAIL_PORT = port
    assert mail_head(NOW + 2 * DAY + timedelta(minutes=10))
    assert len(office.mails) == 2


def test_nothing_is_mailed_unless_somebody_is_named(office: PostOffice, settings: Any) -> None:
    settings.LEDGER_MAIL = []
    append_and_seal()
    assert not mail_head(NOW)
    assert office.mails == []


def test_exported_heads_are_lines_of_json(settings: Any, tmp_path: Path) -> None:
    settings.SEAL_MINUTES = 0
    with pytest.raises(CommandError):
        call_command("export_head")
    file = tmp_path / "heads"
    for number in (1, 2):
        append_and_seal()
        out = StringIO()
        call_command("export_head", append=file, stdout=out)
        said = json.loads(out.getvalue())
        assert (said["number"], said["digest"]) == (number, Seal.objects.get(pk=number).digest)
    assert heads_in(file.read_text()) == list(Seal.objects.order_by("number").values_list("jws", flat=True))
