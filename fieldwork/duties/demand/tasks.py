"""Tasks: one for each target linked in the period, or one alone."""

# The link stands if it reaches the period's last day.
DEMANDED = """
INSERT INTO demanded_task (obligation_id, target_key, target_kind, division_id, industry_id, organisation_id, stands,
    linked_until)
SELECT owed.obligation_id, l.kind || ':' || COALESCE(l.division_id, l.industry_id, l.organisation_id),
    l.kind, l.division_id, l.industry_id, l.organisation_id,
    MAX(CASE WHEN owed.in_office = 1 AND (l.ends_on IS NULL OR l.ends_on >= %(last)s) THEN 1 ELSE 0 END),
    MAX(CASE WHEN l.ends_on < %(last)s THEN l.ends_on ELSE %(last)s END)
FROM owed
JOIN directory_linkage l ON l.tenure_id = owed.tenure_id
WHERE owed.activity = 'inspection'
    AND l.starts_on <= %(last)s AND (l.ends_on IS NULL OR l.ends_on >= %(first)s)
GROUP BY owed.obligation_id, l.kind, l.division_id, l.industry_id, l.organisation_id
"""

# Without a link that stands, the work is one task alone: in the own area, or at the desk.
DEMANDED_ALONE = """
INSERT INTO demanded_task (obligation_id, target_key, target_kind, division_id, stands, linked_until)
SELECT owed.obligation_id, 'own', MIN(CASE WHEN owed.activity = 'inspection' THEN 'own_area' ELSE '' END),
    CASE WHEN MIN(owed.activity) = 'inspection' THEN COALESCE(
        MIN(CASE WHEN owed.state = 'standing' THEN owed.division_id END), MIN(owed.division_id)
    ) END, 1, %(last)s
FROM owed
LEFT JOIN (SELECT DISTINCT obligation_id FROM demanded_task WHERE stands = 1) linked
    ON linked.obligation_id = owed.obligation_id
LEFT JOIN (SELECT DISTINCT obligation_id FROM demanded_task) once
    ON once.obligation_id = owed.obligation_id
WHERE linked.obligation_id IS NULL
GROUP BY owed.obligation_id
HAVING MAX(CASE WHEN owed.state = 'standing' THEN 1 ELSE 0 END) = 1 OR MAX(once.obligation_id) IS NULL
"""

_STATE = "CASE WHEN dt.stands = 1 THEN 'standing' ELSE 'withdrawn' END"
_REASON = "CASE WHEN dt.stands = 1 THEN '' ELSE 'link_ended' END"
_OF_DEMANDED = "k.obligation_id = dt.obligation_id AND k.target_key = dt.target_key"

# What is demanded and missing or otherwise; then what stands and is not demanded.
COMPARE = f"""
INSERT INTO task_difference (task_id, obligation_id, target_key, target_kind, division_id, industry_id,
    organisation_id, linked_until, state, reason)
SELECT k.id, dt.obligation_id, dt.target_key, dt.target_kind, dt.division_id, dt.industry_id, dt.organisation_id,
    dt.linked_until, {_STATE}, {_REASON}
FROM demanded_task dt
LEFT JOIN duties_task k ON {_OF_DEMANDED}
WHERE k.id IS NULL OR k.state <> {_STATE} OR k.reason <> {_REASON}
    OR k.linked_until <> dt.linked_until OR k.division_id <> dt.division_id
UNION ALL
SELECT k.id, k.obligation_id, k.target_key, k.target_kind, k.division_id, k.industry_id, k.organisation_id,
    k.linked_until, 'withdrawn', 'not_demanded'
FROM obligation_of o
JOIN duties_task k ON k.obligation_id = o.id
LEFT JOIN demanded_task dt ON {_OF_DEMANDED}
WHERE dt.obligation_id IS NULL AND k.reason <> 'not_demanded'
"""

ADD = """
INSERT INTO duties_task (obligation_id, target_key, target_kind, division_id, industry_id, organisation_id,
    linked_until, state, reason, since, changed)
SELECT obligation_id, target_key, target_kind, division_id, industry_id, organisation_id,
    linked_until, state, reason, %(now)s, {stamp}
FROM task_difference WHERE task_id IS NULL
"""

CHANGE = """
UPDATE duties_task
SET state = x.state, reason = x.reason, since = %(now)s, linked_until = x.linked_until, division_id = x.division_id,
    changed = {stamp}
FROM task_difference x
WHERE duties_task.id = x.task_id
"""
