"""One leader of a town who owes one inspection in November 2026."""

import pytest

from fieldwork.directory.models import Tenure
from fieldwork.duties.models import Obligation, Rule
from tests import factories


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
