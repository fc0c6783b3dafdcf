"""GET policies: every rule with its article, and whether it is tracked here."""

from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings

from fieldwork.core.events import SYSTEM
from fieldwork.duties.models import PolicyVersion
from fieldwork.duties.packs import decode
from fieldwork.duties.policies import load_pack
from tests import factories
from tests.api.client import Phone

pytestmark = pytest.mark.django_db
POLICIES = Path(settings.BASE_DIR) / "fieldwork" / "policies"


def only_policy(phone: Phone) -> dict[str, Any]:
    (policy,) = phone.get("policies").json()["results"]
    return dict(policy)


def test_policies_show_each_rule_with_its_article_and_tracking() -> None:
    city = factories.division("测试市")
    county = factories.division("测试县", city)
    tracked = factories.rule(city, ["county_party_chief"], article="第五条", article_text="条文")
    factories.rule(
        city, ["b", "a"], tracked_from=None, version=tracked.version, duty="meeting", activity="meeting",
        cadence="year", due="03-31",
    )  # fmt: skip
    policy = only_policy(Phone.of(factories.user(office="supervisor", division=county)))
    assert policy["version"]["status"] == "draft_for_comment"
    first, second = policy["rules"]
    assert (first["article"], first["article_text"], first["tracked_from"], first["cadence"], first["due"]) == (
        "第五条", "条文", "2020-01-01", "month", None,
    )  # fmt: skip
    assert first["key"] == f"{tracked.version.policy.code}.{tracked.code}"
    assert (second["tracked_from"], second["due"], second["roles"]) == (None, "03-31", ["a", "b"])


def test_list_has_rules_and_detail_all_that_the_version_says() -> None:
    city = factories.division("清远市", authority="mca", code="441800")
    load_pack(
        decode((POLICIES / "qingyuan.yaml").read_bytes()), valid_from=date(2026, 1, 1), valid_to=None, by=SYSTEM,
        at=datetime(2026, 1, 1, tzinfo=UTC),
    )  # fmt: skip
    phone = Phone.of(factories.user(office="supervisor", division=city))
    listed = only_policy(phone)
    policy = phone.get(f"policies/{listed['id']}").json()
    assert {key: policy[key] for key in listed} == listed
    rules = {rule["rule"]: rule for rule in policy["rules"]}
    letter, report = rules["letter_19"], rules["duty_report_22_body"]
    assert {"upper": "county_government", "lower": "town_government"} in letter["pairs"]
    assert (letter["due"], letter["roles"], letter["bodies"]) == ("03-31", [], [])
    assert (report["subject"], len(report["bodies"]), report["pairs"]) == ("organisation", 6, [])
    patrol = next(duty for duty in policy["standing"] if duty["rule"] == "patrol_12_4")
    assert (patrol["key"], patrol["kinds"], patrol["roles"]) == (
        "qingyuan.patrol_12_4", ["inspection", "other"], ["town_safety_deputy"],
    )  # fmt: skip
    assert "patrol_12_4" not in rules
    chief = policy["roles"][0]
    assert (chief["code"], chief["level"], len(chief["quotas"])) == ("city_party_chief", "city", 3)
    assert chief["responsibility"]["kind"] == "important"
    assert policy["roles"][-1]["responsibility"] is None
    assert {body["code"] for body in policy["bodies"]} >= {"town_government", "county_safety_committee"}
    assert policy["triggers"][0]["when"] == {"levels": ["county"], "accident_grade_at_least": "major"}
    assert policy["checks"][0]["in_roles"] == ["safety_committee_chair"]
    assert (policy["indicators"], len(policy["accident_grades"])) == ([], 4)


def test_details_of_rules_name_signers_copies_and_roles_spared() -> None:
    city = factories.division("测试市")
    signed = factories.rule(city, [], details={"signed_by": {"lower": ["chief"]}})
    factories.rule(city, [], version=signed.version, details={"copies_to": ["纪检部门"]})
    others = factories.rule(city, ["member"], version=signed.version, details={"except_roles": ["chief"]})
    others.roles.create(role="chief", streets=True, excepted=True)
    policy = only_policy(Phone.of(factories.user(office="supervisor", division=city)))
    assert [rule["details"] for rule in policy["rules"]] == [
        {"signed_by": {"upper": [], "lower": ["chief"]}, "copies_to": [], "except_roles": []},
        {"signed_by": None, "copies_to": ["纪检部门"], "except_roles": []},
        {"signed_by": None, "copies_to": [], "except_roles": ["chief"]},
    ]
    assert [rule["roles"] for rule in policy["rules"]] == [[], [], ["member"]]


def test_policy_whose_versions_have_ended_says_nothing() -> None:
    city = factories.division("测试市")
    rule = factories.rule(city, ["a"])
    PolicyVersion.objects.filter(pk=rule.version_id).update(ends_on=date(2021, 1, 1))
    phone = Phone.of(factories.user(office="supervisor", division=city))
    policy = phone.get(f"policies/{only_policy(phone)['id']}").json()
    assert (policy["version"], policy["rules"], policy["standing"], policy["roles"]) == (None, [], [], [])


def test_policies_are_tracked_or_not_where_i_belong() -> None:
    city = factories.division("测试市")
    one, two = factories.division("一县", city), factories.division("二县", city)
    rule = factories.rule(city, ["a"], tracked_from=None)
    rule.version.policy.trackings.create(rule_code=rule.code, division=one, starts_on=date(2026, 3, 1))
    tenure = factories.tenure(factories.post(factories.organisation(one)))
    seen = {
        user.pk: Phone.of(user).get("policies").json()["results"][0]["rules"][0]["tracked_from"]
        for user in (
            factories.user(leader=tenure.leader),
            factories.user(organisation=factories.organisation(two)),
            factories.user(office="administrator"),
        )
    }
    assert list(seen.values()) == ["2026-03-01", None, None]
