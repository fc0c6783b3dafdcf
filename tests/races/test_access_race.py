"""Activation, codes and counts at once, each over a connection of its own."""

from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial

import pytest
from django.core.cache import cache
from django.db import connection

from api.auth.actions import DeviceGiven, Session, begin_session, sign_in
from api.models import DeviceToken
from fieldwork.core.errors import Code, DomainError
from fieldwork.core.models import Event
from fieldwork.directory import attempts
from fieldwork.directory.accounts import sign_out
from fieldwork.directory.activation import activate, issue_codes
from fieldwork.directory.models import ActivationCode, User
from tests import factories
from tests.races.at_once import at_once, raised

NOW = datetime(2026, 11, 21, 6, tzinfo=UTC)
TWINS = 6
ROUNDS = 5

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite admits one writer"),
]


@pytest.fixture
def clerk() -> User:
    return factories.user("clerk", office="administrator")


def test_code_used_at_once_has_one_winner(clerk: User) -> None:
    for number in range(1, ROUNDS + 1):
        [issued] = issue_codes(users=[factories.user()], by=clerk, at=NOW)
        passwords = [f"Lantern-{twin}-moss" for twin in range(TWINS)]
        results = at_once([partial(activate, code=issued.code, password=word, at=NOW) for word in passwords])
        errors = raised(results)
        assert [error.code for error in errors if isinstance(error, DomainError)] == [Code.INVALID_CREDENTIALS] * 5
        winner = next(place for place, result in enumerate(results) if isinstance(result, User))
        assert User.objects.get(pk=issued.user.pk).check_password(passwords[winner])
        assert Event.objects.filter(kind="user.activated").count() == number


def test_control_without_holding_the_account_a_code_is_used_twice(clerk: User) -> None:
    """What `activate` would do if it looked before it held."""
    for _round in range(20):
        [issued] = issue_codes(users=[factories.user()], by=clerk, at=NOW)

        def unguarded(user: User = issued.user) -> int:
            codes = ActivationCode.objects.filter(user=user)
            return codes.update(used_at=NOW) if codes.filter(used_at__isnull=True).exists() else 0

        if at_once([unguarded] * TWINS).count(1) > 1:
            return
    pytest.fail("the race that the guard is for never showed")


def test_codes_made_at_once_leave_one_good_and_one_account(clerk: User) -> None:
    for _round in range(ROUNDS):
        leaders = [factories.leader() for _each in range(3)]
        results = at_once([partial(issue_codes, leaders=leaders, by=clerk, at=NOW)] * TWINS)
        assert raised(results) == []
        users = User.objects.filter(leader__in=leaders)
        assert users.count() == 3
        assert ActivationCode.objects.filter(user__in=users, used_at__isnull=True).count() == 3


def _signing_in(begin: Callable[..., Session]) -> bool:
    """Whether a token is left where an account signs in, read before, while it is signed out everywhere."""
    user = factories.user()
    device = DeviceGiven("one", "", "android")
    read_before = User.objects.get(pk=user.pk)
    works: list[Callable[[], object]] = [
        partial(begin, user=read_before, device=device, at=NOW), partial(sign_out, user, by=user, at=NOW),
    ]  # fmt: skip
    errors = raised(at_once(works))
    assert all(isinstance(error, DomainError) and error.code == Code.INVALID_CREDENTIALS for error in errors)
    left: bool = DeviceToken.objects.filter(user=user).exists()
    return left


def test_sign_in_does_not_outlive_a_sign_out_at_once() -> None:
    assert not any(_signing_in(sign_in) for _round in range(20))


def test_control_without_looking_again_a_sign_in_outlives_a_sign_out() -> None:
    assert any(_signing_in(begin_session) for _round in range(50))


def test_failures_at_once_are_all_counted() -> None:
    sign_in = attempts.SignIn("testa", "one", None)
    cache.clear()
    assert raised(at_once([partial(attempts.failed, sign_in, at=NOW)] * TWINS)) == []
    assert cache.get(sign_in.count)[0] == TWINS
