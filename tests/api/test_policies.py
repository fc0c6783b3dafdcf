"""GET policies: every rule with its article, and whether it is tracked here."""

from datetime import date

import pytest

from tests import factories
from tests.api.client import Phone

pytestmark = pytest.mark.django_db


def test_policies_show_each_rule_with_its_article_and_tracking() -> None:
    city = factories.division("测试市")
    county = factories.division("测试县", city)
    tracked = factories.rule(city, ["county_party_chief"], article="第五条", article_text="条文")
    factories.rule(
        city,
        ["b", "a"],
        tracked_from=None,
        version=tracked.version,
        duty="meeting",
        activity="meeting",
        cadence="",
    )
    user = factories.user(office="supervisor", division=county)
    policy = Phone.of(user).get("policies").json()["results"][0]
    assert policy["version"]["status"] == "draft_for_comment"
    first, second = policy["rules"]
    assert (first["article"], first["article_text"], first["tracked_from"], first["cadence"]) == (
        "第五条", "条文", "2020-01-01", "month",
    )  # fmt: skip
    assert (second["tracked_from"], second["cadence"], second["roles"]) == (None, None, ["a", "b"])
    assert Phone.of(user).get(f"policies/{policy['id']}").json() == policy


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
