"""What one may see of the directory, and the day on which a row stands.

The office (安委办) sees the subtree of its division. Whoever is a leader, or prepares for one on that day,
sees that leader's own rows of all times, and the places they lead to; a unit's user sees the unit.
"""

from collections.abc import Callable, Iterable, Sequence
from datetime import date
from functools import reduce
from operator import or_
from typing import Any

from django.db.models import BigIntegerField, DateField, Expression, Q, QuerySet

from fieldwork.core.database import PathField
from fieldwork.core.prepared import Given, Prepared
from fieldwork.directory.enums import Office
from fieldwork.directory.models import (
    Delegation,
    Division,
    Industry,
    Leader,
    Linkage,
    Organisation,
    Post,
    ProblemTownMark,
    Site,
    Tenure,
    User,
)
from fieldwork.directory.paths import within

NOTHING = Q(pk__in=())
EVERYTHING = ~NOTHING  # not Q(), which vanishes beside an `or`
_OF_TENURE = "post__organisation__division__path"


def lasting(on: date | Expression, prefix: str = "") -> Q:
    """Dated rows that hold on that day, or begin only later; `prefix` spans a relation: "tenure__"."""
    return Q(**{f"{prefix}ends_on__isnull": True}) | Q(**{f"{prefix}ends_on__gte": on})


def standing(on: date | Expression, prefix: str = "") -> Q:
    """Dated rows that hold on that day; `prefix` as for `lasting`."""
    return Q(**{f"{prefix}starts_on__lte": on}) & lasting(on, prefix)


def scope(user: User, field: str) -> Q:
    """Rows whose path `field` lies in the scope of the user's office; nothing without one."""
    if user.office and user.division:
        return within(user.division.path, field)
    return _everything(user)


def scope_holds(user: User, division: Division) -> bool:
    """Whether the division lies in the scope of the user's office."""
    if user.office and user.division:
        return bool(division.path.startswith(user.division.path))
    return user.office == Office.ADMINISTRATOR


def leaders_of(user: User, on: date) -> QuerySet[Leader]:
    """Whom the user may record for on that day: the own leader, and those who delegated it."""
    return Leader.objects.filter(pk__in=leader_ids(user, on))


def leader_ids(user: User, on: date) -> list[int]:
    """The ids of `leaders_of`. A few, read first: an index finds them, where an `or` of subqueries reads every row."""
    delegated = (leader for (leader,) in _delegated.rows(assistant=user.pk, on=on))
    own = [] if user.leader_id is None else [user.leader_id]
    return sorted({*own, *delegated})


_delegated = Prepared(
    lambda: Delegation.objects.filter(
        standing(Given("on", DateField())), assistant=Given("assistant", BigIntegerField())
    ).values_list("leader")
)


_tenures_held = Prepared(
    lambda: (
        Tenure.objects.filter(standing(Given("on", DateField())), leader=Given("leader", BigIntegerField()))
        .select_related("post__organisation__division")
        .order_by("pk")
    )
)


_DEEPEST = 8
_levels = Prepared(
    lambda: Division.objects.filter(
        path__in=[Given(f"path_{place}", PathField()) for place in range(_DEEPEST)]
    ).values_list("level", "pk")
)


def levels_of(paths: Sequence[str]) -> list[tuple[str, int]]:
    """Level and id of the divisions at these paths, at most 8; one query."""
    given = [*paths, *[""] * (_DEEPEST - len(paths))]
    found: list[Any] = _levels.rows(**{f"path_{place}": path for place, path in enumerate(given)})
    return found


_leader = Prepared(lambda: Leader.objects.filter(pk=Given("pk", BigIntegerField())))


def leader_by_id(pk: int) -> Leader | None:
    """Whoever it is, in sight or not."""
    return next(iter(_leader.objects(pk=pk)), None)


def tenures_held(leader: int, on: date) -> list[Tenure]:
    """What a leader holds on a day, the first come first, with post, organisation and division; one query."""
    return _tenures_held.objects(leader=leader, on=on)


def organisations_of(user: User, on: date) -> QuerySet[Organisation]:
    """For which bodies the user may file on that day: those of the own posts, and the own unit."""
    return Organisation.objects.filter(pk__in=organisation_ids(user, on))


def organisation_ids(user: User, on: date) -> list[int]:
    """The ids of `organisations_of`, read first as those of leaders are."""
    own = unit_ids(user, on)
    if user.leader_id is None:
        return own
    held = Tenure.objects.filter(standing(on), leader=user.leader_id).values_list("post__organisation", flat=True)
    return sorted({*own, *held})


def unit_ids(user: User, on: date) -> list[int]:
    """The id of the user's own unit, while it stands; else nothing."""
    if user.organisation_id is None:
        return []
    return list(Organisation.objects.filter(standing(on), pk=user.organisation_id).values_list("pk", flat=True))


def leaders_visible_to(user: User, on: date) -> QuerySet[Leader]:
    """Leaders with a tenure, past or to come, in scope; those entered there; and the own ones."""
    in_scope = Tenure.objects.filter(scope(user, _OF_TENURE)).values("leader")
    own = leader_ids(user, on)
    return Leader.objects.filter(_everything(user) | scope(user, "division__path") | Q(pk__in=in_scope) | Q(pk__in=own))


def tenures_visible_to(user: User, on: date) -> QuerySet[Tenure]:
    return Tenure.objects.filter(scope(user, _OF_TENURE) | Q(leader__in=leader_ids(user, on)))


def linkages_visible_to(user: User, on: date) -> QuerySet[Linkage]:
    return Linkage.objects.filter(scope(user, f"tenure__{_OF_TENURE}") | Q(tenure__leader__in=leader_ids(user, on)))


def posts_visible_to(user: User, on: date) -> QuerySet[Post]:
    return Post.objects.filter(
        scope(user, "organisation__division__path") | Q(pk__in=_own_tenures(user, on).values("post"))
    )


def organisations_visible_to(user: User, on: date) -> QuerySet[Organisation]:
    """In scope, of an own post, linked to, or the own unit."""
    linked = _own_linkages(user, on).values("organisation")
    return Organisation.objects.filter(
        scope(user, "division__path")
        | Q(pk=user.organisation_id)
        | Q(pk__in=_own_tenures(user, on).values("post__organisation"))
        | Q(pk__in=linked)
    )


def divisions_visible_to(user: User, on: date) -> QuerySet[Division]:
    """In scope, or in the subtree of an own organisation's or a linked division."""
    return Division.objects.filter(scope(user, "path") | _in_own_places(user, on, "path"))


def sites_visible_to(user: User, on: date) -> QuerySet[Site]:
    """Those in the visible divisions."""
    return Site.objects.filter(scope(user, "division__path") | _in_own_places(user, on, "division__path"))


def problem_marks_visible_to(user: User, on: date) -> QuerySet[ProblemTownMark]:
    """Those on visible divisions."""
    return ProblemTownMark.objects.filter(scope(user, "division__path") | _in_own_places(user, on, "division__path"))


def industries_visible_to(user: User, on: date) -> QuerySet[Industry]:
    """The code list is everybody's."""
    return Industry.objects.all()


def delegations_visible_to(user: User, on: date) -> QuerySet[Delegation]:
    """Of leaders in scope, of the own leader, and one's own."""
    in_scope = Tenure.objects.filter(scope(user, _OF_TENURE)).values("leader")
    return Delegation.objects.filter(
        _everything(user)
        | Q(leader__in=in_scope)
        | scope(user, "leader__division__path")
        | Q(leader=user.leader_id)
        | Q(assistant=user)
    )


def users_visible_to(user: User, on: date) -> QuerySet[User]:
    """Oneself; in scope by office or home division, unit, leader or delegation."""
    return User.objects.filter(_everything(user) | Q(pk=user.pk) | users_placed(lambda field: scope(user, field)))


def users_placed(where: Callable[[str], Q]) -> Q:
    """Users with anything at the divisions that `where`, given the column of paths, selects."""
    leaders = Tenure.objects.filter(where(_OF_TENURE)).values("leader")
    return (
        where("division__path")
        | where("organisation__division__path")
        | where("leader__division__path")
        | Q(leader__in=leaders)
        | Q(pk__in=Delegation.objects.filter(leader__in=leaders).values("assistant"))
    )


def _everything(user: User) -> Q:
    """An administrator without a division sees also what has no place yet."""
    return EVERYTHING if user.office == Office.ADMINISTRATOR and user.division_id is None else NOTHING


def _own_tenures(user: User, on: date) -> QuerySet[Tenure]:
    return Tenure.objects.filter(leader__in=leader_ids(user, on))


def _own_linkages(user: User, on: date) -> QuerySet[Linkage]:
    return Linkage.objects.filter(tenure__leader__in=leader_ids(user, on))


def _in_own_places(user: User, on: date, field: str) -> Q:
    """A few ranges of paths, read first: they use the index, as a join of ranges would not."""
    paths = [
        *_own_tenures(user, on).values_list("post__organisation__division__path", flat=True),
        *_own_linkages(user, on).filter(division__isnull=False).values_list("division__path", flat=True),
        *Organisation.objects.filter(user=user).values_list("division__path", flat=True),
    ]
    return reduce(or_, (within(path, field) for path in _outermost(paths)), NOTHING)


def _outermost(paths: Iterable[str]) -> list[str]:
    """Those that lie in no other: no range is asked for twice."""
    kept: list[str] = []
    for path in sorted(set(paths)):
        if not kept or not path.startswith(kept[-1]):
            kept.append(path)
    return kept
