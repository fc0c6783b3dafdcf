"""May X do Y now?"""

from datetime import date

from fieldwork.directory.models import User
from fieldwork.directory.queries import organisations_of
from fieldwork.directory.rules import can_act_for
from fieldwork.filings.models import Filing
from fieldwork.filings.queries import filings_in_scope
from fieldwork.filings.subjects import Subject, subject_of
from fieldwork.inspections.reviewing import OFFICES


def can_file_for(user: User, subject: Subject, on: date) -> bool:
    """On the day of sending: the leader or a delegate; who holds a post in the organisation, and its unit's user; for
    a pair, of either side."""
    if subject.leader is not None:
        return can_act_for(user, subject.leader, on)
    return organisations_of(user, on).filter(pk__in=[body.pk for body in subject.organisations]).exists()


def can_upload_attachment(user: User, filing: Filing, on: date) -> bool:
    return filing.uploaded_by_id == user.pk or can_file_for(user, subject_of(filing), on)


def can_review_filing(user: User, filing: Filing, on: date) -> bool:
    """A supervisor or administrator whose scope holds it, never of one's own proof: nobody who might have filed it."""
    if user.office not in OFFICES or can_upload_attachment(user, filing, on):
        return False
    return filings_in_scope(user).filter(pk=filing.pk).exists()
