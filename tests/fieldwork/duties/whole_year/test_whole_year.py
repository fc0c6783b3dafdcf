"""The independent count: what the shipped packs demand of a whole year is what the tables say, to the last row."""

from collections import defaultdict
from collections.abc import Callable
from typing import Any

import pytest

from fieldwork.duties.models import Basis, Obligation, PolicyVersion
from tests.fieldwork.duties.whole_year import invented, running
from tests.fieldwork.duties.whole_year import qingyuan_table as qingyuan
from tests.fieldwork.duties.whole_year import zhanjiang_table as zhanjiang
from tests.fieldwork.duties.whole_year.labels import QINGYUAN, ZHANJIANG
from tests.fieldwork.duties.whole_year.line import Line, obligations
from tests.fieldwork.duties.whole_year.running import Labels, counted_rules, owed, reconcile_year

pytestmark = pytest.mark.django_db


def compare(labels: Labels, table: list[Line]) -> None:
    """Both are lists: an obligation that stands twice is one too many."""
    found, expected = owed(labels), obligations(table)
    missing = sorted(set(expected) - set(found))
    extra = sorted(set(found) - set(expected))
    assert (missing, extra) == ([], [])
    assert found == expected
    assert Obligation.objects.count() == len(expected), "nothing was opened that does not stand"


def test_qingyuan_owes_what_the_table_says_and_its_street_nothing() -> None:
    running.qingyuan()
    reconcile_year()
    compare(QINGYUAN, qingyuan.TABLE)


def test_qingyuan_street_owes_as_well_where_the_county_says_so() -> None:
    running.qingyuan(streets=True)
    reconcile_year()
    compare(QINGYUAN, [*qingyuan.TABLE, *qingyuan.STREET_TABLE])


def test_zhanjiang_owes_what_the_table_says_in_town_and_street_alike() -> None:
    running.zhanjiang()
    reconcile_year()
    compare(ZHANJIANG, zhanjiang.TABLE)


def test_both_years_side_by_side_stay_as_they_are_when_reconciled_again() -> None:
    """Neither policy reaches the other's people, though both name posts of the same role."""
    running.qingyuan(streets=True)
    running.zhanjiang()
    assert reconcile_year().total > 0
    compare({**QINGYUAN, **ZHANJIANG}, [*qingyuan.TABLE, *qingyuan.STREET_TABLE, *zhanjiang.TABLE])
    before = stored()
    assert reconcile_year().total == 0
    assert stored() == before


PACKS = [
    (running.qingyuan, QINGYUAN, [*invented.QINGYUAN_SEATS, *invented.STREET_SEATS]),
    (running.zhanjiang, ZHANJIANG, invented.ZHANJIANG_SEATS),
]


@pytest.mark.parametrize(("build", "labels", "seats"), PACKS)
def test_every_role_is_held_and_every_counted_rule_cites_what_its_line_cites(
    build: Callable[[], PolicyVersion], labels: Labels, seats: list[invented.Seat]
) -> None:
    version = build()
    assert set(version.roles.values_list("code", flat=True)) == {role for _office, _body, role in seats}
    cited: dict[tuple[str, str], set[str]] = defaultdict(set)
    for rule in counted_rules(version):
        cited[labels[rule.code]].add(rule.article)
    assert {line: articles for line, articles in cited.items() if articles != set(line[0].split("、"))} == {}
    assert set(cited) == set(labels.values())


def stored() -> list[Any]:
    return sorted(
        Basis.objects.values_list(
            "obligation__subject_key", "obligation__duty", "obligation__period", "obligation__minimum",
            "obligation__outcome", "obligation__due_at", "obligation__lapses_at", "rule__code", "state", "since", "pk",
        )
    )  # fmt: skip
