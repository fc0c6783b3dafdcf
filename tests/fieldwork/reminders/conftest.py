"""One leader of a town who owes one inspection in November 2026."""

import pytest

from fieldwork.directory.models import Tenure, User
from fieldwork.duties.models import Obligation, Rule
from tests import factories
from tests.fieldwork.reminders.pushing import account, fake, fcm, fresh, kept, server
from tests.fieldwork.reminders.services import contact, outside, phone

__all__ = ["account", "fake", "fcm", "fresh", "kept", "outside", "server"]


@pytest.fixture
def tenure() -> Tenure:
    city = factories.division("测试市")
    town = factories.division("测试镇", factories.division("测试县", city))
    return factories.tenure(factories.post(factories.organisation(town)))


@pytest.fixture
def rule(tenure: Tenure) -> Rule:
    return factories.rule(tenure.post.organisation.division, [], name="排查", article="10(7)")


@pytest.fixture
def obligation(tenure: Tenure, rule: Rule) -> Obligation:
    factories.user(leader=tenure.leader, language="en")
    return factories.obligation(tenure, rule)


@pytest.fixture
def user(obligation: Obligation) -> User:
    """A leader who owes, with a phone, WeCom and mail."""
    one = User.objects.get(leader=obligation.leader)
    User.objects.filter(pk=one.pk).update(name="测试员甲")
    phone(one)
    contact(one, "wecom", "w1")
    contact(one, "mail", "m1")
    return one
