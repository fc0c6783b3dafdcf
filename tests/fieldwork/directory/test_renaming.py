"""A body that is renamed stays the same body, and what it was called is known."""

from datetime import UTC, date, datetime
from typing import Any

import pytest

from fieldwork.core.errors import Code, DomainError
from fieldwork.core.events import SYSTEM
from fieldwork.core.models import Event
from fieldwork.directory.models import FormerName, Organisation
from fieldwork.directory.renaming import rename
from tests import factories as make

pytestmark = pytest.mark.django_db

AT = datetime(2026, 11, 20, 2, tzinfo=UTC)
ON = date(2026, 11, 1)


@pytest.fixture
def bureau() -> Organisation:
    return make.organisation(make.division("测试市"), "department", name="测试安监局")


def named(bureau: Organisation, name: str = "测试应急局", on: date = ON, reason: str = "机构改革") -> Organisation:
    return rename(bureau, name=name, on=on, reason=reason, by=SYSTEM, at=AT)


def test_renamed_body_keeps_its_former_name_with_its_last_day(bureau: Organisation) -> None:
    assert named(bureau).pk == bureau.pk
    bureau.refresh_from_db()
    assert (bureau.name, bureau.starts_on, bureau.ends_on) == ("测试应急局", make.BEGINNING, None)
    assert list(bureau.former_names.values_list("name", "ends_on")) == [("测试安监局", date(2026, 10, 31))]
    event = Event.objects.get(kind="organisation.renamed")
    assert (event.data["was"], event.data["now"]) == ({"name": "测试安监局"}, {"name": "测试应急局"})
    assert (event.data["since"], event.data["reason"]) == ("2026-11-01", "机构改革")


def test_same_name_again_changes_and_tells_nothing(bureau: Organisation) -> None:
    named(bureau)
    named(bureau, " 测试应急局 ")
    assert (FormerName.objects.count(), Event.objects.count()) == (1, 1)


@pytest.mark.parametrize(
    ("said", "field"),
    [
        ({"on": date(2026, 11, 21)}, "on"),
        ({"on": make.BEGINNING}, "on"),
        ({"reason": " "}, "reason"),
        ({"name": " "}, "name"),
        ({"name": "长" * 201}, "name"),
    ],
)
def test_what_cannot_be_a_renaming_is_refused(bureau: Organisation, said: dict[str, Any], field: str) -> None:
    with pytest.raises(DomainError) as caught:
        named(bureau, **said)
    assert [fault.field for fault in caught.value.errors] == [field]
    assert not FormerName.objects.exists()


def test_name_that_was_mistyped_is_corrected_and_no_former_one(bureau: Organisation) -> None:
    named(bureau, "测试映急局")
    assert named(bureau).name == "测试应急局"
    assert list(bureau.former_names.values_list("name", flat=True)) == ["测试安监局"]


def test_second_name_is_not_earlier_than_the_first(bureau: Organisation) -> None:
    named(bureau)
    with pytest.raises(DomainError) as caught:
        named(bureau, "测试安全局", date(2026, 10, 31))
    assert [fault.field for fault in caught.value.errors] == ["on"]
    named(bureau, "测试安全局", date(2026, 11, 10))
    assert list(bureau.former_names.order_by("ends_on").values_list("name", flat=True)) == ["测试安监局", "测试应急局"]


def test_ended_body_is_not_renamed(bureau: Organisation) -> None:
    Organisation.objects.update(ends_on=date(2026, 10, 1))
    with pytest.raises(DomainError) as caught:
        named(bureau)
    assert caught.value.code == Code.WRONG_STATE
