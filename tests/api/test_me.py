"""GET me: who I am today."""

from datetime import date

import pytest
from django.conf import settings

from fieldwork.directory.models import Delegation, Organisation
from tests import factories
from tests.api.client import Phone

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("noon")]


def test_me_tells_what_stands_today() -> None:
    county = factories.division("测试县", factories.division("测试市"))
    town = factories.division("测试镇", county)
    tenure = factories.tenure(factories.post(factories.organisation(county), title="县长"))
    past = factories.tenure(factories.post(factories.organisation(county)), tenure.leader, ends_on=date(2026, 11, 20))
    linkage = factories.linkage(tenure, town, date(2026, 11, 21))
    factories.linkage(tenure, factories.division("以后镇", county), date(2026, 11, 22))
    factories.linkage(past, town)
    me = Phone.of(factories.user(leader=tenure.leader, name="测试员甲")).get("me").json()
    assert (me["name"], me["roles"], me["leader"], me["division"]) == (
        "测试员甲", ["leader"], str(tenure.leader_id), None,
    )  # fmt: skip
    assert me["tenures"] == [
        {
            "id": str(tenure.pk), "post": str(tenure.post_id), "title": "县长",
            "role": "county_party_chief",
            "organisation": {"id": str(tenure.post.organisation_id), "name": "测试县government"},
            "acting": False, "starts_on": "2020-01-01", "ends_on": None,
        }
    ]  # fmt: skip
    assert me["linkages"] == [
        {
            "id": str(linkage.pk), "kind": "town", "target": {"id": str(town.pk), "name": "测试镇"},
            "starts_on": "2026-11-21", "ends_on": None,
        }
    ]  # fmt: skip


def test_me_tells_for_whom_i_act_today() -> None:
    user = factories.user()
    now, once = factories.leader("测试员乙"), factories.leader("测试员丙")
    Delegation.objects.create(assistant=user, leader=now, starts_on=date(2026, 11, 21))
    Delegation.objects.create(assistant=user, leader=once, starts_on=date(2026, 1, 1), ends_on=date(2026, 11, 20))
    me = Phone.of(user).get("me").json()
    assert me["acts_for"] == [{"leader": str(now.pk), "name": "测试员乙"}]
    assert me["roles"] == ["assistant"]


def test_me_tells_no_unit_that_has_ended() -> None:
    ended = factories.organisation(factories.division(), ends_on=date(2026, 11, 20))
    user = factories.user("unit", organisation=ended)
    office = Phone.of(factories.user(office="administrator"))
    for last, roles in ((date(2026, 11, 20), []), (date(2026, 11, 21), ["unit"])):
        Organisation.objects.update(ends_on=last)
        assert Phone.of(user).get("me").json()["roles"] == roles
        assert office.get(f"users/{user.pk}").json()["roles"] == roles
        assert len(office.get("users?role=unit").json()["results"]) == len(roles)


def test_me_tells_every_role() -> None:
    county = factories.division()
    leader = factories.leader()
    for office in ("supervisor", "auditor", "administrator"):
        me = Phone.of(factories.user(office=office, division=county)).get("me").json()
        assert (me["roles"], me["division"]) == ([office], str(county.pk))
    user = factories.user(leader=leader, organisation=factories.organisation(county))
    assert Phone.of(user).get("me").json()["roles"] == ["leader", "unit"]
    assert Phone.of(factories.user()).get("me").json()["roles"] == []


@pytest.mark.parametrize("office", ["", "supervisor", "auditor", "administrator"])
@pytest.mark.parametrize("unit", [False, True])
@pytest.mark.parametrize("leads", [False, True])
@pytest.mark.parametrize("assists", [False, True])
def test_me_tells_roles_in_any_combination(office: str, unit: bool, leads: bool, assists: bool) -> None:
    county = factories.division()
    user = factories.user(
        office=office, division=county, leader=factories.leader() if leads else None,
        organisation=factories.organisation(county) if unit else None,
    )  # fmt: skip
    if assists:
        Delegation.objects.create(assistant=user, leader=factories.leader(), starts_on=date(2026, 11, 21))
    held = {"leader": leads, "assistant": assists, "unit": unit, office: bool(office)}
    phone = Phone.of(user)
    assert phone.get("me").json()["roles"] == [role for role, holds in held.items() if holds]
    assert phone.get(f"users/{user.pk}").json()["roles"] == phone.get("me").json()["roles"]


def test_me_tells_the_limits() -> None:
    limits = Phone.of(factories.user()).get("me").json()["limits"]
    assert limits["photo_bytes"] == settings.PHOTO_BYTES
    assert limits["photos_per_check_in"] == settings.PHOTOS_PER_CHECK_IN
    assert limits["body_bytes"] == settings.BODY_BYTES


def test_me_is_answered_304_until_something_changes() -> None:
    user = factories.user(name="测试员甲")
    phone = Phone.of(user)
    etag = phone.get("me")["ETag"]
    same = phone.get("me", HTTP_IF_NONE_MATCH=f'"other", {etag}')
    assert (same.status_code, same.content, same["ETag"]) == (304, b"", etag)
    assert phone.get("me", HTTP_IF_NONE_MATCH=f"W/{etag}").status_code == 304
    assert phone.get("me", HTTP_IF_MATCH='"other"').status_code == 200
    user.name = "测试员乙"
    user.save()
    changed = phone.get("me", HTTP_IF_NONE_MATCH=etag)
    assert changed.status_code == 200
    assert changed["ETag"] != etag
