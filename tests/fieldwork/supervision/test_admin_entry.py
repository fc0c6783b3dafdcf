"""Who enters the office's pages, and what each office may do there."""

from datetime import datetime
from typing import Any
from urllib.parse import urlencode

import pytest
from django.contrib.admin import ModelAdmin
from django.test import Client
from django.urls import reverse

from fieldwork.core.events import SYSTEM
from fieldwork.core.models import Event
from fieldwork.directory.accounts import change_user, sign_out
from fieldwork.directory.activation import activate, issue_codes
from fieldwork.directory.models import User
from fieldwork.supervision.admin.registry import site
from tests import factories as make
from tests.fieldwork.supervision.clerk import NOON, Clerk, kinds, one_of_each
from tests.place import Place

pytestmark = pytest.mark.usefixtures("noon")

AT = datetime.fromisoformat(NOON)
PASSWORD = "a-long-enough-one-2026"
ACTED_ON = {
    "leader",
    "tenure",
    "linkage",
    "post",
    "organisation",
    "problemtownmark",
    "site",
    "user",
    "delegation",
    "freeze",
}


def sign_in(client: Client, username: str, password: str = PASSWORD) -> Any:
    return client.post(reverse("admin:login"), {"username": username, "password": password})


def with_password(**fields: Any) -> Any:
    user = make.user(**fields)
    user.set_password(PASSWORD)
    user.save()
    return user


def test_supervisor_signs_in_and_out_and_both_are_events(place: Place) -> None:
    user = with_password(office="supervisor", division=place.county)
    client = Client()
    assert client.get("/admin/").status_code == 302
    assert sign_in(client, user.username).status_code == 302
    page = client.get("/admin/")
    assert page.status_code == 200
    assert page.headers["Content-Language"] == "zh-hans"
    client.post(reverse("admin:logout"))
    assert client.get("/admin/").status_code == 302
    assert kinds() == ["session.begun", "session.ended"]
    assert set(Event.objects.values_list("actor", "object_id", "division_path")) == {
        (user.actor_key, str(user.pk), place.county.path)
    }


@pytest.mark.parametrize("following", ["", "//elsewhere.example/", "https://elsewhere.example/admin/"])
def test_sign_in_leads_nowhere_else(place: Place, following: str) -> None:
    user = with_password(office="supervisor", division=place.county)
    address = f"{reverse('admin:login')}?{urlencode({'next': following})}"
    answer = Client().post(address, {"username": user.username, "password": PASSWORD})
    assert (answer.status_code, answer.headers["Location"]) == (302, "/admin/")


@pytest.mark.parametrize(
    "end",
    [
        lambda user, by: sign_out(user, by=user, at=AT),
        lambda user, by: change_user(user, active=False, by=by, at=AT),
        lambda user, by: activate(code=issue_codes(users=[user], by=by, at=AT)[0].code, password="Qz7-lantern", at=AT),
    ],
)
def test_whoever_is_signed_out_everywhere_is_out_of_the_browser_too(place: Place, end: Any) -> None:
    user = with_password(office="supervisor", division=place.county)
    other = with_password(office="supervisor", division=place.county)
    clients = [Client(), Client()]
    for client, each in zip(clients, (user, other), strict=True):
        sign_in(client, each.username)
        assert client.get("/admin/").status_code == 200
    end(user, other)
    User.objects.update(is_active=True)
    assert [client.get("/admin/").status_code for client in clients] == [302, 200]


def test_whoever_signs_in_again_after_being_signed_out_stays(place: Place) -> None:
    user = with_password(office="supervisor", division=place.county)
    sign_out(user, by=SYSTEM, at=AT)
    client = Client()
    sign_in(client, user.username)
    assert client.get("/admin/").status_code == 200


def test_session_of_a_key_replaced_since_lasts_until_it_is_ended(place: Place, settings: Any) -> None:
    user = with_password(office="supervisor", division=place.county)
    lasting, ended = Client(), Client()
    for client in (lasting, ended):
        sign_in(client, user.username)
    settings.SECRET_KEY_FALLBACKS, settings.SECRET_KEY = [settings.SECRET_KEY], "another" * 10
    assert lasting.get("/admin/").status_code == 200
    sign_out(user, by=SYSTEM, at=AT)
    assert ended.get("/admin/").status_code == 302


def test_address_without_its_slash_leads_in(place: Place) -> None:
    assert Client().get("/admin").headers["Location"] == "/admin/"


@pytest.mark.parametrize("flags", [{}, {"is_staff": True}, {"is_staff": True, "is_superuser": True}])
def test_whoever_holds_no_office_stays_outside_whatever_the_flags_say(place: Place, flags: dict[str, bool]) -> None:
    user = with_password(leader=make.leader(), **flags)
    client = Client()
    answer = sign_in(client, user.username)
    assert answer.status_code == 200
    assert answer.context_data["form"].non_field_errors().data[0].code == "no_office"
    assert "_auth_user_id" not in client.session
    clerk = Clerk(user)
    assert clerk.get("/admin/").status_code == 302
    assert clerk.get(reverse("admin:directory_leader_changelist")).status_code == 302
    assert kinds() == []


def test_deactivated_supervisor_stays_outside(place: Place) -> None:
    user = with_password(office="supervisor", division=place.county, is_active=False)
    assert sign_in(Client(), user.username).status_code == 200
    assert Clerk(user).get("/admin/").status_code == 302


def test_lock_out_is_said_in_words_even_with_the_right_password(place: Place, settings: Any) -> None:
    settings.AXES_FAILURE_LIMIT = 2
    user = with_password(office="supervisor", division=place.county)
    client = Client()
    assert sign_in(client, user.username, "wrong").status_code == 200
    assert sign_in(client, user.username, "wrong").status_code == 429
    answer = sign_in(client, user.username)
    assert answer.status_code == 429
    assert "失败次数过多，请稍后再试。" in answer.content.decode()


def test_wrong_passwords_from_many_addresses_pause_strangers_and_not_the_known_place(
    place: Place, settings: Any
) -> None:
    settings.ACCOUNT_ATTEMPTS = 2
    user = with_password(office="supervisor", division=place.county)
    assert sign_in(Client(REMOTE_ADDR="192.0.2.7"), user.username).status_code == 302
    for number in (1, 2):
        assert sign_in(Client(REMOTE_ADDR=f"203.0.113.{number}"), user.username, "wrong").status_code == 200
    assert sign_in(Client(REMOTE_ADDR="203.0.113.3"), user.username).status_code == 429
    assert sign_in(Client(REMOTE_ADDR="192.0.2.7"), user.username).status_code == 302


@pytest.mark.parametrize("office", ["supervisor", "administrator", "auditor"])
def test_every_list_and_row_in_scope_is_shown_to_every_office(place: Place, office: str) -> None:
    rows = one_of_each(place)
    assert {f"{model._meta.app_label}_{model._meta.model_name}" for model in site._registry} == set(rows)
    clerk = Clerk.of(place, office)
    for name, row in rows.items():
        listed = clerk.page(f"{name}_changelist")
        assert listed.status_code == 200, name
        assert row in set(listed.context_data["cl"].result_list), name
        shown = clerk.page(f"{name}_change", row.pk)
        assert shown.status_code == 200, name
        assert "object (" not in shown.content.decode(), name


def test_rows_of_another_county_are_not_there(place: Place) -> None:
    rows = one_of_each(place)
    elsewhere = make.division("别县", place.city)
    clerk = Clerk(make.user(office="supervisor", division=elsewhere))
    everybodys = {"directory_industry", "duties_policy", "duties_rule", "reminders_workday"}
    for name in set(rows) - everybodys:
        listed = clerk.page(f"{name}_changelist")
        assert rows[name] not in set(listed.context_data["cl"].result_list), name
        assert clerk.page(f"{name}_change", rows[name].pk).status_code == 404, name
        assert clerk.send(f"{name}_change", rows[name].pk, ends_on="2026-12-01").status_code == 404, name
        assert clerk.page(f"{name}_history", rows[name].pk).status_code == 404, name
    assert kinds() == ["division.looked_at"]


def test_auditor_changes_nothing(place: Place) -> None:
    rows = one_of_each(place)
    clerk = Clerk.of(place, "auditor")
    for name, row in rows.items():
        assert clerk.page(f"{name}_add").status_code == 403, name
        assert clerk.send(f"{name}_add", name="x").status_code == 403, name
        assert clerk.send(f"{name}_change", row.pk, ends_on="2026-12-01").status_code == 403, name
        page: ModelAdmin[Any] = site._registry[type(row)]
        for step in getattr(page, "steps", ()):
            assert clerk.send(f"{name}_{step.name}", row.pk, verdict="accepted").status_code == 403, name
    assert clerk.send("activation_codes").status_code == 200
    assert kinds() == ["division.looked_at"]


def test_what_no_action_makes_is_added_by_nobody(place: Place) -> None:
    clerk = Clerk.of(place)
    for name in one_of_each(place):
        expected = 200 if name.split("_")[1] in ACTED_ON else 403
        assert clerk.page(f"{name}_add").status_code == expected, name


def test_nothing_is_ever_deleted(place: Place) -> None:
    rows = one_of_each(place)
    clerk = Clerk.of(place, "administrator")
    for name, row in rows.items():
        assert clerk.send(f"{name}_delete", row.pk, post="yes").status_code == 403, name
        answer = clerk.send(f"{name}_changelist", action="delete_selected", _selected_action=row.pk, post="yes")
        assert answer.status_code in (302, 200, 403), name
        assert type(row).objects.filter(pk=row.pk).exists(), name


def test_passwords_are_not_set_here(place: Place) -> None:
    clerk = Clerk.of(place)
    assert clerk.page("password_change").status_code == 404
    assert clerk.send("password_change", old_password="x").status_code == 404
    user = make.user(division=place.county, password="as-it-was")
    fields = {"name": "测试·改名", "division": place.county.pk, "is_active": "on", "password": "guessed-by-clerk"}
    assert clerk.send("directory_user_change", user.pk, **fields).status_code == 302
    user.refresh_from_db()
    assert (user.name, user.password) == ("测试·改名", "as-it-was")


def test_filters_other_than_those_offered_are_refused(place: Place) -> None:
    clerk = Clerk.of(place)
    make.user(division=place.county, password="pbkdf2_sha256$secret")
    for query in ({"password__startswith": "p"}, {"leader__name__contains": "x"}, {"is_superuser__exact": "1"}):
        assert clerk.get(reverse("admin:directory_user_changelist"), query).status_code == 400
