"""Obligations, and the bases that they rest on."""

_KEPT = """ob.id, ob.subject_key, ob.duty, ob.period, ob.leader_id, ob.activity, ob.starts_on, ob.ends_on,
    ob.starts_at, ob.due_at, ob.lapses_at, ob.minimum, ob.counted, ob.met_at, ob.outcome"""

# The obligations of the batch: whatever is joined below is reached from these, by its key.
OF_BATCH = f"SELECT {_KEPT} FROM duties_obligation ob WHERE {{of_batch}}"
READ = f"INSERT INTO obligation_of ({_KEPT.replace('ob.', '')}) {OF_BATCH}"
FORGET = "DELETE FROM obligation_of"

_RANK = "CASE dm.state WHEN 'standing' THEN 2 WHEN 'transferred' THEN 1 ELSE 0 END"

# An obligation begins as what its best basis says.
OPEN = f"""
INSERT INTO duties_obligation (subject_key, subject_kind, leader_id, organisation_id, lower_organisation_id, duty,
    activity, period, starts_on, ends_on, due_on, starts_at, due_at, lapses_at, minimum, counted, outcome,
    changed, demanded)
SELECT dm.subject_key, MIN(dm.subject_kind), MIN(dm.leader_id), MIN(dm.organisation_id), MIN(dm.lower_organisation_id),
    dm.duty, MIN(dm.activity), CAST(%(period)s AS varchar), %(first)s, %(last)s, MIN(line.due_on), %(starts_at)s,
    MIN(line.due_at), MIN(line.lapses_at),
    COALESCE(MAX(CASE WHEN dm.state = 'standing' THEN line.minimum END), MAX(line.minimum)), 0,
    CASE MAX({_RANK}) WHEN 2 THEN 'pending' WHEN 1 THEN 'transferred' ELSE 'withdrawn' END, {{stamp}}, {{stamp}}
FROM demand dm
JOIN line ON line.rule_id = dm.rule_id
LEFT JOIN obligation_of o ON o.subject_key = dm.subject_key AND o.duty = dm.duty
WHERE o.id IS NULL
GROUP BY dm.subject_key, dm.duty
"""

OWED = """
INSERT INTO owed (obligation_id, rule_id, tenure_id, division_id, state, reason, duty, activity, in_office)
SELECT o.id, dm.rule_id, dm.tenure_id, dm.division_id, dm.state, dm.reason, dm.duty, dm.activity, dm.in_office
FROM demand dm
JOIN obligation_of o ON o.subject_key = dm.subject_key AND o.duty = dm.duty
"""

_OF_OWED = """basis.obligation_id = owed.obligation_id AND basis.rule_id = owed.rule_id
    AND COALESCE(basis.tenure_id, 0) = COALESCE(owed.tenure_id, 0)"""

# What is owed and missing or otherwise; then what stands and is not owed.
COMPARE_BASES = f"""
INSERT INTO basis_difference (basis_id, obligation_id, rule_id, tenure_id, division_id, state, reason)
SELECT basis.id, owed.obligation_id, owed.rule_id, owed.tenure_id, owed.division_id, owed.state, owed.reason
FROM owed
LEFT JOIN duties_basis basis ON {_OF_OWED}
WHERE basis.id IS NULL OR basis.state <> owed.state OR basis.reason <> owed.reason
    OR basis.division_id <> owed.division_id
UNION ALL
SELECT basis.id, basis.obligation_id, basis.rule_id, basis.tenure_id, basis.division_id, 'withdrawn', 'not_demanded'
FROM obligation_of o
JOIN duties_basis basis ON basis.obligation_id = o.id
LEFT JOIN owed ON {_OF_OWED}
WHERE owed.obligation_id IS NULL AND basis.reason <> 'not_demanded'
"""

ADD_BASES = """
INSERT INTO duties_basis (obligation_id, rule_id, tenure_id, division_id, state, reason, since)
SELECT obligation_id, rule_id, tenure_id, division_id, state, reason, %(now)s
FROM basis_difference WHERE basis_id IS NULL
"""

CHANGE_BASES = """
UPDATE duties_basis SET state = x.state, reason = x.reason, division_id = x.division_id, since = %(now)s
FROM basis_difference x
WHERE duties_basis.id = x.basis_id
"""

COMPARE_DUE = """
INSERT INTO due_difference (obligation_id, due_on, due_at, lapses_at)
SELECT o.id, MIN(line.due_on), MIN(line.due_at), MIN(line.lapses_at)
FROM owed
JOIN line ON line.rule_id = owed.rule_id
JOIN obligation_of o ON o.id = owed.obligation_id
GROUP BY o.id, o.due_at, o.lapses_at
HAVING MIN(line.due_at) <> o.due_at OR MIN(line.lapses_at) <> o.lapses_at
"""

CHANGE_DUE = """
UPDATE duties_obligation SET due_on = x.due_on, due_at = x.due_at, lapses_at = x.lapses_at,
    changed = {stamp}, demanded = {stamp}
FROM due_difference x
WHERE duties_obligation.id = x.obligation_id
"""

# What is counted next looks at the working table.
CARRY_DUE = """
UPDATE obligation_of SET due_at = x.due_at, lapses_at = x.lapses_at FROM due_difference x WHERE id = x.obligation_id
"""

# Their bases and tasks are told with them.
STAMP = """
UPDATE duties_obligation SET changed = {stamp}, demanded = {stamp}
WHERE demanded <> {stamp} AND id IN (
    SELECT obligation_id FROM basis_difference UNION SELECT obligation_id FROM task_difference
)
"""
