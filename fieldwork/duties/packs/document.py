"""What a valid pack says. What is stored as JSON is a plain mapping already."""

from dataclasses import dataclass, field
from typing import Any

from fieldwork.duties.enums import Streets

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Quota:
    """`count` links of each of `kinds`, which belong together.

    「1个行业及部门」 is 1 of `industry` and `department`: one industry with its department.
    """

    kinds: tuple[str, ...]
    count: int
    problem: bool
    article: str
    text: str

    def as_json(self) -> Json:
        return {
            "kinds": list(self.kinds), "count": self.count, "problem": self.problem,
            "article": self.article, "text": self.text,
        }  # fmt: skip


@dataclass(frozen=True, slots=True)
class RoleSpec:
    """A role; `level` is empty where posts of the role exist at any level.

    `responsibility` is what its holders answer for (领导责任): {kind, scope, article, accident_grade_at_least}, or {}.
    """

    code: str
    name: str
    article: str
    level: str
    streets: str
    quotas: tuple[Quota, ...]
    responsibility: Json = field(default_factory=dict)

    @property
    def binds_streets(self) -> bool:
        return self.streets == Streets.INCLUDED


@dataclass(frozen=True, slots=True)
class BodySpec:
    """A kind of organisation; empty `department_kind` or `level`: of any."""

    code: str
    name: str
    kind: str
    department_kind: str
    level: str
    streets: str

    @property
    def binds_streets(self) -> bool:
        return self.streets == Streets.INCLUDED


@dataclass(frozen=True, slots=True)
class PairSpec:
    """Two bodies, by code, that a rule obliges together."""

    upper: str
    lower: str


@dataclass(frozen=True, slots=True)
class RuleSpec:
    """One of `roles`, `bodies` and `pairs` is filled, as `subject` says.

    With `per_body`, posts in several bodies owe it once each. Who holds one of `except_roles` at the same division on
    the period's last day does not owe it.
    `partial_period` is in days; `due` is MM-DD, or empty for the period's end; `assumed` maps a key of the rule to why
    its value is an assumption; `details` has signed_by, copies_to and except_roles.
    """

    code: str
    duty: str
    name: str
    subject: str
    activity: str
    cadence: str
    minimum: int
    partial_period: int
    roles: tuple[str, ...]
    except_roles: tuple[str, ...]
    bodies: tuple[str, ...]
    pairs: tuple[PairSpec, ...]
    per_body: bool
    due: str
    article: str
    article_text: str
    details: Json
    assumed: dict[str, str]


@dataclass(frozen=True, slots=True)
class StandingSpec:
    """A duty with no count (无次数要求的职责), recorded by activities of `kinds`."""

    code: str
    name: str
    subject: str
    roles: tuple[str, ...]
    bodies: tuple[str, ...]
    kinds: tuple[str, ...]
    article: str
    article_text: str
    assumed: dict[str, str]


@dataclass(frozen=True, slots=True)
class Place:
    """A division by the authority whose code it is, and the code."""

    authority: str
    code: str


@dataclass(frozen=True, slots=True)
class ZoneSpec:
    """A development zone (开发区) that no list has: what it is, where it hangs, and which towns it administers."""

    name: str
    level: str
    parent: Place
    takes: tuple[Place, ...]


@dataclass(frozen=True, slots=True)
class Pack:
    """A whole pack, of the division at `place`; `extends` is the code of the policy that it adds to, or empty."""

    code: str
    title: str
    version: str
    status: str
    extends: str
    place: Place
    founded: ZoneSpec | None
    zone: str
    source: str
    roles: tuple[RoleSpec, ...]
    bodies: tuple[BodySpec, ...]
    rules: tuple[RuleSpec, ...]
    standing: tuple[StandingSpec, ...]
    triggers: tuple[Json, ...]
    checks: tuple[Json, ...]
    indicators: tuple[Json, ...]
    accident_grades: tuple[Json, ...]
