"""Accounts: made, changed, activated, deactivated, and how far each reaches."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from django.conf import settings

from fieldwork.core.errors import DomainError
from fieldwork.core.events import SYSTEM
from fieldwork.core.models import Event
from fieldwork.directory import accounts, activation
from fieldwork.directory.models import ActivationCode, Delegation, User
from fieldwork.directory.queries import leaders_visible_to, users_visible_to
from fieldwork.directory.reach import reach_of_users
from fieldwork.directory.rules import can_change_user, can_manage_leaders, can_manage_users, can_renew_users
from tests import factories

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 21, 4, tzinfo=UTC)
TODAY = date(2026, 11, 21)
TOLD: dict[str, Any] = {"by": SYSTEM, "at": NOW}
PASSWORD = "Qz7-lantern-Moss"


@pytest.fixture
def clerk() -> User:
    """The supervisor of a county."""
    county = factories.division("测试县", factories.division("测试市"))
    return factories.user("clerk", office="supervisor", division=county)


def refused(action: Any, *args: Any, **given: Any) -> set[str]:
    """The fields on which the action refuses, leaving no event behind; its code where it names none."""
    before = Event.objects.count()
    with pytest.raises(DomainError) as caught:
        action(*args, **given)
    assert Event.objects.count() == before
    return {fault.field for fault in caught.value.errors} or {str(caught.value.code)}


def test_user_signs_in_with_the_password_and_no_event_tells_it() -> None:
    leader = factories.leader("测试员乙")
    made = accounts.create_user(username="ceshi.yi", password=PASSWORD, leader=leader, **TOLD)
    stored = User.objects.get(pk=made.pk)
    assert stored.check_password(PASSWORD)
    assert (stored.name, stored.get_full_name(), stored.language) == ("测试员乙", "测试员乙", "zh-hans")
    told = Event.objects.latest("pk")
    assert "password" not in told.data["row"]
    assert "lantern" not in told.body
    assert not accounts.create_user(username="ceshi.bing", **TOLD).has_usable_password()


@pytest.mark.parametrize(
    ("field", "given"),
    [
        ("username", {"username": ""}), ("username", {"username": "two words"}), ("username", {"username": "taken"}),
        ("office", {"office": "owner"}), ("language", {"language": "fr"}),
        ("password", {"password": "12345678"}), ("password", {"password": "ceshi.ding"}),
        ("division", {"office": "supervisor"}), ("division", {"office": "auditor"}),
    ],
)  # fmt: skip
def test_user_is_refused_on_the_field_at_fault(field: str, given: dict[str, Any]) -> None:
    factories.user("taken")
    assert refused(accounts.create_user, **{"username": "ceshi.ding", **given}, **TOLD) == {field}


def test_leader_has_one_account() -> None:
    leader = factories.leader()
    factories.user(leader=leader)
    assert refused(accounts.create_user, username="ceshi.wu", leader=leader, **TOLD) == {"leader"}


def test_change_tells_what_differs_and_no_more(clerk: User) -> None:
    accounts.change_user(clerk, name=" 测试员丙 ", language="en", office="supervisor", **TOLD)
    told = Event.objects.get()
    assert told.kind == "user.changed"
    assert told.data["was"] == {"name": "", "language": "zh-hans"}
    assert told.data["now"] == {"name": "测试员丙", "language": "en"}
    assert clerk.division
    assert told.division_path == clerk.division.path
    accounts.change_user(clerk, name="测试员丙", **TOLD)
    assert Event.objects.count() == 1


@pytest.mark.parametrize(
    ("field", "given"),
    [("division", {"division": None}), ("office", {"office": "owner"}), ("language", {"language": "fr"})],
)
def test_change_is_refused_on_the_field_at_fault(clerk: User, field: str, given: Any) -> None:
    assert refused(accounts.change_user, clerk, **given, **TOLD) == {field}


def test_account_that_was_used_stays_its_leader_s() -> None:
    first, second, served = factories.leader(), factories.leader("测试员乙"), factories.leader("测试员丙")
    factories.user(leader=served)
    user = factories.user()
    assert refused(accounts.change_user, user, leader=served, **TOLD) == {"leader"}
    accounts.change_user(user, leader=first, **TOLD)
    accounts.change_user(user, leader=second, **TOLD)
    User.objects.update(last_login=NOW)
    assert refused(accounts.change_user, user, leader=first, **TOLD) == {"leader"}
    assert refused(accounts.change_user, user, leader=None, **TOLD) == {"leader"}


def test_signing_out_is_told_of_whoever_may_sit_at_a_browser(clerk: User) -> None:
    """A browser leaves no token behind: what ends there cannot be counted."""
    accounts.sign_out(factories.user(leader=factories.leader()), **TOLD)
    assert not Event.objects.exists()
    accounts.sign_out(clerk, **TOLD)
    accounts.change_user(clerk, name="测试员乙", **TOLD)
    assert list(Event.objects.order_by("pk").values_list("kind", flat=True)) == ["session.ended", "user.changed"]
    assert "nonce" not in "".join(Event.objects.values_list("body", flat=True))


def test_deactivation_takes_codes_back(clerk: User) -> None:
    [issued] = activation.issue_codes(users=[factories.user()], by=clerk, at=NOW)
    accounts.change_user(issued.user, active=False, **TOLD)
    accounts.change_user(issued.user, active=True, **TOLD)
    assert refused(activation.activate, code=issued.code, password=PASSWORD, at=NOW) == {"invalid_credentials"}


def test_code_is_kept_only_as_a_keyed_digest(clerk: User, settings: Any) -> None:
    [issued] = activation.issue_codes(users=[factories.user()], by=clerk, at=NOW)
    stored = ActivationCode.objects.get()
    plain = issued.code.replace("-", "")
    assert len(plain) == 12
    assert set(plain) <= set(activation.ALPHABET)
    assert not set(activation.ALPHABET) & set("01OIL")
    assert plain not in stored.digest
    assert plain not in "".join(Event.objects.values_list("body", flat=True)).replace("-", "")
    settings.SECRET_KEY = "another" * 10
    assert activation.digest_of(issued.code) != stored.digest


@pytest.mark.parametrize("typed", [str.lower, lambda code: code.replace("-", ""), lambda code: f" {code} "])
def test_code_is_read_however_it_was_typed(clerk: User, typed: Any) -> None:
    [issued] = activation.issue_codes(users=[factories.user()], by=clerk, at=NOW)
    assert activation.activate(code=typed(issued.code), password=PASSWORD, at=NOW) == issued.user


def test_code_is_good_once_and_until_a_newer_one(clerk: User) -> None:
    user = factories.user()
    [older] = activation.issue_codes(users=[user], by=clerk, at=NOW)
    [newer] = activation.issue_codes(users=[user], by=clerk, at=NOW)
    assert refused(activation.activate, code=older.code, password=PASSWORD, at=NOW) == {"invalid_credentials"}
    activation.activate(code=newer.code, password=PASSWORD, at=NOW)
    assert User.objects.get(pk=user.pk).check_password(PASSWORD)
    assert refused(activation.activate, code=newer.code, password=PASSWORD, at=NOW) == {"invalid_credentials"}
    told = Event.objects.latest("pk")
    assert (told.kind, told.actor) == ("user.activated", f"user:{user.pk}")


def test_code_expires(clerk: User) -> None:
    users = [factories.user(), factories.user()]
    first, second = activation.issue_codes(users=users, by=clerk, at=NOW)
    end = NOW + timedelta(days=settings.ACTIVATION_DAYS)
    assert first.expires_at == end
    activation.activate(code=first.code, password=PASSWORD, at=end - timedelta(seconds=1))
    assert refused(activation.activate, code=second.code, password=PASSWORD, at=end) == {"invalid_credentials"}


def test_weak_password_leaves_the_code_as_it_was(clerk: User) -> None:
    user = factories.user("testb-testb")
    [issued] = activation.issue_codes(users=[user], by=clerk, at=NOW)
    for weak in ("kurz", "1234567890123", "testb-testb"):
        assert refused(activation.activate, code=issued.code, password=weak, at=NOW) == {"password"}
    activation.activate(code=issued.code, password=PASSWORD, at=NOW)


def test_code_of_a_deactivated_account_opens_nothing(clerk: User) -> None:
    [issued] = activation.issue_codes(users=[factories.user()], by=clerk, at=NOW)
    User.objects.filter(pk=issued.user.pk).update(is_active=False)
    assert refused(activation.activate, code=issued.code, password=PASSWORD, at=NOW) == {"invalid_credentials"}
    assert refused(activation.issue_codes, users=[issued.user], by=clerk, at=NOW) == {"wrong_state"}


def test_codes_make_accounts_for_leaders_without_one(clerk: User) -> None:
    assert clerk.division
    tenure = factories.tenure(factories.post(factories.organisation(clerk.division)), factories.leader("测试员乙"))
    served = factories.user(leader=factories.leader(), name="测试员丙")
    assert served.leader
    issued = activation.issue_codes(leaders=[tenure.leader, served.leader], by=clerk, at=NOW)
    names = {one.user.username: (one.user.name, one.tenure) for one in issued}
    assert names == {f"ld{tenure.leader_id:05d}": ("测试员乙", tenure), served.username: ("测试员丙", None)}
    told = Event.objects.get()
    assert told.kind == "activation_codes.issued"
    assert sorted(told.data["users"]) == sorted(one.user.pk for one in issued)
    assert [made["leader_id"] for made in told.data["created"]] == [tenure.leader_id]
    activation.issue_codes(leaders=[tenure.leader, served.leader], by=clerk, at=NOW)
    assert User.objects.exclude(pk=clerk.pk).count() == 2


def test_name_that_another_account_has_is_passed_over(clerk: User) -> None:
    leader = factories.leader()
    factories.user(f"ld{leader.pk:05d}")
    factories.user(f"ld{leader.pk:05d}-2")
    [issued] = activation.issue_codes(leaders=[leader], by=clerk, at=NOW)
    assert issued.user.username == f"ld{leader.pk:05d}-3"


def test_leaders_to_activate_hold_posts_there_and_have_never_set_a_password(clerk: User) -> None:
    county = clerk.division
    assert county
    town = factories.division("测试镇", county)
    without, waiting, active, gone, past, elsewhere = (
        factories.tenure(factories.post(factories.organisation(place)))
        for place in (town, county, county, county, town, factories.division("别处县", county.parent))
    )
    past.ends_on = date(2026, 11, 20)
    past.save()
    factories.user(leader=waiting.leader, password="!never")
    factories.user(leader=active.leader, password="a hash")
    factories.user(leader=gone.leader, password="!never", is_active=False)
    assert set(activation.leaders_to_activate(county, TODAY)) == {without.leader, waiting.leader}
    assert past.leader not in activation.leaders_to_activate(town, TODAY)
    assert elsewhere.leader not in activation.leaders_to_activate(county, TODAY)


def test_reach_is_every_place_of_an_account(clerk: User) -> None:
    county = clerk.division
    assert county
    city = county.parent
    assert city
    town, other = factories.division("测试镇", county), factories.division("别处县", city)
    here = factories.tenure(factories.post(factories.organisation(town)))
    factories.tenure(factories.post(factories.organisation(city)), here.leader, ends_on=date(2026, 11, 20))
    both = factories.tenure(factories.post(factories.organisation(town)))
    factories.tenure(factories.post(factories.organisation(other)), both.leader, date(2027, 1, 1))
    left = factories.tenure(factories.post(factories.organisation(other)), ends_on=date(2026, 1, 1))
    assistant = factories.user(division=county)
    Delegation.objects.create(assistant=assistant, leader=both.leader, starts_on=date(2027, 1, 1))
    former = factories.user(division=county)
    Delegation.objects.create(
        assistant=former, leader=both.leader, starts_on=date(2026, 1, 1), ends_on=date(2026, 11, 20)
    )
    users = [
        clerk, factories.user(leader=here.leader), factories.user(leader=both.leader), assistant, former,
        factories.user(organisation=factories.organisation(other)), factories.user(leader=left.leader),
        factories.user(), factories.user(office="administrator"), User(username="new", leader=here.leader),
    ]  # fmt: skip
    assert reach_of_users(users, TODAY) == [
        {county.path}, {town.path}, {town.path, other.path}, {county.path, town.path, other.path}, {county.path},
        {other.path}, {other.path}, {""}, {""}, {town.path},
    ]  # fmt: skip
    allowed = [can_manage_users(clerk, [user], TODAY) for user in users]
    assert allowed == [True, True, False, False, True, False, False, False, False, True]
    administrator = factories.user(office="administrator")
    assert can_manage_users(administrator, users, TODAY)
    assert not can_manage_users(factories.user(office="auditor", division=city), users[:1], TODAY)
    assert not can_manage_users(users[1], [users[1]], TODAY)
    assert can_manage_leaders(clerk, [here.leader], TODAY)
    assert not can_manage_leaders(clerk, [here.leader, both.leader], TODAY)


def test_nobody_raises_anybody_above_themselves(clerk: User) -> None:
    county = clerk.division
    assert county
    city, town = county.parent, factories.division("测试镇", county)
    user = factories.user(division=county)
    can = [
        can_change_user(clerk, user, changes, TODAY)
        for changes in (
            {"office": "supervisor"}, {"office": "auditor", "division": town}, {"active": False},
            {"office": "administrator"}, {"office": "supervisor", "division": city}, {"division": None},
            {"organisation": factories.organisation(city)} if city else {},
        )
    ]  # fmt: skip
    assert can == [True, True, True, False, False, False, False]
    administrator = factories.user(office="administrator", division=county)
    assert not can_change_user(clerk, administrator, {"active": False}, TODAY)
    assert can_change_user(administrator, clerk, {"office": "administrator"}, TODAY)
    assert not can_change_user(administrator, clerk, {"office": "administrator", "division": None}, TODAY)


def test_of_one_s_own_account_only_the_language_changes(clerk: User) -> None:
    for user in (clerk, factories.user(office="administrator"), factories.user(leader=factories.leader())):
        assert can_change_user(user, user, {"language": "en"}, TODAY)
        for changes in ({"division": None}, {"office": ""}, {"active": False}, {"name": "测试员丁"}):
            assert not can_change_user(user, user, changes, TODAY)
        assert not can_renew_users(user, [user], TODAY)


def test_who_has_no_office_sees_only_what_is_their_own(clerk: User) -> None:
    """A place in an account that is no office opens nothing there."""
    county = clerk.division
    assert county
    body = factories.organisation(county)
    tenures = [factories.tenure(factories.post(body)) for _each in range(2)]
    for tenure in tenures:
        factories.user(leader=tenure.leader)
    factories.user(organisation=body)
    unit = factories.user(organisation=body, division=county)
    assistant = factories.user(division=county)
    Delegation.objects.create(assistant=assistant, leader=tenures[0].leader, starts_on=TODAY)
    assert not leaders_visible_to(unit, TODAY).exists()
    assert set(leaders_visible_to(assistant, TODAY)) == {tenures[0].leader}
    assert not leaders_visible_to(assistant, TODAY - timedelta(days=1)).exists()
    assert [set(users_visible_to(user, TODAY)) for user in (unit, assistant)] == [{unit}, {assistant}]
