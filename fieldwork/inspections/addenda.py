"""Adding to a check-in what was sent long ago: nothing is overwritten, and a rejection is answered so."""

from datetime import datetime

from django.db import transaction

from fieldwork.core import events
from fieldwork.directory.models import User
from fieldwork.duties.enums import Verdict
from fieldwork.duties.queries import reviews_of
from fieldwork.inspections.models import Addendum, CheckIn
from fieldwork.inspections.queries import path_of


def add_to_check_in(check_in: CheckIn, *, text: str, by: User, at: datetime) -> Addendum:
    """Put a text beside the check-in. While a rejection stands it is an answer to it, and the case waits again.

    Holds the check-in's row as a verdict does, so that an answer is to the verdict that stands.
    """
    with transaction.atomic():
        check_in = CheckIn.objects.select_for_update().get(pk=check_in.pk)
        key = str(check_in.pk)
        standing = reviews_of("check_in", [key]).get(key)
        answers = standing if standing is not None and standing.verdict == Verdict.REJECTED else None
        addendum = Addendum.objects.create(check_in=check_in, text=text, answers=answers, by=by, at=at)
        events.append(
            "check_in.addendum_added", by=by, at=at, about=("check_in", key), division_path=path_of(check_in),
            addendum=addendum.pk, text=text, answers=answers.pk if answers else None,
        )  # fmt: skip
    return addendum
