"""GET and PUT me/reminders."""

from typing import Any

import pytest

from fieldwork.core.models import Event
from tests import factories
from tests.api.client import Phone

pytestmark = pytest.mark.django_db
NOTHING: dict[str, Any] = {"channels": [], "muted": [], "contacts": {}}
CHOICE = {"channels": ["wecom", "mail"], "muted": ["reminder"], "contacts": {"mail": "ce@example.cn"}}


@pytest.fixture
def phone() -> Phone:
    return Phone.of(factories.user())


def chosen(answer: Any) -> dict[str, Any]:
    assert answer.status_code == 200, answer.content
    return {name: answer.json()[name] for name in NOTHING}


def test_choice_is_mine_alone_and_all_of_it_is_chosen_anew(phone: Phone) -> None:
    assert chosen(phone.get("me/reminders")) == NOTHING
    assert chosen(phone.put("me/reminders", CHOICE)) == CHOICE
    assert chosen(phone.get("me/reminders")) == CHOICE
    assert chosen(Phone.of(factories.user()).get("me/reminders")) == NOTHING
    assert chosen(phone.put("me/reminders", NOTHING)) == NOTHING
    assert Event.objects.filter(kind="preference.set").count() == 2


def test_it_says_what_may_be_chosen(phone: Phone, settings: Any) -> None:
    settings.CHANNELS = ["inbox", "console"]
    said = phone.get("me/reminders").json()
    assert said["available"] == []
    assert "reminder" in said["mutable"]
    assert not {"lapse", "alarm", "repeated", "unopened"} & set(said["mutable"])


def test_choice_on_top_of_another_that_was_not_seen_is_refused(phone: Phone) -> None:
    seen = phone.get("me/reminders")["ETag"]
    assert phone.get("me/reminders", headers={"If-None-Match": seen}).status_code == 304
    assert phone.put("me/reminders", CHOICE, headers={"If-Match": seen}).status_code == 200
    assert phone.put("me/reminders", NOTHING, headers={"If-Match": seen}).status_code == 412
    assert chosen(phone.get("me/reminders")) == CHOICE
    new = phone.get("me/reminders")["ETag"]
    assert phone.put("me/reminders", NOTHING, headers={"If-Match": new}).status_code == 200


@pytest.mark.parametrize(
    ("body", "fields"),
    [
        ({"channels": ["pigeon"]}, ["channels.0"]),
        ({"muted": ["lapse"]}, ["muted.0"]),
        ({"muted": ["weather", "alarm"], "contacts": {"mail": "x"}}, ["muted.0", "muted.1", "contacts.mail"]),
        ({"contacts": {"pigeon": "x"}}, ["contacts.pigeon"]),
        ({"contacts": {"mail": 5}}, ["contacts.mail"]),
        ({"contacts": ["mail"]}, ["contacts"]),
        ({"channels": "mail"}, ["channels"]),
        ({"channels": ["mail"] * 51}, ["channels"]),
        ({"channels": None}, ["channels"]),
    ],
)
def test_fault_is_named_and_nothing_is_stored(phone: Phone, body: dict[str, Any], fields: list[str]) -> None:
    answer = phone.put("me/reminders", {**NOTHING, **body})
    assert answer.status_code == 400
    assert [error["field"] for error in answer.json()["errors"]] == fields
    assert chosen(phone.get("me/reminders")) == NOTHING


@pytest.mark.parametrize("lacking", list(NOTHING))
def test_all_of_it_is_said_each_time(phone: Phone, lacking: str) -> None:
    phone.put("me/reminders", CHOICE)
    answer = phone.put("me/reminders", {name: value for name, value in NOTHING.items() if name != lacking})
    assert answer.status_code == 400
    assert chosen(phone.get("me/reminders")) == CHOICE
