"""Loading the code list of industries."""

from datetime import UTC, datetime

import pytest
from django.core.management import call_command

from fieldwork.core.errors import DomainError
from fieldwork.core.events import SYSTEM
from fieldwork.core.models import Event
from fieldwork.directory.industries import load_industries
from fieldwork.directory.models import Industry

pytestmark = pytest.mark.django_db


def load(*rows: str) -> int:
    lines = [f"{line}\n" for line in ("code,name,parent", *rows)]
    return load_industries(lines, by=SYSTEM, at=datetime(2026, 11, 1, tzinfo=UTC))


def test_shipped_list_has_all_sections_and_divisions_and_loads_again(
    capsys: pytest.CaptureFixture[str],
) -> None:
    call_command("load_industries")
    call_command("load_industries")
    assert capsys.readouterr().out.splitlines() == ["changed 117", "changed 0"]
    sections = Industry.objects.filter(parent=None).order_by("code").values_list("code", flat=True)
    assert "".join(sections) == "ABCDEFGHIJKLMNOPQRST"
    divisions = Industry.objects.exclude(parent=None).order_by("code").values_list("code", flat=True)
    assert list(divisions) == [f"{number:02}" for number in range(1, 98)]
    assert Industry.objects.get(code="06").parent == Industry.objects.get(name="采矿业")
    assert Event.objects.filter(kind="industries.loaded").count() == 1


def test_renamed_industry_keeps_its_row_and_the_event_its_old_name() -> None:
    load("A,测试业,")
    old = Industry.objects.get()
    assert load("A,试点业,") == 1
    old.refresh_from_db()
    assert old.name == "试点业"
    event = Event.objects.order_by("pk").last()
    assert event is not None
    assert event.data["changes"] == [{"code": "A", "name": "试点业", "parent": "", "was": "测试业"}]


@pytest.mark.parametrize(
    ("rows", "field"),
    [
        (["A,测试业,", "01,测试业,B"], "3.parent"),
        (["A,测试业,", "B,,"], "3.name"),
        ([f"{'A' * 11},业,"], "2.code"),
    ],
)
def test_fault_is_named_by_line_and_nothing_is_stored(rows: list[str], field: str) -> None:
    with pytest.raises(DomainError) as caught:
        load(*rows)
    assert [fault.field for fault in caught.value.errors] == [field]
    assert not Industry.objects.exists()
