"""The one site, with everything on it, in the order of a clerk's work."""

from typing import Any

from django.db.models import Model
from django.utils.translation import gettext_lazy as _

from fieldwork.core.models import Event
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
from fieldwork.duties.models import Obligation, Policy, Rule, Task
from fieldwork.filings.models import Filing
from fieldwork.hazards.models import Hazard
from fieldwork.inspections.models import CheckIn
from fieldwork.reminders.models import Notification, Workday
from fieldwork.supervision.admin.accounts import DelegationAdmin, UserAdmin
from fieldwork.supervision.admin.base import ShownAdmin
from fieldwork.supervision.admin.bodies import OrganisationAdmin, PostAdmin
from fieldwork.supervision.admin.check_ins import CheckInAdmin
from fieldwork.supervision.admin.duties import ObligationAdmin, PolicyAdmin, RuleAdmin, TaskAdmin
from fieldwork.supervision.admin.filings import FilingAdmin
from fieldwork.supervision.admin.hazards import HazardAdmin
from fieldwork.supervision.admin.links import LinkageAdmin
from fieldwork.supervision.admin.months import FreezeAdmin
from fieldwork.supervision.admin.notifications import NotificationAdmin
from fieldwork.supervision.admin.oversight import EventAdmin
from fieldwork.supervision.admin.people import LeaderAdmin, TenureAdmin
from fieldwork.supervision.admin.places import DivisionAdmin, IndustryAdmin, ProblemTownAdmin, SiteAdmin
from fieldwork.supervision.admin.showing import Words
from fieldwork.supervision.admin.site import OfficeSite
from fieldwork.supervision.admin.workdays import WorkdayAdmin
from fieldwork.supervision.models import Freeze

Pages = dict[type[Model], type[ShownAdmin[Any]]]

GROUPS: tuple[tuple[Words, Pages], ...] = (
    (
        _("People and links"),
        {
            Leader: LeaderAdmin, Tenure: TenureAdmin, Linkage: LinkageAdmin, Post: PostAdmin,
            Organisation: OrganisationAdmin,
        },
    ),
    (
        _("Places"),
        {Division: DivisionAdmin, ProblemTownMark: ProblemTownAdmin, Site: SiteAdmin, Industry: IndustryAdmin},
    ),
    (_("Accounts"), {User: UserAdmin, Delegation: DelegationAdmin}),
    (
        _("Duties"),
        {
            Obligation: ObligationAdmin, Task: TaskAdmin, Freeze: FreezeAdmin, Policy: PolicyAdmin, Rule: RuleAdmin,
        },
    ),
    (_("Proof and hazards"), {CheckIn: CheckInAdmin, Filing: FilingAdmin, Hazard: HazardAdmin}),
    (_("Oversight"), {Notification: NotificationAdmin, Workday: WorkdayAdmin, Event: EventAdmin}),
)  # fmt: skip


def build() -> OfficeSite:
    made = OfficeSite(tuple((name, tuple(pages)) for name, pages in GROUPS))
    for _name, pages in GROUPS:
        for model, page in pages.items():
            made.register(model, page)
    return made


site = build()
