"""Who a filing, or an obligation, is of: a leader, an organisation, or a pair of them."""

from dataclasses import dataclass
from typing import Any

from fieldwork.directory.models import Leader, Organisation
from fieldwork.duties.enums import SubjectKind


@dataclass(frozen=True, slots=True)
class Subject:
    """`lower` only of a pair, whose upper body is `organisation`."""

    leader: Leader | None = None
    organisation: Organisation | None = None
    lower: Organisation | None = None

    @property
    def kind(self) -> SubjectKind:
        if self.leader is not None:
            return SubjectKind.LEADER
        return SubjectKind.ORGANISATION if self.lower is None else SubjectKind.PAIR

    @property
    def organisations(self) -> list[Organisation]:
        return [body for body in (self.organisation, self.lower) if body is not None]

    @property
    def columns(self) -> dict[str, Any]:
        return {
            "subject_kind": self.kind, "leader": self.leader, "organisation": self.organisation,
            "lower_organisation": self.lower,
        }  # fmt: skip


def subject_of(row: Any) -> Subject:
    """Of a `Filing` or an `Obligation`."""
    return Subject(row.leader, row.organisation, row.lower_organisation)
