"""GET standing-duties: what binds whom, without a count."""

from datetime import date
from typing import Any

import pytest

from fieldwork.directory.models import Division
from fieldwork.duties.models import Body, PolicyVersion, Rule, RuleBody, RulePair, Tracking
from tests import factories as make
from tests.api.client import Phone

pytestmark = pytest.mark.django_db


@pytest.fixture
def city() -> Division:
    return make.division("测试市")


@pytest.fixture
def version(city: Division) -> PolicyVersion:
    return make.rule(city, ["chief"]).version


def duty(version: PolicyVersion, code: str, roles: list[str], **fields: Any) -> Rule:
    values: dict[str, Any] = {"cadence": "", "activity": "other", "kinds": ["study", "other"], **fields}
    return make.rule(version.policy.division, roles, version=version, code=code, tracked_from=None, **values)


def keys(phone: Phone, query: str = "") -> list[str]:
    answer = phone.get(f"standing-duties?{query}")
    assert answer.status_code == 200, answer.content
    return [row["key"].partition(".")[2] for row in answer.json()["results"]]


def test_what_binds_my_posts_and_bodies_is_shown_with_its_article(city: Division, version: PolicyVersion) -> None:
    rule = duty(version, "study_5_6", ["chief"], article="第五条（六）", article_text="大力弘扬")
    duty(version, "theirs", ["deputy"])
    government = Body.objects.create(version=version, code="g", name="政府", kind="government", level="county")
    committee = Body.objects.create(version=version, code="c", name="安委会", kind="safety_committee")
    RuleBody.objects.create(rule=duty(version, "drill", [], subject="organisation"), body=government)
    RuleBody.objects.create(rule=duty(version, "tour", [], subject="organisation"), body=committee)
    RulePair.objects.create(rule=duty(version, "pair", [], subject="pair"), upper=committee, lower=government)
    body = make.organisation(make.division("测试县", city))
    tenure = make.tenure(make.post(body, "chief"))
    phone = Phone.of(make.user(leader=tenure.leader))
    assert keys(phone) == ["drill", "pair", "study_5_6"]
    assert keys(phone, f"leader={tenure.leader_id}") == ["study_5_6"]
    assert keys(phone, f"organisation={body.pk}") == ["drill", "pair"]
    assert keys(Phone.of(make.user(organisation=body))) == ["drill", "pair"]
    assert keys(Phone.of(make.user())) == []
    row = phone.get(f"standing-duties?leader={tenure.leader_id}").json()["results"][0]
    assert row["key"] == rule.key
    assert (row["kinds"], row["article"], row["article_text"]) == (["study", "other"], "第五条（六）", "大力弘扬")


def test_of_others_only_those_whom_i_may_see(city: Division, version: PolicyVersion) -> None:
    duty(version, "study", ["chief"])
    body = make.organisation(make.division("测试县", city))
    tenure = make.tenure(make.post(body, "chief"))
    elsewhere = Phone.of(make.user(office="supervisor", division=make.division("别市")))
    assert keys(elsewhere, f"leader={tenure.leader_id}") == keys(elsewhere, f"organisation={body.pk}") == []
    assert keys(Phone.of(make.user(office="auditor", division=city)), f"leader={tenure.leader_id}") == ["study"]
    assistant = make.user()
    assistant.delegations.create(leader=tenure.leader, starts_on=make.BEGINNING)
    assert keys(Phone.of(assistant), f"leader={tenure.leader_id}") == ["study"]
    for query in ("leader=x", "whose=mine"):
        assert elsewhere.get(f"standing-duties?{query}").status_code == 400


def test_only_what_is_in_force_and_reaches_here(city: Division, version: PolicyVersion) -> None:
    duty(version, "study", ["chief"])
    held = make.tenure(make.post(make.organisation(city), "chief"))
    away = make.tenure(make.post(make.organisation(make.division("别市")), "chief"))
    past = make.tenure(make.post(make.organisation(city), "chief"), ends_on=date(2021, 1, 1))
    phone = Phone.of(make.user(office="administrator"))
    assert [keys(phone, f"leader={row.leader_id}") for row in (held, away, past)] == [["study"], [], []]
    PolicyVersion.objects.update(ends_on=date(2021, 1, 1))
    assert keys(phone, f"leader={held.leader_id}") == []


def test_streets_wait_for_their_switch(city: Division, version: PolicyVersion) -> None:
    duty(version, "study", ["chief"], streets=False)
    body = Body.objects.create(version=version, code="g", name="街道办", kind="government", streets=False)
    RuleBody.objects.create(rule=duty(version, "drill", [], subject="organisation"), body=body)
    street = make.division("测试街道", make.division("测试县", city), street=True)
    tenure = make.tenure(make.post(make.organisation(street), "chief"))
    phone = Phone.of(make.user(leader=tenure.leader))
    assert keys(phone) == []
    Tracking.objects.update(streets=True)
    assert keys(phone) == ["drill", "study"]
