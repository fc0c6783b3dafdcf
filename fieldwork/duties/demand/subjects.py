"""Who owes what: a row of `demand` for every subject that touches the period and every rule that binds it.

In office on the last day and long enough, a tenure's demand stands; otherwise it is transferred to a successor who owes
the period, or withdrawn. So the rows follow from the dates alone, whenever they are computed. Who acted in a post and
was then given it is one holder: in it on the last day and on the last day that is early enough. A body owes when it
stands on the last day and stood long enough; a pair when both do.
"""


def _in_office(row: str) -> str:
    return f"({row}.ends_on IS NULL OR {row}.ends_on >= %(last)s)"


def _touches(row: str) -> str:
    return f"{row}.starts_on <= %(last)s AND ({row}.ends_on IS NULL OR {row}.ends_on >= %(first)s)"


def _early_enough(tenure: str) -> str:
    return f"""({tenure}.starts_on <= line.latest_start OR EXISTS (
            SELECT 1 FROM directory_tenure earlier
            WHERE earlier.post_id = {tenure}.post_id AND earlier.leader_id = {tenure}.leader_id
                AND earlier.starts_on <= line.latest_start
                AND (earlier.ends_on IS NULL OR earlier.ends_on >= line.latest_start)
        ))"""


def _reached(path: str, binds_streets: str, street: str) -> str:
    """Whether the rule is tracked where the subject is; streets only where they are bound or switched on (QY 2)."""
    return f"""EXISTS (
        SELECT 1 FROM reach
        WHERE reach.rule_id = r.id AND {path} >= reach.path AND {path} < reach.path || '~'
            AND ({binds_streets} OR reach.streets OR NOT {street})
    )"""


def _is_of(body: str, organisation: str, division: str) -> str:
    return f"""{body}.kind = {organisation}.kind AND {body}.level IN ('', {division}.level)
        AND {body}.department_kind IN ('', {organisation}.department_kind)"""


# Whoever holds an excepted role at the same place on the last day: 「其他成员」 are those who are left.
_EXCEPTED = f"""EXISTS (
        SELECT 1 FROM duties_rulerole spared
        JOIN directory_post sp ON sp.role = spared.role
        JOIN directory_organisation so ON so.id = sp.organisation_id AND so.division_id = o.division_id
        JOIN directory_tenure st ON st.post_id = sp.id AND st.leader_id = t.leader_id
        WHERE spared.rule_id = rr.rule_id AND spared.excepted
            AND st.starts_on <= %(last)s AND {_in_office("st")}
    )"""

REACH = """
INSERT INTO reach (rule_id, path, streets)
SELECT r.id, d.path, k.streets
FROM line
JOIN duties_rule r ON r.id = line.rule_id
JOIN duties_policyversion v ON v.id = r.version_id
JOIN duties_tracking k ON k.policy_id = v.policy_id AND k.rule_code = r.code
JOIN directory_division d ON d.id = k.division_id
WHERE k.starts_on <= %(first)s AND (k.ends_on IS NULL OR k.ends_on >= %(first)s)
"""

_COLUMNS = """subject_key, subject_kind, leader_id, organisation_id, lower_organisation_id, tenure_id, rule_id, duty,
    activity, division_id, in_office, state, reason"""

LEADERS = f"""
INSERT INTO demand ({_COLUMNS})
SELECT 'leader:' || found.leader_id, 'leader', found.leader_id, NULL, NULL, found.tenure_id, found.rule_id, found.duty,
    found.activity, found.division_id, found.in_office, found.state,
    CASE found.state WHEN 'standing' THEN '' WHEN 'transferred' THEN 'handed_over'
        ELSE CASE WHEN found.in_office = 1 THEN 'too_brief' ELSE 'left' END END
FROM (
    SELECT t.leader_id, t.id AS tenure_id, r.id AS rule_id, r.activity, o.division_id,
        r.duty || CASE WHEN r.per_body THEN '@' || o.id ELSE '' END AS duty,
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
    JOIN duties_rulerole rr ON rr.role = p.role AND NOT rr.excepted
    JOIN line ON line.rule_id = rr.rule_id
    JOIN duties_rule r ON r.id = line.rule_id
    WHERE t.leader_id {{ids}} AND {_touches("t")} AND {_reached("d.path", "rr.streets", "d.street")}
        AND NOT (line.excepts AND {_EXCEPTED})
) found
"""

BODIES = f"""
INSERT INTO demand ({_COLUMNS})
SELECT DISTINCT 'organisation:' || o.id, 'organisation', CAST(NULL AS bigint), o.id, CAST(NULL AS bigint),
    CAST(NULL AS bigint), r.id, r.duty, r.activity, o.division_id, CASE WHEN {_in_office("o")} THEN 1 ELSE 0 END,
    CASE WHEN {_in_office("o")} AND o.starts_on <= line.latest_start THEN 'standing' ELSE 'withdrawn' END,
    CASE WHEN NOT {_in_office("o")} THEN 'body_ended'
        WHEN o.starts_on > line.latest_start THEN 'body_new' ELSE '' END
FROM directory_organisation o
JOIN directory_division d ON d.id = o.division_id
JOIN duties_body b ON {_is_of("b", "o", "d")}
JOIN duties_rulebody rb ON rb.body_id = b.id
JOIN line ON line.rule_id = rb.rule_id
JOIN duties_rule r ON r.id = line.rule_id
WHERE o.id {{ids}} AND {_touches("o")} AND {_reached("d.path", "b.streets", "d.street")}
"""

# By the lower body, and from its place upwards: the steps of its path are the paths of all above it.
PAIRS = f"""
INSERT INTO demand ({_COLUMNS})
SELECT DISTINCT 'pair:' || u.id || ':' || o.id, 'pair', CAST(NULL AS bigint), u.id, o.id,
    CAST(NULL AS bigint), r.id, r.duty, r.activity, u.division_id,
    CASE WHEN {_in_office("o")} AND {_in_office("u")} THEN 1 ELSE 0 END,
    CASE WHEN {_in_office("o")} AND {_in_office("u")} AND o.starts_on <= line.latest_start
        AND u.starts_on <= line.latest_start THEN 'standing' ELSE 'withdrawn' END,
    CASE WHEN NOT ({_in_office("o")} AND {_in_office("u")}) THEN 'body_ended'
        WHEN o.starts_on > line.latest_start OR u.starts_on > line.latest_start THEN 'body_new' ELSE '' END
FROM directory_organisation o
JOIN directory_division d ON d.id = o.division_id
JOIN duties_body lower_body ON {_is_of("lower_body", "o", "d")}
JOIN duties_rulepair rp ON rp.lower_id = lower_body.id
JOIN line ON line.rule_id = rp.rule_id
JOIN duties_rule r ON r.id = line.rule_id
JOIN duties_body upper_body ON upper_body.id = rp.upper_id
JOIN ({{steps}}) step ON step.length <= LENGTH(d.path)
JOIN directory_division ud ON ud.path = SUBSTR(d.path, 1, step.length)
JOIN directory_organisation u ON u.division_id = ud.id AND u.id <> o.id AND {_is_of("upper_body", "u", "ud")}
WHERE o.id {{ids}} AND {_touches("o")} AND {_touches("u")} AND {_reached("ud.path", "lower_body.streets", "d.street")}
"""
