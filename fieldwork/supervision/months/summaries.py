"""A period by division, organisation, leader, rule or industry: counts by status, compared with earlier periods.

Lines are ordered by name, whatever they say: there is no ranking of people, nor of anybody else.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Any, NamedTuple

from django.db.models import Exists, OuterRef, QuerySet

from fieldwork.core.periods import Period, local_day
from fieldwork.directory.models import Division, Industry, Leader, Organisation
from fieldwork.directory.paths import STEP, within
from fieldwork.duties.at_risk import at_risk, at_risk_from
from fieldwork.duties.enums import Standing, Status
from fieldwork.duties.models import Basis, Obligation, Rule
from fieldwork.supervision.months.figures import Figures, figures_of
from fieldwork.supervision.months.owed import BEST, STATUS, fetched, given

LISTED = 100  # at risk; all are counted, and `obligations?at_risk=true` has them
PAGE = 500  # lines
SENT = 2000  # ids


class By(StrEnum):
    """What is counted apart: the divisions directly below, bodies, people, rules, or the industries of their tasks."""

    DIVISION = "division"
    ORGANISATION = "organisation"
    LEADER = "leader"
    RULE = "rule"
    INDUSTRY = "industry"


class Earlier(StrEnum):
    """With which period it is compared."""

    PREVIOUS = "previous"
    LAST_YEAR = "last_year"

    def of(self, period: Period) -> Period:
        if self == Earlier.PREVIOUS:
            return period.previous()
        return Period(period.cadence, period.year - 1, period.index)


class _Key(NamedTuple):
    column: str
    joins: str = ""
    where: str = ""


_KEYS: dict[By, _Key] = {
    By.DIVISION: _Key("SUBSTR(d.path, 1, %(below)s)"),
    By.ORGANISATION: _Key(
        "COALESCE(p.organisation_id, ob.organisation_id)",
        "LEFT JOIN directory_tenure t ON t.id = b.tenure_id LEFT JOIN directory_post p ON p.id = t.post_id",
    ),
    By.LEADER: _Key("ob.leader_id", where=" AND ob.leader_id IS NOT NULL"),
    By.RULE: _Key(
        "pol.code || '.' || r.code",
        "JOIN duties_rule r ON r.id = b.rule_id JOIN duties_policyversion v ON v.id = r.version_id"
        " JOIN duties_policy pol ON pol.id = v.policy_id",
    ),
    By.INDUSTRY: _Key(
        "k.industry_id", "JOIN duties_task k ON k.obligation_id = ob.id AND k.state = 'standing'",
        " AND k.industry_id IS NOT NULL",
    ),
}  # fmt: skip

_COUNTED = f"""
SELECT key, status, COUNT(*) FROM (
    SELECT key, {STATUS} AS status FROM (
        SELECT ob.id, {{key}} AS key, {BEST} AS best, ob.outcome, ob.starts_at, ob.lapses_at
        FROM duties_obligation ob
        JOIN duties_basis b ON b.obligation_id = ob.id
        JOIN directory_division d ON d.id = b.division_id
        {{joins}}
        WHERE ob.period = %(period)s AND d.path >= %(path)s AND d.path < %(beyond)s{{where}}
        GROUP BY ob.id, 2, ob.outcome, ob.starts_at, ob.lapses_at
    ) owed
) found
GROUP BY key, status
"""


@dataclass(frozen=True, slots=True)
class Line:
    """`key` is an id, or a rule's key; `compared` the figures of the earlier periods, by name."""

    key: str
    name: str
    figures: Figures
    at_risk: int
    compared: Mapping[str, Figures]


@dataclass(frozen=True, slots=True)
class Summary:
    """The lines of one page, of `lines_in_all`; the total counts each obligation once, whatever lines it is in."""

    total: Line
    lines: Sequence[Line]
    lines_in_all: int
    at_risk_from: date
    at_risk: Sequence[Obligation]


def summary_of(
    period: Period,
    division: Division | None,
    by: By,
    now: datetime,
    *,
    compare: Sequence[Earlier] = (),
    page: int = 1,
    size: int = PAGE,
) -> Summary:
    """Of the division and all below it, or of all, as it stands at `now`. Four queries, and two an earlier period."""
    periods = [period, *(each.of(period) for each in compare)]
    totals = [_total(each, division, now) for each in periods]
    counted = [_by_key(each, division, by, now) for each in periods]
    names = _names(by, {key for found in counted for key in found}, periods)
    ordered = sorted(names.items(), key=lambda item: (item[1], item[0]))
    since = at_risk_from(period)
    risky = local_day(now) >= since
    return Summary(
        _line("", "", periods, totals, risky),
        [
            _line(name.key, name.text, periods, [found.get(key, {}) for found in counted], risky)
            for key, name in ordered[(page - 1) * size : page * size]
        ],
        len(ordered),
        since,
        list(_at_risk(period, division, now)[:LISTED]),
    )


def _line(key: str, name: str, periods: Sequence[Period], counts: Sequence[Mapping[str, int]], risky: bool) -> Line:
    earlier = {str(period): figures_of(found) for period, found in zip(periods[1:], counts[1:], strict=True)}
    return Line(key, name, figures_of(counts[0]), counts[0].get(Status.OPEN, 0) if risky else 0, earlier)


def _total(period: Period, division: Division | None, now: datetime) -> Mapping[str, int]:
    statement = _COUNTED.format(key="0", joins="", where="")
    return {status: number for _key, status, number in fetched(statement, given(period, division, now))}


def _by_key(period: Period, division: Division | None, by: By, now: datetime) -> Mapping[str, Mapping[str, int]]:
    key = _KEYS[by]
    params = given(period, division, now)
    if by == By.DIVISION:
        params["below"] = len(params["path"]) + STEP
    found: dict[str, dict[str, int]] = {}
    statement = _COUNTED.format(key=key.column, joins=key.joins, where=key.where)
    for name, status, number in fetched(statement, params):
        found.setdefault(str(name), {})[status] = number
    return found


class _Name(NamedTuple):
    text: str
    key: str


def _names(by: By, keys: set[str], periods: Sequence[Period]) -> dict[str, _Name]:
    match by:
        case By.DIVISION:
            rows = Division.objects.filter(path__in=keys).values_list("path", "name", "pk")
            return {path: _Name(name, str(pk)) for path, name, pk in rows}
        case By.RULE:
            rules = Rule.objects.filter(version__policy__code__in={key.partition(".")[0] for key in keys})
            named = {rule.key: rule.name for rule in rules.select_related("version__policy").order_by("pk")}
            return {key: _Name(named[key], key) for key in keys}
        case By.ORGANISATION:
            return _named(Organisation.objects.all(), keys)
        case By.LEADER:
            owing = Obligation.objects.filter(leader=OuterRef("pk"), period__in=map(str, periods))
            # Of very many the ids would take longer to send than all names take to come.
            return _named(Leader.objects.filter(Exists(owing)), keys, sent=len(keys) <= SENT)
        case By.INDUSTRY:
            return _named(Industry.objects.all(), keys)


def _named(rows: QuerySet[Any], keys: set[str], *, sent: bool = True) -> dict[str, _Name]:
    found = (rows.filter(pk__in=keys) if sent else rows).values_list("pk", "name")
    return {str(pk): _Name(name, str(pk)) for pk, name in found if str(pk) in keys}


def _at_risk(period: Period, division: Division | None, now: datetime) -> QuerySet[Obligation]:
    """By the names of who owes it."""
    own = Basis.objects.filter(obligation=OuterRef("pk"), state=Standing.STANDING)
    if division is not None:
        own = own.filter(within(division.path, "division__path"))
    found = Obligation.objects.filter(at_risk(now), Exists(own), period=str(period))
    subjects = ("leader", "organisation", "lower_organisation")
    return found.select_related(*subjects).order_by("leader__name", "organisation__name", "pk")
