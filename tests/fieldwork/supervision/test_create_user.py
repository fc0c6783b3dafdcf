"""`manage.py create_user`: accounts before there are pages for them."""

from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from fieldwork.directory.models import User
from tests import factories as make

pytestmark = pytest.mark.django_db


def test_account_of_an_office_signs_in_with_the_password_that_is_printed() -> None:
    city = make.division("测试市", code="999900")
    out = StringIO()
    call_command("create_user", "city-office", "--office", "supervisor", "--division", "999900", stdout=out)
    username, password = out.getvalue().split()
    user = User.objects.get(username=username)
    assert (user.office, user.division) == ("supervisor", city)
    assert user.check_password(password)


def test_account_of_a_leader_belongs_to_them_alone() -> None:
    leader = make.leader()
    call_command("create_user", "someone", "--leader", str(leader.pk), stdout=StringIO())
    assert User.objects.get(username="someone").leader == leader
    with pytest.raises(CommandError, match="leader"):
        call_command("create_user", "another", "--leader", str(leader.pk))


@pytest.mark.parametrize("options", [["--division", "000000"], ["--leader", "999"], ["--office", "supervisor"]])
def test_account_that_cannot_be_is_refused(options: list[str]) -> None:
    with pytest.raises(CommandError):
        call_command("create_user", "someone", *options)
    assert not User.objects.exists()
