"""What of the check-ins X may see."""

from datetime import date

from django.db.models import Exists, OuterRef, Q, QuerySet

from fieldwork.directory.models import Tenure, User
from fieldwork.directory.queries import leaders_of, scope
from fieldwork.inspections.models import CheckIn


def check_ins_visible_to(user: User, on: date) -> QuerySet[CheckIn]:
    """One's own, those of whom one acts for, those one uploaded or accompanied; for an office, those whose lead
    served in its scope on the day of the visit, or, serving nowhere that day, at any time."""
    led = Q(lead__in=leaders_of(user, on)) | Q(uploaded_by=user)
    accompanied = Q(pk__in=CheckIn.companions.through.objects.filter(leader=user.leader_id).values("checkin"))
    tenures = Tenure.objects.filter(leader=OuterRef("lead"))
    that_day = tenures.filter(
        Q(ends_on__isnull=True) | Q(ends_on__gte=OuterRef("captured_on")), starts_on__lte=OuterRef("captured_on")
    )
    in_scope = scope(user, "post__organisation__division__path")
    unplaced = ~Exists(that_day) & Exists(tenures.filter(in_scope))
    return CheckIn.objects.filter(led | accompanied | Exists(that_day.filter(in_scope)) | unplaced)
