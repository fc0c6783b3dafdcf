"""users: who sees, makes, changes and activates whom."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from api.models import DeviceToken, KeptAnswer
from api.users import codes
from fieldwork.core.models import Event
from fieldwork.directory.models import ActivationCode, Delegation, Division, Leader, User
from fieldwork.reminders.models import Device
from tests import factories
from tests.api.client import Phone

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("noon")]
NOON = datetime(2026, 11, 21, 4, tzinfo=UTC)
PASSWORD = "erfunden-und-lang"
DEVICE = {"id": "one", "name": "测试机", "platform": "android"}


@pytest.fixture
def clerk(county: Division) -> User:
    return factories.user("clerk", office="supervisor", division=county)


@pytest.fixture
def phone(clerk: User) -> Phone:
    return Phone.of(clerk)


@pytest.fixture
def leader(county: Division) -> Leader:
    body = factories.organisation(factories.division("测试镇", county))
    return factories.tenure(factories.post(body, title="镇长"), factories.leader("测试员乙")).leader


def names(response: Any) -> list[str]:
    assert response.status_code == 200, response.content
    return [row["username"] for row in response.json()["results"]]


def faults(response: Any) -> dict[str, str]:
    assert response.status_code == 400, response.content
    return {error["field"]: error["code"] for error in response.json()["errors"]}


def login(user: User, password: str = PASSWORD) -> Any:
    return Phone().post("auth/login", {"username": user.username, "password": password, "device": DEVICE})


def test_user_is_made_without_a_password_and_told(phone: Phone, clerk: User, leader: Leader) -> None:
    response = phone.post("users", {"username": "testb", "leader": str(leader.pk), "language": "en"})
    assert response.status_code == 201
    made = User.objects.get(username="testb")
    assert response.json() == {
        "id": str(made.pk), "username": "testb", "name": "测试员乙", "roles": ["leader"], "leader": str(leader.pk),
        "organisation": None, "office": "", "division": None, "language": "en", "active": True,
        "last_sign_in_at": None, "activation": {"state": "never_activated", "code_expires_at": None},
    }  # fmt: skip
    assert not made.has_usable_password()
    assert Event.objects.get(kind="user.created").actor == f"user:{clerk.pk}"
    assert phone.get(f"users/{made.pk}").json() == response.json()


def test_assistant_is_looked_after_by_the_division_that_made_them(phone: Phone, county: Division) -> None:
    made = phone.post("users", {"username": "helper", "name": "测试员丙"}).json()
    assert (made["division"], made["roles"]) == (str(county.pk), [])
    colleague = phone.post("users", {"username": "colleague", "office": "supervisor"}).json()
    assert (colleague["division"], colleague["roles"]) == (str(county.pk), ["supervisor"])
    above = Phone.of(factories.user(office="administrator"))
    assert faults(above.post("users", {"username": "auditor", "office": "auditor"})) == {"division": "invalid"}


def test_user_is_refused_where_it_would_reach_beyond_my_scope(phone: Phone, county: Division, leader: Leader) -> None:
    assert county.parent
    beyond = factories.tenure(factories.post(factories.organisation(county.parent)), leader)
    for given in (
        {"office": "administrator"}, {"office": "administrator", "division": str(county.pk)},
        {"leader": str(leader.pk)},
    ):  # fmt: skip
        assert phone.post("users", {"username": "testb", **given}).status_code == 403
    assert faults(phone.post("users", {"username": "x", "office": "auditor", "division": str(county.parent.pk)})) == {
        "division": "unknown_reference"
    }
    assert faults(phone.post("users", {"username": "x", "organisation": str(beyond.post.organisation_id)})) == {
        "organisation": "unknown_reference"
    }
    beyond.ends_on = date(2026, 11, 20)
    beyond.save()
    assert phone.post("users", {"username": "testb", "leader": str(leader.pk)}).status_code == 201


def test_users_in_scope_are_listed_to_offices_alone(county: Division, clerk: User, leader: Leader) -> None:
    assert county.parent
    factories.user("a-leader", leader=leader)
    factories.user("b-unit", organisation=factories.organisation(county))
    factories.user("c-home", division=county)
    helper = factories.user("d-helper")
    Delegation.objects.create(assistant=helper, leader=leader, starts_on=date(2026, 1, 1))
    factories.user("e-city", office="supervisor", division=county.parent)
    factories.user("f-elsewhere", division=factories.division("别处县", county.parent))
    auditor = factories.user("g-auditor", office="auditor", division=county)
    seen = ["a-leader", "b-unit", "c-home", "clerk", "d-helper", "g-auditor"]
    for user in (clerk, auditor):
        assert names(Phone.of(user).get("users?ordering=username")) == seen
    assert names(Phone.of(factories.user("z", office="administrator")).get("users?ordering=-username"))[0] == "z"
    for user in User.objects.filter(office=""):
        assert names(Phone.of(user).get("users")) == [user.username]


def test_users_are_filtered(phone: Phone, county: Division, leader: Leader) -> None:
    town = leader.tenures.get().post.organisation.division
    body = factories.organisation(county)
    factories.user("chief", leader=leader, name="测试员乙")
    factories.user("unit", organisation=body)
    factories.user("gone", division=county, is_active=False)
    helper = factories.user("helper", division=county)
    former = factories.user("former", division=county)
    Delegation.objects.create(assistant=helper, leader=leader, starts_on=date(2026, 11, 21))
    Delegation.objects.create(assistant=former, leader=leader, starts_on=date(2026, 1, 1), ends_on=date(2026, 11, 20))
    for query, expected in {
        f"division={town.pk}": {"chief", "helper", "former"},
        f"organisation={body.pk}": {"unit"},
        f"leader={leader.pk}": {"chief"},
        "office=supervisor": {"clerk"},
        "role=leader": {"chief"}, "role=assistant": {"helper"}, "role=unit": {"unit"}, "role=supervisor": {"clerk"},
        "role=auditor": set(),
        "active=false": {"gone"},
        "search=测试员": {"chief"}, "search=HELP": {"helper"},
    }.items():  # fmt: skip
        assert set(names(phone.get(f"users?{query}"))) == expected, query
    assert phone.get("users?active=1").status_code == 400
    assert phone.get("users?nonsense=1").json()["code"] == "unknown_filter"


def test_user_is_changed_by_whoever_manages_them(phone: Phone, county: Division) -> None:
    user = factories.user("helper", division=county)
    etag = phone.get(f"users/{user.pk}")["ETag"]
    body = {"name": "测试员丙", "office": "auditor"}
    changed = phone.patch(f"users/{user.pk}", body, HTTP_IF_MATCH=etag)
    assert (changed.status_code, changed.json()["roles"]) == (200, ["auditor"])
    assert phone.patch(f"users/{user.pk}", {"name": "x"}, HTTP_IF_MATCH=etag).status_code == 412
    assert faults(phone.patch(f"users/{user.pk}", {"username": "y", "password": "z"})) == {
        "username": "invalid", "password": "invalid",
    }  # fmt: skip
    assert phone.patch(f"users/{user.pk}", {"office": "administrator"}).status_code == 403
    assert phone.delete(f"users/{user.pk}").status_code == 405


def test_user_with_reach_elsewhere_is_left_to_the_office_above(phone: Phone, county: Division, leader: Leader) -> None:
    assert county.parent
    user = factories.user("both", leader=leader)
    assert phone.patch(f"users/{user.pk}", {"name": "测试员丙"}).status_code == 200
    factories.tenure(factories.post(factories.organisation(county.parent)), leader)
    for answer in (
        phone.patch(f"users/{user.pk}", {"name": "测试员丁"}), phone.post(f"users/{user.pk}/sign-out"),
        phone.post(f"users/{user.pk}/unlock"), phone.get(f"users/{user.pk}/devices"),
        phone.post("users/activation-codes", {"users": [str(user.pk)]}),
        phone.post("users/activation-codes", {"leaders": [str(leader.pk)]}),
    ):  # fmt: skip
        assert answer.status_code == 403
    above = Phone.of(factories.user(office="supervisor", division=county.parent))
    assert above.patch(f"users/{user.pk}", {"name": "测试员丁"}).status_code == 200


def test_of_my_own_account_the_language_changes_alone(phone: Phone, clerk: User) -> None:
    assert phone.patch(f"users/{clerk.pk}", {"language": "en"}).json()["language"] == "en"
    for given in ({"active": False}, {"office": "auditor"}, {"division": None}, {"name": "测试员丁"}):
        assert phone.patch(f"users/{clerk.pk}", given).status_code == 403
    assert phone.post("users/activation-codes", {"users": [str(clerk.pk)]}).status_code == 403


def test_auditor_reads_alone(county: Division) -> None:
    auditor = Phone.of(factories.user(office="auditor", division=county))
    user = factories.user("helper", division=county)
    assert auditor.get(f"users/{user.pk}").status_code == 200
    assert auditor.get(f"users/{user.pk}/devices").status_code == 200
    for answer in (
        auditor.patch(f"users/{user.pk}", {"name": "x"}), auditor.post("users", {"username": "x"}),
        auditor.post("users/activation-codes", {"users": [str(user.pk)]}), auditor.post(f"users/{user.pk}/sign-out"),
    ):  # fmt: skip
        assert answer.status_code == 403


def test_deactivation_signs_out_for_good(phone: Phone, county: Division) -> None:
    user = factories.user("helper", division=county)
    user.set_password(PASSWORD)
    user.save()
    theirs = Phone.of(user)
    Device.objects.filter(user=user).update(push_kind="fcm_token", push_value="erfunden")
    assert phone.patch(f"users/{user.pk}", {"active": False}).json()["active"] is False
    assert theirs.get("me").status_code == 401
    assert (login(user).status_code, login(user).json()["code"]) == (401, "invalid_credentials")
    assert Device.objects.get(user=user).push_value == ""
    phone.patch(f"users/{user.pk}", {"active": True})
    assert theirs.get("me").status_code == 401
    assert login(user).status_code == 200
    assert phone.get(f"users/{user.pk}").json()["last_sign_in_at"] == "2026-11-21T12:00:00+08:00"


def test_codes_are_shown_once_and_kept_by_nobody(phone: Phone, clerk: User, leader: Leader) -> None:
    unit = factories.user("unit", organisation=leader.tenures.get().post.organisation, name="测试镇办")
    body = {"users": [str(unit.pk)], "leaders": [str(leader.pk)]}
    response = phone.post("users/activation-codes", body, HTTP_IDEMPOTENCY_KEY="k1")
    assert (response.status_code, response["Cache-Control"]) == (200, "no-store")
    rows = {row["username"]: row for row in response.json()}
    made = User.objects.get(leader=leader)
    tenure = leader.tenures.get()
    code = rows[made.username].pop("code")
    assert rows[made.username] == {
        "user": str(made.pk), "username": f"ld{leader.pk:05d}", "name": "测试员乙", "leader": str(leader.pk),
        "organisation": {"id": str(tenure.post.organisation_id), "name": "测试镇government"},
        "post": {"id": str(tenure.post_id), "name": "镇长"}, "expires_at": "2026-12-05T12:00:00+08:00",
    }  # fmt: skip
    assert (rows["unit"]["organisation"]["name"], rows["unit"]["post"]) == ("测试镇government", None)
    assert phone.get(f"users/{made.pk}").json()["activation"] == {
        "state": "code_pending", "code_expires_at": "2026-12-05T12:00:00+08:00",
    }  # fmt: skip
    event = Event.objects.get(kind="activation_codes.issued")
    assert (event.actor, sorted(event.data["users"])) == (f"user:{clerk.pk}", sorted([unit.pk, made.pk]))
    assert phone.get(f"users/{clerk.pk}").json()["activation"]["code_expires_at"] is None
    assert code not in event.body
    assert not KeptAnswer.objects.exists()
    again = phone.post("users/activation-codes", body, HTTP_IDEMPOTENCY_KEY="k1").json()
    assert code not in {row["code"] for row in again}
    assert ActivationCode.objects.filter(used_at__isnull=True).count() == 2


def test_codes_of_a_division_are_for_leaders_who_have_none(phone: Phone, county: Division, leader: Leader) -> None:
    assert county.parent
    post = factories.post(factories.organisation(county))
    active, above = factories.tenure(post).leader, factories.tenure(post).leader
    factories.user(leader=active, password="a hash")
    factories.tenure(factories.post(factories.organisation(county.parent)), above)
    body = {"division": str(county.pk), "missing_only": True}
    for _again in range(2):
        assert [row["leader"] for row in phone.post("users/activation-codes", body).json()] == [str(leader.pk)]
    assert faults(phone.post("users/activation-codes", {**body, "missing_only": False})) == {"missing_only": "invalid"}
    assert faults(phone.post("users/activation-codes", {})) == {"": "invalid"}
    assert faults(phone.post("users/activation-codes", {"division": str(county.parent.pk)})) == {
        "division": "unknown_reference"
    }


def test_codes_for_whom_i_cannot_see_name_the_place(phone: Phone, county: Division, leader: Leader) -> None:
    assert county.parent
    hidden = factories.user(division=county.parent)
    answer = phone.post("users/activation-codes", {"users": [str(hidden.pk), "x"], "leaders": [str(leader.pk), "0"]})
    assert faults(answer) == {"users.0": "unknown_reference", "users.1": "unknown_reference"}
    assert answer.json()["code"] == "unknown_reference"
    assert not User.objects.filter(leader=leader).exists()


def test_codes_are_made_for_two_thousand_at_most(
    phone: Phone, county: Division, leader: Leader, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert faults(phone.post("users/activation-codes", {"users": ["1"] * 2001})) == {"users": "max_length"}
    monkeypatch.setattr(codes, "MOST_CODES", 1)
    both = {"users": [str(factories.user(division=county).pk)], "leaders": [str(leader.pk)]}
    assert faults(phone.post("users/activation-codes", both)) == {"": "invalid"}
    assert not ActivationCode.objects.exists()
    assert phone.post("users/activation-codes", {"leaders": [str(leader.pk)]}).status_code == 200


def test_codes_cost_the_same_queries_for_many(phone: Phone, county: Division) -> None:
    body = factories.organisation(county)
    counts = []
    for number in (1, 20):
        for _each in range(number):
            factories.tenure(factories.post(body))
        with CaptureQueriesContext(connection) as context:
            phone.post("users/activation-codes", {"division": str(county.pk)})
        counts.append(len(context.captured_queries))
        ActivationCode.objects.all().delete()
        User.objects.filter(leader__isnull=False).delete()
    assert counts[0] == counts[1]


def test_devices_of_a_user_are_seen_and_signed_out(phone: Phone, county: Division, clerk: User) -> None:
    user = factories.user("helper", division=county)
    one, two = Phone.of(user, NOON - timedelta(days=3)), Phone.of(user, NOON)
    keys = list(Device.objects.filter(user=user).order_by("pk").values_list("key", flat=True))
    rows = phone.get(f"users/{user.pk}/devices").json()["results"]
    assert [(row["id"], row["last_used_at"], row["expires_at"]) for row in rows] == [
        (keys[0], "2026-11-18T12:00:00+08:00", "2027-02-16T12:00:00+08:00"),
        (keys[1], "2026-11-21T12:00:00+08:00", "2027-02-19T12:00:00+08:00"),
    ]
    assert phone.delete(f"users/{user.pk}/devices/{keys[0]}").status_code == 204
    assert phone.delete(f"users/{user.pk}/devices/{keys[0]}").status_code == 404
    assert (one.get("me").status_code, two.get("me").status_code) == (401, 200)
    told = Event.objects.get(kind="device.forgotten")
    assert (told.actor, told.data["user"], told.division_path) == (f"user:{clerk.pk}", user.pk, county.path)
    assert phone.post(f"users/{user.pk}/sign-out").status_code == 204
    assert two.get("me").status_code == 401
    assert Event.objects.get(kind="session.ended").actor == f"user:{clerk.pk}"
    rows = phone.get(f"users/{user.pk}/devices").json()["results"]
    assert [(row["id"], row["last_used_at"], row["expires_at"]) for row in rows] == [(keys[1], None, None)]
    assert not DeviceToken.objects.filter(user=user).exists()


def test_my_own_devices_are_mine_to_see_there_too(county: Division) -> None:
    user = factories.user("helper")
    assert len(Phone.of(user).get(f"users/{user.pk}/devices").json()["results"]) == 1
    assert Phone.of(factories.user()).get(f"users/{user.pk}/devices").status_code == 404
