"""The rows of structural checks as SQL that PostgreSQL and SQLite both run.

`holder` is whom a check looks at, at a division, or nobody where the portfolio is missing; `agreeing` who of everybody
there is what the check asks for. Both are sets, joined once: a page costs the scope, whatever the checks find.
Parameters are named, days inclusive.
"""

from collections.abc import Sequence

from fieldwork.duties.quota_rows import Scope, numbers, standing_on, subtree

# Which checks, with their roles and bodies; `inner` tells roles that the other post must be of.
LINES = """
line (number, kind, counts, version_id, policy_id, path) AS (VALUES {lines}),
named_role (number, code, switched, inner_role) AS (VALUES {roles}),
named_body (number, kind, department_kind, level, streets) AS (VALUES {bodies})
"""

_HELD = f"""
held AS MATERIALIZED (
    SELECT t.leader_id, t.id AS tenure_id, p.role, p.title, p.safety_portfolio, o.kind, o.department_kind,
        d.id AS division_id, d.name, d.path, d.street, d.level
    FROM directory_division d
    JOIN directory_organisation o ON o.division_id = d.id
    JOIN directory_post p ON p.organisation_id = o.id
    JOIN directory_tenure t ON t.post_id = p.id
    WHERE {standing_on("t")}{{places}}
)
"""


def _switched_on(rules: str) -> str:
    return f"""EXISTS (
        SELECT 1 FROM duties_tracking k JOIN directory_division kd ON kd.id = k.division_id
        WHERE k.policy_id = line.policy_id AND k.streets AND {standing_on("k")}
            AND held.path >= kd.path AND held.path < kd.path || '~'{rules}
    )"""


_HERE = "held.path >= line.path AND held.path < line.path || '~'"
_ROLE_SWITCHED_ON = _switched_on("""
            AND EXISTS (
                SELECT 1 FROM duties_rule r JOIN duties_rulerole rr ON rr.rule_id = r.id
                WHERE r.version_id = line.version_id AND r.code = k.rule_code AND rr.role = held.role
                    AND NOT rr.excepted
            )""")
_IN_BODY = """named_body.kind = held.kind AND named_body.level IN ('', held.level)
    AND named_body.department_kind IN ('', held.department_kind)"""
_IN_ROLE = "named_role.number = line.number AND named_role.code = held.role"
_PERSON = "line.number, held.division_id, held.leader_id"
_BODY_REACHED = f"(NOT held.street OR named_body.streets = 1 OR {_switched_on('')})"

_HOLDER = f"""
holder AS (
    SELECT {_PERSON}, line.counts, held.path, MIN(held.tenure_id) AS tenure_id
    FROM held
    JOIN line ON {_HERE}
    LEFT JOIN named_role ON line.kind = 'also_holds' AND {_IN_ROLE} AND named_role.inner_role = 0
    LEFT JOIN named_body ON line.kind = 'portfolio_held_by' AND named_body.number = line.number AND {_IN_BODY}
    WHERE {{seen}} AND (
        (named_role.code IS NOT NULL AND (NOT held.street OR named_role.switched = 0 OR {_ROLE_SWITCHED_ON}))
        OR (named_body.kind IS NOT NULL AND held.safety_portfolio
            AND {_BODY_REACHED})
    )
    GROUP BY {_PERSON}, line.counts, held.path
    UNION ALL
    SELECT line.number, held.division_id, CAST(NULL AS bigint), line.counts, held.path, CAST(NULL AS bigint)
    FROM held
    JOIN line ON line.kind = 'portfolio_held_by' AND {_HERE}
    JOIN named_body ON named_body.number = line.number AND {_IN_BODY}
    LEFT JOIN named_role ON {_IN_ROLE} AND named_role.inner_role = 0
    WHERE {_BODY_REACHED}
    GROUP BY line.number, held.division_id, line.counts, held.path
    HAVING MAX(CASE WHEN held.safety_portfolio THEN 1 ELSE 0 END) = 0
        AND MAX(CASE WHEN named_role.code IS NOT NULL AND {{seen}} THEN 1 ELSE 0 END) = 1
)
"""

_AGREEING = f"""
agreeing AS (
    SELECT DISTINCT {_PERSON}
    FROM held
    JOIN line ON line.kind = 'portfolio_held_by' AND {_HERE}
    JOIN named_role ON {_IN_ROLE} AND named_role.inner_role = 0
    UNION
    SELECT DISTINCT {_PERSON}
    FROM held
    JOIN line ON line.kind = 'also_holds' AND {_HERE}
    JOIN named_body ON named_body.number = line.number AND {_IN_BODY}
    WHERE NOT EXISTS (SELECT 1 FROM named_role WHERE named_role.number = line.number AND named_role.inner_role = 1)
        OR EXISTS (SELECT 1 FROM named_role WHERE {_IN_ROLE} AND named_role.inner_role = 1)
)
"""
_JOINED = """
holder LEFT JOIN agreeing ON agreeing.number = holder.number AND agreeing.division_id = holder.division_id
    AND agreeing.leader_id = holder.leader_id
"""
_MET = "MIN(CASE WHEN agreeing.leader_id IS NULL THEN 0 ELSE 1 END)"
_WITH = f"WITH {LINES}, {_HELD}, {_HOLDER}, {_AGREEING}"

_ROWS = f"""
{_WITH}
SELECT holder.path, holder.number, holder.division_id, {_MET}
FROM {_JOINED}{{beyond}}
GROUP BY holder.path, holder.number, holder.division_id, holder.counts
{{having}}
ORDER BY holder.path {{direction}}, holder.number {{direction}}
LIMIT %(limit)s
"""

_WHO = f"""
{_WITH}
SELECT holder.division_id, holder.number, h.id, h.name, p.title, CASE WHEN agreeing.leader_id IS NULL THEN 0 ELSE 1 END
FROM {_JOINED}
JOIN directory_leader h ON h.id = holder.leader_id
JOIN directory_tenure t ON t.id = holder.tenure_id
JOIN directory_post p ON p.id = t.post_id
ORDER BY holder.path, holder.number, h.id
"""


def rows_statement(
    scope: Scope, lines: dict[str, str], *, met: bool | None, after: tuple[str, int] | None, backward: bool
) -> str:
    """(path, line, division, met) in order, behind the parameters `after` and `after_number`.

    What only may be (`counts` 0) is never among what is not met.
    """
    comparison = "<" if backward else ">"
    having = {None: "", True: f"HAVING {_MET} = 1", False: f"HAVING {_MET} = 0 AND holder.counts = 1"}[met]
    near = f" AND d.path {comparison}= %(after)s" if after else ""
    beyond = (
        f"""
WHERE holder.path {comparison} %(after)s OR (holder.path = %(after)s AND holder.number {comparison} %(after_number)s)"""
        if after
        else ""
    )
    return _ROWS.format(
        **lines,
        places=_places(scope) + near,
        seen=_seen(scope),
        beyond=beyond,
        having=having,
        direction="DESC" if backward else "ASC",
    )


def who_statement(scope: Scope, lines: dict[str, str], divisions: Sequence[int]) -> str:
    """(division, line, leader, name, post, whether it agrees) of everybody whom the checks look at there."""
    return _WHO.format(**lines, places=f" AND d.id IN ({numbers(divisions)})", seen=_seen(scope))


_SERVING = f"""
SELECT so.division_id FROM directory_tenure st
JOIN directory_post sp ON sp.id = st.post_id
JOIN directory_organisation so ON so.id = sp.organisation_id
WHERE st.leader_id IN ({{leaders}}) AND {standing_on("st")}
"""


def _places(scope: Scope) -> str:
    """A condition on divisions `d`: in the scope, or where the own leaders serve."""
    conditions = []
    if scope.path != "":
        # Two sets, united: of an OR the planner makes one look at every division.
        reached = [f"SELECT sd.id FROM directory_division sd WHERE {subtree('sd.path', 'scope')}"] if scope.path else []
        if scope.leaders or not reached:
            reached.append(_SERVING.format(leaders=numbers(scope.leaders)))
        conditions.append(f"d.id IN ({' UNION '.join(reached)})")
    if scope.within:
        conditions.append(subtree("d.path", "within"))
    return "".join(f" AND {condition}" for condition in conditions)


def _seen(scope: Scope) -> str:
    """A condition on the posts looked at: outside the scope only one's own."""
    if scope.path == "":
        return "1 = 1"
    own = f"held.leader_id IN ({numbers(scope.leaders)})"
    return f"({subtree('held.path', 'scope')} OR {own})" if scope.path else own
