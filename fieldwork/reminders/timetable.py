"""The timetable: when people are told of what, as data beside the policy packs (`policies/reminders.yaml`)."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import time, timedelta
from functools import cache
from pathlib import Path
from typing import Any

import yaml
from django.conf import settings
from django.core.checks import CheckMessage, Error

from fieldwork.reminders.enums import NotificationKind

MAJOR_HAZARD = "major_hazard"
WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
MOST_DAYS = 60
_KEYS = {
    "reminder": {"days_before", "at"}, "lapse": {"at"}, "digest": {"at"}, "repeated": {"periods"},
    "hazard": {"days_before", "weekday", "at"}, "news": {"at"}, "quiet": {"from", "until", "except"},
    "arrival": {"minutes"}, "opening": {"working_days", "kinds"},
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Timetable:
    """Hours are in the policies' zone; days before are before the last day, the largest first."""

    days_before: tuple[int, ...]
    remind_at: time
    lapse_at: time
    digest_at: time
    periods_running: int
    hazard_days_before: tuple[int, ...]
    hazard_weekday: int  # 0 is Monday
    hazard_at: time
    news_at: time
    quiet_from: time
    quiet_until: time
    loud: frozenset[str]  # what is told in the quiet hours too
    arrival: timedelta
    opening_days: int  # working days
    to_be_opened: frozenset[str]
    always: frozenset[str]


def timetable() -> Timetable:
    """The one that is configured. `ValueError` says what is wrong with it."""
    return _read(Path(settings.REMINDERS))


def check_timetable(**_options: Any) -> list[CheckMessage]:
    """Stops the start on a timetable that is not right."""
    try:
        timetable()
    except ValueError as error:
        return [Error(str(error), hint="FIELDWORK_REMINDERS names the file.", id="reminders.E003")]
    return []


@cache
def _read(path: Path) -> Timetable:
    try:
        return parse(yaml.safe_load(path.read_text(encoding="utf-8")))
    except OSError as error:
        raise ValueError(f"{path} cannot be read: {error.strerror}") from None
    except (ValueError, yaml.YAMLError) as error:
        raise ValueError(f"{path}: {error}") from None


def parse(given: Any) -> Timetable:
    """The timetable of what a file says; every key is needed, and no other. `ValueError` names the first fault."""
    whole = _section(given, "the file", {*_KEYS, "always"})
    of = {name: _section(whole[name], name, keys) for name, keys in _KEYS.items()}
    return Timetable(
        days_before=_days(of["reminder"]["days_before"], "reminder.days_before"),
        remind_at=_hour(of["reminder"]["at"], "reminder.at"),
        lapse_at=_hour(of["lapse"]["at"], "lapse.at"),
        digest_at=_hour(of["digest"]["at"], "digest.at"),
        periods_running=_number(of["repeated"]["periods"], "repeated.periods", least=2),
        hazard_days_before=_days(of["hazard"]["days_before"], "hazard.days_before"),
        hazard_weekday=_one_of(WEEKDAYS, of["hazard"]["weekday"], "hazard.weekday"),
        hazard_at=_hour(of["hazard"]["at"], "hazard.at"),
        news_at=_hour(of["news"]["at"], "news.at"),
        quiet_from=_hour(of["quiet"]["from"], "quiet.from"),
        quiet_until=_hour(of["quiet"]["until"], "quiet.until"),
        loud=_words(of["quiet"]["except"], "quiet.except", {MAJOR_HAZARD, *NotificationKind.values}),
        arrival=timedelta(minutes=_number(of["arrival"]["minutes"], "arrival.minutes")),
        opening_days=_number(of["opening"]["working_days"], "opening.working_days"),
        to_be_opened=_words(of["opening"]["kinds"], "opening.kinds", set(NotificationKind.values)),
        always=_words(whole["always"], "always", set(NotificationKind.values)),
    )


def _section(given: Any, name: str, keys: set[str]) -> Mapping[str, Any]:
    if not isinstance(given, Mapping):
        raise ValueError(f"{name}: not a table of keys and values")  # noqa: TRY004  # a bad file is a bad value
    if missing := sorted(keys - given.keys()):
        raise ValueError(f"{name}: {missing[0]} is missing")
    if unknown := sorted(str(key) for key in given.keys() - keys):
        raise ValueError(f"{name}: {unknown[0]} is not known here; there are {', '.join(sorted(keys))}")
    return given


def _hour(given: Any, name: str) -> time:
    """In the policies' zone, so without one of its own."""
    try:
        hour = time.fromisoformat(given)
    except (TypeError, ValueError):
        hour = None
    if hour is None or hour.tzinfo is not None:
        raise ValueError(f'{name}: {given!r} is no time of day such as "09:00", in quotes')
    return hour


def _number(given: Any, name: str, least: int = 1) -> int:
    if type(given) is not int or not least <= given <= MOST_DAYS:
        raise ValueError(f"{name}: {given!r} is no whole number from {least} to {MOST_DAYS}")
    return given


def _days(given: Any, name: str) -> tuple[int, ...]:
    if not isinstance(given, list) or not given:
        raise ValueError(f"{name}: not a list of days such as [10, 3, 1]")
    return tuple(sorted({_number(each, name) for each in given}, reverse=True))


def _one_of(known: tuple[str, ...], given: Any, name: str) -> int:
    if given not in known:
        raise ValueError(f"{name}: {given!r} is none of {', '.join(known)}")
    return known.index(given)


def _words(given: Any, name: str, known: set[str]) -> frozenset[str]:
    if not isinstance(given, list):
        raise ValueError(f"{name}: not a list")  # noqa: TRY004  # a bad file is a bad value
    if unknown := sorted(str(each) for each in given if not isinstance(each, str) or each not in known):
        raise ValueError(f"{name}: {unknown[0]} is none of {', '.join(sorted(known))}")
    return frozenset(given)
