"""The rows of quotas as SQL that PostgreSQL and SQLite both run.

Parameters are named, days inclusive. What stands in braces is filled in first: `lines`, the quotas of roles in force.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any


@dataclass(frozen=True, slots=True)
class Named:
    """Something by its id and name."""

    id: int
    name: str


@dataclass(frozen=True, slots=True)
class Scope:
    """Whose rows: who has a demanding post in the subtree of `path`, or is one of `leaders`.

    `path`: "" holds everything, None nothing. `within` narrows both to a subtree, `only` to these leaders.
    """

    path: str | None
    leaders: tuple[int, ...] = ()
    within: str = ""
    only: tuple[int, ...] | None = None


def standing_on(row: str) -> str:
    """The condition that a dated row holds on the day `on`."""
    return f"{row}.starts_on <= %(on)s AND ({row}.ends_on IS NULL OR {row}.ends_on >= %(on)s)"


# A street is bound by a role that leaves it to a switch only where one of the role's rules is switched on for streets.
_BINDS = f"""
held.path >= line.path AND held.path < line.path || '~'
AND (line.switched = 0 OR NOT held.street OR EXISTS (
    SELECT 1 FROM duties_tracking k
    JOIN directory_division kd ON kd.id = k.division_id
    JOIN duties_rule r ON r.version_id = line.version_id AND r.code = k.rule_code
    JOIN duties_rulerole rr ON rr.rule_id = r.id AND rr.role = line.code AND NOT rr.excepted
    WHERE k.policy_id = line.policy_id AND k.streets AND {standing_on("k")}
        AND held.path >= kd.path AND held.path < kd.path || '~'
))
"""
_LINE = "line (number, version_id, policy_id, switched, code, path, demand, count) AS (VALUES {lines})"
# Whoever is in office, of the leaders asked for: read first and kept, so that a county's page costs a county.
_HELD = f"""
held AS MATERIALIZED (
    SELECT t.leader_id, t.id AS tenure_id, p.role, p.title, d.id AS division_id, d.name, d.path, d.street
    FROM directory_tenure t
    JOIN directory_post p ON p.id = t.post_id
    JOIN directory_organisation o ON o.id = p.organisation_id
    JOIN directory_division d ON d.id = o.division_id
    WHERE {standing_on("t")}{{leaders}}
)
"""

_DEMANDING = f"""
WITH {_LINE}, {_HELD}
SELECT held.leader_id, (SELECT h.name FROM directory_leader h WHERE h.id = held.leader_id),
    line.number, held.tenure_id, held.title, held.division_id, held.name
FROM held JOIN line ON line.code = held.role
WHERE {_BINDS}
ORDER BY held.path, held.tenure_id, line.number
"""

_ROWS = f"""
WITH {_LINE}, {_HELD}
SELECT w.leader_id, w.demand, w.count
FROM (
    SELECT held.leader_id, line.demand, MAX(line.count) AS count
    FROM held JOIN line ON line.code = held.role
    WHERE {_BINDS} AND line.demand IN ({{asked}}){{beyond}}
    GROUP BY held.leader_id, line.demand
    {{having}}
    ORDER BY held.leader_id {{direction}}, line.demand {{direction}}
) w
WHERE {{met}}
ORDER BY w.leader_id {{direction}}, w.demand {{direction}}
LIMIT %(limit)s
"""


def rows_statement(
    scope: Scope, lines: str, demands: Sequence[str], met: str, after: tuple[int, str] | None, backward: bool
) -> tuple[str, dict[str, Any]]:
    """The statement for (leader, demand, count) in order, and its parameters but `on`, `met`, `limit` and the lines'.

    Demands are merged over all posts of a leader; one in the scope lets the row be seen.
    """
    comparison = "<" if backward else ">"
    place = _place(scope, "held.leader_id", "held.path")
    params: dict[str, Any] = {"scope": scope.path, "within": scope.within}
    params |= {f"asked_{number}": demand for number, demand in enumerate(demands)}
    beyond = ""
    if after is not None:
        params |= {"after": after[0], "after_demand": after[1]}
        beyond = (
            f" AND (held.leader_id {comparison} %(after)s"
            f" OR (held.leader_id = %(after)s AND line.demand {comparison} %(after_demand)s))"
        )
    statement = _ROWS.format(
        lines=lines,
        leaders=_leaders(scope) + (f" AND t.leader_id {comparison}= %(after)s" if after else ""),
        asked=", ".join(f"%(asked_{number})s" for number in range(len(demands))),
        beyond=beyond,
        having=f"HAVING MAX(CASE WHEN {place} THEN 1 ELSE 0 END) = 1" if place else "",
        direction="DESC" if backward else "ASC",
        met=f"({met}) = %(met)s" if met else "1 = 1",
    )
    return statement, params


def demanding_statement(leaders: Sequence[int], lines: str) -> str:
    """Which posts demand what of some leaders: (leader, name, line, tenure, title, division, its name)."""
    return _DEMANDING.format(lines=lines, leaders=_leaders(Scope("", only=tuple(leaders))))


_SERVING = f"""
SELECT st.leader_id FROM directory_tenure st
JOIN directory_post sp ON sp.id = st.post_id
JOIN directory_organisation so ON so.id = sp.organisation_id
JOIN directory_division sd ON sd.id = so.division_id
WHERE {standing_on("st")}
"""


def _leaders(scope: Scope) -> str:
    """A condition on tenures `t` that holds for all posts of whoever serves in the scope."""
    only = f" AND t.leader_id IN ({numbers(scope.only)})" if scope.only is not None else ""
    if not _place(scope, "", ""):
        return only
    # Two sets, united: of an OR the planner makes one look at everybody.
    parts = [replace(scope, leaders=()), replace(scope, path=None)] if scope.path and scope.leaders else [scope]
    serving = " UNION ".join(f"{_SERVING} AND {_place(part, 'st.leader_id', 'sd.path')}" for part in parts)
    return f"{only} AND t.leader_id IN ({serving})"


def _place(scope: Scope, leader: str, path: str) -> str:
    """The condition that a post at `path` of a leader lets a row be seen; empty where all do."""
    conditions = []
    if scope.path != "":
        served = [subtree(path, "scope")] if scope.path else []
        if scope.leaders or not served:
            served.append(f"{leader} IN ({numbers(scope.leaders)})")
        conditions.append(f"({' OR '.join(served)})")
    if scope.within:
        conditions.append(subtree(path, "within"))
    return " AND ".join(conditions)


def subtree(path: str, root: str) -> str:
    """The condition that a path lies in the subtree of the parameter `root`."""
    return f"({path} >= %({root})s AND {path} < %({root})s || '~')"


def numbers(ids: Sequence[int]) -> str:
    """Ids as the list of an IN, empty or not."""
    return ", ".join(str(number) for number in ids) or "NULL"


def _links(counted: str, condition: str, join: str = "") -> str:
    """How many different targets the leader of row `w` is linked to."""
    return f"""(
        SELECT COUNT(DISTINCT {counted}) FROM directory_tenure lt
        JOIN directory_linkage l ON l.tenure_id = lt.id {join}
        WHERE lt.leader_id = w.leader_id AND {standing_on("lt")} AND {standing_on("l")} AND {condition}
    )"""


_MARKED = f"""EXISTS (
    SELECT 1 FROM directory_problemtownmark m WHERE m.division_id = l.division_id AND {standing_on("m")}
)"""
_COUNTS = {
    "county": _links("l.division_id", "l.kind = 'county'"),
    "town": _links("l.division_id", "l.kind = 'town'"),
    "town!": _links("l.division_id", f"l.kind = 'town' AND {_MARKED}"),
    "industry": _links("l.industry_id", "l.kind = 'industry'"),
    "department": _links("l.organisation_id", "l.kind = 'department'"),
    "pair": _links(
        "one.industry_id || ':' || l.organisation_id",
        f"l.kind = 'department' AND {standing_on('one')}",
        "JOIN directory_linkage one ON one.id = l.paired_with_id",
    ),
}


def met_case(demands: Sequence[str]) -> str:
    """1 where the leader of row `w` meets its demand, else 0; links are looked up only until a page is full."""
    cases = " ".join(f"WHEN '{demand}' THEN CASE WHEN {_meets(demand)} THEN 1 ELSE 0 END" for demand in demands)
    return f"CASE w.demand {cases} END"


def _meets(demand: str) -> str:
    kinds = set(demand.removesuffix("!").split("+"))
    if {"industry", "department"} <= kinds:
        kinds = kinds - {"industry", "department"} | {"pair"}
    parts = sorted("town!" if kind == "town" and demand.endswith("!") else kind for kind in kinds)
    return " AND ".join(f"{_COUNTS[part]} >= w.count" for part in parts)
