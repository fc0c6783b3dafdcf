"""What a message says: written from the facts at sending."""

from datetime import datetime, timedelta

import pytest

from fieldwork.core.periods import ZONE
from fieldwork.directory.models import Tenure
from fieldwork.duties.models import Obligation, Rule
from fieldwork.reminders.actions import tick
from fieldwork.reminders.models import Notification
from tests import factories
from tests.fieldwork.reminders.november import LAPSED, NEXT_REMINDER, TEN_DAYS_LEFT, more_leaders, only_sent, planned

pytestmark = pytest.mark.django_db


def test_delivery_leaves_out_the_duty_that_was_met_and_tells_of_the_other(
    obligation: Obligation, tenure: Tenure, rule: Rule
) -> None:
    factories.obligation(tenure, rule, "2026-11", duty="meeting", activity="meeting", minimum=2)
    planned(TEN_DAYS_LEFT)
    Obligation.objects.filter(pk=obligation.pk).update(outcome="met")
    tick(TEN_DAYS_LEFT)
    assert only_sent().body == "排查 (测试办法 10(7)), 2026-11: 0 of 2 done."


def test_reminder_names_days_period_article_rule_and_places_not_visited(obligation: Obligation) -> None:
    for number, name in enumerate(["测试甲镇", "测试乙镇", "测试丙镇"]):
        place = factories.division(name, factories.division(parent=factories.division()))
        factories.task(
            obligation, place,
            state="withdrawn" if number == 2 else "standing",
            done_at=obligation.starts_at if number == 1 else None,
        )  # fmt: skip
    tick(NEXT_REMINDER + timedelta(days=1))
    assert only_sent().title == "2 days left for your duties of 2026-11."
    assert only_sent().body.splitlines() == [
        "排查 (测试办法 10(7)), 2026-11: 0 of 1 done.",
        "Linked and not visited yet: 测试甲镇",
    ]


def test_reminder_cites_every_standing_basis(obligation: Obligation, tenure: Tenure, rule: Rule) -> None:
    second = factories.rule(tenure.post.organisation.division, [], name="检查", article="14(1)", version=rule.version)
    third = factories.rule(tenure.post.organisation.division, [], name="学习", article="16", version=rule.version)
    for more, state in ((second, "standing"), (third, "withdrawn")):
        obligation.bases.create(
            rule=more, tenure=tenure, division=obligation.bases.all()[0].division,
            state=state, since=obligation.starts_at,
        )  # fmt: skip
    tick(TEN_DAYS_LEFT)
    assert only_sent().body == "排查 (测试办法 10(7)); 检查 (测试办法 14(1)), 2026-11: 0 of 1 done."


def test_reminder_on_the_last_day_says_so(obligation: Obligation) -> None:
    tick(datetime(2026, 11, 30, 10, tzinfo=ZONE))
    assert only_sent().title == "Today is the last day for your duties of 2026-11."


def test_lapse_names_what_was_not_done(obligation: Obligation) -> None:
    tick(LAPSED)
    assert only_sent().title == "Your duties of 2026-11 were not done in time."


def test_digest_counts_by_lower_division_and_each_obligation_once(
    obligation: Obligation, tenure: Tenure, rule: Rule
) -> None:
    town = tenure.post.organisation.division
    county, city = town.parent, town.parent and town.parent.parent
    another = factories.division("测试乙镇", county)
    elsewhere = factories.division("测试乙县", city)
    second = factories.tenure(factories.post(factories.organisation(another)), factories.leader("测试员乙"))
    factories.obligation(second, rule)
    own = factories.tenure(factories.post(factories.organisation(elsewhere)), tenure.leader)
    obligation.bases.create(rule=rule, tenure=own, division=elsewhere, state="standing", since=obligation.starts_at)
    for division in (city, county):
        factories.user(office="supervisor", division=division, language="en")
    tick(LAPSED + timedelta(hours=1))
    digests = Notification.objects.filter(kind="digest").order_by("user")
    assert [(one.title, one.body.splitlines()) for one in digests] == [
        (
            "2 duties were not done by 2026-11-30.",
            ["测试市: 2", "测试县: 2", "测试乙县: 1", "Concerned: 测试员甲; 测试员乙"],
        ),
        (
            "2 duties were not done by 2026-11-30.",
            ["测试县: 2", "测试镇: 1", "测试乙镇: 1", "Concerned: 测试员甲; 测试员乙"],
        ),
    ]


def test_digest_of_many_names_nobody(tenure: Tenure, rule: Rule) -> None:
    more_leaders(tenure, rule, 11)
    factories.user(office="supervisor", division=tenure.post.organisation.division, language="en")
    tick(LAPSED + timedelta(hours=1))
    one = Notification.objects.get(kind="digest")
    assert one.title == "11 duties were not done by 2026-11-30."
    assert one.body == "测试镇: 11"
