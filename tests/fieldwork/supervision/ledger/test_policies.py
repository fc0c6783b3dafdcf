"""Policies, rules and where they are tracked: what no event tells of is found."""

from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings

from fieldwork.core.events import SYSTEM
from fieldwork.duties.models import PolicyVersion, Rule, RuleBody, RulePair, RuleRole, Tracking
from fieldwork.duties.policies import load_pack, track, untrack
from fieldwork.supervision.divisions import load_divisions
from fieldwork.supervision.ledger.findings import Fault
from fieldwork.supervision.ledger.policies import check_policies
from fieldwork.supervision.ledger.trackings import check_trackings
from tests import factories as make

pytestmark = pytest.mark.django_db

AT = datetime(2026, 11, 20, 2, tzinfo=UTC)
BY: dict[str, Any] = {"by": SYSTEM, "at": AT}
PACK = (Path(settings.BASE_DIR) / "fieldwork/policies/qingyuan.yaml").read_text(encoding="utf-8")
RULE = "inspection_10_7"


@pytest.fixture
def version(db: None) -> PolicyVersion:
    city = make.division("清远市", authority="mca", code="441800")
    loaded = load_pack(PACK, valid_from=date(2026, 1, 1), valid_to=None, **BY)
    track(loaded.policy, [RULE, "letter_19"], division=city, starts_on=date(2026, 8, 1), **BY)
    return loaded


def found() -> list[tuple[str, Fault]]:
    return [(one.key, one.fault) for one in (*check_policies(), *check_trackings())]


def test_what_was_loaded_and_tracked_is_clean(version: PolicyVersion) -> None:
    assert found() == []
    later = PACK.replace("version: draft-2", "version: draft-3")
    load_pack(later, valid_from=date(2026, 12, 1), valid_to=date(2027, 12, 31), **BY)
    assert found() == []


@pytest.mark.parametrize("column", ["text", "digest", "starts_on", "ends_on"])
def test_altered_version_is_named(version: PolicyVersion, column: str) -> None:
    value: Any = date(2026, 9, 1) if column.endswith("_on") else "x"
    PolicyVersion.objects.update(**{column: value})
    assert found() == [("qingyuan draft-2", Fault.ALTERED)]


def test_removed_and_inserted_versions_and_rules_are_named(version: PolicyVersion) -> None:
    rule = version.rules.get(code=RULE)
    rule.code = "forged"
    rule.save()
    assert found() == [("qingyuan draft-2 forged", Fault.INSERTED), (f"qingyuan draft-2 {RULE}", Fault.REMOVED)]
    PolicyVersion.objects.update(version="draft-9")
    assert found() == [("qingyuan draft-9", Fault.INSERTED), ("qingyuan draft-2", Fault.REMOVED)]


@pytest.mark.parametrize(
    "changed",
    [
        {"minimum": 2}, {"article_text": "可以不去"}, {"article": "第一条"}, {"cadence": "year"}, {"cadence": ""},
        {"partial_period": 31}, {"duty": "other"}, {"activity": "meeting"}, {"due": "12-31"}, {"assumed": {}},
    ],
)  # fmt: skip
def test_altered_rule_is_named(version: PolicyVersion, changed: dict[str, Any]) -> None:
    Rule.objects.filter(code=RULE).update(**changed)
    assert found() == [(f"qingyuan draft-2 {RULE}", Fault.ALTERED)]


@pytest.mark.parametrize(
    ("model", "code"), [(RuleRole, RULE), (RulePair, "letter_19"), (RuleBody, "assessment_approval_20_party")]
)
def test_rule_that_binds_others_is_named(version: PolicyVersion, model: Any, code: str) -> None:
    model.objects.filter(rule__code=code)[0].delete()
    assert found() == [(f"qingyuan draft-2 {code}", Fault.ALTERED)]


def test_altered_removed_and_inserted_trackings_are_named(version: PolicyVersion) -> None:
    row = Tracking.objects.get(rule_code=RULE)
    Tracking.objects.filter(pk=row.pk).update(starts_on=date(2026, 11, 1))
    assert [fault for _key, fault in found()] == [Fault.REMOVED, Fault.INSERTED]
    Tracking.objects.filter(pk=row.pk).delete()
    assert [fault for _key, fault in found()] == [Fault.REMOVED]
    row.save(force_insert=True)
    assert found() == []
    Tracking.objects.filter(pk=row.pk).update(streets=True)
    assert [fault for _key, fault in found()] == [Fault.REMOVED, Fault.INSERTED]


def _switches(version: PolicyVersion) -> None:
    policy, city = version.policy, version.policy.division
    untrack(policy, [RULE], division=city, ends_on=date(2026, 9, 30), **BY)
    track(policy, [RULE], division=city, starts_on=date(2026, 11, 1), streets=True, **BY)
    track(policy, [RULE], division=city, starts_on=date(2026, 10, 15), streets=True, **BY)
    track(policy, [RULE], division=city, starts_on=date(2027, 1, 1), **BY)
    untrack(policy, [RULE], division=city, ends_on=date(2026, 12, 1), **BY)


def _goes_on(version: PolicyVersion) -> None:
    city = version.policy.division
    header = "code,name,level,parent,seat_latitude,seat_longitude,seat_source"
    rows = [f"{row}\n" for row in (header, f"{city.code},新市,city,,,,")]
    load_divisions(rows, authority="mca", edition="2", on=date(2026, 11, 1), by=SYSTEM, at=AT)
    assert Tracking.objects.exclude(division=city.pk).count() == 2


@pytest.mark.parametrize("change", [_switches, _goes_on])
def test_what_the_actions_switch_is_clean(version: PolicyVersion, change: Callable[[PolicyVersion], None]) -> None:
    change(version)
    assert found() == []
