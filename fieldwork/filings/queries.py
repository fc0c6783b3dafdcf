"""What of the filings X may see."""

from datetime import date

from django.db.models import Q, QuerySet

from fieldwork.directory.models import Organisation, User
from fieldwork.directory.queries import leaders_of, organisations_of, scope
from fieldwork.filings.models import Filing
from fieldwork.inspections.queries import served_in_scope


def filings_visible_to(user: User, on: date) -> QuerySet[Filing]:
    """One's own, those of whom one acts for, of the own organisations, those one uploaded; for an office, those in its
    scope."""
    mine = Q(leader__in=leaders_of(user, on)) | of_organisations(organisations_of(user, on)) | Q(uploaded_by=user)
    return Filing.objects.filter(mine | _in_scope(user))


def filings_in_scope(user: User) -> QuerySet[Filing]:
    """Those in the scope of the user's office; of a pair either side's."""
    return Filing.objects.filter(_in_scope(user))


def of_organisations(organisations: QuerySet[Organisation]) -> Q:
    """Filings of these bodies, on either side of a pair."""
    return Q(organisation__in=organisations) | Q(lower_organisation__in=organisations)


def _in_scope(user: User) -> Q:
    return (
        served_in_scope(user, "leader", "held_on")
        | scope(user, "organisation__division__path")
        | scope(user, "lower_organisation__division__path")
    )
