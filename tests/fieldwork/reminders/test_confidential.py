"""What strangers may see on a locked phone: no name of a person, place, site or policy, in either language."""

from datetime import date, timedelta
from typing import Any

import pytest
from django.utils import translation

from fieldwork.directory.models import User
from fieldwork.hazards.enums import Point
from fieldwork.reminders import words
from fieldwork.reminders.alarms import Stopped
from fieldwork.reminders.enums import NotificationKind as Kind
from fieldwork.reminders.escalation import Repeated, Running, Unopened
from fieldwork.reminders.facts import Facts, Trial, words_of
from fieldwork.reminders.hazard_steps import Handed
from fieldwork.reminders.hazards import Waiting, Waitings
from fieldwork.reminders.models import Notification
from fieldwork.reminders.posts import Held
from fieldwork.reminders.queries import Digest, Owed
from fieldwork.reminders.texts import Words
from fieldwork.reminders.verdicts import Decided
from tests.fieldwork.reminders.services import local
from tests.once import ONCE

pytestmark = ONCE

NOW = local(12, 1, 8)
DAY = date(2026, 11, 30)
NAME = "红枫"  # in every name that is planted
ARTICLE = "第五条（七）"


def owed(lapses: int) -> list[Owed]:
    at = NOW + timedelta(days=lapses)
    bases = (("红枫市办法", ARTICLE, "排查"), ("红枫县办法", ARTICLE, "排查"))
    return [Owed("2026-11", at.date(), at, at, 0, 1, bases, ("红枫镇", "红枫业"))]


def handed(major: bool) -> Handed:
    return Handed("红枫厂通道堵塞", "红枫厂", "红枫公司", DAY, major, "红枫未清完", untold=False)


def decided(rejected: bool, check_in: bool) -> Decided:
    return Decided(rejected, DAY, "红枫书记", "红枫工地", "红枫会议", "红枫照片不符", "红枫县", check_in)


HELD = Held("红枫镇书记", DAY, ("红枫村", "红枫业"), 2)
FACTS: list[tuple[Kind, Any]] = [
    (Kind.REMINDER, owed(2)),
    (Kind.LAPSE, owed(-1)),
    (Kind.DIGEST, Digest("红枫县", NOW, 2, (("红枫镇", 2),), ("红枫甲", "红枫乙"))),
    *((Kind.VERDICT, decided(rejected, check_in)) for rejected in (True, False) for check_in in (True, False)),
    (Kind.HAZARD, Waitings((Waiting("红枫通道", "红枫厂", tuple(Point), DAY, 1),) * 50)),
    *((kind, handed(major)) for kind in (Kind.ASSIGNED, Kind.RETURNED) for major in (True, False)),
    (Kind.LINKAGE, HELD),
    (Kind.POST, HELD),
    (Kind.REPEATED, Repeated((Running("红枫甲", "红枫镇", "红枫排查", ("2026-10", "2026-11")),), 2)),
    (Kind.UNOPENED, Unopened((("红枫甲", "红枫镇", ("标题",)),))),
    (Kind.ALARM, Stopped("fcm", NOW, "红枫密钥不对")),
    (Kind.TEST, Trial()),
]
LANGUAGES = ("zh-hans", "en")


def said(kind: Kind, facts: Facts, language: str) -> Words:
    at = NOW - timedelta(days=1)
    told = words_of(Notification(pk=1, kind=kind, at=at, user=User(username="u", language=language)), facts, NOW)
    assert told is not None
    return told


def test_every_kind_is_looked_at() -> None:
    assert {kind for kind, _facts in FACTS} == set(Kind)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(("kind", "facts"), FACTS)
def test_title_and_brief_name_nobody_and_no_place(kind: Kind, facts: Facts, language: str) -> None:
    told = said(kind, facts, language)
    assert told.title
    assert told.brief
    assert NAME not in told.title + told.brief
    assert (NAME in told.body) == (kind != Kind.TEST)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(("kind", "lapses"), [(Kind.REMINDER, 2), (Kind.LAPSE, -1)])
def test_reminder_and_lapse_name_the_article_on_the_locked_screen_too(kind: Kind, lapses: int, language: str) -> None:
    told = said(kind, owed(lapses), language)
    assert ARTICLE in told.body
    assert ARTICLE in told.brief


@pytest.mark.parametrize(("kind", "facts"), FACTS)
def test_each_is_said_in_the_readers_own_language(kind: Kind, facts: Facts) -> None:
    chinese, english = (said(kind, facts, language) for language in LANGUAGES)
    assert chinese.title != english.title
    assert not any("一" <= letter <= "鿿" for letter in english.title)


@pytest.mark.parametrize("language", LANGUAGES)
def test_several_as_one_name_nobody_either(language: str) -> None:
    with translation.override(language):
        told = words.together([said(kind, facts, language).title for kind, facts in FACTS])
    assert NAME not in "".join(told)
    assert str(len(FACTS)) in told.title
