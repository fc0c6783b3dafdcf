"""Receipts: signed when a check-in is complete, the same for ever, and checked with what anybody may fetch."""

import hashlib
import json
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from django.utils import timezone

from fieldwork.core import jws, signing
from fieldwork.core.events import SYSTEM
from fieldwork.core.models import Event, SigningKey
from fieldwork.inspections.models import Receipt
from fieldwork.inspections.receipts import issue_late
from tests.api import check_in
from tests.api.client import Phone
from tests.feed import wait_for_the_feed
from tests.photos import digest, jpeg
from tests.place import Place

pytestmark = pytest.mark.django_db(transaction=True)
ONE, TWO = jpeg(1), jpeg(2)


def public_keys() -> dict[str, str]:
    answer = Phone().get("/.well-known/fieldwork-keys")
    assert answer.status_code == 200
    return {key["kid"]: key["x"] for key in answer.json()["keys"]}


def said(receipt: dict[str, Any]) -> dict[str, Any]:
    return jws.verify(receipt["jws"], public_keys()[receipt["key"]])


def test_complete_check_in_has_a_receipt(phone: Phone, place: Place) -> None:
    pk = uuid4()
    answer = check_in.put_multipart(phone, check_in.body(place, ONE, TWO), TWO, ONE, pk=pk)
    assert answer.status_code == 201
    row = Receipt.objects.select_related("check_in").get(pk=pk)
    assert said(answer.json()["receipt"]) == {
        "kind": "receipt",
        "check_in": str(pk),
        "content": hashlib.sha256(row.check_in.content.encode()).hexdigest(),
        "photos": sorted([digest(ONE), digest(TWO)]),
        "lost": [],
        "received_at": "2026-11-21T06:00:00+00:00",
        "issued_at": "2026-11-21T06:00:00+00:00",
    }
    event = Event.objects.get(kind="check_in.recorded")
    assert event.data["receipt"] == hashlib.sha256(row.jws.encode()).hexdigest()


def test_receipt_waits_for_the_last_photo_and_never_changes(phone: Phone, place: Place) -> None:
    pk = uuid4()
    content = check_in.body(place, ONE, TWO)
    assert check_in.put_multipart(phone, content, ONE, pk=pk).json()["receipt"] is None
    path = f"check-ins/{pk}/photos/{digest(TWO)}"
    assert phone.put(path, TWO, content_type="image/jpeg").status_code == 201
    receipt = phone.get(f"check-ins/{pk}").json()["receipt"]
    assert said(receipt)["photos"] == sorted([digest(ONE), digest(TWO)])
    assert Event.objects.get(kind="check_in.photos_received").data["receipt"]
    for again in (check_in.put(phone, content, pk), check_in.put_multipart(phone, content, ONE, TWO, pk=pk)):
        assert again.json()["receipt"] == receipt
    assert phone.get("check-ins").json()["results"][0]["receipt"] == receipt


def test_lost_photo_stands_in_the_receipt(phone: Phone, place: Place) -> None:
    pk = uuid4()
    check_in.put_multipart(phone, check_in.body(place, ONE, TWO), ONE, pk=pk)
    lost = phone.post(f"check-ins/{pk}/photos/{digest(TWO)}/lost", {"reason": "手机摔坏"})
    assert lost.status_code in (200, 201)
    receipt = phone.get(f"check-ins/{pk}").json()["receipt"]
    assert (said(receipt)["photos"], said(receipt)["lost"]) == ([digest(ONE)], [digest(TWO)])
    phone.put(f"check-ins/{pk}/photos/{digest(TWO)}", TWO, content_type="image/jpeg")
    assert phone.get(f"check-ins/{pk}").json()["receipt"] == receipt


def test_keys_rotate_and_old_receipts_stay_good(phone: Phone, place: Place) -> None:
    before = check_in.put(phone, check_in.body(place)).json()["receipt"]
    signing.rotate(by=SYSTEM, at=timezone.now())
    after = check_in.put(phone, check_in.body(place, summary="later")).json()["receipt"]
    assert before["key"] != after["key"]
    assert said(before)
    assert said(after)
    ended = SigningKey.objects.get(pk=before["key"]).ended_at
    assert ended == SigningKey.objects.get(pk=after["key"]).begun_at


def test_without_a_key_the_check_in_is_stored_and_signed_later(phone: Phone, place: Place, settings: Any) -> None:
    pk = uuid4()
    first = check_in.put(phone, check_in.body(place), pk).json()
    here, elsewhere = settings.KEYS_DIR, here_without_keys(settings)
    later = check_in.put(phone, check_in.body(place, summary="later"))
    assert (later.status_code, later.json()["receipt"]) == (201, None)
    wait_for_the_feed()
    assert issue_late(timezone.now()) == 0
    assert not list(Path(elsewhere).iterdir())
    settings.KEYS_DIR = here
    assert issue_late(timezone.now()) == 1
    receipt = phone.get(f"check-ins/{later.json()['id']}").json()["receipt"]
    assert said(receipt)["check_in"] == later.json()["id"]
    told = Event.objects.get(kind="check_in.receipt_issued")
    assert told.data["receipt"] == hashlib.sha256(receipt["jws"].encode()).hexdigest()
    assert issue_late(timezone.now()) == 0
    assert phone.get(f"check-ins/{pk}").json()["receipt"] == first["receipt"]


def test_missing_key_is_logged_once_a_minute_and_not_by_every_check_in(
    phone: Phone, place: Place, settings: Any, caplog: pytest.LogCaptureFixture
) -> None:
    check_in.put(phone, check_in.body(place), uuid4())
    here_without_keys(settings)
    signing._told.clear()
    for summary in ("one", "two", "three"):
        assert check_in.put(phone, check_in.body(place, summary=summary)).json()["receipt"] is None
    said = [record for record in caplog.records if record.exc_info]
    assert [(record.levelname, record.name) for record in said] == [("ERROR", "fieldwork.core.signing")]


def here_without_keys(settings: Any) -> Any:
    settings.KEYS_DIR = settings.KEYS_DIR.parent / f"none-{uuid4()}"
    settings.KEYS_DIR.mkdir()
    return settings.KEYS_DIR


def test_private_half_is_a_file_for_this_user_alone(phone: Phone, place: Place, settings: Any) -> None:
    check_in.put(phone, check_in.body(place))
    (path,) = Path(settings.KEYS_DIR).iterdir()
    assert path.stat().st_mode & 0o777 == 0o600
    assert path.name == f"{SigningKey.objects.get().pk}.pem"


def test_keys_may_be_cached_and_are_known_by_their_thumbprint(phone: Phone, place: Place) -> None:
    assert Phone().get("/.well-known/fieldwork-keys").json() == {"keys": []}
    check_in.put(phone, check_in.body(place))
    answer = Phone().get("/.well-known/fieldwork-keys")
    (key,) = answer.json()["keys"]
    required = json.dumps({"crv": "Ed25519", "kty": "OKP", "x": key["x"]}, separators=(",", ":"), sort_keys=True)
    assert key["kid"] == jws.encode(hashlib.sha256(required.encode()).digest())
    assert (datetime.fromisoformat(key["begun"]).isoformat(), key["ended"]) == ("2026-11-21T06:00:00+00:00", None)
    assert answer["Cache-Control"] == "public, max-age=300"
    again = Phone().get("/.well-known/fieldwork-keys", HTTP_IF_NONE_MATCH=answer["ETag"])
    assert again.status_code == 304
