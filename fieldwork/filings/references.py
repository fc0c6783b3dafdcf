"""What the ids of a declared filing stand for, and whether the sender may name them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from django.utils.translation import gettext_lazy as _

from fieldwork.core.errors import Code, DomainError, invalid
from fieldwork.core.references import Finder
from fieldwork.directory.models import Leader, Organisation, User
from fieldwork.directory.queries import leader_by_id
from fieldwork.duties.enums import Activity, SubjectKind
from fieldwork.duties.models import Obligation, Rule
from fieldwork.duties.queries import obligations_visible_to
from fieldwork.filings.declared import DeclaredFiling, DeclaredSubject
from fieldwork.filings.rules import day_to_file_for
from fieldwork.filings.subjects import Subject, subject_of
from fieldwork.inspections.references import find_duties

_BY_CHECK_IN = _("What a leader inspects is proved by a check-in, also from a paper record; please send one.")
_NOT_FOR_THEM = _("You may not file for this subject.")
_NOT_FOR_BODY = _(
    "Only who holds a post in the body today, or held one when it was done within the last 30 days, "
    "or its unit's user, files for it."
)


@dataclass(frozen=True, slots=True)
class References:
    """The rows behind the ids."""

    subject: Subject
    obligations: list[Obligation]
    duties: list[Rule]


def look_up(declared: DeclaredFiling, by: User, today: date) -> References:
    """Errors: `unknown_reference`; `not_allowed` where `by` may not file for a subject; `invalid` for what only a
    check-in proves."""
    finder = Finder()
    subject = _find_subject(finder, declared.subject)
    day = _day_to_file(by, subject, today, declared.held_on) if subject is not None else today
    visible = obligations_visible_to(by, day).select_related("leader", "organisation", "lower_organisation")
    obligations = finder.find_all("obligations", declared.obligations, lambda: visible)
    duties = _find_duties(finder, declared, subject) if subject is not None else []
    finder.require_all()
    assert subject is not None, "otherwise it would be unknown"
    for each in {subject_of(obligation) for obligation in obligations} - {subject}:
        _day_to_file(by, each, today, declared.held_on)
    _refuse_inspections(declared, obligations)
    return References(subject, obligations, duties)


def _day_to_file(by: User, subject: Subject, today: date, held_on: date) -> date:
    day = day_to_file_for(by, subject, today, held_on)
    if day is None:
        raise DomainError(Code.NOT_ALLOWED, _NOT_FOR_THEM if subject.leader is not None else _NOT_FOR_BODY)
    return day


def _find_subject(finder: Finder, declared: DeclaredSubject) -> Subject | None:
    """None for what is unknown. Of a pair, the upper body's id and the lower one's, with a colon between them."""
    if declared.kind == SubjectKind.LEADER:
        leader = finder.find("subject.id", declared.id, leader_by_id)
        return Subject(leader=leader) if leader else None
    keys = declared.id.split(":")
    if len(keys) != (2 if declared.kind == SubjectKind.PAIR else 1):
        finder.unknown("subject.id")
        return None
    bodies = [finder.find("subject.id", key, _body) for key in keys]
    if None in bodies:
        return None
    if len(set(bodies)) < len(bodies):
        raise invalid("subject.id", _("A pair is of two organisations."))
    # Two bodies are a pair where a rule once made them one; of any others not even the names are told.
    if len(bodies) > 1 and not Obligation.objects.filter(subject_key=f"pair:{bodies[0].pk}:{bodies[1].pk}").exists():
        finder.unknown("subject.id")
        return None
    return Subject(None, *bodies)


def _body(pk: int) -> Organisation | None:
    return Organisation.objects.select_related("division").filter(pk=pk).first()


def _find_duties(finder: Finder, declared: DeclaredFiling, subject: Subject) -> list[Rule]:
    """Those that bind the subject itself."""
    leaders = [subject.leader.pk] if subject.leader is not None else []
    bodies = [body.pk for body in subject.organisations]
    return find_duties(
        finder, declared.duties, declared.held_on,
        leaders=Leader.objects.filter(pk__in=leaders), organisations=Organisation.objects.filter(pk__in=bodies),
    )  # fmt: skip


def _refuse_inspections(declared: DeclaredFiling, obligations: Sequence[Obligation]) -> None:
    if declared.subject.kind == SubjectKind.LEADER and declared.kind == Activity.INSPECTION:
        raise invalid("kind", _BY_CHECK_IN)
    on_site = {str(each.pk) for each in obligations if each.leader_id and each.activity == Activity.INSPECTION}
    for place, key in enumerate(declared.obligations):
        if key in on_site:
            raise invalid(f"obligations.{place}", _BY_CHECK_IN)
