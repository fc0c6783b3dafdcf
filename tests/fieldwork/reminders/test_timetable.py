"""The file that says when people are told: each fault is named, and another file changes what is done."""

from copy import deepcopy
from datetime import time
from pathlib import Path
from typing import Any

import pytest
import yaml
from django.conf import settings as configured

from fieldwork.directory.models import User
from fieldwork.reminders.timetable import parse, timetable
from tests.fieldwork.reminders.services import Outside, inbox, local
from tests.once import ONCE

pytestmark = ONCE

WHOLE = yaml.safe_load(Path(configured.REMINDERS).read_text(encoding="utf-8"))


def with_(path: str, value: Any) -> dict[str, Any]:
    changed: dict[str, Any] = deepcopy(WHOLE)
    *sections, last = path.split(".")
    place = changed
    for section in sections:
        place = place[section]
    place[last] = value
    return changed


def test_file_that_comes_along_is_read() -> None:
    table = parse(WHOLE)
    assert (table.days_before, table.lapse_at, table.opening_days) == ((10, 3, 1), time(8), 3)


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("reminder.days_before", []),
        ("reminder.days_before", [0]),
        ("reminder.days_before", ["3"]),
        ("reminder.days_before", [True]),
        ("reminder.days_before", [61]),
        ("reminder.at", "25:00"),
        ("reminder.at", 540),  # 9:00 without quotes
        ("lapse.at", "08:00+08:00"),
        ("digest.at", None),
        ("repeated.periods", 1),
        ("hazard.weekday", "Monday"),
        ("hazard.weekday", ["monday"]),
        ("quiet.except", ["noise"]),
        ("quiet.except", [["alarm"]]),
        ("quiet.until", ""),
        ("arrival.minutes", 1.5),
        ("opening.working_days", 0),
        ("opening.kinds", "lapse"),
        ("always", ["everything"]),
    ],
)
def test_fault_is_named(path: str, value: object) -> None:
    with pytest.raises(ValueError, match=f"^{path}: "):
        parse(with_(path, value))


@pytest.mark.parametrize("section", sorted(set(WHOLE) - {"always"}))
def test_section_that_is_no_table_lacks_a_key_or_has_one_more_is_named(section: str) -> None:
    with pytest.raises(ValueError, match=f"^{section}: "):
        parse(with_(section, "daily"))
    with pytest.raises(ValueError, match=f"^{section}: more is not known here"):
        parse(with_(f"{section}.more", 1))
    key = next(iter(WHOLE[section]))
    lacking = {name: value for name, value in WHOLE[section].items() if name != key}
    with pytest.raises(ValueError, match=f"^{section}: {key} is missing"):
        parse(with_(section, lacking))


@pytest.mark.parametrize("whole", [None, [], "x", {}])
def test_file_that_is_no_timetable_is_named(whole: object) -> None:
    with pytest.raises(ValueError, match=r"^the file: "):
        parse(whole)


def test_file_that_is_not_there_or_no_yaml_is_named(settings: Any, tmp_path: Path) -> None:
    settings.REMINDERS = tmp_path / "none.yaml"
    with pytest.raises(ValueError, match=r"none\.yaml"):
        timetable()
    (tmp_path / "bad.yaml").write_text("a: [", encoding="utf-8")
    settings.REMINDERS = tmp_path / "bad.yaml"
    with pytest.raises(ValueError, match=r"bad\.yaml"):
        timetable()


@pytest.mark.django_db
def test_another_file_changes_the_days_and_what_is_quiet(
    user: User, outside: Outside, settings: Any, tmp_path: Path
) -> None:
    other = with_("reminder.days_before", [5])
    other["reminder"]["at"] = "22:00"
    other["quiet"] = {"from": "12:00", "until": "13:00", "except": []}
    other["lapse"]["at"] = "12:30"
    (tmp_path / "other.yaml").write_text(yaml.safe_dump(other), encoding="utf-8")
    settings.REMINDERS = tmp_path / "other.yaml"
    for day in (20, 25, 27, 29):
        for hour in (9, 22):
            outside.at(local(11, day, hour))
    outside.at(local(12, 1, 12, 30))
    outside.at(local(12, 1, 13))
    assert inbox(user) == [("reminder", local(11, 25, 22)), ("lapse", local(12, 1, 12, 30))]
    assert outside.push.seen == [
        (local(11, 25, 22), "reminder", "token-1"), (local(12, 1, 13), "lapse", "token-1"),
    ]  # fmt: skip
