"""What a valid pack says."""

from dataclasses import dataclass

from fieldwork.duties.enums import Streets


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

    def as_json(self) -> dict[str, object]:
        return {
            "kinds": list(self.kinds), "count": self.count, "problem": self.problem,
            "article": self.article, "text": self.text,
        }  # fmt: skip


@dataclass(frozen=True, slots=True)
class RoleSpec:
    """A role; `level` is empty where posts of the role exist at any level."""

    code: str
    name: str
    article: str
    level: str
    streets: str
    quotas: tuple[Quota, ...]

    @property
    def binds_streets(self) -> bool:
        return self.streets == Streets.INCLUDED


@dataclass(frozen=True, slots=True)
class RuleSpec:
    """`partial_period` is in days; `assumed` maps a key of the rule to why its value is an assumption."""

    code: str
    duty: str
    name: str
    subject: str
    activity: str
    cadence: str
    minimum: int
    partial_period: int
    roles: tuple[str, ...]
    article: str
    article_text: str
    assumed: dict[str, str]


@dataclass(frozen=True, slots=True)
class Pack:
    """A whole pack. `authority` and `division_code` together name the division."""

    code: str
    title: str
    version: str
    status: str
    authority: str
    division_code: str
    zone: str
    source: str
    roles: tuple[RoleSpec, ...]
    rules: tuple[RuleSpec, ...]
