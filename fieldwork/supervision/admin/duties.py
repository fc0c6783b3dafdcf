"""Policies with their rules, and what they oblige whom to: to be looked at only."""

from collections.abc import Iterator
from datetime import date
from typing import Any

from django.db.models import Exists, Model, OuterRef, Prefetch, Q, QuerySet
from django.http import HttpRequest
from django.utils.formats import date_format
from django.utils.translation import gettext_lazy as _

from fieldwork.directory.models import User
from fieldwork.directory.paths import within
from fieldwork.duties.enums import Activity, Status, SubjectKind, TaskStatus
from fieldwork.duties.models import Basis, Obligation, Policy, Rule, Task
from fieldwork.duties.queries import obligations_visible_to, proofs_of, tasks_visible_to
from fieldwork.duties.status import reasons_of, status_case, task_status_case
from fieldwork.filings.models import Filing
from fieldwork.inspections.models import CheckIn
from fieldwork.supervision.admin.base import Shortcut, ShownAdmin
from fieldwork.supervision.admin.clock import now, of_office, today
from fieldwork.supervision.admin.excuses import EXCUSING, excuses_in_full
from fieldwork.supervision.admin.filters import PeriodFilter, TaskPeriodFilter, WithinFilter, choosing
from fieldwork.supervision.admin.showing import (
    NOTHING,
    Words,
    column,
    day,
    instant,
    lines,
    link_to,
    list_of,
    table,
    unbroken,
)
from fieldwork.supervision.admin.sought import Seat

CADENCES: dict[str, Words] = {
    "": _("standing, without a number"),
    "month": _("every month"),
    "quarter": _("every quarter"),
    "half_year": _("every half-year"),
    "year": _("every year"),
}
PROOFS: dict[str, type[Model]] = {"check_in": CheckIn, "filing": Filing}


def policies_shown(user: User, on: date) -> QuerySet[Policy]:
    """Policies are public."""
    return Policy.objects.all()


def rules_shown(user: User, on: date) -> QuerySet[Rule]:
    """Policies are public, and so are their rules."""
    return Rule.objects.all()


def _versions(policy: Policy) -> str:
    return table(
        (_("version"), _("state of the document"), _("from"), _("to")),
        (
            (one.version, one.get_status_display(), day(one.starts_on), day(one.ends_on))
            for one in policy.versions.order_by("-starts_on")
        ),
    )


class PolicyAdmin(ShownAdmin[Policy]):
    visible = policies_shown
    related = ("division",)
    list_display = (
        column(_("title of the policy"), lambda row: row.title, order="title"),
        column(_("division"), lambda row: row.division, order="division__path"),
        column(_("code"), lambda row: row.code, order="code"),
    )
    search_fields = ("title", "code")
    ordering = ("code",)
    fields = (
        column(_("title of the policy"), lambda row: row.title),
        column(_("division"), lambda row: row.division),
        column(_("versions"), _versions),
    )

    def shortcuts(self, row: Policy, user: User) -> Iterator[Shortcut]:
        yield _("Its rules"), f"{list_of(Rule)}?version__policy__exact={row.pk}"


def _bound(rule: Rule) -> str:
    names = dict(rule.version.roles.values_list("code", "name"))
    roles = [names.get(code, code) for code in rule.roles.filter(excepted=False).values_list("role", flat=True)]
    bodies = list(rule.bodies.values_list("body__name", flat=True))
    pairs = [f"{upper} – {lower}" for upper, lower in rule.pairs.values_list("upper__name", "lower__name")]
    return lines([*roles, *bodies, *pairs])


def _due(rule: Rule) -> str:
    """`03-31` as a day of any year."""
    if not rule.due:
        return NOTHING
    month, day_of_month = map(int, rule.due.split("-"))
    return date_format(date(2000, month, day_of_month), "MONTH_DAY_FORMAT")


class RuleAdmin(ShownAdmin[Rule]):
    """Each with the article that it rests on."""

    visible = rules_shown
    related = ("version__policy__division",)
    division_path = "version__policy__division__path"
    linked_by = ("version__policy",)
    list_display = (
        column(_("rule"), lambda row: row.name, order="name"),
        column(_("policy"), lambda row: row.version.policy, order="version__policy__title"),
        column(_("version"), lambda row: row.version.version),
        column(_("article"), lambda row: row.article),
        column(_("who owes it"), lambda row: row.get_subject_display(), order="subject"),
        column(_("what is to be done"), lambda row: row.get_activity_display(), order="activity"),
        column(_("how often"), lambda row: CADENCES.get(row.cadence, row.cadence), order="cadence"),
        column(_("at least"), lambda row: row.minimum if row.cadence else None),
    )
    list_filter = (
        choosing(_("who owes it"), "subject", SubjectKind.choices),
        choosing(_("what is to be done"), "activity", Activity.choices),
        choosing(_("how often"), "cadence", [(key, words) for key, words in CADENCES.items() if key]),
    )
    search_fields = ("name", "article", "article_text", "code")
    ordering = ("version", "pk")
    fields = (
        *list_display,
        column(_("words of the article"), lambda row: row.article_text),
        column(_("roles that it binds"), _bound),
        column(_("due day"), _due),
        column(_("what the text does not say"), lambda row: lines(row.assumed.values())),
    )

    def label(self, row: Rule) -> str:
        return row.name


def who_owes(row: Obligation) -> str:
    """The subject, of a pair both."""
    return f"{row.organisation} – {row.lower_organisation}" if row.lower_organisation else str(row.subject)


def articles_of(row: Any) -> str:
    """What it rests on: rule and article, each once."""
    found = {(basis.rule.name, basis.rule.article): None for basis in row.resting_on}
    return lines(f"{name}（{article}）" for name, article in found)


def _counted_in(path: str, obligation: str) -> Q:
    return Q(Exists(Basis.objects.filter(within(path, "division__path"), obligation=OuterRef(obligation))))


def where(task: Any) -> str:
    return str(task.division or task.industry or task.organisation or NOTHING)


def _tasks(row: Obligation) -> str:
    tasks = row.tasks.select_related("division", "industry", "organisation").annotate(
        status_now=task_status_case(now())
    )
    return table(
        (_("where it is done"), _("state now"), _("done at")),
        ((where(one), TaskStatus(one.status_now).label, instant(one.done_at)) for one in tasks.order_by("pk")),
    )


def _bases(row: Any) -> str:
    """In which version of the policy, and since when it stands so."""
    rules = ((one, one.rule, one.rule.version) for one in row.resting_on)
    return table(
        (_("policy"), _("version"), _("article"), _("words of the article"), _("state"), _("since")),
        (
            (of.policy, of.version, rule.article, rule.article_text, one.get_state_display(), instant(one.since))
            for one, rule, of in rules
        ),
    )


def _proofs(row: Obligation) -> str:
    """What counts for it, each with its page."""
    return table(
        (_("what was done"), _("when it took place")),
        (
            (link_to(PROOFS[one.source_kind](pk=one.source_id), one.get_activity_display()), instant(one.at))
            for one in proofs_of(row.pk)
            if one.source_kind in PROOFS
        ),
    )


class ObligationAdmin(ShownAdmin[Obligation]):
    """What is owed, as it stands now."""

    steps = EXCUSING
    visible = obligations_visible_to
    related = ("leader", "organisation", "lower_organisation")
    linked_by = ("leader", "organisation")
    list_display = (
        column(_("who is to do it"), who_owes),
        column(_("period"), lambda row: unbroken(row.period), order="period"),
        column(_("what is to be done"), lambda row: row.get_activity_display(), order="activity"),
        column(_("rests on"), articles_of),
        column(_("done"), lambda row: f"{row.counted} / {row.minimum}"),
        column(_("due day"), lambda row: day(row.due_on), order="due_on"),
        column(_("state now"), lambda row: Status(row.status_now).label),
    )
    list_filter = (
        WithinFilter,
        PeriodFilter,
        choosing(_("state now"), "status_now", Status.choices, "status"),
        choosing(_("who owes it"), "subject_kind", SubjectKind.choices),
        choosing(_("what is to be done"), "activity", Activity.choices),
    )
    search_fields = ("leader__name", "organisation__name", "lower_organisation__name")
    ordering = ("-pk",)
    fields = (
        *list_display,
        column(_("met at"), lambda row: instant(row.met_at)),
        column(_("proved by"), _proofs),
        column(_("articles"), _bases),
        column(_("why"), lambda row: lines(text for _code, text in reasons_of(row.resting_on))),
        column(_("excuses"), excuses_in_full),
        column(_("tasks"), _tasks),
    )

    def label(self, row: Obligation) -> str:
        return f"{who_owes(row)} · {row.get_activity_display()} · {row.period}"

    def get_queryset(self, request: HttpRequest) -> QuerySet[Obligation]:
        bases = Basis.objects.select_related("rule__version__policy").order_by("rule", "pk")
        return (
            super()
            .get_queryset(request)
            .annotate(status_now=status_case(now()))
            .prefetch_related(Prefetch("bases", bases, "resting_on"))
        )

    def get_object(self, request: HttpRequest, object_id: str, from_field: str | None = None) -> Any:
        """And whose eyes see it."""
        row: Any = super().get_object(request, object_id, from_field)
        row.seat = Seat(of_office(request), today(), self.admin_site)
        return row

    def lies_within(self, path: str) -> Q:
        return _counted_in(path, "pk")


class TaskAdmin(ShownAdmin[Task]):
    """Where the work is done, as it stands now."""

    visible = tasks_visible_to
    related = (
        "division", "industry", "organisation", "obligation__leader", "obligation__organisation",
        "obligation__lower_organisation",
    )  # fmt: skip
    list_display = (
        column(_("who is to do it"), lambda row: who_owes(row.obligation)),
        column(_("period"), lambda row: unbroken(row.obligation.period), order="obligation__period"),
        column(_("what is to be done"), lambda row: row.obligation.get_activity_display()),
        column(_("where it is done"), where),
        column(_("due day"), lambda row: day(row.obligation.due_on), order="obligation__due_on"),
        column(_("done at"), lambda row: instant(row.done_at), order="done_at"),
        column(_("state now"), lambda row: TaskStatus(row.status_now).label),
    )
    list_filter = (
        WithinFilter,
        TaskPeriodFilter,
        choosing(_("state now"), "status_now", TaskStatus.choices, "status"),
    )
    search_fields = ("obligation__leader__name", "obligation__organisation__name", "division__name")
    ordering = ("-pk",)
    fields = (
        *list_display,
        column(_("obligation"), lambda row: link_to(row.obligation, who_owes(row.obligation))),
        column(_("linked until"), lambda row: day(row.linked_until)),
    )

    def label(self, row: Task) -> str:
        return f"{who_owes(row.obligation)} · {where(row)} · {row.obligation.period}"

    def get_queryset(self, request: HttpRequest) -> QuerySet[Task]:
        return super().get_queryset(request).annotate(status_now=task_status_case(now()))

    def lies_within(self, path: str) -> Q:
        return _counted_in(path, "obligation")
