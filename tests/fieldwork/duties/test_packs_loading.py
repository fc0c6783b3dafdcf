"""The shipped packs in force: every row of them, and the zone that one of them founds."""

from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from django.conf import settings

from fieldwork.core.errors import Code, DomainError
from fieldwork.core.events import SYSTEM
from fieldwork.core.models import Event
from fieldwork.directory.models import Division
from fieldwork.directory.paths import within
from fieldwork.duties.models import Body, PolicyVersion, Role, Rule, RuleBody, RulePair, RuleRole
from fieldwork.duties.packs import Pack, RuleSpec, StandingSpec, decode, read_pack
from fieldwork.duties.policies import load_pack
from fieldwork.supervision.divisions import load_divisions
from tests import factories as make

pytestmark = pytest.mark.django_db

FOLDER = Path(settings.BASE_DIR) / "fieldwork" / "policies"
DIVISIONS = Path(settings.BASE_DIR) / "fieldwork" / "directory" / "data" / "divisions.csv"
AT = datetime(2026, 11, 21, 2, 0, tzinfo=UTC)
JANUARY = date(2026, 1, 1)
TAKEN = {"440803013", "440803014", "440811001", "440811002", "440811003", "440811106"}


def text_of(name: str) -> str:
    return decode((FOLDER / f"{name}.yaml").read_bytes())


def load(name: str) -> PolicyVersion:
    return load_pack(text_of(name), valid_from=JANUARY, valid_to=None, by=SYSTEM, at=AT)


def load_list(on: date = JANUARY) -> None:
    """The two cities with all below and above them, of the list that is shipped."""
    rows = DIVISIONS.read_text("utf-8-sig").splitlines(keepends=True)
    load_divisions(
        [row for row in rows if row.startswith(("code", "440000", "4408", "4418"))], authority="mca", edition=str(on),
        on=on, by=SYSTEM, at=AT,
    )  # fmt: skip


def standing(code: str) -> Division:
    return Division.objects.get(code=code, ends_on=None)


def check_rows(version: PolicyVersion, pack: Pack) -> None:
    """Every row of a version is one of its pack, and nothing of the pack is lost."""
    assert list(Role.objects.filter(version=version).order_by("pk").values_list("code", "level", "responsibility")) == [
        (role.code, role.level, role.responsibility) for role in pack.roles
    ]
    assert set(
        Body.objects.filter(version=version).values_list("code", "kind", "department_kind", "level", "streets")
    ) == {(body.code, body.kind, body.department_kind, body.level, body.binds_streets) for body in pack.bodies}
    rules = Rule.objects.filter(version=version)
    assert set(rules.exclude(cadence="").values_list("code", "subject", "cadence", "minimum", "due")) == {
        (rule.code, rule.subject, rule.cadence, rule.minimum, rule.due) for rule in pack.rules
    }
    assert {rule.code: (rule.subject, rule.kinds, rule.activity, rule.duty) for rule in rules.filter(cadence="")} == {
        duty.code: (duty.subject, list(duty.kinds), duty.kinds[0], duty.code) for duty in pack.standing
    }
    obliging: list[RuleSpec | StandingSpec] = [*pack.rules, *pack.standing]
    streets = {role.code: role.binds_streets for role in pack.roles}
    named = RuleRole.objects.filter(rule__in=rules)
    assert set(named.filter(excepted=False).values_list("rule__code", "role", "streets")) == {
        (each.code, role, streets[role]) for each in obliging for role in each.roles
    }
    assert set(named.filter(excepted=True).values_list("rule__code", "role", "streets")) == {
        (rule.code, role, streets[role]) for rule in pack.rules for role in rule.except_roles
    }
    assert set(RuleBody.objects.filter(rule__in=rules).values_list("rule__code", "body__code")) == {
        (each.code, body) for each in obliging for body in each.bodies
    }
    assert set(RulePair.objects.filter(rule__in=rules).values_list("rule__code", "upper__code", "lower__code")) == {
        (rule.code, pair.upper, pair.lower) for rule in pack.rules for pair in rule.pairs
    }
    assert {rule.code: rule.details for rule in rules if rule.details} == {
        rule.code: rule.details for rule in pack.rules if rule.details
    }
    stored = (version.triggers, version.checks, version.indicators, version.accident_grades)
    assert stored == tuple(list(each) for each in (pack.triggers, pack.checks, pack.indicators, pack.accident_grades))


def test_qingyuan_loads_with_all_its_rows() -> None:
    make.division("清远市", authority="mca", code="441800")
    version = load("qingyuan")
    check_rows(version, read_pack(version.text))
    assert Rule.objects.get(code="patrol_12_4").key == "qingyuan.patrol_12_4"


def test_zhanjiang_loads_with_all_its_rows_and_its_zone() -> None:
    load_list()
    before = {row.code: row.pk for row in Division.objects.filter(code__in=TAKEN)}
    version = load("zhanjiang")
    check_rows(version, read_pack(version.text))
    zone = standing("ZJETDZ")
    assert version.policy.division == zone
    assert (zone.parent, zone.level, zone.authority) == (standing("440800"), "county", "local")
    below = Division.objects.filter(within(zone.path)).exclude(pk=zone.pk)
    assert {row.code: row.pk for row in below} == before
    assert {row.parent_id for row in below} == {zone.pk}
    assert set(Event.objects.filter(kind__in=["zone.founded", "policy.loaded"]).values_list("kind", flat=True)) == {
        "zone.founded", "policy.loaded",
    }  # fmt: skip


def test_list_loaded_again_leaves_the_zones_towns_and_the_pack_again_changes_nothing() -> None:
    load_list()
    version = load("zhanjiang")
    before = list(Division.objects.order_by("pk").values())
    load_list(date(2026, 11, 1))
    assert load("zhanjiang") == version
    assert list(Division.objects.order_by("pk").values()) == before


def test_both_packs_stand_side_by_side() -> None:
    load_list()
    load("qingyuan")
    load("zhanjiang")
    assert Rule.objects.filter(duty="letter").count() == 3


def test_zone_without_its_towns_in_the_directory_is_refused_whole() -> None:
    make.division("湛江市", authority="mca", code="440800")
    with pytest.raises(DomainError) as error:
        load("zhanjiang")
    assert (error.value.code, error.value.errors[0].field) == (Code.UNKNOWN_REFERENCE, "division.takes[0].code")
    assert not Division.objects.filter(code="ZJETDZ").exists()
    assert not Event.objects.exists()


def test_pack_that_cannot_stand_founds_no_zone() -> None:
    load_list()
    load("zhanjiang")
    text = text_of("zhanjiang").replace("version: draft-1", "version: draft-0").replace("code: ZJETDZ", "code: ZJETDX")
    with pytest.raises(DomainError):  # a policy cannot move
        load_pack(text, valid_from=date(2027, 1, 1), valid_to=None, by=SYSTEM, at=AT)
    assert not Division.objects.filter(code="ZJETDX").exists()
    assert {row.code for row in Division.objects.filter(within(standing("ZJETDZ").path))} == TAKEN | {"ZJETDZ"}
