"""What a comparison of a batch has found in the working tables: subject, duty, and what of the obligation differs."""

# A period's own days and instants no fact changes; an obligation without a basis would rest on nothing.
DIFFERING = """
SELECT ob.subject_key || ' ' || ob.duty || ' ' || ob.period AS named, found.what
FROM (
    SELECT obligation_id, 'bases' AS what FROM basis_difference
    UNION SELECT o.id, 'bases' FROM obligation_of o
        WHERE NOT EXISTS (SELECT 1 FROM duties_basis b WHERE b.obligation_id = o.id)
    UNION SELECT id, 'starts_at' FROM obligation_of
        WHERE starts_at <> %(starts_at)s OR starts_on <> %(first)s OR ends_on <> %(last)s
    UNION SELECT obligation_id, 'due_at, lapses_at' FROM due_difference
    UNION SELECT obligation_id, 'outcome, counted' FROM obligation_difference
    UNION SELECT obligation_id, 'tasks' FROM task_difference
    UNION SELECT k.obligation_id, 'tasks: done_at' FROM done_difference d JOIN duties_task k ON k.id = d.task_id
) found
JOIN duties_obligation ob ON ob.id = found.obligation_id
UNION
SELECT dm.subject_key || ' ' || dm.duty || ' ' || CAST(%(period)s AS varchar), ''
FROM demand dm
LEFT JOIN obligation_of o ON o.subject_key = dm.subject_key AND o.duty = dm.duty
WHERE o.id IS NULL
ORDER BY 1, 2
"""
