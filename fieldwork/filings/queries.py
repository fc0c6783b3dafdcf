"""What of the filings X may see."""

from collections.abc import Collection
from datetime import date

from django.db.models import Exists, OuterRef, Q, QuerySet

from fieldwork.directory.models import User
from fieldwork.directory.queries import leader_ids, organisation_ids, scope
from fieldwork.duties.enums import Standing
from fieldwork.duties.models import Basis
from fieldwork.filings.models import Filing
from fieldwork.inspections.queries import served_in_scope


def filings_visible_to(user: User, on: date) -> QuerySet[Filing]:
    """One's own, those of whom one acts for, of the own organisations, those one uploaded; for an office, those in its
    scope, of a pair either side's."""
    own = Q(leader__in=leader_ids(user, on)) | of_organisations(organisation_ids(user, on)) | Q(uploaded_by=user)
    if not user.office:
        return Filing.objects.filter(own)
    return Filing.objects.filter(own | _of_subjects_in_scope(user) | scope(user, "lower_organisation__division__path"))


def filings_within_scope(user: User) -> QuerySet[Filing]:
    """Those that lie wholly in the scope of the user's office: of a pair also the upper body, which is counted by the
    place above; and whatever still stands of the obligations that they name."""
    beyond = Basis.objects.filter(obligation__filings=OuterRef("pk"), state=Standing.STANDING)
    beyond = beyond.exclude(scope(user, "division__path"))
    return Filing.objects.filter(~Exists(beyond), _of_subjects_in_scope(user))


def of_organisations(organisations: Collection[int]) -> Q:
    """Filings of the bodies with these ids, on either side of a pair."""
    return Q(organisation__in=organisations) | Q(lower_organisation__in=organisations)


def _of_subjects_in_scope(user: User) -> Q:
    """Of a pair the upper body."""
    return served_in_scope(user, "leader", "held_on") | scope(user, "organisation__division__path")
