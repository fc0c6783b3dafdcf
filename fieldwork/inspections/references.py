"""What the ids of a declared check-in stand for."""

from dataclasses import dataclass
from datetime import date

from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from fieldwork.core.errors import Code, DomainError
from fieldwork.core.periods import local_day
from fieldwork.core.references import Finder
from fieldwork.directory.models import Leader, Organisation, Site, Tenure, User
from fieldwork.directory.queries import leader_by_id, sites_visible_to, standing
from fieldwork.directory.rules import day_to_act_for
from fieldwork.duties.models import Rule, Task
from fieldwork.duties.queries import standing_duties, task_by_id, tasks_visible_to
from fieldwork.duties.standing_duties import standing_duties_of
from fieldwork.inspections.declared import DeclaredCheckIn


@dataclass(frozen=True, slots=True)
class References:
    """The rows behind the ids."""

    lead: Leader
    companions: list[Leader]
    task: Task | None
    site: Site | None
    duties: list[Rule]


def look_up(declared: DeclaredCheckIn, by: User, today: date) -> References:
    """Errors: `unknown_reference`, and `not_allowed` for a lead whom `by` may not record for.

    What may be named is what `by` saw on the day whose rights let them record: of sending, or of the inspection.
    """
    finder = Finder()
    lead = finder.find("lead", declared.lead, lambda pk: by.leader if pk == by.leader_id else leader_by_id(pk))
    captured_on = local_day(declared.captured_at)
    day = day_to_act_for(by, lead, today, captured_on) if lead is not None else today
    if day is None:
        raise DomainError(Code.NOT_ALLOWED, _("You neither are this leader nor act for them."))
    companions = finder.find_all("companions", declared.companions, Leader.objects.all)
    task = finder.find("task", declared.task, lambda pk: _task(pk, lead, by, day))
    site = finder.find("site", declared.site, lambda pk: _site(pk, by, day))
    duties = _find_duties(finder, declared.duties, captured_on, lead) if lead is not None else []
    finder.require_all()
    return References(lead, companions, task, site, duties)


def _task(pk: int, lead: Leader | None, by: User, day: date) -> Task | None:
    """One of the lead's, for whom `by` may record on that day; or any other that `by` sees."""
    task = task_by_id(pk)
    if task is None or (lead is not None and task.obligation.leader_id == lead.pk):
        return task
    return task if tasks_visible_to(by, day).filter(pk=pk).exists() else None


def _site(pk: int, by: User, day: date) -> Site | None:
    return sites_visible_to(by, day).select_related("industry", "regulator").filter(pk=pk).first()


def find_duties(
    finder: Finder, keys: tuple[str, ...], on: date, *, leaders: QuerySet[Leader], organisations: QuerySet[Organisation]
) -> list[Rule]:
    """The rules of standing duties by their keys, as they were worded on a day, if they bound one of these then."""
    if not keys:
        return []
    known = standing_duties(keys, on)
    binding = standing_duties_of(leaders, organisations, on).filter(pk__in=[rule.pk for rule in known.values()])
    bound = set(binding.values_list("pk", flat=True))
    for place, key in enumerate(keys):
        if key not in known:
            finder.unknown(f"duties.{place}", _("There is no such standing duty."))
        elif known[key].pk not in bound:
            finder.unknown(f"duties.{place}", _("This standing duty did not bind them on that day."))
    return [known[key] for key in dict.fromkeys(keys) if key in known]


def _find_duties(finder: Finder, keys: tuple[str, ...], on: date, lead: Leader) -> list[Rule]:
    """The lead's, and those of the bodies in which the lead held a post that day: a check-in has no other subject."""
    if not keys:
        return []
    held = Tenure.objects.filter(standing(on), leader=lead).values("post__organisation")
    bodies = Organisation.objects.filter(pk__in=held)
    return find_duties(finder, keys, on, leaders=Leader.objects.filter(pk=lead.pk), organisations=bodies)
