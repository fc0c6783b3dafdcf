"""Structural checks of the packs (结构要求), place by place on a day: who should also hold what, or has the portfolio.

`also_holds`: every holder of one of the roles has, at the same division, a post in one of the bodies, of one of
`in_roles` where given (QY 4, ZJ 二(一)). `portfolio_held_by`: whoever has the safety portfolio (分管安全生产) in one of
the bodies holds, at the same division, one of the roles (QY 8, 12, ZJ 二(二)); a place where somebody in the bodies
holds such a role and nobody there has the portfolio has a row without leaders, not met. Where nobody holds what is
looked at, there is no row. Versions in force on the day, tracked or not; streets as `quotas` has it. Nothing is ever
stopped by a check.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from django.db import connection
from django.utils.translation import gettext as _

from fieldwork.directory.models import Division
from fieldwork.directory.queries import standing
from fieldwork.duties.check_rows import rows_statement, who_statement
from fieldwork.duties.enums import Streets
from fieldwork.duties.models import PolicyVersion
from fieldwork.duties.quota_rows import Named, Scope

MAY = "may"
Key = tuple[str, int]


@dataclass(frozen=True, slots=True)
class Asked:
    """Which rows on which day; `met` None asks for all. What only may be is never among what is not met."""

    on: date
    scope: Scope
    met: bool | None = False


@dataclass(frozen=True, slots=True)
class Holder:
    """Somebody whom a check looks at, and whether they are as it asks."""

    id: int
    name: str
    post: str
    met: bool


@dataclass(frozen=True, slots=True)
class Line:
    """One check of a version in force, with the names of what it speaks of."""

    number: int
    version: PolicyVersion
    check: dict[str, Any]
    role_names: list[str]
    inner_names: list[str]
    body_names: list[str]


@dataclass(slots=True)
class Checked:
    """One check at one division; without leaders: nobody there has the portfolio."""

    path: str
    line: Line
    division: int
    met: bool
    division_name: str = ""
    leaders: list[Holder] = field(default_factory=list)

    @property
    def key(self) -> Key:
        return self.path, self.line.number

    @property
    def place(self) -> Named:
        return Named(self.division, self.division_name)

    @property
    def missing(self) -> list[str]:
        """What is missing, person by person, in the active language."""
        if not self.leaders:
            why = _("Nobody has the safety portfolio in %(bodies)s here; %(roles)s should.")
            return [why % {"bodies": _either(self.line.body_names), "roles": _either(self.line.role_names)}]
        return [_missing(self.line, holder) for holder in self.leaders if not holder.met]


def checks(asked: Asked, *, after: Key | None = None, backward: bool = False, limit: int) -> list[Checked]:
    """At most `limit` rows from the highest place down, behind `after`, or with `backward` before it.

    `after` is a row's key. The answer is in that order either way. At most four queries, whatever is found.
    """
    lines = lines_in_force(asked.on)
    if not lines:
        return []
    params: dict[str, Any] = {"on": asked.on, "limit": limit, "scope": asked.scope.path, "within": asked.scope.within}
    if after is not None:
        params |= {"after": after[0], "after_number": after[1]}
    values = _values(lines, params)
    by_number = {line.number: line for line in lines}
    with connection.cursor() as cursor:
        cursor.execute(rows_statement(asked.scope, values, met=asked.met, after=after, backward=backward), params)
        found = [Checked(path, by_number[at], division, bool(met)) for path, at, division, met in cursor.fetchall()]
        if found:
            _name(found, asked.scope, values, params, cursor)
    return found[::-1] if backward else found


def lines_in_force(on: date) -> list[Line]:
    """Every check of the versions in force on a day, with numbers that stay the same while a version stands."""
    versions = PolicyVersion.objects.filter(standing(on)).exclude(checks=[]).select_related("policy__division")
    found = []
    for version in versions.prefetch_related("roles", "bodies").order_by("pk"):
        roles = {role.code: role.name for role in version.roles.all()}
        bodies = {body.code: body.name for body in version.bodies.all()}
        for at, check in enumerate(version.checks):
            found.append(
                Line(
                    number=version.pk * 1000 + at,
                    version=version,
                    check=check,
                    role_names=[roles.get(code, code) for code in check["roles"]],
                    inner_names=[roles.get(code, code) for code in check.get("in_roles") or []],
                    body_names=[bodies.get(code, code) for code in check["bodies"]],
                )
            )
    return found


def _values(lines: Sequence[Line], params: dict[str, Any]) -> dict[str, str]:
    """What the checks speak of, as rows of VALUES; words go into `params`."""

    def word(value: str) -> str:
        params[f"word_{len(params)}"] = value
        return f"%(word_{len(params) - 1})s"

    rows: dict[str, list[str]] = {"lines": [], "roles": [], "bodies": []}
    for line in lines:
        version, check = line.version, line.check
        kind, path = word(check["kind"]), word(version.policy.division.path)
        counts = int(check["strength"] != MAY)
        rows["lines"].append(f"({line.number}, {kind}, {counts}, {version.pk}, {version.policy_id}, {path})")
        for inner, codes in enumerate((check["roles"], check.get("in_roles") or [])):
            switch = {role.code for role in version.roles.all() if role.streets == Streets.SWITCH}
            rows["roles"] += [f"({line.number}, {word(code)}, {int(code in switch)}, {inner})" for code in codes]
        for body in version.bodies.all():
            if body.code in check["bodies"]:
                words = ", ".join(word(value) for value in (body.kind, body.department_kind, body.level))
                rows["bodies"].append(f"({line.number}, {words}, {int(body.streets)})")
    rows["roles"] = rows["roles"] or ["(0, '', 0, 0)"]
    rows["bodies"] = rows["bodies"] or ["(0, '', '', '', 0)"]
    return {name: ", ".join(values) for name, values in rows.items()}


def _name(found: Sequence[Checked], scope: Scope, values: dict[str, str], params: dict[str, Any], cursor: Any) -> None:
    """Who is looked at in each row, and where that is."""
    divisions = sorted({checked.division for checked in found})
    people: dict[tuple[int, int], list[Holder]] = {}
    cursor.execute(who_statement(scope, values, divisions), params)
    for division, number, leader, name, post, met in cursor.fetchall():
        people.setdefault((division, number), []).append(Holder(leader, name, post, bool(met)))
    names = dict(Division.objects.filter(pk__in=divisions).values_list("pk", "name"))
    for checked in found:
        checked.division_name = names[checked.division]
        checked.leaders = people.get((checked.division, checked.line.number), [])


def _missing(line: Line, holder: Holder) -> str:
    words = {"name": holder.name, "post": holder.post}
    if line.check["kind"] == "portfolio_held_by":
        why = _("%(name)s (%(post)s) has the safety portfolio, but is not %(roles)s here.")
        return why % {**words, "roles": _either(line.role_names)}
    if line.inner_names:
        why = _("%(name)s (%(post)s) is not %(roles)s in %(bodies)s here.")
        return why % {**words, "roles": _either(line.inner_names), "bodies": _either(line.body_names)}
    why = _("%(name)s (%(post)s) has no post in %(bodies)s here.")
    return why % {**words, "bodies": _either(line.body_names)}


def _either(names: Sequence[str]) -> str:
    return _(" or ").join(names)
