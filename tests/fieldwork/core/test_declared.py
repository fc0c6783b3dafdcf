"""Content is by value: one writing for what means the same, another for what does not."""

from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.db import IntegrityError

from fieldwork.core.declared import content_of, create_once, digest_of
from fieldwork.inspections.models import CheckIn
from tests.place import Place


@dataclass(frozen=True)
class Thing:
    id: UUID
    at: datetime
    on: date = date(2026, 11, 21)
    tags: tuple[str, ...] = ("a", "b")
    names: tuple[str, ...] = ("a", "b")
    files: tuple[dict[str, Any], ...] = ({"sha256": "1"}, {"sha256": "2"})
    figure: float = 0.0
    device_id: str = ""
    clock_at_send: datetime | None = None


THING = Thing(uuid4(), datetime.fromisoformat("2026-11-21T12:00:00+08:00"))


def content(thing: Thing) -> str:
    return content_of(thing, sets=("tags",), files="files")


@pytest.mark.parametrize(
    "same",
    [
        {"id": uuid4()},
        {"at": datetime.fromisoformat("2026-11-21T04:00:00+00:00")},
        {"tags": ("b", "a", "b")},
        {"files": ({"sha256": "2"}, {"sha256": "1"})},
        {"figure": -0.0},
        {"device_id": "x", "clock_at_send": THING.at},
    ],
)
def test_what_means_the_same_is_one_content(same: dict[str, Any]) -> None:
    assert content(replace(THING, **same)) == content(THING)


@pytest.mark.parametrize(
    "other",
    [
        {"at": datetime.fromisoformat("2026-11-21T12:00:00.000001+08:00")},
        {"on": date(2026, 11, 22)},
        {"tags": ("a",)},
        {"names": ("b", "a")},
        {"files": ({"sha256": "1"},)},
        {"figure": 0.1},
    ],
)
def test_what_means_something_else_is_another(other: dict[str, Any]) -> None:
    assert digest_of(content(replace(THING, **other))) != digest_of(content(THING))


NOW = datetime.fromisoformat("2026-11-21T14:00:00+08:00")


def standing(place: Place, number: int) -> CheckIn:
    return CheckIn.objects.create(
        id=UUID(int=number), lead=place.leader, captured_at=NOW, captured_on=NOW.date(), prepared_by_staff=False,
        on_paper=False, uploaded_by=place.user, received_at=NOW, digest="", content="{}", state="complete",
    )  # fmt: skip


def refused() -> CheckIn:
    raise IntegrityError("by the database")


def test_what_was_made_meanwhile_under_the_same_id_is_answered(place: Place) -> None:
    _other, twin = standing(place, 1), standing(place, 2)
    assert create_once(CheckIn, twin.pk, refused) == (twin, False)


def test_refusal_with_no_twin_behind_it_is_told(place: Place) -> None:
    standing(place, 1)
    with pytest.raises(IntegrityError, match="by the database"):
        create_once(CheckIn, uuid4(), refused)
