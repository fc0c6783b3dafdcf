"""The hand-written tables add up as they say, before any program is asked."""

import re
from collections import Counter

import pytest

from tests.fieldwork.duties.whole_year import qingyuan_table as qingyuan
from tests.fieldwork.duties.whole_year import zhanjiang_table as zhanjiang
from tests.fieldwork.duties.whole_year.line import PERIODS, Line, obligations, totals

TABLES = [qingyuan.TABLE, qingyuan.STREET_TABLE, zhanjiang.TABLE]


@pytest.mark.parametrize("table", TABLES)
def test_each_line_counts_its_subjects_times_its_periods(table: list[Line]) -> None:
    for line in table:
        assert line.count == len(line.who) * len(PERIODS[line.every]), line
    owed = obligations(table)
    assert len(owed) == len(set(owed)) == sum(line.count for line in table)


def test_the_totals_by_subject_and_cadence_are_those_added_by_hand() -> None:
    assert totals(qingyuan.TABLE) == qingyuan.TOTALS
    assert totals(qingyuan.STREET_TABLE) == qingyuan.STREET_TOTALS
    assert totals(zhanjiang.TABLE) == zhanjiang.TOTALS
    assert sum(qingyuan.TOTALS.values()) == qingyuan.GRAND_TOTAL
    assert sum(qingyuan.STREET_TOTALS.values()) == qingyuan.STREET_GRAND_TOTAL
    assert sum(zhanjiang.TOTALS.values()) == zhanjiang.GRAND_TOTAL


def test_the_totals_by_article_are_those_added_by_hand() -> None:
    assert _by(r"第.+?条", qingyuan.TABLE) == qingyuan.BY_ARTICLE
    assert _by(r"[一三]\(.\)", zhanjiang.TABLE) == zhanjiang.BY_ARTICLE


def _by(article: str, table: list[Line]) -> Counter[str]:
    """The counts by the first article that a line cites."""
    found: Counter[str] = Counter()
    for line in table:
        cited = re.match(article, line.article)
        assert cited is not None, line
        found[cited.group()] += line.count
    return found
