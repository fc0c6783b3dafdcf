"""Who must hold which links (挂点联系, QY 5-12), and who lacks them, on a day.

A quota binds by the version in force on the day, whether its rules are tracked or not: it says how links are to be
made, which comes before any month is counted. Only a role that binds streets by a switch (QY 2) waits for one: a
tracking of a rule of that role, standing on the day, with streets. A quota counts once a person: the demands of all
posts are merged by what they ask for, the largest count holds, and every article is cited. A link of any of the
person's posts counts; two links to one target are one. 1个行业及部门 is a pair: a department paired with its industry.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from django.db import connection
from django.db.models import Exists, OuterRef
from django.utils.translation import gettext as _

from fieldwork.directory.enums import LinkageKind
from fieldwork.directory.models import Linkage, ProblemTownMark, User
from fieldwork.directory.queries import leaders_of, standing
from fieldwork.duties.enums import Streets
from fieldwork.duties.models import Role
from fieldwork.duties.quota_rows import Named, Scope, demanding_statement, met_case, rows_statement

Key = tuple[int, str]


@dataclass(frozen=True, slots=True)
class Demand:
    """What a quota asks for: links of these kinds, together as one; a town only if marked where `problem`."""

    kinds: tuple[str, ...]
    problem: bool = False

    @property
    def key(self) -> str:
        """Its name in the order of rows: `county`, `town!` (a problem town), `industry+department`."""
        return "+".join(self.kinds) + ("!" if self.problem else "")

    @classmethod
    def parse(cls, key: str) -> "Demand":
        return cls(tuple(key.removesuffix("!").split("+")), key.endswith("!"))


@dataclass(frozen=True, slots=True)
class Asked:
    """Which rows on which day: `kind` among what they ask for, met or not; empty and None ask for all."""

    on: date
    scope: Scope
    kind: str = ""
    met: bool | None = False


@dataclass(frozen=True, slots=True)
class Cited:
    """A post that demands it, with the article and its words."""

    tenure: int
    post: str
    role: str
    name: str
    division: Named
    policy: str
    article: str
    text: str
    count: int


@dataclass(frozen=True, slots=True)
class Why:
    """A reason why links do not meet a quota: a code, and words in the active language."""

    code: str
    text: str


@dataclass(slots=True)
class Quota:
    """One person's demand of one sort: `linkages` are those that count, `missing` how many it lacks."""

    leader: int
    demand: Demand
    count: int
    name: str = ""
    demanded_by: list[Cited] = field(default_factory=list)
    linkages: list[int] = field(default_factory=list)
    missing: int = 0
    reasons: list[Why] = field(default_factory=list)

    @property
    def person(self) -> Named:
        return Named(self.leader, self.name)

    @property
    def division(self) -> Named:
        """Of the highest post that demands it."""
        return self.demanded_by[0].division

    @property
    def met(self) -> bool:
        return self.missing == 0

    @property
    def key(self) -> Key:
        return self.leader, self.demand.key


@dataclass(frozen=True, slots=True)
class Line:
    """One quota of one role in force."""

    role: Role
    demand: Demand
    count: int
    article: str
    text: str


def quotas(asked: Asked, *, after: Key | None = None, backward: bool = False, limit: int) -> list[Quota]:
    """At most `limit` rows by leader and sort of demand, behind `after`, or with `backward` before it.

    The answer is in that order either way. Four queries, whatever is found; leaders are never read into memory.
    """
    lines = lines_in_force(asked.on)
    wanted = {line.demand for line in lines if not asked.kind or asked.kind in line.demand.kinds}
    if not wanted:
        return []
    params = _params(lines, asked)
    keys = [demand.key for demand in wanted]
    met = met_case(keys) if asked.met is not None else ""
    statement, more = rows_statement(asked.scope, _values(lines), keys, met, after, backward)
    params |= more | {"met": int(bool(asked.met)), "limit": limit}
    with connection.cursor() as cursor:
        cursor.execute(statement, params)
        rows = {(leader, key): Quota(leader, Demand.parse(key), count) for leader, key, count in cursor.fetchall()}
        if not rows:
            return []
        _cite(rows, lines, params, cursor)
    _count(rows, asked.on)
    return [rows[key] for key in (reversed(rows) if backward else rows)]


def scope_of(user: User, on: date) -> Scope:
    """Whose quotas the user sees: of who serves where the office reaches, one's own, and those one acts for."""
    path = None
    if user.office:
        path = user.division.path if user.division else ""
    return Scope(path, leaders=tuple(leaders_of(user, on).values_list("pk", flat=True)))


def lines_in_force(on: date) -> list[Line]:
    """Every quota of every role of the versions in force on a day; one query."""
    roles = Role.objects.filter(standing(on, "version__")).select_related("version__policy__division").order_by("pk")
    order = LinkageKind.values
    return [
        Line(
            role,
            Demand(tuple(sorted(quota["kinds"], key=order.index)), bool(quota.get("problem"))),
            quota["count"], quota["article"], quota["text"],
        )
        for role in roles
        for quota in role.quotas
    ]  # fmt: skip


def _values(lines: Sequence[Line]) -> str:
    """Rows of VALUES: which line, of which version, binding which role where, asking for what how often."""
    return ", ".join(
        f"({number}, {line.role.version_id}, {line.role.version.policy_id}, {int(line.role.streets == Streets.SWITCH)},"
        f" %(code_{number})s, %(path_{number})s, %(demand_{number})s, {line.count})"
        for number, line in enumerate(lines)
    )


def _params(lines: Sequence[Line], asked: Asked) -> dict[str, Any]:
    params: dict[str, Any] = {"on": asked.on}
    for number, line in enumerate(lines):
        params[f"code_{number}"] = line.role.code
        params[f"path_{number}"] = line.role.version.policy.division.path
        params[f"demand_{number}"] = line.demand.key
    return params


def _cite(rows: dict[Key, Quota], lines: Sequence[Line], params: dict[str, Any], cursor: Any) -> None:
    """Name the leaders, and every post that demands, the highest place first."""
    leaders = tuple(sorted({leader for leader, _key in rows}))
    cursor.execute(demanding_statement(leaders, _values(lines)), params)
    for leader, name, number, *post in cursor.fetchall():
        line = lines[number]
        quota = rows.get((leader, line.demand.key))
        if quota is None:
            continue
        tenure, title, division, division_name = post
        quota.name = name
        policy = line.role.version.policy.code
        quota.demanded_by.append(
            Cited(
                tenure, title, line.role.code, line.role.name, Named(division, division_name), policy,
                line.article, line.text, line.count,
            )
        )  # fmt: skip


def _count(rows: dict[Key, Quota], on: date) -> None:
    """Count what the leaders are linked to, and say of the rest why it does not count; one query."""
    marks = ProblemTownMark.objects.filter(standing(on), division=OuterRef("division"))
    found = (
        Linkage.objects.filter(
            standing(on), standing(on, "tenure__"), tenure__leader__in={leader for leader, _key in rows}
        )
        .select_related("tenure", "division", "industry", "organisation", "paired_with")
        .annotate(marked=Exists(marks))
        .order_by("pk")
    )
    links: dict[int, list[Any]] = defaultdict(list)
    for linkage in found:
        links[linkage.tenure.leader_id].append(linkage)
    for quota in rows.values():
        _weigh(quota, links[quota.leader])


def _weigh(quota: Quota, links: Sequence[Any]) -> None:
    """The least of the parts counts: a quota of several kinds is met by so many of each."""
    kinds, found = set(quota.demand.kinds), []
    pair = {LinkageKind.INDUSTRY, LinkageKind.DEPARTMENT}
    if pair <= kinds:
        kinds -= pair
        found.append(_pairs(quota, links))
    for kind in sorted(kinds):
        of_kind = [linkage for linkage in links if linkage.kind == kind]
        if kind == LinkageKind.TOWN and quota.demand.problem:
            of_kind = _marked(quota, of_kind)
        quota.linkages += [linkage.pk for linkage in of_kind]
        found.append(len({linkage.target.pk for linkage in of_kind}))
    quota.missing = max(0, quota.count - min(found))
    if quota.missing:
        have = {"have": min(found), "count": quota.count}
        quota.reasons.insert(0, Why("too_few", _("%(have)d of %(count)d linked.") % have))


def _marked(quota: Quota, towns: Iterable[Any]) -> list[Any]:
    marked = []
    for linkage in towns:
        if linkage.marked:
            marked.append(linkage)
        else:
            why = _("%(town)s is linked, but is not marked as a problem town on this day.")
            quota.reasons.append(Why("town_not_marked", why % {"town": linkage.target.name}))
    return marked


def _pairs(quota: Quota, links: Sequence[Any]) -> int:
    """How many departments are paired with an industry, both links standing; the others are reasons."""
    by_id = {linkage.pk: linkage for linkage in links}
    pairs = {}
    for linkage in links:
        industry = by_id.get(linkage.paired_with_id)
        if linkage.kind == LinkageKind.DEPARTMENT and industry is not None:
            quota.linkages += [industry.pk, linkage.pk]
            pairs[industry.industry_id, linkage.organisation_id] = True
    alone = [
        linkage
        for linkage in links
        if linkage.kind in (LinkageKind.INDUSTRY, LinkageKind.DEPARTMENT) and linkage.pk not in quota.linkages
    ]
    for linkage in alone:
        if linkage.kind == LinkageKind.INDUSTRY:
            why = _("The industry %(name)s is linked, but no department is paired with it.")
        else:
            why = _("The department %(name)s is linked, but is not paired with an industry.")
        quota.reasons.append(Why("not_paired", why % {"name": linkage.target.name}))
    return len(pairs)
