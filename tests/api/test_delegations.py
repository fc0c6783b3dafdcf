"""delegations: who lets whom prepare for which leader."""

from datetime import UTC, date, datetime
from typing import Any

import pytest
import time_machine

from fieldwork.core.models import Event
from fieldwork.directory.models import Delegation, Division, Leader, User
from tests import factories
from tests.api.client import Phone

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("noon")]
NOON = datetime(2026, 11, 21, 4, tzinfo=UTC)


@pytest.fixture
def leader(county: Division) -> Leader:
    return factories.tenure(factories.post(factories.organisation(county)), factories.leader("测试员乙")).leader


@pytest.fixture
def assistant(county: Division) -> User:
    return factories.user("helper", division=county, name="测试员丙")


def body(assistant: User, leader: Leader, **more: Any) -> dict[str, Any]:
    return {"assistant": str(assistant.pk), "leader": str(leader.pk), "starts_on": "2026-11-21", **more}


def test_assistant_acts_from_the_first_day_to_the_last(phone: Phone, leader: Leader, assistant: User) -> None:
    made = phone.post("delegations", body(assistant, leader, ends_on="2026-11-22"))
    assert made.status_code == 201
    assert made.json() == {
        "id": made.json()["id"], "assistant": str(assistant.pk), "assistant_name": "测试员丙",
        "leader": str(leader.pk), "leader_name": "测试员乙", "starts_on": "2026-11-21", "ends_on": "2026-11-22",
    }  # fmt: skip
    theirs = Phone.of(assistant)
    for day, roles in ((20, []), (21, ["assistant"]), (22, ["assistant"]), (23, [])):
        with time_machine.travel(datetime(2026, 11, day, 4, tzinfo=UTC), tick=False):
            me = theirs.get("me").json()
            assert (me["roles"], bool(me["acts_for"])) == (roles, bool(roles))
            leaders = [row["id"] for row in theirs.get("leaders").json()["results"]]
            assert leaders == ([str(leader.pk)] if roles else [])


def test_delegation_is_ended_or_withdrawn_before_it_begins(phone: Phone, leader: Leader, assistant: User) -> None:
    made = phone.post("delegations", body(assistant, leader))
    path = f"delegations/{made.json()['id']}"
    assert phone.delete(path).json()["code"] == "wrong_state"
    etag = phone.get(path)["ETag"]
    assert phone.patch(path, {"ends_on": "2026-11-30"}, HTTP_IF_MATCH=etag).json()["ends_on"] == "2026-11-30"
    assert phone.patch(path, {"ends_on": None}, HTTP_IF_MATCH=etag).status_code == 412
    later = phone.post("delegations", body(assistant, leader, starts_on="2026-12-01")).json()
    assert phone.delete(f"delegations/{later['id']}").status_code == 204
    assert not Delegation.objects.filter(pk=later["id"]).exists()
    kinds = list(Event.objects.filter(kind__startswith="delegation.").order_by("pk").values_list("kind", flat=True))
    assert kinds == ["delegation.begun", "delegation.ended", "delegation.begun", "delegation.withdrawn"]


def test_delegation_needs_both_in_sight_and_the_leader_wholly_in_scope(
    phone: Phone, county: Division, leader: Leader, assistant: User
) -> None:
    assert county.parent
    other = factories.division("别处县", county.parent)
    hidden_leader = factories.tenure(factories.post(factories.organisation(other))).leader
    hidden_user = factories.user(division=other)
    for given, field in ((body(assistant, hidden_leader), "leader"), (body(hidden_user, leader), "assistant")):
        answer = phone.post("delegations", given)
        assert (answer.json()["code"], answer.json()["errors"][0]["field"]) == ("unknown_reference", field)
    made = phone.post("delegations", body(assistant, leader)).json()
    factories.tenure(factories.post(factories.organisation(county.parent)), leader)
    assert phone.post("delegations", body(assistant, leader, starts_on="2027-01-01")).status_code == 403
    assert phone.patch(f"delegations/{made['id']}", {"ends_on": "2026-11-30"}).status_code == 403
    assert phone.delete(f"delegations/{made['id']}").status_code == 403


def test_delegation_to_a_deactivated_account_or_twice_is_refused(phone: Phone, leader: Leader, assistant: User) -> None:
    assert phone.post("delegations", body(assistant, leader)).status_code == 201
    assert phone.post("delegations", body(assistant, leader)).json()["errors"][0]["field"] == "starts_on"
    User.objects.filter(pk=assistant.pk).update(is_active=False)
    twice = phone.post("delegations", body(assistant, leader, starts_on="2027-01-01"))
    assert twice.json()["errors"][0]["field"] == "assistant"


def test_delegations_are_seen_by_both_and_by_the_office(phone: Phone, leader: Leader, assistant: User) -> None:
    made = phone.post("delegations", body(assistant, leader)).json()
    for user in (assistant, factories.user(leader=leader)):
        theirs = Phone.of(user)
        assert [row["id"] for row in theirs.get("delegations").json()["results"]] == [made["id"]]
        assert theirs.get(f"delegations/{made['id']}").json() == made
        assert theirs.patch(f"delegations/{made['id']}", {"ends_on": None}).status_code == 403
    for user in (factories.user(), factories.user(leader=factories.leader())):
        assert Phone.of(user).get("delegations").json()["results"] == []
    for query, found in {
        f"leader={leader.pk}": 1, f"assistant={assistant.pk}": 1, "leader=999999": 0,
        "on=2026-11-20": 0, "on=2026-11-21": 1, "mine=true": 0, "ordering=-starts_on": 1,
    }.items():  # fmt: skip
        assert len(phone.get(f"delegations?{query}").json()["results"]) == found, query
    entered = Leader.objects.create(name="测试员丁", division=leader.tenures.get().post.organisation.division)
    assert phone.post("delegations", body(assistant, entered)).status_code == 201
    assert len(phone.get("delegations").json()["results"]) == 2
    assert date.fromisoformat(made["starts_on"]) == NOON.date()
