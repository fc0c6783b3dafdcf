"""Who was told of what is owed in a period, when and how, and who has not opened it: for offices.

What an office sees is decided obligation by obligation: by the bases that lie in its scope, standing or not any more,
for who was told of them was told. A notification may be about more than that; of the rest nothing is shown.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import Count, Exists, OuterRef, Prefetch, Q, QuerySet

from fieldwork.core.periods import Period
from fieldwork.directory.models import Leader, User
from fieldwork.directory.paths import within
from fieldwork.directory.queries import scope
from fieldwork.duties.enums import Outcome, Standing
from fieldwork.duties.models import Basis, Obligation
from fieldwork.reminders.channels.inbox import Inbox
from fieldwork.reminders.enums import DeliveryState
from fieldwork.reminders.models import Delivery, Notification

_About = Notification.obligations.through


def notifications_about(user: User, period: Period, path: str = "") -> QuerySet[Notification]:
    """The notifications about an obligation of the period that has a basis in the scope of the user's office.

    With `path` that same basis lies in the subtree there too: a division outside the scope has nothing.
    """
    about = _About.objects.filter(Exists(_based(user, path)), obligation__period=str(period))
    return Notification.objects.filter(pk__in=about.values("notification"))


def with_details(found: QuerySet[Notification], user: User, period: Period) -> QuerySet[Notification]:
    """With readers, posts and deliveries; and `obligations` are those of the period in scope. Two queries more."""
    owed = Obligation.objects.filter(_owed_in(user), period=str(period)).only("pk").order_by("pk")
    return found.select_related("user__leader", "post").prefetch_related(
        Prefetch("obligations", owed), Prefetch("deliveries", Delivery.objects.order_by("pk"))
    )


def _based(user: User, path: str = "") -> QuerySet[Basis]:
    """The bases in scope of the obligation at a row of notifications and obligations."""
    return Basis.objects.filter(_in_scope(user, path), obligation=OuterRef("obligation"))


def _owed_in(user: User) -> Exists:
    return Exists(Basis.objects.filter(_in_scope(user), obligation=OuterRef("pk")))


def _in_scope(user: User, path: str = "") -> Q:
    here = scope(user, "division__path")
    return here & within(path, "division__path") if path else here


@dataclass(frozen=True, slots=True)
class Line:
    """Notifications of one kind."""

    kind: str
    told: int
    opened: int
    failed: int


@dataclass(frozen=True, slots=True)
class Summary:
    """By kind, and how many leaders who still owe something have no account by which they could be told."""

    kinds: Sequence[Line]
    without_account: int


def summary_of(user: User, period: Period, path: str = "") -> Summary:
    """Told: what reached the inbox; opened: read there; failed: it went no other way, though some was tried.

    Two queries.
    """
    of = Delivery.objects.filter(notification=OuterRef("pk")).exclude(channel=Inbox.code)
    failed = Exists(of.filter(state=DeliveryState.FAILED)) & ~Exists(of.filter(state=DeliveryState.SENT))
    rows = (
        notifications_about(user, period, path)
        .values("kind")
        .annotate(
            told=Count("pk", filter=Q(delivered_at__isnull=False)),
            opened=Count("pk", filter=Q(read_at__isnull=False)),
            failed=Count("pk", filter=failed),
        )
        .order_by("kind")
    )
    return Summary([Line(**row) for row in rows], _without_account(user, period, path).count())


def _without_account(user: User, period: Period, path: str) -> QuerySet[Leader]:
    standing = Basis.objects.filter(_in_scope(user, path), state=Standing.STANDING, obligation=OuterRef("pk"))
    owing = Obligation.objects.filter(
        Exists(standing), period=str(period), outcome=Outcome.PENDING, leader__isnull=False
    )
    accounts = User.objects.filter(leader=OuterRef("pk"), is_active=True)
    return Leader.objects.filter(~Exists(accounts), pk__in=owing.values("leader"))
