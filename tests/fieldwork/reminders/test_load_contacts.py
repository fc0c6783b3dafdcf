"""`load_contacts`: many at once, all or nothing."""

from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from fieldwork.reminders.models import Contact
from tests import factories

pytestmark = pytest.mark.django_db


def load(tmp_path: Path, text: str) -> None:
    path = tmp_path / "contacts.csv"
    path.write_text(text, encoding="utf-8")
    call_command("load_contacts", str(path), verbosity=0)


def contacts() -> list[tuple[str, str, str]]:
    return sorted(Contact.objects.values_list("user__username", "channel", "value"))


def test_contacts_are_set_kept_and_forgotten(tmp_path: Path) -> None:
    for name in ("one", "two"):
        factories.user(username=name)
    load(tmp_path, "username,mail,wecom\none,one@example.cn,w-one\ntwo,two@example.cn,\n")
    load(tmp_path, "username,mail,wecom\none,,-\n")
    assert contacts() == [("one", "mail", "one@example.cn"), ("two", "mail", "two@example.cn")]


def test_one_fault_stores_nothing_and_every_fault_is_named(tmp_path: Path) -> None:
    factories.user(username="one")
    with pytest.raises(CommandError) as refused:
        load(tmp_path, "username,mail\none,one@example.cn\nnobody,x@example.cn\none,not an address\n")
    assert [line.split(":")[0] for line in str(refused.value).splitlines()] == ["line 3", "line 4"]
    assert contacts() == []
