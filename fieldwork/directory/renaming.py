"""A body that is called otherwise (更名) is the same body: posts, tenures, links and what it owes go on."""

from datetime import date, datetime, timedelta

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from fieldwork.core.errors import Code, DomainError, invalid
from fieldwork.core.events import Actor
from fieldwork.core.periods import local_day
from fieldwork.directory.bounds import lock
from fieldwork.directory.dated import check_columns
from fieldwork.directory.models import FormerName, Organisation
from fieldwork.directory.records import record


@transaction.atomic
def rename(
    organisation: Organisation, *, name: str, on: date, reason: str, by: Actor, at: datetime
) -> Organisation:  # fmt: skip
    """Call a body `name` from `on`, which is not after today; what it was called before is kept with its last day.

    The same name again changes nothing; another from the same day corrects it. `wrong_state` for a body that ended
    before; `invalid` on `name`, on `reason` without one, and on `on` before the present name was given. Tells
    `organisation.renamed`.
    """
    fresh = lock(organisation)
    was, now = fresh.name, name.strip()
    if now == was:
        return fresh
    _check(fresh, on, reason, local_day(at))
    fresh.name = now
    check_columns(fresh)
    fresh.save(update_fields=["name"])
    FormerName.objects.get_or_create(
        organisation=fresh, ends_on=on - timedelta(days=1), defaults={"name": was}
    )  # of the same first day: the name itself is corrected, and never was
    record("renamed", fresh, by=by, at=at, since=on, was={"name": was}, now={"name": now}, reason=reason)
    return fresh


def _check(organisation: Organisation, on: date, reason: str, today: date) -> None:
    if organisation.ends_on is not None and organisation.ends_on < on:
        raise DomainError(Code.WRONG_STATE, _("It has ended already, on %(day)s.") % {"day": organisation.ends_on})
    if not reason.strip():
        raise invalid("reason", _("Say why, or by which document."))
    if on > today:
        raise invalid("on", _("A new name cannot be entered before its first day; enter it on that day or later."))
    last = organisation.former_names.order_by("-ends_on").values_list("ends_on", flat=True).first()
    named_on = last + timedelta(days=1) if last else organisation.starts_on
    if on < named_on or (on == named_on and last is None):
        raise invalid("on", _("Its present name was given only on %(day)s.") % {"day": named_on})
