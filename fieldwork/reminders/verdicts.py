"""Who is told of a supervisor's verdict, and the facts from which those words are written.

A rejection is told, with its reason, and that it was turned into an acceptance: to every account of whoever did the
work, and to whoever uploaded it. The feed tells of verdicts; its reader moves on in the transaction that plans them.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from django.db.models import Exists, OuterRef, Q, QuerySet, Subquery

from fieldwork.core.models import Event
from fieldwork.directory.models import User
from fieldwork.duties.enums import Verdict
from fieldwork.duties.models import Review
from fieldwork.filings.models import Filing
from fieldwork.inspections.models import CheckIn
from fieldwork.reminders.enums import NotificationKind
from fieldwork.reminders.models import Notification

Proof = CheckIn | Filing
VERDICTS = frozenset({"check_in.reviewed", "filing.returned", "filing.reviewed"})


def plan_verdicts(unread: Iterable[Event], since: datetime, now: datetime) -> int:
    """Make the notifications of the verdicts among these events that are younger than `since`; answers how many.

    The caller holds the reader of the feed; whoever was told already is left alone.
    """
    young = [event.data for event in unread if event.kind in VERDICTS and event.at > since]
    ids = [data["review"] for data in young if "review" in data]
    if not ids:
        return 0
    reviews = list(_news().filter(pk__in=ids).select_related("performance").order_by("pk"))
    told = set(Notification.objects.filter(review__in=reviews).values_list("review", "user"))
    made = Notification.objects.bulk_create(
        Notification(
            user_id=user,
            kind=NotificationKind.VERDICT,
            at=review.at,
            subject=f"review:{review.pk}",
            review=review,
            look_at=review.at,
        )
        for review, users in zip(reviews, _concerned(reviews), strict=True)
        for user in sorted(users - {review.by_id})
        if (review.pk, user) not in told
    )
    return len(made)


def _news() -> QuerySet[Review]:
    """Rejections, and what takes one back."""
    before = Review.objects.filter(performance=OuterRef("performance"), pk__lt=OuterRef("pk")).order_by("-pk")
    return Review.objects.alias(before=Subquery(before.values("verdict")[:1])).filter(
        Q(verdict=Verdict.REJECTED) | Q(before=Verdict.REJECTED)
    )


def _concerned(reviews: Sequence[Review]) -> list[set[int]]:
    """The ids of the active users of each: of the leader, of the bodies, and who uploaded it; three queries."""
    proofs = _proofs(reviews)
    leaders = {leader for proof in proofs if (leader := _leader(proof))}
    bodies = {body for proof in proofs for body in _bodies(proof)}
    uploaders = {proof.uploaded_by_id for proof in proofs}
    users = User.objects.filter(
        Q(leader__in=leaders) | Q(organisation__in=bodies) | Q(pk__in=uploaders), is_active=True
    ).values_list("pk", "leader", "organisation")
    rows = list(users)
    return [
        {
            pk
            for pk, leader, body in rows
            if pk == proof.uploaded_by_id or (leader and leader == _leader(proof)) or body in _bodies(proof)
        }
        for proof in proofs
    ]


def _proofs(reviews: Iterable[Review]) -> list[Proof]:
    """What each is about, in their order; two queries."""
    keys = [(one.performance.source_kind, UUID(one.performance.source_id)) for one in reviews]
    ids = {kind: [pk for of, pk in keys if of == kind] for kind in ("check_in", "filing")}
    check_ins = CheckIn.objects.select_related("lead", "site").in_bulk(ids["check_in"])
    filings = Filing.objects.select_related("leader", "organisation", "lower_organisation").in_bulk(ids["filing"])
    return [check_ins[pk] if kind == "check_in" else filings[pk] for kind, pk in keys]


def _leader(proof: Proof) -> int | None:
    return proof.lead_id if isinstance(proof, CheckIn) else proof.leader_id


def _bodies(proof: Proof) -> set[int]:
    if isinstance(proof, CheckIn):
        return set()
    return {body for body in (proof.organisation_id, proof.lower_organisation_id) if body is not None}


@dataclass(frozen=True, slots=True)
class Decided:
    """A verdict in words: on whose work (`who`) of which day; `place` of a check-in, `title` of a filing.

    `office` is the division whose office said it; empty: an administrator of the whole installation.
    """

    rejected: bool
    day: date
    who: str
    place: str
    title: str
    reason: str
    office: str
    check_in: bool


def decided_in(notifications: Collection[Notification]) -> dict[int, Decided]:
    """What each notification tells of, by its id, unless a later verdict holds; three queries for all."""
    later = Review.objects.filter(performance=OuterRef("performance"), pk__gt=OuterRef("pk"))
    latest = Review.objects.filter(~Exists(later), pk__in={one.review_id for one in notifications})
    reviews = list(latest.select_related("performance", "by__division"))
    decided = {one.pk: _decided(one, proof) for one, proof in zip(reviews, _proofs(reviews), strict=True)}
    return {one.pk: decided[one.review_id] for one in notifications if one.review_id in decided}


def _decided(review: Review, proof: Proof) -> Decided:
    return Decided(
        rejected=review.verdict == Verdict.REJECTED,
        day=proof.captured_on if isinstance(proof, CheckIn) else proof.held_on,
        who=_who(proof),
        place=(proof.site.name if proof.site else proof.site_name) if isinstance(proof, CheckIn) else "",
        title="" if isinstance(proof, CheckIn) else proof.title,
        reason=review.reason,
        office=review.by.division.name if review.by.division else "",
        check_in=isinstance(proof, CheckIn),
    )


def _who(proof: Proof) -> str:
    if isinstance(proof, CheckIn):
        return proof.lead.name
    bodies = [body.name for body in (proof.organisation, proof.lower_organisation) if body]
    return proof.leader.name if proof.leader else " – ".join(bodies)
