"""What the facts demand of leaders in one period, as SQL that PostgreSQL and SQLite both run.

`demand` has a row for every tenure that touches the period and every rule that binds its post: in office on the last
day and long enough, it stands; otherwise it is transferred to a successor who owes the period, or withdrawn. So the
rows follow from the dates alone, whenever they are computed. Who acted in a post and was then given it is one holder:
in it on the last day and on the last day that is early enough. Parameters are named; days are `first`, `last`. What
stands in braces is filled in first: `leaders`, a condition on their ids, and `lines`, the rules in force.
"""


def _in_office(tenure: str) -> str:
    return f"({tenure}.ends_on IS NULL OR {tenure}.ends_on >= %(last)s)"


def _early_enough(tenure: str) -> str:
    return f"""({tenure}.starts_on <= line.latest_start OR EXISTS (
            SELECT 1 FROM directory_tenure earlier
            WHERE earlier.post_id = {tenure}.post_id AND earlier.leader_id = {tenure}.leader_id
                AND earlier.starts_on <= line.latest_start
                AND (earlier.ends_on IS NULL OR earlier.ends_on >= line.latest_start)
        ))"""


DEMAND = f"""
CREATE TEMPORARY TABLE demand AS
WITH line (rule_id, latest_start) AS (VALUES {{lines}})
SELECT t.leader_id, t.id AS tenure_id, r.id AS rule_id, r.duty, r.activity, r.minimum, o.division_id,
    CASE WHEN {_in_office("t")} THEN 1 ELSE 0 END AS in_office,
    CASE
        WHEN {_in_office("t")} AND {_early_enough("t")} THEN 'standing'
        WHEN NOT {_in_office("t")} AND EXISTS (
            SELECT 1 FROM directory_tenure successor
            WHERE successor.post_id = t.post_id AND successor.leader_id <> t.leader_id
                AND successor.starts_on >= t.starts_on
                AND {_in_office("successor")} AND {_early_enough("successor")}
        ) THEN 'transferred'
        ELSE 'withdrawn'
    END AS state
FROM directory_tenure t
JOIN directory_post p ON p.id = t.post_id
JOIN directory_organisation o ON o.id = p.organisation_id
JOIN directory_division d ON d.id = o.division_id
JOIN duties_rulerole rr ON rr.role = p.role
JOIN duties_rule r ON r.id = rr.rule_id
JOIN line ON line.rule_id = r.id
JOIN duties_policyversion v ON v.id = r.version_id
WHERE t.leader_id {{leaders}}
    AND t.starts_on <= %(last)s AND (t.ends_on IS NULL OR t.ends_on >= %(first)s)
    AND EXISTS (
        SELECT 1 FROM duties_tracking k JOIN directory_division kd ON kd.id = k.division_id
        WHERE k.policy_id = v.policy_id AND k.rule_code = r.code
            AND k.starts_on <= %(first)s AND (k.ends_on IS NULL OR k.ends_on >= %(first)s)
            AND d.path >= kd.path AND d.path < kd.path || '~'
            AND (rr.streets OR k.streets OR NOT d.street)
    )
"""

# Before a period's first rule there is nothing to demand, and VALUES takes no empty list.
NO_DEMAND = """
CREATE TEMPORARY TABLE demand AS
SELECT t.leader_id, t.id AS tenure_id, r.id AS rule_id, r.duty, r.activity, r.minimum, b.division_id,
    1 AS in_office, b.state
FROM duties_basis b JOIN directory_tenure t ON t.id = b.tenure_id JOIN duties_rule r ON r.id = b.rule_id
WHERE 1 = 0
"""

OPEN_OBLIGATIONS = """
INSERT INTO duties_obligation (subject_key, subject_kind, leader_id, duty, activity, period,
    starts_on, due_on, starts_at, due_at, minimum, counted, outcome)
SELECT 'leader:' || leader_id, 'leader', leader_id, duty, MIN(activity), %(period)s,
    %(first)s, %(last)s, %(starts_at)s, %(due_at)s, MAX(minimum), 0, 'pending'
FROM demand
WHERE NOT EXISTS (
    SELECT 1 FROM duties_obligation ob
    WHERE ob.period = %(period)s AND ob.leader_id = demand.leader_id AND ob.duty = demand.duty
)
GROUP BY leader_id, duty
"""

# The demand with the obligation of each row. Every row looks its obligation up by the unique key: a join would be
# planned by statistics that know nothing of rows inserted a moment ago.
OWED = """
CREATE TEMPORARY TABLE owed AS
SELECT dm.*,
    CASE dm.state WHEN 'standing' THEN '' WHEN 'transferred' THEN 'handed_over'
        ELSE CASE WHEN dm.in_office = 1 THEN 'too_brief' ELSE 'left' END END AS reason,
    (
        SELECT ob.id FROM duties_obligation ob
        WHERE ob.subject_key = 'leader:' || dm.leader_id AND ob.duty = dm.duty AND ob.period = %(period)s
    ) AS obligation_id
FROM demand dm
"""

INDEX_OWED = "CREATE INDEX owed_basis ON owed (obligation_id, rule_id, tenure_id)"

ADD_BASES = """
INSERT INTO duties_basis (obligation_id, rule_id, tenure_id, division_id, state, reason, since)
SELECT owed.obligation_id, owed.rule_id, owed.tenure_id, owed.division_id, owed.state, owed.reason, %(now)s
FROM owed
WHERE NOT EXISTS (
    SELECT 1 FROM duties_basis b
    WHERE b.obligation_id = owed.obligation_id AND b.rule_id = owed.rule_id AND b.tenure_id = owed.tenure_id
)
"""

CHANGE_BASES = """
UPDATE duties_basis SET state = owed.state, reason = owed.reason, division_id = owed.division_id, since = %(now)s
FROM owed
WHERE duties_basis.obligation_id = owed.obligation_id AND duties_basis.rule_id = owed.rule_id
    AND duties_basis.tenure_id = owed.tenure_id
    AND (duties_basis.state <> owed.state OR duties_basis.reason <> owed.reason
        OR duties_basis.division_id <> owed.division_id)
"""

_OF_PERIOD = """
SELECT ob.id FROM duties_obligation ob
WHERE ob.period = %(period)s AND ob.leader_id {leaders}
"""

WITHDRAW_BASES = f"""
UPDATE duties_basis SET state = 'withdrawn', reason = 'not_demanded', since = %(now)s
WHERE obligation_id IN ({_OF_PERIOD}) AND reason <> 'not_demanded'
    AND NOT EXISTS (
        SELECT 1 FROM owed WHERE owed.obligation_id = duties_basis.obligation_id
            AND owed.rule_id = duties_basis.rule_id AND owed.tenure_id = duties_basis.tenure_id
    )
"""

# One task for each target linked in the period; the link stands if it reaches the period's last day.
DEMANDED_TASKS = """
CREATE TEMPORARY TABLE demanded_task AS
SELECT owed.obligation_id,
    l.kind || ':' || COALESCE(l.division_id, l.industry_id, l.organisation_id) AS target_key,
    l.kind AS target_kind, l.division_id, l.industry_id, l.organisation_id,
    MAX(CASE WHEN owed.in_office = 1 AND (l.ends_on IS NULL OR l.ends_on >= %(last)s) THEN 1 ELSE 0 END) AS stands,
    MAX(CASE WHEN l.ends_on < %(last)s THEN l.ends_on ELSE %(last)s END) AS linked_until
FROM owed
JOIN directory_linkage l ON l.tenure_id = owed.tenure_id
WHERE owed.activity = 'inspection'
    AND l.starts_on <= %(last)s AND (l.ends_on IS NULL OR l.ends_on >= %(first)s)
GROUP BY owed.obligation_id, l.kind, l.division_id, l.industry_id, l.organisation_id
"""

INDEX_DEMANDED_TASKS = "CREATE INDEX demanded_task_key ON demanded_task (obligation_id, target_key)"

# Without a link that stands, the work is one task alone: in the own area, or at the desk.
DEMANDED_ALONE = """
INSERT INTO demanded_task (obligation_id, target_key, target_kind, division_id, stands, linked_until)
SELECT owed.obligation_id, 'own', MIN(CASE WHEN owed.activity = 'inspection' THEN 'own_area' ELSE '' END),
    CASE WHEN MIN(owed.activity) = 'inspection' THEN COALESCE(
        MIN(CASE WHEN owed.state = 'standing' THEN owed.division_id END), MIN(owed.division_id)
    ) END, 1, %(last)s
FROM owed
WHERE NOT EXISTS (SELECT 1 FROM demanded_task dt WHERE dt.obligation_id = owed.obligation_id AND dt.stands = 1)
GROUP BY owed.obligation_id
HAVING MAX(CASE WHEN owed.state = 'standing' THEN 1 ELSE 0 END) = 1
    OR NOT EXISTS (SELECT 1 FROM demanded_task dt WHERE dt.obligation_id = owed.obligation_id)
"""

_TASK_STATE = "CASE WHEN dt.stands = 1 THEN 'standing' ELSE 'withdrawn' END"
_TASK_REASON = "CASE WHEN dt.stands = 1 THEN '' ELSE 'link_ended' END"

ADD_TASKS = f"""
INSERT INTO duties_task (obligation_id, target_key, target_kind, division_id, industry_id, organisation_id,
    linked_until, state, reason, since)
SELECT dt.obligation_id, dt.target_key, dt.target_kind, dt.division_id, dt.industry_id, dt.organisation_id,
    dt.linked_until, {_TASK_STATE}, {_TASK_REASON}, %(now)s
FROM demanded_task dt
WHERE NOT EXISTS (
    SELECT 1 FROM duties_task k WHERE k.obligation_id = dt.obligation_id AND k.target_key = dt.target_key
)
"""

CHANGE_TASKS = f"""
UPDATE duties_task
SET state = {_TASK_STATE}, reason = {_TASK_REASON}, since = %(now)s,
    linked_until = dt.linked_until, division_id = dt.division_id
FROM demanded_task dt
WHERE duties_task.obligation_id = dt.obligation_id AND duties_task.target_key = dt.target_key
    AND (duties_task.state <> {_TASK_STATE} OR duties_task.reason <> {_TASK_REASON}
        OR duties_task.linked_until <> dt.linked_until OR duties_task.division_id <> dt.division_id)
"""

WITHDRAW_TASKS = f"""
UPDATE duties_task SET state = 'withdrawn', reason = 'not_demanded', since = %(now)s
WHERE obligation_id IN ({_OF_PERIOD}) AND reason <> 'not_demanded'
    AND NOT EXISTS (
        SELECT 1 FROM demanded_task dt
        WHERE dt.obligation_id = duties_task.obligation_id AND dt.target_key = duties_task.target_key
    )
"""

LOCK_OBLIGATIONS = """
SELECT ob.id FROM duties_obligation ob WHERE ob.period = %(period)s AND ob.leader_id {leaders}
ORDER BY ob.id FOR UPDATE
"""

# The caches: what bases and performances say of an obligation, and which performance first served a task. Looked up
# row by row through indexes, for the same reason as above. A performance counts for what its leader was in office for.
_COUNTS = """
pf.leader_id = ob.leader_id AND pf.activity = ob.activity AND pf.stands
    AND pf.at >= ob.starts_at AND pf.at < ob.due_at
    AND EXISTS (
        SELECT 1 FROM duties_basis held JOIN directory_tenure t ON t.id = held.tenure_id
        WHERE held.obligation_id = ob.id AND t.starts_on <= pf.day AND (t.ends_on IS NULL OR t.ends_on >= pf.day)
    )
"""
_PERFORMED = f"duties_performance pf WHERE {_COUNTS}"

# A task is served by a visit that touched its target while that was linked; the own area is that of the posts which
# the obligation rests on.
_SERVED = """
EXISTS (
    SELECT 1 FROM duties_touch h
    WHERE h.performance_id = pf.id AND (
        (h.target_key = k.target_key AND pf.day <= k.linked_until)
        OR (k.target_kind = 'own_area' AND EXISTS (
            SELECT 1 FROM duties_basis own
            WHERE own.obligation_id = ob.id AND h.target_key = 'own:' || own.division_id
        ))
    )
)
"""

REFRESH_OBLIGATIONS = f"""
WITH based AS (
    SELECT ob.id, ob.leader_id, ob.activity, ob.starts_at, ob.due_at,
        (
            SELECT COALESCE(MAX(CASE WHEN b.state = 'standing' THEN r.minimum END), MAX(r.minimum))
            FROM duties_basis b JOIN duties_rule r ON r.id = b.rule_id WHERE b.obligation_id = ob.id
        ) AS minimum,
        (
            SELECT MAX(CASE b.state WHEN 'standing' THEN 2 WHEN 'transferred' THEN 1 ELSE 0 END)
            FROM duties_basis b WHERE b.obligation_id = ob.id
        ) AS best,
        (SELECT COUNT(*) FROM {_PERFORMED}) AS counted
    FROM duties_obligation ob
    WHERE ob.period = %(period)s AND ob.leader_id {{leaders}}
), found AS (
    SELECT ob.id, ob.minimum, ob.best, ob.counted, CASE WHEN ob.counted >= ob.minimum THEN (
        SELECT MIN(performed.at)
        FROM (SELECT pf.at, ROW_NUMBER() OVER (ORDER BY pf.at, pf.id) AS nth FROM {_PERFORMED}) performed
        WHERE performed.nth = ob.minimum
    ) END AS met_at
    FROM based ob
), verdict AS (
    SELECT found.*, CASE
        WHEN met_at IS NOT NULL THEN 'met'
        WHEN best = 2 THEN 'pending'
        WHEN best = 1 THEN 'transferred'
        ELSE 'withdrawn' END AS outcome
    FROM found
)
UPDATE duties_obligation
SET minimum = verdict.minimum, counted = verdict.counted, met_at = verdict.met_at, outcome = verdict.outcome
FROM verdict
WHERE duties_obligation.id = verdict.id AND (
    duties_obligation.outcome <> verdict.outcome OR duties_obligation.counted <> verdict.counted
    OR duties_obligation.minimum <> verdict.minimum OR duties_obligation.met_at <> verdict.met_at
)
"""

REFRESH_TASKS = f"""
WITH served AS (
    SELECT k.id, (
        SELECT MIN(pf.at) FROM {_PERFORMED} AND {_SERVED}
    ) AS at
    FROM duties_obligation ob
    JOIN duties_task k ON k.obligation_id = ob.id
    WHERE ob.period = %(period)s AND ob.leader_id {{leaders}}
)
UPDATE duties_task SET done_at = served.at
FROM served
WHERE duties_task.id = served.id
    AND ((duties_task.done_at IS NULL) <> (served.at IS NULL) OR duties_task.done_at <> served.at)
"""

# What the performances of some sources count for: (source, obligation, task or null).
COUNTS_FOR = f"""
SELECT pf.source_id, ob.id, k.id
FROM duties_performance pf
JOIN duties_obligation ob ON {_COUNTS}
LEFT JOIN duties_task k ON k.obligation_id = ob.id AND {_SERVED}
WHERE pf.source_kind = %s AND pf.source_id IN ({{sources}})
ORDER BY ob.id, k.id
"""
