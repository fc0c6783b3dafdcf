"""One workbook brought in by two clerks at the same moment, and one going out while somebody takes a post."""

from collections.abc import Iterable
from contextlib import nullcontext
from datetime import UTC, datetime
from functools import partial

import pytest
from django.db import connection, transaction

from fieldwork.core.models import Event
from fieldwork.directory.models import Leader, User
from fieldwork.supervision.workbook import exporting, importing
from fieldwork.supervision.workbook.checking import check_plan
from fieldwork.supervision.workbook.faults import Faults
from fieldwork.supervision.workbook.planning import plan
from fieldwork.supervision.workbook.reading import read
from fieldwork.supervision.workbook.rows import Cells, rows_of
from fieldwork.supervision.workbook.sheets import Sheet
from fieldwork.supervision.workbook.storing import store
from fieldwork.supervision.workbook.world import load
from tests import factories as make
from tests.books import book
from tests.races.at_once import at_once, raised

NOW = datetime(2026, 11, 21, 6, tzinfo=UTC)
TWINS = 3
DATA = book({"领导": [("姓名", "录入区划"), *((f"测试员{n}", "测试县") for n in range(30))]})

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite admits one writer"),
]


@pytest.fixture
def office() -> User:
    return make.user(office="supervisor", division=make.division("测试县", make.division("测试市")))


def test_one_workbook_at_once_begins_its_rows_once(office: User) -> None:
    results = at_once([partial(importing.import_workbook, DATA, by=office, at=NOW)] * TWINS)
    assert raised(results) == []
    assert (Leader.objects.count(), Event.objects.filter(kind="import.done").count()) == (30, 1)


def test_control_without_the_lock_people_are_entered_twice(office: User) -> None:
    """What `import_workbook` would do without holding its lock."""

    def unguarded() -> None:
        with transaction.atomic():
            faults = Faults()
            found = read(DATA, faults)
            made = plan(found, load(found, office, NOW.date(), hold=True), faults, office.division)
            check_plan(made, office, NOW.date())
            store(made, by=office, at=NOW)

    for _round in range(20):
        at_once([unguarded] * TWINS)
        if Leader.objects.count() > 30:
            return
        Leader.objects.all().delete()
    pytest.fail("the race that the lock is for never showed")


def exported_while_somebody_takes_a_post(office: User, monkeypatch: pytest.MonkeyPatch) -> tuple[bool, bool]:
    """Whether the file has the new person, and their post. They are committed when the people are written."""
    county = office.division
    assert county is not None
    post = make.post(make.organisation(county, name="测试局"), title="局长")

    def slowly(of: Sheet, *given: object) -> Iterable[Cells]:
        rows = list(rows_of(of, *given))  # type: ignore[arg-type]
        if of.noun == "leader":
            assert raised(at_once([lambda: make.tenure(post, make.leader("测试员新"))])) == []
        return rows

    monkeypatch.setattr(exporting, "rows_of", slowly)
    found = Faults()
    with exporting.export_workbook(division=county, shape="xlsx", by=office, at=NOW) as file:
        tables = read(file.read(), found).tables
    said = {table.sheet.noun: len(table.lines) for table in tables}
    return said.get("leader", 0) > 0, said.get("tenure", 0) > 0


def test_workbook_is_of_one_moment(office: User, monkeypatch: pytest.MonkeyPatch) -> None:
    assert exported_while_somebody_takes_a_post(office, monkeypatch) == (False, False)


def test_control_without_one_moment_it_holds_a_post_of_nobody(office: User, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(exporting, "at_one_moment", nullcontext)
    assert exported_while_somebody_takes_a_post(office, monkeypatch) == (False, True)
