"""Facts that were altered, removed or inserted beside the actions are found, though everything follows from them."""

from collections.abc import Callable
from datetime import UTC, date, datetime
from typing import Any

import pytest
from django.db.models import Model

from fieldwork.core.events import SYSTEM
from fieldwork.directory import actions
from fieldwork.directory.accounts import change_user
from fieldwork.directory.models import (
    Delegation,
    Leader,
    Linkage,
    Organisation,
    Post,
    ProblemTownMark,
    Site,
    Tenure,
    User,
)
from fieldwork.directory.records import noun_of
from fieldwork.supervision.actions import appoint, end_linkage, end_tenure, link
from fieldwork.supervision.divisions import load_divisions
from fieldwork.supervision.ledger.facts import FACTS, check_facts
from fieldwork.supervision.ledger.findings import Fault
from tests import factories as make

pytestmark = pytest.mark.django_db

AT = datetime(2026, 11, 20, 2, tzinfo=UTC)
DAY = date(2026, 1, 1)
BY: dict[str, Any] = {"by": SYSTEM, "at": AT}


@pytest.fixture
def told(db: None) -> dict[str, Any]:
    """One of every sort of fact, by the actions."""
    county = make.division("测试县", make.division("测试市"))
    town = make.division("测试镇", county)
    dated: dict[str, Any] = {"starts_on": DAY, **BY}
    body = actions.create_organisation(name="县委", kind="party_committee", division=county, **dated)
    post = actions.create_post(organisation=body, title="书记", **dated)
    leader = actions.create_leader(name="测试·书记", division=county, **BY)
    tenure = appoint(leader=leader, post=post, **dated)
    linkage = link(tenure=tenure, kind="town", target=town, **dated)
    site = actions.create_site(name="工地", division=town, **dated)
    mark = actions.mark_problem_town(division=town, reason="事故较多", **dated)
    user = actions.create_user(username="clerk", division=county, office="supervisor", **BY)
    helper = actions.create_user(username="helper", **BY)
    delegation = actions.delegate(assistant=helper, leader=leader, **dated)
    rows = (body, post, leader, tenure, linkage, site, mark, user, delegation)
    return {noun_of(type(row)): row for row in rows} | {"town": town, "county": county}


def found() -> list[tuple[str, Fault]]:
    return [(one.key, one.fault) for one in check_facts()]


def test_every_sort_of_fact_is_told_and_clean(told: dict[str, Any]) -> None:
    assert {noun_of(model) for model in FACTS} <= told.keys()
    assert found() == []


@pytest.mark.parametrize(
    ("model", "changed"),
    [
        (Organisation, {"kind": "government"}), (Organisation, {"ends_on": date(2026, 12, 1)}), (Post, {"role": "x"}),
        (Leader, {"name": "别人"}), (Tenure, {"starts_on": date(2026, 10, 1)}), (Tenure, {"acting": True}),
        (Linkage, {"ends_on": date(2026, 2, 1)}), (Site, {"name": "别处"}), (ProblemTownMark, {"reason": "无"}),
        (User, {"office": "administrator"}), (User, {"is_active": False}),
        (Delegation, {"starts_on": date(2025, 1, 1)}),
    ],
)  # fmt: skip
def test_altered_fact_is_named(told: dict[str, Any], model: type[Model], changed: dict[str, Any]) -> None:
    row = told[noun_of(model)]
    model._default_manager.filter(pk=row.pk).update(**changed)
    assert found() == [(f"{noun_of(model)} {row.pk}", Fault.ALTERED)]


def test_removed_and_inserted_facts_are_named(told: dict[str, Any]) -> None:
    linkage = told["linkage"]
    key = f"linkage {linkage.pk}"
    Linkage.objects.filter(pk=linkage.pk).delete()
    assert found() == [(key, Fault.REMOVED)]
    linkage.save(force_insert=True)
    assert found() == []
    other = make.tenure(told["post"], told["leader"], date(2026, 5, 1))
    assert found() == [(f"tenure {other.pk}", Fault.INSERTED)]


def _ends(told: dict[str, Any]) -> None:
    end_tenure(tenure=told["tenure"], ends_on=date(2026, 6, 30), **BY)


def _ends_and_goes_on(told: dict[str, Any]) -> None:
    end_linkage(linkage=told["linkage"], ends_on=date(2026, 5, 31), **BY)
    end_linkage(linkage=told["linkage"], ends_on=None, **BY)
    _ends(told)
    end_tenure(tenure=told["tenure"], ends_on=None, **BY)


def _withdraws(told: dict[str, Any]) -> None:
    end_linkage(linkage=told["linkage"], ends_on=date(2026, 11, 30), **BY)
    later = link(tenure=told["tenure"], kind="town", target=told["town"], starts_on=date(2026, 12, 1), **BY)
    actions.withdraw_linkage(later, **BY)


def _changes_account(told: dict[str, Any]) -> None:
    change_user(told["user"], active=False, **BY)


def _renames(told: dict[str, Any]) -> None:
    """Whatever hangs at a division moves along."""
    county = told["county"]
    header = "code,name,level,parent,seat_latitude,seat_longitude,seat_source"
    rows = [header, f"{county.code},新县,county,{county.parent.code},,,"]
    load_divisions([f"{row}\n" for row in rows], authority="test", edition="2", on=date(2026, 11, 1), by=SYSTEM, at=AT)
    assert Organisation.objects.get(name="县委").division_id != county.pk


@pytest.mark.parametrize("change", [_ends, _ends_and_goes_on, _withdraws, _changes_account, _renames])
def test_what_the_actions_change_is_clean(told: dict[str, Any], change: Callable[[dict[str, Any]], None]) -> None:
    change(told)
    assert found() == []


def test_end_that_the_links_share_and_nobody_told_is_named(told: dict[str, Any]) -> None:
    _ends(told)
    Linkage.objects.update(ends_on=None)
    assert found() == [(f"linkage {told['linkage'].pk}", Fault.ALTERED)]


def test_since_leaves_older_facts_out(told: dict[str, Any]) -> None:
    Leader.objects.update(name="别人")
    assert list(check_facts(datetime(2026, 11, 21, tzinfo=UTC))) == []
    assert len(list(check_facts(AT))) == 1
