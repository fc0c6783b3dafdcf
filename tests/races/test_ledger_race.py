"""Several at once: one first key, one chain of seals, one mail; and a late commit is sealed, not skipped."""

import threading
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from django.db import connection, transaction

from fieldwork.core import events, jws, locks, seals, signing
from fieldwork.core.models import Event, Seal, SigningKey
from fieldwork.core.seals import seal
from fieldwork.supervision.ledger.heads import mail_head
from fieldwork.supervision.ledger.verifying import Verification
from tests.feed import append, wait_for_the_feed
from tests.fieldwork.supervision.ledger.post_office import post_office
from tests.races.at_once import at_once, raised
from tests.races.late import Late

NOW = datetime(2026, 11, 21, tzinfo=UTC)
TIMES = 6

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite admits one writer"),
]


@pytest.fixture(autouse=True)
def every_tick(settings: Any) -> None:
    settings.SEAL_MINUTES = 0


def sign() -> str:
    with transaction.atomic():
        return signing.signer(NOW).sign({"n": 1})


def test_all_who_need_the_first_key_at_once_sign_with_one(settings: Any) -> None:
    signed = at_once([sign] * TIMES)
    assert raised(signed) == []
    row = SigningKey.objects.get()
    assert [jws.verify(str(text), row.public) for text in signed] == [{"n": 1}] * TIMES
    assert [path.name for path in Path(settings.KEYS_DIR).iterdir()] == [f"{row.pk}.pem"]
    assert Event.objects.filter(kind="signing_key.begun").count() == 1


def test_control_without_the_lock_there_are_several_first_keys(monkeypatch: pytest.MonkeyPatch) -> None:
    barrier, begin = threading.Barrier(TIMES), signing._begin
    monkeypatch.setattr(locks, "hold", lambda _name: None)

    def together(*given: Any) -> SigningKey:
        barrier.wait(timeout=10)
        return begin(*given)

    monkeypatch.setattr(signing, "_begin", together)
    at_once([sign] * TIMES)
    assert SigningKey.objects.count() > 1


def test_sealers_at_once_make_one_chain() -> None:
    for number in range(5):
        with transaction.atomic():
            append(str(number))
        wait_for_the_feed()
        assert raised(at_once([lambda: seal(NOW)] * TIMES)) == []
    assert Seal.objects.count() >= 5
    verification = Verification()
    assert list(verification.findings()) == []
    assert verification.sealed.events + verification.sealed.waiting == Event.objects.count()


def sealed_names() -> list[str]:
    ids = [pk for row in Seal.objects.order_by("number") for pk in seals.ids_of(bytes(row.leaves))]
    names = dict(Event.objects.filter(kind="test.happened").values_list("pk", "object_id"))
    return [names[pk] for pk in ids if pk in names]


def test_late_commit_is_sealed_in_its_turn() -> None:
    sign()  # the key's own event is not what this is about
    wait_for_the_feed()
    seal(NOW)
    late = Late(partial(append, "late"))
    with transaction.atomic():
        append("prompt")
    assert seal(NOW) is None
    late.commit()
    wait_for_the_feed()
    assert seal(NOW) is not None
    assert sealed_names() == ["late", "prompt"]
    assert list(Verification().findings()) == []


def test_control_sealing_whatever_is_there_skips_it(monkeypatch: pytest.MonkeyPatch) -> None:
    sign()
    wait_for_the_feed()
    seal(NOW)
    monkeypatch.setattr(events, "after", naive_after)
    late = Late(partial(append, "late"))
    with transaction.atomic():
        append("prompt")
    assert seal(NOW) is not None
    late.commit()
    assert seal(NOW) is None
    assert sealed_names() == ["prompt"]


def naive_after(mark: events.Mark) -> Any:
    return Event.objects.filter(pk__gt=mark.event).order_by("pk")


def test_of_several_workers_one_mails(settings: Any) -> None:
    settings.LEDGER_MAIL = ["court@example.cn"]
    with transaction.atomic():
        append("one")
    wait_for_the_feed()
    assert seal(NOW) is not None
    with post_office(settings) as office:
        for day in range(3):
            at = NOW + timedelta(days=day)
            sent = at_once([partial(mail_head, at)] * TIMES)
            assert sorted(map(str, sent)) == ["False"] * (TIMES - 1) + ["True"]
        assert len(office.mails) == 3
