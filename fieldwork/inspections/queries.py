"""What of the check-ins X may see."""

from datetime import date

from django.db.models import Exists, OuterRef, Q, QuerySet

from fieldwork.directory.models import Tenure, User
from fieldwork.directory.queries import leader_ids, scope, standing
from fieldwork.inspections.models import CheckIn


def check_ins_visible_to(user: User, on: date) -> QuerySet[CheckIn]:
    """One's own, those of whom one acts for, those one uploaded or accompanied; for an office, those in its scope."""
    led = Q(lead__in=leader_ids(user, on)) | Q(uploaded_by=user)
    accompanied = Q(pk__in=CheckIn.companions.through.objects.filter(leader=user.leader_id).values("checkin"))
    return CheckIn.objects.filter(led | accompanied | served_in_scope(user, "lead", "captured_on"))


def check_ins_in_scope(user: User) -> QuerySet[CheckIn]:
    """Those in the scope of the user's office."""
    return CheckIn.objects.filter(served_in_scope(user, "lead", "captured_on"))


def served_in_scope(user: User, leader: str, day: str) -> Q:
    """Rows whose leader, of that column, served in the scope of the office on the day of that column, or, serving
    nowhere that day, at any time."""
    tenures = Tenure.objects.filter(leader=OuterRef(leader))
    that_day = tenures.filter(Q(ends_on__isnull=True) | Q(ends_on__gte=OuterRef(day)), starts_on__lte=OuterRef(day))
    in_scope = scope(user, "post__organisation__division__path")
    return Q(Exists(that_day.filter(in_scope))) | Q(~Exists(that_day) & Exists(tenures.filter(in_scope)))


def path_of(check_in: CheckIn) -> str:
    """The division in whose scope the check-in falls: that of the lead's first post of that day."""
    tenures = Tenure.objects.filter(standing(check_in.captured_on), leader=check_in.lead_id).order_by("pk")
    return tenures.values_list("post__organisation__division__path", flat=True).first() or ""
