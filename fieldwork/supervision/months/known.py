"""The figures of a period as they were known at an instant.

Of a published period from its publication on, exactly: as published, with what was amended by then. Before, and of one
that is not published, reckoned from the rows: proofs that had been received, with the verdicts given by then, excuses
that held then, and bases as reconciliation had found them by then. What rows do not keep is as it is now: terms of
office, rules with their minimum and due day; a basis that changed since is taken for one that stood.
"""

from datetime import datetime

from django.db import connection

from fieldwork.core.periods import Period
from fieldwork.directory.models import Division
from fieldwork.duties.demand.counting import COUNTED
from fieldwork.supervision.models import Freeze
from fieldwork.supervision.months.figures import Figures, figures_of
from fieldwork.supervision.months.owed import STATUS, fetched, given, instant

_UUID = {"postgresql": "CAST(p.source_id AS uuid)", "sqlite": "REPLACE(p.source_id, '-', '')"}
_DAY = {
    "postgresql": "CAST(({at}) AT TIME ZONE 'Asia/Shanghai' AS date)", "sqlite": "DATE({at}, '+8 hours')",
}  # fmt: skip
_AT = "COALESCE(said.adopted_at, p.captured_at)"

_KNOWN = f"""
SELECT p.id, p.leader_id, p.organisation_id, p.activity, {_AT} AS at, {{day}} AS day,
    (said.verdict IS NULL OR said.verdict <> 'rejected') AS stands
FROM duties_performance p
LEFT JOIN inspections_checkin sent ON p.source_kind = 'check_in' AND sent.id = {{uuid}}
LEFT JOIN filings_filing filed ON p.source_kind = 'filing' AND filed.id = {{uuid}}
LEFT JOIN duties_review said ON said.id = (
    SELECT MAX(r.id) FROM duties_review r WHERE r.performance_id = p.id AND r.at <= %(now)s
)
WHERE COALESCE(sent.received_at, filed.received_at, p.captured_at) <= %(now)s
    AND {_AT} >= %(starts_at)s AND {_AT} < %(ends_at)s
"""

# A basis that is otherwise since stood before; one that was found later was not known.
_THEN = """CASE
            WHEN b.since <= %(now)s THEN
                CASE b.state WHEN 'standing' THEN 2 WHEN 'transferred' THEN 1 ELSE 0 END
            WHEN b.state <> 'standing' THEN 2
        END"""

_OUTCOMES = f"""
WITH obligation_of AS (
    SELECT ob.*, based.best FROM duties_obligation ob
    JOIN (
        SELECT b.obligation_id, MAX({_THEN}) AS best
        FROM duties_basis b
        JOIN duties_obligation owner ON owner.id = b.obligation_id AND owner.period = %(period)s
        JOIN directory_division d ON d.id = b.division_id
        WHERE d.path >= %(path)s AND d.path < %(beyond)s
        GROUP BY b.obligation_id
    ) based ON based.obligation_id = ob.id AND based.best IS NOT NULL
), known AS ({_KNOWN}), counted AS ({COUNTED.replace("duties_performance", "known")}), nth AS (
    SELECT obligation_id, ROW_NUMBER() OVER (PARTITION BY obligation_id ORDER BY at, performance_id) AS number
    FROM counted
), owed AS (
    SELECT o.id, o.best, o.starts_at, o.lapses_at, CASE
        WHEN nth.number IS NOT NULL THEN 'met'
        WHEN o.best = 2 AND EXISTS (
            SELECT 1 FROM duties_excuse x WHERE x.obligation_id = o.id AND x.granted_at <= %(now)s
                AND (x.taken_back_at IS NULL OR x.taken_back_at > %(now)s)
        ) THEN 'excused'
        ELSE 'pending'
    END AS outcome
    FROM obligation_of o
    LEFT JOIN nth ON nth.obligation_id = o.id AND nth.number = o.minimum
)
SELECT status, COUNT(*) FROM (SELECT {STATUS} AS status FROM owed) found GROUP BY status
"""

# Which amendments were known is as `queries.known_by` has it.
_PUBLISHED = """
SELECT COALESCE((
    SELECT a.after FROM supervision_amendment a
    WHERE a.frozen_id = f.id AND (a.at > %(published)s AND a.at <= %(now)s OR a.noted_at <= %(now)s)
    ORDER BY a.id DESC LIMIT 1
), f.status) AS status, COUNT(*)
FROM supervision_frozenobligation f
WHERE f.freeze_id = %(freeze)s
GROUP BY 1
"""


def figures_known(period: Period, division: Division | None, at: datetime, freeze: Freeze | None) -> Figures:
    """At an instant, of the division and all below it; `freeze` is how it was published, if it was. One query."""
    if freeze is not None and at >= freeze.at:
        counts = dict(fetched(_PUBLISHED, {"now": instant(at), "published": instant(freeze.at), "freeze": freeze.pk}))
        counts.pop("", None)  # not owed then
        return figures_of(counts)
    vendor = connection.vendor
    statement = _OUTCOMES.replace("{uuid}", _UUID[vendor]).replace("{day}", _DAY[vendor].format(at=_AT))
    window = {"starts_at": instant(period.starts_at()), "ends_at": instant(period.ends_at())}
    return figures_of(dict(fetched(statement, {**given(period, division, at), **window})))
