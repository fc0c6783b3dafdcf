"""What a proof is for, in words: the obligations and standing duties that it names, and those that it counts for."""

from collections.abc import Iterable
from typing import Any

from django.db.models import Model, Prefetch, Q, QuerySet
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from fieldwork.directory.models import Division, Industry, Organisation, User
from fieldwork.duties.models import Basis, Obligation, Performance, Rule, Task, Touch
from fieldwork.duties.queries import obligations_visible_to, served_by
from fieldwork.supervision.admin.clock import today
from fieldwork.supervision.admin.duties import articles_of, where, who_owes
from fieldwork.supervision.admin.showing import NOTHING, lines, link_to, table, unbroken, yes_or_no


def put_counting(row: Any, source: str, user: User) -> None:
    """Put beside the row what it names and what it counts for, as its page shows it: `row.counting`."""
    key = str(row.pk)
    performance = Performance.objects.filter(source_kind=source, source_id=key).first()
    served = served_by(source, [key])[key]
    tasks = Task.objects.filter(pk__in=served.tasks).select_related("division", "industry", "organisation")
    places: dict[int, list[str]] = {}
    for task in tasks.order_by("pk"):
        places.setdefault(task.obligation_id, []).append(where(task))
    seen = set(obligations_visible_to(user, today()).filter(_for(performance, served.obligations)).values_list("pk"))
    rows = [
        _obligation(one, one.pk in served.obligations, places.get(one.pk, []), linked=(one.pk,) in seen)
        for one in _read(_for(performance, served.obligations))
    ]
    stands = performance is not None and performance.stands
    rows += [_duty(rule, stands) for rule in _duties(performance)]
    heads = (_("duty"), _("who is to do it"), _("period"), _("article"), _("where it is done"), _("counts"))
    row.counting = table(heads, rows)


def _for(performance: Performance | None, served: Iterable[int]) -> Q:
    named = performance.namings.filter(obligation__isnull=False).values_list("obligation") if performance else ()
    return Q(pk__in=served) | Q(pk__in=[pk for (pk,) in named])


def _read(which: Q) -> QuerySet[Obligation]:
    bases = Basis.objects.select_related("rule__version__policy").order_by("rule", "pk")
    found = Obligation.objects.filter(which).select_related("leader", "organisation", "lower_organisation")
    return found.prefetch_related(Prefetch("bases", bases, "resting_on")).order_by("period", "pk")


def _duties(performance: Performance | None) -> QuerySet[Rule]:
    return Rule.objects.filter(namings__performance=performance).order_by("pk") if performance else Rule.objects.none()


def _obligation(one: Any, counts: bool, places: Iterable[str], *, linked: bool) -> tuple[object, ...]:
    duty = one.get_activity_display()
    shown = link_to(one, duty) if linked else duty
    return shown, who_owes(one), unbroken(one.period), articles_of(one), lines(places), yes_or_no(counts)


def _duty(rule: Rule, counts: bool) -> tuple[object, ...]:
    return link_to(rule, rule.name), NOTHING, _("standing, without a number"), rule.article, NOTHING, yes_or_no(counts)


def task_named(task: Task | None) -> SafeString | str:
    """The task that the phone took the visit to be for."""
    return link_to(task, f"{where(task)} · {task.obligation.period}") if task else NOTHING


def targets_touched(source: str, key: str) -> SafeString | str:
    """The places, fields and departments that the visit served by where it was, whoever is linked to them."""
    found: dict[type[Model], set[int]] = {Division: set(), Industry: set(), Organisation: set()}
    touches = Touch.objects.filter(performance__source_kind=source, performance__source_id=key)
    for target in touches.order_by("pk").values_list("target_key", flat=True):
        kind, _colon, number = target.partition(":")
        found[_MODELS.get(kind, Division)].add(int(number or 0))
    rows = [row for model, ids in found.items() for row in model._default_manager.filter(pk__in=ids).order_by("pk")]
    return lines(rows)


_MODELS: dict[str, type[Model]] = {"industry": Industry, "department": Organisation}
