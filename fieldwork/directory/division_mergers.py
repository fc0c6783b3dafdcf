"""Divisions that are merged (撤并): one ends, and the other has its ground, sites, links and accounts from then on."""

from collections.abc import Collection, Iterable, Mapping
from datetime import date, datetime, timedelta
from math import ceil

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from fieldwork.core import events, locks
from fieldwork.core.errors import Code, DomainError, FieldError, invalid
from fieldwork.core.events import Actor
from fieldwork.directory.accounts import change_user
from fieldwork.directory.actions import mark_problem_town
from fieldwork.directory.boundary_unions import unite
from fieldwork.directory.bounds import lock_all
from fieldwork.directory.dated import end
from fieldwork.directory.divisions import LOCK
from fieldwork.directory.enums import OrganisationKind
from fieldwork.directory.mergers import Merged, Merger, beyond, check, check_stand, merge_body, move
from fieldwork.directory.models import Division, Leader, Linkage, Organisation, ProblemTownMark, Site, User
from fieldwork.directory.paths import common_path
from fieldwork.directory.places import radius_m, seat_of
from fieldwork.directory.queries import lasting
from fieldwork.directory.relinking import relink

_LAST_BEGINNING = date.max - timedelta(days=1)  # on the day after there is one without an end already
_ONE_OF_A_KIND = (OrganisationKind.PARTY_COMMITTEE, OrganisationKind.GOVERNMENT, OrganisationKind.SAFETY_COMMITTEE)
Fates = Mapping[Organisation, Organisation | None]


@transaction.atomic
def merge_division(
    source: Division, into: Division, fates: Fates, this: Merger, *, by: Actor, at: datetime
) -> Merged:  # fmt: skip
    """End a division on the eve; what it has then goes on at `into`, a standing division of the same level.

    `fates` says into which body each of its bodies goes, None for one that is dissolved; of those it does not name
    `suggested` is asked. Links to it lead to `into` from then on, marks of a problem town and the office's accounts go
    along, sites lie there; boundaries become one, and the radius reaches over both. What lies below it must have ended
    or moved (`load_divisions`) before. `invalid` on `on`, `reason`, `into` or, for each body whose fate is open,
    `bodies`; other errors as `merge_body`. Tells `division.merged`, after the events of each row.
    """
    locks.hold(LOCK)
    check(this, at)
    rows = lock_all(Division, [source.pk, into.pk], "parent")
    source, into = rows[source.pk], rows[into.pk]
    _check(source, into, this)
    done = Merged()
    decided = _decided(source, into, fates, this)
    lock_all(Organisation, [each.pk for pair in decided.items() for each in pair if each is not None])
    for body, other in decided.items():
        done.add(merge_body(body, other, this, by=by, at=at))
    links = Linkage.objects.filter(division=source)
    done.linkages += relink(links, into, this.on, this.reason, by=by, at=at)
    done.marks = _pass_marks_on(source, into, this, by, at)
    done.sites += move(Site.objects.filter(division=source), "division", into, by=by, at=at)
    move(Leader.objects.filter(division=source), "division", into, by=by, at=at)
    users = User.objects.filter(division=source).order_by("pk")
    done.accounts += [change_user(user, division=into, by=by, at=at) for user in users]
    unite(source, into, at=at)
    radius = _reach_over(source, into)
    Division.objects.filter(pk=source.pk).update(ends_on=this.eve, merged_into=into)
    _tell(source, into, this, done, radius, by, at)
    return done


def suggested(bodies: Iterable[Organisation], into: Division) -> dict[Organisation, Organisation]:
    """Into which body of the other division each would go: the one that is called alike but for the division's name;
    of what a division has one of, the one of that kind."""
    there = list(Organisation.objects.filter(division=into, ends_on__isnull=True).order_by("pk"))
    found = {}
    for body in bodies:
        same = [each for each in there if (each.kind, each.department_kind) == (body.kind, body.department_kind)]
        alike = [each for each in same if each.name == body.name.replace(body.division.name, into.name)]
        for few in (alike, same if body.kind in _ONE_OF_A_KIND else []):
            if len(few) == 1:
                found[body] = few[0]
                break
    return found


def bodies_beyond(source: Division, this: Merger) -> list[Organisation]:
    """Those whose fate is to be said."""
    rows = Organisation.objects.filter(lasting(this.on), division=source)
    return list(rows.select_related("division").order_by("pk"))


def _check(source: Division, into: Division, this: Merger) -> None:
    check_stand(source, into, this)
    if source.level != into.level:
        raise invalid("into", _("Both divisions are of one level: %(level)s.") % {"level": source.get_level_display()})
    below = Division.objects.filter(lasting(this.on), parent=source)
    if below.exists():
        raise invalid("on", _("Divisions below it still stand then; list them under another one first."))


def _decided(source: Division, into: Division, fates: Fates, this: Merger) -> dict[Organisation, Organisation | None]:
    bodies = bodies_beyond(source, this)
    strange: Collection[Organisation] = fates.keys() - set(bodies)
    open_ones = [body for body in bodies if body not in fates]
    found = suggested(open_ones, into)
    faults = [
        *(_fault(body, _("%(name)s is no body of the merged division that stands then.")) for body in strange),
        *(_fault(body, _("%(name)s ends too.")) for body in fates.values() if body is not None and body in bodies),
        *(
            _fault(body, _("Say into which body %(name)s goes, or null if it is dissolved."))
            for body in open_ones
            if body not in found
        ),
    ]
    if faults:
        raise DomainError(Code.INVALID, errors=tuple(faults))
    return {body: fates.get(body, found.get(body)) for body in bodies}


def _fault(body: Organisation, words: object) -> FieldError:
    return FieldError("bodies", Code.INVALID, str(words) % {"name": body.name})


def _pass_marks_on(source: Division, into: Division, this: Merger, by: Actor, at: datetime) -> dict[int, int]:
    """The problem did not end with the town: the other is marked for the same reason, unless it is marked already."""
    passed = {}
    for mark in beyond(ProblemTownMark.objects.filter(division=source).select_related("division"), this):
        last, starts_on = mark.ends_on, this.on
        end(mark, ends_on=this.eve, reason=this.reason, by=by, at=at)
        for there in beyond(ProblemTownMark.objects.filter(division=into, starts_on__lte=this.eve), this):
            passed[mark.pk] = there.pk
            starts_on = there.ends_on + timedelta(days=1) if there.ends_on else date.max
        if starts_on <= (last or _LAST_BEGINNING):
            anew = mark_problem_town(
                division=into, reason=mark.reason, starts_on=starts_on, ends_on=last, by=by, at=at
            )  # fmt: skip
            passed[mark.pk] = anew.pk
    return passed


def _reach_over(source: Division, into: Division) -> dict[str, int]:
    """Where no boundary tells, the radius round the seat that stays holds what the other's held; before and after."""
    was, there, here = radius_m(into), seat_of(source), seat_of(into)
    if there is None or here is None:
        return {"was": was, "now": was}
    into.radius_m = max(was, ceil(here.distance_m(there) + radius_m(source)))
    into.save(update_fields=["radius_m"])
    return {"was": was, "now": into.radius_m}


def _tell(
    source: Division, into: Division, this: Merger, done: Merged, radius: Mapping[str, int], by: Actor,
    at: datetime,
) -> None:  # fmt: skip
    events.append(
        "division.merged", by=by, at=at, about=("division", source.pk),
        division_path=common_path(source.path, into.path), since=this.on.isoformat(), into=into.pk, reason=this.reason,
        bodies={body.pk: other.pk if other else None for body, other in done.bodies.items()},
        linkages=[{"from": one.source, "to": one.target} for one in done.linkages],
        marks=done.marks, radius_m=radius, sites=done.sites, accounts=[one.pk for one in done.accounts],
    )  # fmt: skip
