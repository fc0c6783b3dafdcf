"""What the ids of a declared check-in stand for."""

from dataclasses import dataclass
from datetime import date

from django.utils.translation import gettext_lazy as _

from fieldwork.core.errors import Code, DomainError
from fieldwork.core.periods import local_day
from fieldwork.core.references import Finder
from fieldwork.directory.models import Leader, Site, User
from fieldwork.directory.queries import sites_visible_to
from fieldwork.duties.models import Rule, Task
from fieldwork.duties.queries import standing_duties, tasks_visible_to
from fieldwork.inspections.declared import DeclaredCheckIn
from fieldwork.inspections.rules import can_record_check_in


@dataclass(frozen=True, slots=True)
class References:
    """The rows behind the ids."""

    lead: Leader
    companions: list[Leader]
    task: Task | None
    site: Site | None
    duties: list[Rule]


def look_up(declared: DeclaredCheckIn, by: User, today: date) -> References:
    """Errors: `unknown_reference`, and `not_allowed` for a lead whom `by` may not record for."""
    finder = Finder()
    lead = finder.find("lead", declared.lead, Leader.objects.all)
    if lead is not None and not can_record_check_in(by, lead, today):
        raise DomainError(Code.NOT_ALLOWED, _("You neither are this leader nor act for them."))
    tasks = tasks_visible_to(by, today).select_related("obligation", "division")
    companions = finder.find_all("companions", declared.companions, Leader.objects.all)
    task = finder.find("task", declared.task, lambda: tasks)
    site = finder.find(
        "site", declared.site, lambda: sites_visible_to(by, today).select_related("industry", "regulator")
    )
    duties = find_duties(finder, declared.duties, local_day(declared.captured_at))
    finder.require_all()
    return References(lead, companions, task, site, duties)


def find_duties(finder: Finder, keys: tuple[str, ...], on: date) -> list[Rule]:
    """The rules of standing duties by their keys, as they were worded on a day."""
    known = standing_duties(keys, on)
    for place, key in enumerate(keys):
        if key not in known:
            finder.unknown(f"duties.{place}", _("There is no such standing duty."))
    return [known[key] for key in dict.fromkeys(keys) if key in known]
