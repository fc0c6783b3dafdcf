"""Reconciliation against an oracle in plain Python, over hand-overs, links and rule changes of 2024-2035."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from fieldwork.core.events import SYSTEM
from fieldwork.core.periods import Cadence, Period
from fieldwork.directory.models import Linkage, Tenure
from fieldwork.duties.models import Basis, Obligation, Rule, Task
from fieldwork.duties.reconcile import reconcile
from tests import factories as make

NOW = datetime(2026, 11, 21, tzinfo=UTC)
DAYS = st.dates(date(2024, 1, 1), date(2035, 12, 31))
NEEDED = 10  # days in office that oblige for a month

Span = tuple[date, date | None]


@st.composite
def months_with_spans(draw: Any) -> tuple[Period, list[tuple[int, int, Span]], list[tuple[int, Span]], date]:
    """A month; tenures (leader, post, days) and links (town, days) that mostly begin or end in or near it."""
    month = Period.of_day(Cadence.MONTH, draw(DAYS))
    near = st.integers(-5, 40).map(lambda days: month.starts_on + timedelta(days=days))

    def span() -> Span:
        begins = draw(st.one_of(st.just(date(2020, 1, 1)), near))
        lasts = draw(st.one_of(st.none(), st.integers(0, 60)))
        return begins, None if lasts is None else max(begins, month.starts_on) + timedelta(days=lasts)

    tenures = [(draw(st.integers(0, 2)), draw(st.integers(0, 1)), span()) for _ in range(draw(st.integers(1, 4)))]
    links = [(draw(st.integers(0, 1)), span()) for _ in range(draw(st.integers(0, 3)))]
    changes_on = draw(st.one_of(near, st.just(month.starts_on)))
    return month, tenures, links, changes_on


def holds(span: Span, first: date, last: date) -> bool:
    """Whether the span shares a day with first to last."""
    return span[0] <= last and (span[1] is None or span[1] >= first)


def owes(tenure: Tenure, month: Period, everybody: list[Tenure]) -> bool:
    """In office on the last day, and, under this tenure or another of the same post, on the tenth-last."""
    last = month.ends_on
    early = max(month.starts_on, last - timedelta(days=NEEDED - 1))

    def in_office(one: Tenure, day: date) -> bool:
        return holds((one.starts_on, one.ends_on), day, day)

    same_holder = [one for one in everybody if (one.leader_id, one.post_id) == (tenure.leader_id, tenure.post_id)]
    return in_office(tenure, last) and any(in_office(one, early) for one in same_holder)


def expected_state(tenure: Tenure, month: Period, everybody: list[Tenure]) -> str:
    if owes(tenure, month, everybody):
        return "standing"
    if holds((tenure.starts_on, tenure.ends_on), month.ends_on, month.ends_on):
        return "withdrawn"
    successors = [
        one
        for one in everybody
        if one.post_id == tenure.post_id and one.leader_id != tenure.leader_id and one.starts_on >= tenure.starts_on
    ]
    return "transferred" if any(owes(one, month, everybody) for one in successors) else "withdrawn"


class TestDemand(TestCase):
    @settings(max_examples=60, deadline=None)
    @given(months_with_spans())
    def test_rows_are_what_plain_python_says(self, case: Any) -> None:
        month, tenures, links, changes_on = case
        city = make.division("测试市")
        county = make.division("测试县", city)
        rule = make.rule(city, ["county_party_chief"], code="r")
        self.change_rule(rule, changes_on)
        posts = [make.post(make.organisation(county), "county_party_chief") for _ in range(2)]
        leaders = [make.leader(f"测试{number}") for number in range(3)]
        towns = [make.division(f"{number}镇", county) for number in range(2)]
        rows = [
            make.tenure(posts[post], leaders[leader], span[0], ends_on=span[1])
            for leader, post, span in {(t[0], t[1], t[2][0]): t for t in tenures}.values()
        ]
        links = [make.linkage(rows[0], towns[town], span[0], ends_on=span[1]) for town, span in links]

        reconcile(month, by=SYSTEM, at=NOW)

        self.check_bases(month, rows, changes_on)
        self.check_tasks(month, rows[0], links)
        assert reconcile(month, by=SYSTEM, at=NOW).total == 0

    def change_rule(self, rule: Rule, on: date) -> None:
        """A new version from a day on, which asks for two."""
        rule.version.ends_on = on - timedelta(days=1)
        rule.version.save()
        version = type(rule.version).objects.create(
            policy=rule.version.policy, version="2", status="in_force", starts_on=on, text="", digest=""
        )
        make.rule(rule.version.policy.division, ["county_party_chief"], version=version, code="r", minimum=2,
                  tracked_from=None)  # fmt: skip

    def check_bases(self, month: Period, rows: list[Tenure], changes_on: date) -> None:
        touching = [row for row in rows if holds((row.starts_on, row.ends_on), month.starts_on, month.ends_on)]
        states = {row.pk: expected_state(row, month, rows) for row in touching}
        assert dict(Basis.objects.values_list("tenure", "state")) == states
        minimum = 2 if changes_on <= month.starts_on else 1
        assert set(Obligation.objects.values_list("minimum", flat=True)) <= {minimum}
        for obligation in Obligation.objects.all():
            mine = {states[row.pk] for row in touching if row.leader_id == obligation.leader_id}
            best = next(state for state in ("standing", "transferred", "withdrawn") if state in mine)
            assert obligation.outcome == {"standing": "pending"}.get(best, best)

    def check_tasks(self, month: Period, tenure: Tenure, links: list[Linkage]) -> None:
        if not holds((tenure.starts_on, tenure.ends_on), month.starts_on, month.ends_on):
            return
        last = month.ends_on
        serving = tenure.ends_on is None or tenure.ends_on >= last
        expected: dict[str, str] = {}
        for link in links:
            if holds((link.starts_on, link.ends_on), month.starts_on, last):
                stands = serving and (link.ends_on is None or link.ends_on >= last)
                key = f"town:{link.division_id}"
                expected[key] = "standing" if stands or expected.get(key) == "standing" else "withdrawn"
        tasks = dict(Task.objects.filter(obligation__leader=tenure.leader).values_list("target_key", "state"))
        alone = tasks.pop("own", None)
        assert tasks == expected
        obligation = Obligation.objects.get(leader=tenure.leader)
        if "standing" not in expected.values():
            assert alone == "standing" or (expected and obligation.outcome != "pending")
        else:
            assert alone is None


@pytest.mark.parametrize(
    ("month", "early"),
    [("2024-02", date(2024, 2, 20)), ("2025-02", date(2025, 2, 19)), ("2026-11", date(2026, 11, 21)),
     ("2027-12", date(2027, 12, 22))],
)  # fmt: skip
def test_ten_days_are_counted_from_the_end_also_in_leap_years(month: str, early: date) -> None:

    assert Period.parse(month).latest_start(10) == early
