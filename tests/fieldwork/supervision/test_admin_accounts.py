"""Accounts that a clerk makes, unlocks, signs out and prints codes for; who prepares for whom; contacts."""

from datetime import datetime

import pytest
from django.conf import settings
from django.urls import reverse

from api.auth.actions import DeviceGiven, begin_session
from api.models import DeviceToken
from fieldwork.directory.attempts import SignIn, failed, pause
from fieldwork.directory.models import ActivationCode, User
from fieldwork.reminders.preferences import chosen_by
from tests import factories as make
from tests.fieldwork.supervision.clerk import NOON, SOON, Clerk, done, errors, kinds, last_event
from tests.place import Place

pytestmark = pytest.mark.usefixtures("noon")


@pytest.fixture
def clerk(place: Place) -> Clerk:
    return Clerk.of(place)


def test_account_is_made_changed_and_deactivated(place: Place, clerk: Clerk) -> None:
    answer = clerk.send("directory_user_add", username="clerk2", name="测试·文书", division=place.county.pk)
    done(answer, "user.created")
    user = User.objects.get(username="clerk2")
    assert not user.has_usable_password()
    assert list(errors(clerk.send("directory_user_add", username="clerk2", division=place.county.pk))) == ["username"]
    fields = {"name": "测试·文书", "division": place.county.pk}
    done(clerk.send("directory_user_change", user.pk, **fields), "user.created", "user.changed")
    user.refresh_from_db()
    assert not user.is_active


@pytest.mark.parametrize("fields", [{"office": "administrator"}, {"office": "supervisor"}, {}])
def test_nobody_makes_an_account_that_reaches_further_than_themselves(
    place: Place, clerk: Clerk, fields: dict[str, str]
) -> None:
    answer = clerk.send("directory_user_add", username="more", **fields)
    assert errors(answer)
    assert not User.objects.filter(username="more").exists()


def test_own_account_is_not_changed_here(place: Place, clerk: Clerk) -> None:
    assert clerk.send("directory_user_change", clerk.user.pk, office="administrator").status_code == 403
    assert clerk.send("directory_user_sign_out", clerk.user.pk).status_code == 403


def test_lost_phone_is_signed_out(place: Place, clerk: Clerk) -> None:
    begin_session(user=place.user, device=DeviceGiven("lost", "", "android"), at=datetime.fromisoformat(NOON))
    done(clerk.send("directory_user_sign_out", place.user.pk), "session.begun", "session.ended")
    assert not DeviceToken.objects.exists()


def test_account_is_unlocked(place: Place, clerk: Clerk) -> None:
    guess = SignIn(place.user.username, "", "203.0.113.7")
    for _number in range(settings.ACCOUNT_ATTEMPTS):
        failed(guess, at=datetime.fromisoformat(NOON))
    assert pause(guess, at=datetime.fromisoformat(NOON))
    assert clerk.send("directory_user_unlock", clerk.user.pk).status_code == 403
    done(clerk.send("directory_user_unlock", place.user.pk), "user.unlocked")
    assert not pause(guess, at=datetime.fromisoformat(NOON))


def test_assistant_is_delegated_and_the_delegation_withdrawn(place: Place, clerk: Clerk) -> None:
    assistant = make.user(division=place.county, name="测试·文书")
    fields = {"assistant": assistant.pk, "leader": place.leader.pk, "starts_on": SOON}
    done(clerk.send("directory_delegation_add", **fields), "delegation.begun")
    delegation = assistant.delegations.get()
    answer = clerk.send("directory_delegation_withdraw", delegation.pk)
    done(answer, "delegation.begun", "delegation.withdrawn")
    own = clerk.send("directory_delegation_add", assistant=place.user.pk, leader=place.leader.pk, starts_on=SOON)
    assert list(errors(own)) == ["assistant"]


def test_codes_are_printed_once_for_whoever_may_be_given_one(place: Place, clerk: Clerk) -> None:
    newcomer = make.leader("测试·新人")
    make.tenure(place.tenure.post, newcomer)
    elsewhere = make.leader("测试·别处")
    make.tenure(make.post(make.organisation(make.division("别县", place.city))), elsewhere)
    both = make.leader("测试·两处")
    make.tenure(place.tenure.post, both)
    make.tenure(make.post(make.organisation(place.city)), both)
    chosen = [place.leader, newcomer, elsewhere, both]
    listed = clerk.send(
        "directory_leader_changelist", action="print_codes", _selected_action=[row.pk for row in chosen]
    )
    address = listed.headers["Location"]
    assert address == reverse("admin:activation_codes")
    asked = clerk.get(address)
    assert [person.name for person in asked.context_data["given"]] == ["测试·书记", "测试·新人"]
    assert [person.name for person, _why in asked.context_data["refused"]] == ["测试·两处"]
    assert ActivationCode.objects.count() == 0
    printed = clerk.post(address, asked.context_data["chosen"])
    assert "no-store" in printed.headers["Cache-Control"]
    words = printed.content.decode()
    issued = printed.context_data["issued"]
    assert [one.user.leader for one in issued] == [place.leader, newcomer]
    for one in issued:
        for word in (
            one.user.name,
            one.user.username,
            one.code,
            str(one.tenure.post.organisation),
            one.tenure.post.title,
        ):
            assert word in words
    assert kinds() == ["activation_codes.issued"]
    assert [one.code for one in issued if one.code in clerk.get(address).content.decode()] == []


def test_codes_for_accounts_leave_out_ones_own_and_the_deactivated(place: Place, clerk: Clerk) -> None:
    closed = make.user(division=place.county, is_active=False)
    unit = make.user(organisation=make.organisation(place.county, "department"))
    ids = ",".join(str(user.pk) for user in (clerk.user, closed, unit))
    asked = clerk.page("activation_codes", users=ids)
    assert [person.user for person in asked.context_data["given"]] == [unit]
    printed = clerk.send("activation_codes", users=ids)
    assert [one.user for one in printed.context_data["issued"]] == [unit]


def test_contacts_are_set_for_others_and_told_without_them(place: Place, clerk: Clerk) -> None:
    sent = clerk.send("directory_user_contacts", place.user.pk, mail="ce@example.cn", wecom="")
    done(sent, "preference.set")
    assert chosen_by(place.user).contacts == {"mail": "ce@example.cn"}
    assert "example.cn" not in last_event().body
    assert "ce@example.cn" in clerk.page("directory_user_contacts", place.user.pk).content.decode()
    wrong = clerk.send("directory_user_contacts", place.user.pk, mail="x", wecom="a b")
    assert set(errors(wrong)) == {"mail", "wecom"}
    assert clerk.send("directory_user_contacts", clerk.user.pk, mail="ce@example.cn").status_code == 403


def test_contacts_of_an_account_of_another_county_are_out_of_sight(place: Place) -> None:
    elsewhere = Clerk(make.user(office="supervisor", division=make.division("别县", place.city)))
    assert elsewhere.page("directory_user_contacts", place.user.pk).status_code == 404
    assert elsewhere.send("directory_user_contacts", place.user.pk, mail="ce@example.cn").status_code == 404
    assert chosen_by(place.user).contacts == {}
