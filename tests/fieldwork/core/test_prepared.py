"""Statements composed once: the same rows as Django's own, whatever listens, and nothing of one call in the next."""

from datetime import UTC, date, datetime
from typing import Any

import pytest
from django.db import IntegrityError, NotSupportedError, connection, transaction
from django.db.models import BigIntegerField, CharField, Exists, Q
from django.test.utils import CaptureQueriesContext

from fieldwork.core.models import Blob
from fieldwork.core.prepared import Given, Prepared, as_prefetched, change, insert_of, run, without
from fieldwork.directory.models import Division, Leader
from tests import factories

pytestmark = pytest.mark.django_db
AT = datetime(2026, 11, 21, 2, 31, 5, 123456, tzinfo=UTC)

_named = Prepared(lambda: Division.objects.filter(name=Given("name", CharField())).order_by("pk").values_list("pk"))
_with_parent = Prepared(
    lambda: (
        Division.objects.filter(pk=Given("pk", BigIntegerField()))
        .select_related("parent")
        .annotate(has_leaders=Exists(Leader.objects.filter(name="在")))
    )
)


def blob(digit: str, **columns: Any) -> Blob:
    return Blob(**{"sha256": digit * 64, "bytes": 3, "content_type": "image/jpeg", "stored_at": AT, **columns})


def test_each_call_has_its_own_values() -> None:
    one, other = factories.division("甲"), factories.division("乙")
    assert [_named.rows(name=name) for name in ("甲", "乙", "甲", "丙")] == [
        [(one.pk,)],
        [(other.pk,)],
        [(one.pk,)],
        [],
    ]


def test_null_equals_nothing() -> None:
    factories.division("")
    assert _named.rows(name=None) == []


def test_objects_are_those_of_the_queryset_with_relations_and_annotations() -> None:
    below = factories.division(parent=factories.division(), latitude=23.7, longitude=113.05)
    factories.leader("在")
    (found,) = _with_parent.objects(pk=below.pk)
    fresh = Division.objects.get(pk=below.pk)
    assert {field.attname: getattr(found, field.attname) for field in Division._meta.concrete_fields} == {
        field.attname: getattr(fresh, field.attname) for field in Division._meta.concrete_fields
    }
    assert found.has_leaders is True
    with CaptureQueriesContext(connection) as asked:
        assert found.parent == below.parent
    assert not asked.captured_queries


def test_queries_are_seen_by_whoever_counts_them() -> None:
    with CaptureQueriesContext(connection) as asked:
        _named.rows(name="甲")
        insert_of(Blob)(blob("a"))
    assert len(asked.captured_queries) == 2


def test_inserted_rows_are_what_was_given() -> None:
    leaders = [Leader(name="甲"), Leader(name="乙")]
    assert insert_of(Leader)(*leaders) == 2
    assert [leader.name for leader in Leader.objects.filter(pk__in=[each.pk for each in leaders]).order_by("pk")] == [
        "甲",
        "乙",
    ]
    insert_of(Blob)(blob("b", bytes=2**40))
    stored = Blob.objects.get(pk="b" * 64)
    assert (stored.bytes, stored.stored_at, stored.removed_at) == (2**40, AT, None)
    stored.bytes = 4
    stored.save()  # an inserted row is one that can be changed
    assert Blob.objects.get(pk="b" * 64).bytes == 4


def test_nothing_is_inserted_of_nothing() -> None:
    with CaptureQueriesContext(connection) as asked:
        assert insert_of(Blob)() == 0
    assert not asked.captured_queries


def test_what_is_there_stays_and_is_not_counted() -> None:
    insert_of(Blob)(blob("c"))
    assert insert_of(Blob, unless_there=True)(blob("c", bytes=9), blob("d")) == 1
    assert Blob.objects.get(pk="c" * 64).bytes == 3


def test_a_row_twice_is_djangos_error_and_the_transaction_goes_on_outside() -> None:
    insert_of(Blob)(blob("e"))
    with pytest.raises(IntegrityError), transaction.atomic():
        insert_of(Blob)(blob("e"))
    assert Blob.objects.filter(pk="e" * 64).count() == 1


def test_a_broken_transaction_takes_no_more_statements() -> None:
    insert_of(Blob)(blob("f"))
    with transaction.atomic():
        with pytest.raises(IntegrityError), transaction.atomic(savepoint=False):
            insert_of(Blob)(blob("f"))
        with pytest.raises(transaction.TransactionManagementError):
            run("SELECT 1")


def test_change_tells_how_many_rows() -> None:
    insert_of(Blob)(blob("1"), blob("2"))
    assert change("UPDATE core_blob SET bytes = %s WHERE bytes = %s", [7, 3]) == 2
    assert change("UPDATE core_blob SET bytes = %(to)s WHERE bytes = %(of)s", {"to": 8, "of": 3}) == 0


def test_days_and_instants_come_back_as_they_went_in() -> None:
    factories.division("日", starts_on=date(2026, 2, 28))
    days = Prepared(lambda: Division.objects.filter(Q(name=Given("name", CharField()))).values_list("starts_on"))
    assert days.rows(name="日") == [(date(2026, 2, 28),)]
    insert_of(Blob)(blob("3"))
    stored = Prepared(lambda: Blob.objects.filter(pk=Given("pk", CharField())).values_list("stored_at"))
    assert stored.rows(pk="3" * 64) == [(AT,)]


def test_a_row_that_knows_its_relations_asks_for_none() -> None:
    insert_of(Blob)(kept := blob("4"))
    division = factories.division()
    without(kept, "picture")
    as_prefetched(division, children=[])
    with CaptureQueriesContext(connection) as asked:
        assert not hasattr(kept, "picture")
        assert list(division.children.all()) == []
    assert not asked.captured_queries


@pytest.mark.django_db(transaction=True)
def test_plan_is_forgotten_once_a_migration_has_changed_its_columns() -> None:
    """Outside a transaction the connection would refuse the statement as long as it lives."""
    if connection.vendor != "postgresql":
        pytest.skip("keeps plans")

    def read() -> Any:
        return run("SELECT text FROM test_plan WHERE text = %s", ["x"])

    change("CREATE TABLE test_plan (text varchar(10))")
    try:
        change("INSERT INTO test_plan VALUES (%s)", ["x"])
        assert read() == [("x",)]
        other = connection.copy()
        with other.cursor() as cursor:
            cursor.execute("ALTER TABLE test_plan ALTER COLUMN text TYPE varchar(20)")
        other.close()
        with pytest.raises(NotSupportedError):
            read()
        assert read() == [("x",)]
    finally:
        change("DROP TABLE test_plan")
