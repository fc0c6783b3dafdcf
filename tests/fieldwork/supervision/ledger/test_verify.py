"""Whatever is altered, removed or inserted is found, and named first."""

from datetime import date, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from django.core.management import call_command
from django.db.models import Model

from fieldwork.core import seals, signing
from fieldwork.core.events import SYSTEM, body_of
from fieldwork.core.models import Blob, Event, Seal, SigningKey
from fieldwork.core.uploads import original
from fieldwork.directory.successions import follow
from fieldwork.duties.models import Naming, Obligation, Performance, Review, Rule, Touch
from fieldwork.duties.succession import follow_divisions
from fieldwork.filings.models import Filing
from fieldwork.inspections.models import Addendum, CheckIn, Flag, Photo, Receipt
from fieldwork.supervision.ledger.findings import Fault, Record
from fieldwork.supervision.ledger.verifying import Verification
from tests import factories as make
from tests.fieldwork.supervision.ledger.evidence import BEGINNING, Ledger, erase, flipped, found, ledger, standing, told
from tests.photos import jpeg

__all__ = ["ledger", "standing"]
pytestmark = pytest.mark.django_db

SEALED = "check_in.reviewed"  # an event in the middle of the second seal


def flip(row: Model, column: str) -> None:
    type(row)._default_manager.filter(pk=row.pk).update(**{column: flipped(getattr(row, column))})


def first() -> tuple[Record, str, Fault]:
    """The first finding; there is one."""
    one = next(Verification().findings())
    return one.record, one.key, one.fault


def named() -> list[tuple[Record, str, Fault]]:
    return [(one.record, one.key, one.fault) for one in found()]


def test_what_nobody_touched_is_clean(ledger: Ledger) -> None:
    assert found() == []
    code, said = told()
    assert code == 0
    assert "3" in said


EVENT = ["epoch", "transaction", "at", "kind", "actor", "object_kind", "object_id", "division_path", "body"]


def test_every_column_of_an_event_is_tried() -> None:
    assert {field.attname for field in Event._meta.concrete_fields} == {"id", *EVENT}


@pytest.mark.parametrize("column", EVENT)
def test_altered_event_is_named(ledger: Ledger, column: str) -> None:
    event = Event.objects.get(kind=SEALED)
    flip(event, column)
    assert first() == (Record.EVENT, str(event.pk), Fault.ALTERED)


def test_altered_id_of_an_event_is_a_removal_and_an_insertion(ledger: Ledger) -> None:
    event = Event.objects.get(kind=SEALED)
    Event.objects.filter(pk=event.pk).update(id=event.pk + 1000)
    assert first() == (Record.EVENT, str(event.pk), Fault.REMOVED)


def test_removed_event_is_named(ledger: Ledger) -> None:
    event = Event.objects.get(kind=SEALED)
    Event.objects.filter(pk=event.pk).delete()
    assert first() == (Record.EVENT, str(event.pk), Fault.REMOVED)


@pytest.mark.parametrize("shift", [-1000, 1000])
def test_inserted_event_is_named(ledger: Ledger, shift: int) -> None:
    """Between sealed ones, and before the first."""
    event = Event.objects.get(kind=SEALED)
    forged = Event.objects.create(
        id=event.pk + shift, epoch=event.epoch, transaction=event.transaction, at=event.at, kind=event.kind,
        actor=event.actor, object_kind=event.object_kind, object_id=event.object_id,
        division_path=event.division_path, body=event.body,
    )  # fmt: skip
    if event.transaction == 0 and shift > 0:
        assert found() == [], "on SQLite that is the tail, which is not sealed yet"
        return
    assert first() == (Record.EVENT, str(forged.pk), Fault.INSERTED)


def test_columns_of_an_event_in_the_tail_are_compared_with_its_body(ledger: Ledger) -> None:
    event = Event.objects.order_by("-pk")[0]
    flip(event, "actor")
    assert first() == (Record.EVENT, str(event.pk), Fault.ALTERED)


SEAL = ["number", "jws", "digest", "leaves", "epoch", "transaction", "event", "sealed_at"]


def test_every_column_of_a_seal_is_tried() -> None:
    assert {field.attname for field in Seal._meta.concrete_fields} == set(SEAL)


@pytest.mark.parametrize("column", SEAL[1:])
def test_altered_seal_is_named(ledger: Ledger, column: str) -> None:
    flip(Seal.objects.get(pk=2), column)
    assert first() == (Record.SEAL, "2", Fault.ALTERED)


def test_altered_number_of_a_seal_is_named(ledger: Ledger) -> None:
    Seal.objects.filter(pk=3).update(number=4)
    assert first() == (Record.SEAL, "4", Fault.ALTERED)
    Seal.objects.filter(pk=4).update(number=3)
    Seal.objects.filter(pk=2).update(number=9)
    assert first() == (Record.SEAL, "2", Fault.REMOVED)


@pytest.mark.parametrize("number", [1, 2])
def test_removed_seal_is_named(ledger: Ledger, number: int) -> None:
    Seal.objects.filter(pk=number).delete()
    assert found() == [found()[0]]
    assert first() == (Record.SEAL, str(number), Fault.REMOVED)


def test_every_byte_of_the_leaves_counts(ledger: Ledger) -> None:
    seal = Seal.objects.get(pk=2)
    leaves = bytes(seal.leaves)
    for place in range(0, len(leaves), 7):
        Seal.objects.filter(pk=2).update(leaves=leaves[:place] + bytes([leaves[place] ^ 1]) + leaves[place + 1 :])
        assert first() == (Record.SEAL, "2", Fault.ALTERED)


def test_every_character_of_a_seal_counts(ledger: Ledger) -> None:
    jws = Seal.objects.get(pk=2).jws
    for place in [*range(0, len(jws), 5), len(jws) - 1]:
        other = "A" if jws[place] != "A" else "B"
        Seal.objects.filter(pk=2).update(jws=jws[:place] + other + jws[place + 1 :])
        assert first() == (Record.SEAL, "2", Fault.ALTERED), place


KEY = ["id", "public", "begun_at", "ended_at"]


@pytest.mark.parametrize("column", KEY)
@pytest.mark.parametrize("place", [0, 1])
def test_altered_key_is_named(ledger: Ledger, column: str, place: int) -> None:
    key = SigningKey.objects.order_by("begun_at")[place]
    if key.ended_at is None and column == "ended_at":
        SigningKey.objects.filter(pk=key.pk).update(ended_at=key.begun_at)
    else:
        flip(key, column)
    record, name, fault = first()
    assert (record, fault) == (Record.KEY, Fault.ALTERED)
    assert name[:-1] == key.pk[:-1]


def test_removed_and_inserted_keys_are_named(ledger: Ledger) -> None:
    key = SigningKey.objects.order_by("begun_at")[0]
    erase(SigningKey.objects.filter(pk=key.pk))
    assert (Record.KEY, key.pk, Fault.REMOVED) in [(one.record, one.key, one.fault) for one in found()]
    key.save(force_insert=True)
    assert found() == []
    Event.objects.filter(kind="signing_key.begun", object_id=key.pk).delete()
    assert first() == (Record.KEY, key.pk, Fault.INSERTED)


def test_what_a_key_signed_outside_its_life_is_named(ledger: Ledger) -> None:
    """As who has stolen a key that was replaced, or is to come, signs."""
    SigningKey.objects.filter(ended_at=None).update(begun_at=BEGINNING + timedelta(days=1))
    SigningKey.objects.exclude(ended_at=None).update(
        begun_at=BEGINNING - timedelta(days=9), ended_at=BEGINNING - timedelta(days=1)
    )
    wrong = {(one.record, one.key) for one in found() if one.where == "key: not in its time"}
    signed = {(Record.RECEIPT, str(pk)) for pk in (ledger.whole, ledger.lost, ledger.bare)}
    assert wrong == signed | {(Record.SEAL, str(number)) for number in (1, 2, 3)}


@pytest.mark.parametrize("column", ["jws", "key_id", "issued_at"])
def test_altered_receipt_is_named(ledger: Ledger, column: str) -> None:
    flip(Receipt.objects.get(pk=ledger.whole), column)
    assert first() == (Record.RECEIPT, str(ledger.whole), Fault.ALTERED)


def test_receipt_of_another_check_in_is_named(ledger: Ledger) -> None:
    jws = Receipt.objects.get(pk=ledger.bare).jws
    Receipt.objects.filter(pk=ledger.lost).update(jws=jws)
    assert first() == (Record.RECEIPT, str(ledger.lost), Fault.ALTERED)


def test_removed_and_inserted_receipts_are_named(ledger: Ledger) -> None:
    receipt = Receipt.objects.get(pk=ledger.whole)
    Receipt.objects.filter(pk=ledger.whole).delete()
    assert first() == (Record.RECEIPT, str(ledger.whole), Fault.REMOVED)
    receipt.save(force_insert=True)
    event = Event.objects.get(kind="check_in.photos_received")
    Event.objects.filter(pk=event.pk).update(body=event.body.replace('"receipt":"', '"receipx":"'))
    named = [(one.record, one.key, one.fault) for one in found()]
    assert named[0] == (Record.EVENT, str(event.pk), Fault.ALTERED)
    assert (Record.RECEIPT, str(ledger.whole), Fault.INSERTED) in named


CHECK_IN = [
    "digest", "content", "lead_id", "task_id", "site_id", "captured_at", "captured_on", "latitude", "longitude",
    "datum", "accuracy_m", "wgs84_latitude", "wgs84_longitude", "prepared_by_staff", "on_paper", "site_name",
    "summary", "found_nothing", "received_at", "uploaded_by_id", "device_id", "clock_at_send", "state", "distance_m",
    "inside_target", "checked_at",
]  # fmt: skip


def test_every_column_of_a_check_in_is_tried() -> None:
    assert {field.attname for field in CheckIn._meta.concrete_fields} == {"id", *CHECK_IN}


@pytest.mark.parametrize("column", CHECK_IN)
def test_altered_check_in_is_named(ledger: Ledger, column: str) -> None:
    row = CheckIn.objects.get(pk=ledger.whole)
    if column == "captured_on":
        CheckIn.objects.filter(pk=row.pk).update(captured_on=row.captured_on - timedelta(days=1))
    elif column == "distance_m":
        CheckIn.objects.filter(pk=row.pk).update(distance_m=4321.0)  # told to 100 m
    elif column in ("clock_at_send", "checked_at"):
        CheckIn.objects.filter(pk=row.pk).update(**{column: row.received_at})
    else:
        flip(row, column)
    assert first() == (Record.CHECK_IN, str(ledger.whole), Fault.ALTERED)


def test_when_a_check_in_without_a_photo_was_checked_is_compared(ledger: Ledger) -> None:
    for pk in (ledger.bare, ledger.lost):
        flip(CheckIn.objects.get(pk=pk), "checked_at")
        assert (Record.CHECK_IN, str(pk), Fault.ALTERED) in [(one.record, one.key, one.fault) for one in found()]


def test_companions_are_compared_too(ledger: Ledger) -> None:
    CheckIn.companions.through.objects.all().delete()
    assert first() == (Record.CHECK_IN, str(ledger.whole), Fault.ALTERED)


@pytest.mark.parametrize("column", ["code", "figures", "check_in_id"])
def test_altered_flag_is_named(ledger: Ledger, column: str) -> None:
    others = {"code": "mocked_location", "figures": {"lost": 2}, "check_in_id": ledger.bare}
    flag = Flag.objects.get(check_in=ledger.lost, code="photo_lost")
    Flag.objects.filter(pk=flag.pk).update(**{column: others[column]})
    assert (Record.FLAG, str(ledger.lost), Fault.ALTERED) in [(one.record, one.key, one.fault) for one in found()]


def test_removed_inserted_and_silenced_flags_are_named(ledger: Ledger) -> None:
    flag = Flag.objects.get(check_in=ledger.bare, code="no_photo")
    erase(Flag.objects.filter(pk=flag.pk))
    assert first() == (Record.FLAG, str(ledger.bare), Fault.ALTERED)
    flag.weighed_by = Review.objects.get(performance__source_id=str(ledger.whole))
    flag.save(force_insert=True)
    assert [one.where for one in found()] == ["no_photo: weighed_by"]
    Flag.objects.filter(pk=flag.pk).update(weighed_by=None)
    Flag.objects.create(check_in_id=ledger.whole, code="mocked_location", raised_at=BEGINNING)
    assert first() == (Record.FLAG, str(ledger.whole), Fault.ALTERED)


def test_removed_check_in_is_named(ledger: Ledger) -> None:
    erase(CheckIn.objects.filter(pk=ledger.bare))
    assert (Record.CHECK_IN, str(ledger.bare), Fault.REMOVED) in [(one.record, one.key, one.fault) for one in found()]


def test_inserted_check_in_is_named(ledger: Ledger) -> None:
    forged = CheckIn.objects.get(pk=ledger.bare)
    forged.pk = uuid4()
    forged.save(force_insert=True)
    assert first() == (Record.CHECK_IN, str(forged.pk), Fault.INSERTED)


PHOTO = ["bytes", "content_type", "captured_at", "caption", "blob_id", "lost_at", "lost_reason"]


def test_every_column_of_a_photo_is_tried() -> None:
    tried = {"id", "check_in_id", "sha256", "checked_at", *PHOTO}
    assert {field.attname for field in Photo._meta.concrete_fields} == tried


@pytest.mark.parametrize("column", PHOTO)
def test_altered_photo_is_named(ledger: Ledger, column: str) -> None:
    row = Photo.objects.get(check_in=ledger.whole, sha256=ledger.photo)
    instant = row.check_in.captured_at
    others: dict[str, Any] = {"captured_at": instant, "lost_at": instant, "blob_id": None}
    other = others[column] if column in others else flipped(getattr(row, column))
    Photo.objects.filter(pk=row.pk).update(**{column: other})
    assert first() == (Record.PHOTO, f"{ledger.whole} {ledger.photo}", Fault.ALTERED)


def test_photo_that_was_lost_cannot_become_another(ledger: Ledger) -> None:
    Photo.objects.filter(check_in=ledger.lost).update(lost_at=None, lost_reason="")
    assert found()[0].record == Record.PHOTO


def test_removed_and_inserted_photo_rows_are_named(ledger: Ledger) -> None:
    row = Photo.objects.get(check_in=ledger.whole, sha256=ledger.photo)
    row.delete()
    assert first() == (Record.PHOTO, f"{ledger.whole} {ledger.photo}", Fault.REMOVED)
    row.save(force_insert=True)
    assert found() == []
    Photo.objects.filter(pk=row.pk).update(check_in=ledger.bare)
    named = {(one.record, one.key, one.fault) for one in found()}
    assert (Record.PHOTO, f"{ledger.bare} {ledger.photo}", Fault.INSERTED) in named
    assert (Record.PHOTO, f"{ledger.whole} {ledger.photo}", Fault.REMOVED) in named


FILING = [
    "content", "digest", "title", "summary", "kind", "on_paper", "received_at", "leader_id", "state", "device_id",
]  # fmt: skip


@pytest.mark.parametrize("column", FILING)
def test_altered_filing_is_named(ledger: Ledger, column: str) -> None:
    flip(Filing.objects.get(), column)
    assert first() == (Record.FILING, str(ledger.filing), Fault.ALTERED)


def test_removed_and_inserted_filings_and_attachments_are_named(ledger: Ledger) -> None:
    filing = Filing.objects.get()
    attachment = filing.attachments.get()
    filing.attachments.all().delete()
    assert first() == (Record.FILING, str(ledger.filing), Fault.ALTERED)
    attachment.save(force_insert=True)
    assert found() == []
    erase(Filing.objects.filter(pk=filing.pk))
    assert first() == (Record.FILING, str(ledger.filing), Fault.REMOVED)
    filing.save(force_insert=True)
    filing.pk = uuid4()
    filing.save(force_insert=True)
    assert (Record.FILING, str(filing.pk), Fault.INSERTED) in [(one.record, one.key, one.fault) for one in found()]


@pytest.mark.parametrize("column", ["verdict", "reason", "adopted_at", "by_id", "at"])
def test_altered_review_is_named(ledger: Ledger, column: str) -> None:
    row = Review.objects.get()
    value = row.at if column == "adopted_at" else flipped(getattr(row, column))
    Review.objects.update(**{column: value})
    assert first() == (Record.REVIEW, str(row.pk), Fault.ALTERED)


def test_removed_and_inserted_reviews_are_named(ledger: Ledger) -> None:
    row = Review.objects.get()
    erase(Review.objects.filter(pk=row.pk))
    assert first() == (Record.REVIEW, str(row.pk), Fault.REMOVED)
    row.save(force_insert=True)
    assert found() == []
    row.pk += 1
    row.save(force_insert=True)
    assert first() == (Record.REVIEW, str(row.pk), Fault.INSERTED)


@pytest.mark.parametrize("column", ["text", "by_id", "at", "answers_id"])
def test_altered_addendum_is_named(ledger: Ledger, column: str) -> None:
    row = Addendum.objects.order_by("pk")[0]
    flip(row, column)
    assert first() == (Record.ADDENDUM, str(row.pk), Fault.ALTERED)


def test_removed_and_inserted_addenda_are_named(ledger: Ledger) -> None:
    row = Addendum.objects.order_by("pk")[0]
    row.delete()
    assert first()[0] == Record.ADDENDUM
    assert first()[2] == Fault.REMOVED
    Addendum.objects.create(check_in=row.check_in, text="伪", by=row.by, at=row.at)
    assert (Record.ADDENDUM, Fault.INSERTED) in [(one.record, one.fault) for one in found()]


def test_one_byte_of_a_photo_file_is_found(ledger: Ledger) -> None:
    path = original(ledger.photo)
    data = path.read_bytes()
    path.write_bytes(flipped(data))
    assert first() == (Record.BLOB, ledger.photo, Fault.ALTERED)
    assert found(quick=True) == [], "by its size it is the same"
    path.write_bytes(data + b"1")
    assert [one.key for one in found(quick=True)] == [ledger.photo]
    assert found(files=False) == []


def test_missing_photo_file_is_found(ledger: Ledger) -> None:
    original(ledger.photo).unlink()
    assert first() == (Record.BLOB, ledger.photo, Fault.REMOVED)


def test_altered_blob_is_named(ledger: Ledger) -> None:
    Blob.objects.filter(pk=ledger.photo).update(bytes=1)
    assert first() == (Record.BLOB, ledger.photo, Fault.ALTERED)
    Blob.objects.filter(pk=ledger.photo).update(bytes=len(jpeg(1)), content_type="image/png")
    assert first() == (Record.BLOB, ledger.photo, Fault.ALTERED)


def test_removal_without_its_event_is_found(ledger: Ledger) -> None:
    Blob.objects.filter(pk=ledger.photo).update(removed_at=CheckIn.objects.get(pk=ledger.whole).received_at)
    original(ledger.photo).unlink()
    assert first() == (Record.BLOB, ledger.photo, Fault.ALTERED)


def test_removed_and_inserted_blobs_are_named(ledger: Ledger) -> None:
    row = Blob.objects.get(pk=ledger.photo)
    erase(Blob.objects.filter(pk=row.pk))
    assert first() == (Record.BLOB, ledger.photo, Fault.REMOVED)
    row.save(force_insert=True)
    Blob.objects.create(sha256="0" * 64, bytes=1, content_type="image/jpeg", stored_at=row.stored_at)
    assert first() == (Record.BLOB, "0" * 64, Fault.INSERTED)


def test_cut_tail_is_found_with_a_head_or_a_receipt_and_only_so(ledger: Ledger, tmp_path: Path) -> None:
    heads, receipt = tmp_path / "heads", tmp_path / "receipt"
    call_command("export_head", append=heads)
    receipt.write_text(ledger.receipt)
    assert told("--head", str(heads), "--receipt", str(receipt))[0] == 0
    cut(ledger)
    assert told()[0] == 0, "the control: by itself it is whole"
    for words in (("--head", str(heads)), ("--receipt", str(receipt))):
        code, said = told(*words)
        assert code == 1
        assert str(ledger.bare) in said or "3" in said


def cut(ledger: Ledger) -> None:
    """The last seal, its events, and all that they tell of."""
    before = Seal.objects.get(pk=2)
    Seal.objects.filter(number__gt=2).delete()
    Event.objects.filter(transaction__gte=before.transaction, pk__gt=before.event).delete()
    for rows in (Receipt.objects.filter(pk=ledger.bare), Addendum.objects.filter(check_in=ledger.bare)):
        erase(rows)
    erase(CheckIn.objects.filter(pk=ledger.bare))


def test_first_finding_is_named_and_the_others_are_counted(ledger: Ledger) -> None:
    Event.objects.filter(pk=Event.objects.get(kind=SEALED).pk).update(actor="system")
    original(ledger.photo).unlink()
    code, said = told("--show", "1")
    assert code == 1
    assert str(Event.objects.get(kind=SEALED).pk) in said
    assert ledger.photo not in said
    assert "2" in said.splitlines()[-1]


def test_since_leaves_older_records_out(ledger: Ledger) -> None:
    event = Event.objects.get(kind=SEALED)
    Event.objects.filter(pk=event.pk).update(actor="system")
    last = Seal.objects.get(pk=3)
    assert found(since=last.sealed_at) == []
    assert found(since=Seal.objects.get(pk=2).sealed_at)[0].key == str(event.pk)


@pytest.mark.parametrize("source", ["whole", "lost", "filing"])
@pytest.mark.parametrize("column", ["leader_id", "activity", "at", "day", "captured_at", "stands"])
def test_altered_performance_is_named(ledger: Ledger, source: str, column: str) -> None:
    """What is counted: a rejected check-in that stands again, one of another day, or another leader's."""
    row = Performance.objects.get(source_id=str(getattr(ledger, source)))
    if column == "day":
        Performance.objects.filter(pk=row.pk).update(day=row.day - timedelta(days=1))
    else:
        flip(row, column)
    assert first() == (Record.PERFORMANCE, f"{row.source_kind} {row.source_id}", Fault.ALTERED)


@pytest.mark.parametrize("source", ["whole", "filing"])
def test_what_a_performance_names_is_compared(ledger: Ledger, source: str) -> None:
    row = Performance.objects.get(source_id=str(getattr(ledger, source)))
    Naming.objects.create(performance=row, obligation=Obligation.objects.get())
    assert (Record.PERFORMANCE, f"{row.source_kind} {row.source_id}", Fault.ALTERED) in named()
    Naming.objects.all().delete()
    assert found() == []
    Naming.objects.create(performance=row, rule=Rule.objects.get())
    assert (Record.PERFORMANCE, f"{row.source_kind} {row.source_id}", Fault.ALTERED) in named()


def test_what_a_visit_touched_is_compared(ledger: Ledger) -> None:
    row = Performance.objects.get(source_id=str(ledger.bare))
    Touch.objects.create(performance=row, target_key="industry:7")
    assert (Record.PERFORMANCE, f"check_in {ledger.bare}", Fault.ALTERED) in named()
    Touch.objects.filter(target_key="industry:7").delete()
    assert found() == []
    erase(row.touches.all())
    assert (Record.PERFORMANCE, f"check_in {ledger.bare}", Fault.ALTERED) in named()


def test_what_was_touched_follows_a_division_that_goes_on_under_another_row(ledger: Ledger) -> None:
    old = ledger.place.town
    new = make.division("测试镇", ledger.place.county, starts_on=date(2026, 12, 1))
    follow({old.pk: new.pk})
    follow_divisions({old.pk: new.pk}, on=new.starts_on, by=SYSTEM, at=BEGINNING)
    assert Touch.objects.filter(target_key=f"town:{new.pk}").exists()
    assert found() == []


@pytest.mark.parametrize("name", ["obligations", "duties"])
def test_what_a_filing_names_is_compared(ledger: Ledger, name: str) -> None:
    getattr(Filing.objects.get(), name).add(*(Obligation if name == "obligations" else Rule).objects.all())
    assert first() == (Record.FILING, str(ledger.filing), Fault.ALTERED)


def test_removed_and_inserted_performances_are_named(ledger: Ledger) -> None:
    row = Performance.objects.get(source_id=str(ledger.bare))
    erase(row.touches.all())
    erase(Performance.objects.filter(pk=row.pk))
    assert first() == (Record.PERFORMANCE, f"check_in {ledger.bare}", Fault.REMOVED)
    row.source_kind = "elsewhere"
    row.save(force_insert=True)
    assert [(one.record, one.fault) for one in found()][1:] == [(Record.PERFORMANCE, Fault.INSERTED)]


def test_event_that_was_put_into_the_feed_years_later_is_named(ledger: Ledger) -> None:
    """By somebody without a key: the sealer signs it among the others."""
    like, late = Event.objects.get(kind=SEALED), BEGINNING + timedelta(days=1)
    columns = {name: getattr(like, name) for name in ("kind", "actor", "object_kind", "object_id", "division_path")}
    said = {**columns, "at": like.at - timedelta(days=700)}
    signing.rotate(by=SYSTEM, at=late)  # the keys of the others lie elsewhere
    forged = Event.objects.create(epoch=like.epoch, transaction=1 << 40, **said, body=body_of(said, {}))
    batch = list(Event.objects.filter(pk__gt=seals.last_seal().event).order_by("epoch", "transaction", "pk"))  # type: ignore[union-attr]
    leaves = b"".join(map(seals.leaf_of, batch))
    text = signing.signer(late).sign(seals.statement(seals.last_seal(), batch, leaves, late))
    mark = seals.mark_of_event(batch[-1])
    Seal.objects.create(
        number=4, jws=text, digest=seals.digest_of(text), leaves=leaves, sealed_at=late, **mark._asdict()
    )
    assert first() == (Record.EVENT, str(forged.pk), Fault.INSERTED)
