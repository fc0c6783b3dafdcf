"""What was performed: which performances count for an obligation, and which first served a task.

Each is a SELECT over `obligation_of`: over the working table of a batch, or, for the obligations that one performance
touches, over a common table expression of that name.
"""

from fieldwork.duties.demand.obligations import OF_BATCH


def _held(tenure: str) -> str:
    return f"{tenure}.starts_on <= pf.day AND ({tenure}.ends_on IS NULL OR {tenure}.ends_on >= pf.day)"


_IN_TIME = "pf.stands AND pf.at >= o.starts_at AND pf.at < o.lapses_at"

# An inspection serves whatever its leader owed on site while in office for it. All else serves what it names: a body's
# or a pair's obligation; a leader's own; and, at the desk, that of whoever took the post over inside the period. Who
# held it beside the leader before owes the period alone.
COUNTED = f"""
SELECT o.id AS obligation_id, pf.id AS performance_id, pf.at
FROM obligation_of o
JOIN duties_performance pf ON pf.leader_id = o.leader_id AND {_IN_TIME}
WHERE o.activity = 'inspection' AND pf.activity = 'inspection' AND EXISTS (
    SELECT 1 FROM duties_basis b JOIN directory_tenure t ON t.id = b.tenure_id
    WHERE b.obligation_id = o.id AND {_held("t")}
)
UNION
SELECT o.id, pf.id, pf.at
FROM obligation_of o
JOIN duties_naming n ON n.obligation_id = o.id
JOIN duties_performance pf ON pf.id = n.performance_id AND {_IN_TIME}
WHERE o.leader_id IS NULL
UNION
SELECT o.id, pf.id, pf.at
FROM obligation_of o
JOIN duties_basis b ON b.obligation_id = o.id
JOIN directory_tenure mine ON mine.id = b.tenure_id
JOIN directory_tenure theirs ON theirs.post_id = mine.post_id AND (
    theirs.leader_id = mine.leader_id
    OR (theirs.starts_on < mine.starts_on AND theirs.ends_on < o.ends_on AND mine.starts_on >= o.starts_on)
)
JOIN duties_basis named_basis ON named_basis.tenure_id = theirs.id
JOIN duties_obligation named ON named.id = named_basis.obligation_id AND named.duty = o.duty AND named.period = o.period
JOIN duties_naming n ON n.obligation_id = named.id
JOIN duties_performance pf ON pf.id = n.performance_id AND {_IN_TIME} AND {_held("theirs")}
WHERE o.leader_id IS NOT NULL AND o.activity <> 'inspection'
"""
INSERT_COUNTED = f"INSERT INTO counted (obligation_id, performance_id, at) {COUNTED}"

# A task on site is served by a visit that touched its target while that was linked; the own area is that of the posts
# which the obligation rests on. Desk work, and what a body does, is served by whatever counts.
_TOUCHED = """(
    k.target_kind = '' OR o.leader_id IS NULL OR EXISTS (
        SELECT 1 FROM duties_touch h JOIN duties_performance pf ON pf.id = h.performance_id
        WHERE h.performance_id = c.performance_id AND (
            (h.target_key = k.target_key AND pf.day <= k.linked_until)
            OR (k.target_kind = 'own_area' AND EXISTS (
                SELECT 1 FROM duties_basis own
                WHERE own.obligation_id = k.obligation_id AND h.target_key = 'own:' || own.division_id
            ))
        )
    )
)"""
_SERVING = f"""
FROM counted c
JOIN obligation_of o ON o.id = c.obligation_id
JOIN duties_task k ON k.obligation_id = c.obligation_id AND {_TOUCHED}
"""
SERVED = f"SELECT k.id AS task_id, MIN(c.at) AS at {_SERVING} GROUP BY k.id"
INSERT_SERVED = f"INSERT INTO served (task_id, at) {SERVED}"

DONE_DIFFERENCE = """
SELECT k.id AS task_id, s.at
FROM obligation_of o
JOIN duties_task k ON k.obligation_id = o.id
LEFT JOIN served s ON s.task_id = k.id
WHERE (k.done_at IS NULL AND s.at IS NOT NULL) OR (k.done_at IS NOT NULL AND s.at IS NULL) OR k.done_at <> s.at
"""
COMPARE_DONE = f"INSERT INTO done_difference (task_id, at) {DONE_DIFFERENCE}"

CHANGE_DONE = """
UPDATE duties_task SET done_at = x.at, changed = {stamp} FROM done_difference x WHERE duties_task.id = x.task_id
"""

OBLIGATION_DIFFERENCE = """
SELECT found.id AS obligation_id, found.minimum, found.counted, found.met_at, found.outcome
FROM (
    SELECT o.id, based.minimum, COALESCE(tally.counted, 0) AS counted, nth.at AS met_at,
        CASE
            WHEN nth.at IS NOT NULL THEN 'met'
            WHEN based.best = 2 AND excuse.obligation_id IS NOT NULL THEN 'excused'
            WHEN based.best = 2 THEN 'pending'
            WHEN based.best = 1 THEN 'transferred'
            ELSE 'withdrawn'
        END AS outcome,
        o.minimum AS was_minimum, o.counted AS was_counted, o.met_at AS was_met_at, o.outcome AS was_outcome
    FROM obligation_of o
    JOIN (
        SELECT b.obligation_id,
            COALESCE(MAX(CASE WHEN b.state = 'standing' THEN r.minimum END), MAX(r.minimum)) AS minimum,
            MAX(CASE b.state WHEN 'standing' THEN 2 WHEN 'transferred' THEN 1 ELSE 0 END) AS best
        FROM obligation_of o
        JOIN duties_basis b ON b.obligation_id = o.id
        JOIN duties_rule r ON r.id = b.rule_id
        GROUP BY b.obligation_id
    ) based ON based.obligation_id = o.id
    LEFT JOIN (
        SELECT obligation_id, COUNT(*) AS counted FROM counted GROUP BY obligation_id
    ) tally ON tally.obligation_id = o.id
    LEFT JOIN (
        SELECT obligation_id, at, ROW_NUMBER() OVER (PARTITION BY obligation_id ORDER BY at, performance_id) AS number
        FROM counted
    ) nth ON nth.obligation_id = o.id AND nth.number = based.minimum
    LEFT JOIN duties_excuse excuse ON excuse.obligation_id = o.id AND excuse.taken_back_at IS NULL
) found
WHERE found.outcome <> found.was_outcome OR found.counted <> found.was_counted OR found.minimum <> found.was_minimum
    OR found.met_at <> found.was_met_at OR (found.met_at IS NULL) <> (found.was_met_at IS NULL)
"""
COMPARE_OBLIGATIONS = f"""
INSERT INTO obligation_difference (obligation_id, minimum, counted, met_at, outcome) {OBLIGATION_DIFFERENCE}
"""

_RECOUNT = "minimum = x.minimum, counted = x.counted, met_at = x.met_at, outcome = x.outcome"
_RECOUNTED = "FROM obligation_difference x WHERE duties_obligation.id = x.obligation_id"
CHANGE_OBLIGATIONS = f"UPDATE duties_obligation SET {_RECOUNT}, changed = {{stamp}}, demanded = {{stamp}} {_RECOUNTED}"

# The same for a handful of obligations, in one statement each.
LOCK = "SELECT ob.id FROM duties_obligation ob WHERE {of_batch} ORDER BY ob.id FOR UPDATE"
_WITH = f"WITH obligation_of AS ({OF_BATCH}), counted AS ({COUNTED})"
REFRESH_OBLIGATIONS = f"{_WITH}, obligation_difference AS ({OBLIGATION_DIFFERENCE})" + (
    f" UPDATE duties_obligation SET {_RECOUNT}, changed = {{stamp}} {_RECOUNTED} RETURNING duties_obligation.id"
)
REFRESH_TASKS = f"{_WITH}, served AS ({SERVED}), done_difference AS ({DONE_DIFFERENCE}) {CHANGE_DONE}"

# And the other way: what counts for one obligation.
COUNTED_FOR = f"""
WITH obligation_of AS ({OF_BATCH.replace("{of_batch}", "ob.id = %(obligation)s")}), counted AS ({COUNTED})
SELECT DISTINCT performance_id FROM counted
"""

# What the performances of some sources count for: (source, obligation, task or null).
_CANDIDATES = """
ob.id IN (
    SELECT mine.id FROM duties_performance src
    JOIN duties_obligation mine ON mine.leader_id = src.leader_id
        AND mine.starts_at <= src.at AND mine.lapses_at > src.at
    WHERE src.source_kind = %(kind)s AND src.source_id IN ({sources}) AND src.activity = 'inspection'
    UNION
    SELECT n.obligation_id FROM duties_performance src JOIN duties_naming n ON n.performance_id = src.id
    WHERE src.source_kind = %(kind)s AND src.source_id IN ({sources})
)
"""
COUNTS_FOR = f"""
WITH obligation_of AS ({OF_BATCH.replace("{of_batch}", _CANDIDATES)}), counted AS ({COUNTED})
SELECT src.source_id, c.obligation_id, served.task_id
FROM counted c
JOIN duties_performance src ON src.id = c.performance_id
LEFT JOIN (
    SELECT c.performance_id, c.obligation_id, k.id AS task_id {_SERVING}
) served ON served.performance_id = c.performance_id AND served.obligation_id = c.obligation_id
WHERE src.source_kind = %(kind)s AND src.source_id IN ({{sources}})
ORDER BY c.obligation_id, served.task_id
"""
