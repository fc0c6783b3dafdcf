"""Changes of the directory. Days are inclusive, in the policy's zone; each raises only DomainError.

Whatever begins here ends through `end`; its `since` tells reconciliation from which day on the facts differ.
"""

from datetime import date, datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from fieldwork.core.errors import Code, DomainError, invalid
from fieldwork.core.events import Actor
from fieldwork.core.geo import Position
from fieldwork.core.periods import local_day
from fieldwork.directory import uscc as codes
from fieldwork.directory.accounts import create_user
from fieldwork.directory.bounds import hold_divisions, lock
from fieldwork.directory.dated import begin, check_columns, end
from fieldwork.directory.enums import Level
from fieldwork.directory.fits import (
    Target,
    check_division_stands,
    check_kind_of_department,
    check_pair,
    check_target,
)
from fieldwork.directory.models import (
    Delegation,
    Division,
    Industry,
    Leader,
    Linkage,
    Organisation,
    Post,
    ProblemTownMark,
    Site,
    Tenure,
    User,
)
from fieldwork.directory.records import facts, record

__all__ = [
    "appoint", "create_leader", "create_organisation", "create_post", "create_site", "create_user",
    "delegate", "end", "link", "linkage_to", "mark_problem_town", "take_back_linkage", "withdraw_delegation",
    "withdraw_linkage",
]  # fmt: skip


def create_organisation(
    *, name: str, kind: str, division: Division, starts_on: date, ends_on: date | None = None,
    department_kind: str = "", industry: Industry | None = None, by: Actor, at: datetime,
) -> Organisation:  # fmt: skip
    """A body (单位) at a division; a name may stand twice.

    It may be older than its division, whose first day is often only that of the list it came with.
    """
    check_division_stands(division, starts_on)
    check_kind_of_department(kind, department_kind)
    organisation = Organisation(
        name=name.strip(), kind=kind, division=division, department_kind=department_kind, industry=industry,
        starts_on=starts_on, ends_on=ends_on,
    )  # fmt: skip
    return begin(organisation, by=by, at=at)


def create_post(
    *, organisation: Organisation, title: str, starts_on: date, ends_on: date | None = None,
    role: str = "", safety_portfolio: bool = False, by: Actor, at: datetime,
) -> Post:  # fmt: skip
    """A seat (职务), within its organisation's days. `role` is a code of the packs; duties check it."""
    post = Post(
        organisation=organisation, title=title.strip(), role=role, safety_portfolio=safety_portfolio,
        starts_on=starts_on, ends_on=ends_on,
    )  # fmt: skip
    return begin(post, by=by, at=at)


@transaction.atomic
def create_leader(*, name: str, division: Division | None = None, by: Actor, at: datetime) -> Leader:
    """A person, entered by the office of `division`; another of the same name is another person."""
    leader = Leader(name=name.strip(), division=division)
    check_columns(leader)
    leader.save(force_insert=True)
    record("created", leader, by=by, at=at, since=local_day(at), row=facts(leader))
    return leader


def appoint(
    *, leader: Leader, post: Post, starts_on: date, ends_on: date | None = None, acting: bool = False,
    reason: str = "", by: Actor, at: datetime,
) -> Tenure:  # fmt: skip
    """A tenure (任职), within the post's days. A post may have several holders, a leader several posts."""
    tenure = Tenure(leader=leader, post=post, starts_on=starts_on, ends_on=ends_on, acting=acting)
    return begin(tenure, reason=reason, by=by, at=at)


@transaction.atomic
def link(
    *, tenure: Tenure, kind: str, target: Target, starts_on: date, ends_on: date | None = None,
    paired_with: Linkage | None = None, by: Actor, at: datetime,
) -> Linkage:  # fmt: skip
    """A linkage (挂点联系) within the tenure's days; county, town and department lie inside its area.

    `paired_with`, for a department, is the linkage of the same tenure to its industry (1个行业及部门).
    """
    check_target(tenure, kind, target, starts_on)
    linkage = linkage_to(target, tenure=tenure, kind=kind, starts_on=starts_on, ends_on=ends_on)
    linkage.paired_with = paired_with
    if paired_with is not None:
        hold_divisions()
        lock(tenure)
        industry_link = lock(paired_with)
        check_pair(linkage, industry_link, taken=Linkage.objects.filter(paired_with=industry_link).exists())
    return begin(linkage, by=by, at=at)


def linkage_to(target: Target, **columns: Any) -> Linkage:
    """One that is not stored yet."""
    match target:
        case Division():
            return Linkage(division=target, **columns)
        case Industry():
            return Linkage(industry=target, **columns)
        case Organisation():
            return Linkage(organisation=target, **columns)


@transaction.atomic
def withdraw_linkage(linkage: Linkage, *, by: Actor, at: datetime) -> None:
    """Take back a linkage that has not begun: it has no history yet. Its columns stay in the event."""
    lock(linkage.tenure)
    linkage = lock(linkage)
    if linkage.starts_on <= local_day(at):
        raise DomainError(Code.WRONG_STATE, _("This linkage has begun; it can only be ended."))
    take_back_linkage(linkage, by=by, at=at)


def take_back_linkage(linkage: Linkage, *, by: Actor, at: datetime) -> None:
    """Remove a linkage that never was, in the caller's transaction; its columns stay in the event."""
    if Linkage.objects.filter(paired_with=linkage).exists():
        raise DomainError(Code.WRONG_STATE, _("A department is paired with this linkage; withdraw that first."))
    record("withdrawn", linkage, by=by, at=at, since=linkage.starts_on, row=facts(linkage))
    linkage.delete()


def create_site(  # noqa: PLR0913 - as many columns
    *, name: str, division: Division, starts_on: date, ends_on: date | None = None, uscc: str = "",
    industry: Industry | None = None, regulator: Organisation | None = None, address: str = "",
    position: Position | None = None, by: Actor, at: datetime,
) -> Site:  # fmt: skip
    """An enterprise or place (场所); `uscc` is stored in its standard form; one code may have many sites."""
    check_division_stands(division, starts_on)
    site = Site(
        name=name.strip(), division=division, industry=industry, regulator=regulator, address=address.strip(),
        uscc=codes.checked(uscc) if uscc.strip() else "", starts_on=starts_on, ends_on=ends_on,
        latitude=position.latitude if position else None, longitude=position.longitude if position else None,
    )  # fmt: skip
    return begin(site, by=by, at=at)


def mark_problem_town(
    *, division: Division, reason: str, starts_on: date, ends_on: date | None = None, by: Actor, at: datetime
) -> ProblemTownMark:
    """Name a town (乡, 街道 too) as one where work safety is a problem (安全生产问题突出镇, QY 5(7))."""
    if division.level != Level.TOWN:
        raise invalid("division", _("Only a town can be marked."))
    check_division_stands(division, starts_on)
    mark = ProblemTownMark(division=division, reason=reason.strip(), starts_on=starts_on, ends_on=ends_on)
    return begin(mark, by=by, at=at)


def delegate(
    *, assistant: User, leader: Leader, starts_on: date, ends_on: date | None = None, by: Actor, at: datetime
) -> Delegation:
    """Let an assistant prepare, attach and upload for a leader (代为整理上传)."""
    if assistant.leader_id == leader.pk:
        raise invalid("assistant", _("A leader needs no delegation from themselves."))
    if not assistant.is_active:
        raise invalid("assistant", _("This account is deactivated."))
    delegation = Delegation(assistant=assistant, leader=leader, starts_on=starts_on, ends_on=ends_on)
    return begin(delegation, by=by, at=at)


@transaction.atomic
def withdraw_delegation(delegation: Delegation, *, by: Actor, at: datetime) -> None:
    """Take back a delegation that has not begun: it has no history yet. Its columns stay in the event."""
    lock(delegation.leader)
    delegation = lock(delegation)
    if delegation.starts_on <= local_day(at):
        raise DomainError(Code.WRONG_STATE, _("This delegation has begun; it can only be ended."))
    record("withdrawn", delegation, by=by, at=at, since=delegation.starts_on, row=facts(delegation))
    delegation.delete()
