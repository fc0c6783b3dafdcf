"""May X do Y now?"""

from datetime import date

from fieldwork.directory.models import User
from fieldwork.directory.queries import leader_ids, organisation_ids
from fieldwork.directory.rules import day_to_act_for, day_to_act_in
from fieldwork.filings.models import Filing
from fieldwork.filings.queries import filings_within_scope
from fieldwork.filings.subjects import Subject, subject_of
from fieldwork.inspections.reviewing import OFFICES


def can_file_for(user: User, subject: Subject, on: date) -> bool:
    """On that day: the leader or a delegate; who holds a post in the organisation, and its unit's user; for a pair, of
    either side."""
    return _answers_for(user, {subject}, on)


def day_to_file_for(user: User, subject: Subject, on: date, held_on: date) -> date | None:
    """The day whose rights let the user file for the subject, that of sending or that of the deed, as for check-ins
    (`directory.rules.day_to_act_for`); None for nobody's."""
    if subject.leader is not None:
        return day_to_act_for(user, subject.leader, on, held_on)
    return day_to_act_in(user, subject.organisations, on, held_on)


def can_upload_attachment(user: User, filing: Filing, on: date) -> bool:
    return filing.uploaded_by_id == user.pk or can_file_for(user, subject_of(filing), on)


def can_review_filing(user: User, filing: Filing, on: date) -> bool:
    """A supervisor or administrator whose scope holds all of it, never of one's own proof: nobody who might have filed
    it, or what it names, now or on the day that it states."""
    if user.office not in OFFICES or filing.uploaded_by_id == user.pk:
        return False
    named = filing.obligations.select_related("leader", "organisation", "lower_organisation")
    subjects = {subject_of(row) for row in (filing, *named)}
    if any(_answers_for(user, subjects, day) for day in {on, filing.held_on}):
        return False
    return filings_within_scope(user).filter(pk=filing.pk).exists()


def _answers_for(user: User, subjects: set[Subject], on: date) -> bool:
    """Whether any of them is one for whom the user files on that day."""
    leaders = {subject.leader.pk for subject in subjects if subject.leader is not None}
    bodies = {body.pk for subject in subjects for body in subject.organisations}
    return not (leaders.isdisjoint(leader_ids(user, on)) and bodies.isdisjoint(organisation_ids(user, on)))
