"""Loading boundaries of divisions (行政区划界线) from GeoJSON, again and again.

What was recorded before keeps the distances that were found then."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TextIO

import shapely
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from fieldwork.core import events, locks
from fieldwork.core.events import Actor
from fieldwork.core.geo import Datum
from fieldwork.directory.boundary_files import Entry, Faults, read
from fieldwork.directory.divisions import LOCK
from fieldwork.directory.grounds import squares_of
from fieldwork.directory.models import Boundary, BoundaryCell, Division
from fieldwork.directory.paths import common_path

CODES = ("code", "adcode", "gb", "区划代码", "代码")  # properties, in the order in which they are asked
NAMES = ("name", "NAME", "名称")
PARENTS = ("parent", "parent_name", "上级", "上级区划")
_CHINA = "156"  # stands before the codes of the national map (天地图)
_BATCH = 100  # boundaries a statement: some megabytes
_SHOWN = 5  # candidates


@dataclass(frozen=True, slots=True)
class LoadedBoundaries:
    """How many boundaries are new, replace another, were the same already; and features left out as unknown."""

    created: int
    replaced: int
    unchanged: int
    unknown: int


@dataclass(frozen=True, slots=True)
class _Known:
    """A division that stands."""

    pk: int
    code: str
    name: str
    path: str
    parent_code: str | None
    parent_name: str | None


def load_boundaries(
    file: TextIO, *, datum: Datum = Datum.WGS84, key: str = "", authority: str = "mca", source: str,
    skip_unknown: bool = False, dry_run: bool = False, by: Actor, at: datetime,
) -> LoadedBoundaries:  # fmt: skip
    """Give divisions of `authority` that stand the boundaries in a GeoJSON file, whose degrees are in `datum`.

    A feature names its division in the property `key`, by code or name; without one by the usual properties. A name
    that several have is told apart by the name or code of the division above. Existing boundaries are replaced; the
    same file again changes nothing. One event, `boundaries.loaded`. On any fault nothing is stored: `invalid`, all
    faults by feature and part; `skip_unknown` leaves out features whose division is not on the list.
    """
    faults = Faults()
    entries = read(file, datum, faults)  # minutes, for a country: before anything is locked
    with transaction.atomic():
        locks.hold(LOCK)
        grounds, unknown = _Matching(key, authority, skip_unknown, faults).match(entries)
        faults.refuse()
        created, replaced = _store(grounds, source, at, dry_run=dry_run)
        changed = created + replaced
        if changed and not dry_run:
            paths = [grounds[pk][0].path for pk in changed]
            events.append(
                "boundaries.loaded", by=by, at=at, about=("boundary_list", f"{authority}:{at.isoformat()}"),
                division_path=common_path(min(paths), max(paths)), authority=authority, source=source,
                datum=datum, created=created, replaced=replaced,
            )  # fmt: skip
    return LoadedBoundaries(len(created), len(replaced), len(grounds) - len(changed), unknown)


class _Matching:
    """Which division each feature is of."""

    def __init__(self, key: str, authority: str, skip_unknown: bool, faults: Faults) -> None:
        self.codes = (key,) if key else CODES
        self.names = (key,) if key else NAMES
        self.by_name_too = bool(key)
        self.skip_unknown = skip_unknown
        self.faults = faults
        self.by_code: dict[str, _Known] = {}
        self.by_name: dict[str, list[_Known]] = defaultdict(list)
        stands = Division.objects.filter(authority=authority, ends_on__isnull=True).order_by("path")
        for row in stands.values_list("pk", "code", "name", "path", "parent__code", "parent__name"):
            known = _Known(*row)
            self.by_code[known.code] = known
            self.by_name[known.name].append(known)

    def match(self, entries: Sequence[Entry]) -> tuple[dict[int, tuple[_Known, Entry]], int]:
        """The features by the id of their division, and how many were left out."""
        found: dict[int, tuple[_Known, Entry]] = {}
        unknown = 0
        for entry in entries:
            candidates = self._candidates(entry)
            if not candidates and self.skip_unknown:
                unknown += 1
            elif (division := self._only(entry, candidates)) is None:
                continue
            elif division.pk in found:
                told = {"name": division.name, "number": found[division.pk][1].number}
                self.faults.add(entry.number, "properties", _("Feature %(number)d is of %(name)s too.") % told)
            else:
                found[division.pk] = division, entry
        return found, unknown

    def _candidates(self, entry: Entry) -> list[_Known]:
        code, name = _first(entry.properties, self.codes), _first(entry.properties, self.names)
        by_code = next((self.by_code[each] for each in _spellings(code) if each in self.by_code), None)
        if by_code is not None:
            return [by_code]
        return self.by_name.get(name, []) if not code or self.by_name_too else []

    def _only(self, entry: Entry, candidates: list[_Known]) -> _Known | None:
        named = _first(entry.properties, self.codes) or _first(entry.properties, self.names)
        if len(candidates) > 1:
            above = _first(entry.properties, PARENTS)
            codes = {*_spellings(above)}
            near = [each for each in candidates if each.parent_name == above or each.parent_code in codes]
            if len(near) == 1:
                return near[0]
            shown = ", ".join(f"{each.code} ({each.parent_name or '-'})" for each in candidates[:_SHOWN])
            told = {"name": named, "candidates": shown}
            why = _("Several divisions are called %(name)s: %(candidates)s. Name the code, or the division above.")
            self.faults.add(entry.number, "properties", why % told)
        elif candidates:
            return candidates[0]
        elif named:
            self.faults.add(entry.number, "properties", _("No division %(name)s stands.") % {"name": named[:100]})
        else:
            why = _("No property names the division; these were looked for: %(names)s.")
            looked = dict.fromkeys(self.codes + self.names)
            self.faults.add(entry.number, "properties", why % {"names": ", ".join(looked)})
        return None


def _first(properties: dict[str, Any], keys: Sequence[str]) -> str:
    """The first of these properties that says something, as text; of an object its code or name."""
    for key in keys:
        value = properties.get(key)
        if isinstance(value, dict):
            value = _first(value, CODES) or _first(value, NAMES)
        if isinstance(value, str | int | float) and not isinstance(value, bool) and str(value).strip():
            return f"{value:.0f}" if isinstance(value, float) else str(value).strip()
    return ""


def _spellings(code: str) -> Iterator[str]:
    """A code as it stands, without the country's, and without the noughts with which lists fill it up."""
    for each in dict.fromkeys((code, code.removeprefix(_CHINA))):
        yield each
        for filling in ("000", "000000"):
            if each.endswith(filling) and each != filling:
                yield each.removesuffix(filling)


def _store(
    grounds: dict[int, tuple[_Known, Entry]], source: str, at: datetime, *, dry_run: bool
) -> tuple[list[int], list[int]]:
    """Put down what differs; the ids of divisions whose boundary is new, and of those where it replaces another."""
    created: list[int] = []
    replaced: list[int] = []
    ids = sorted(grounds)
    for first in range(0, len(ids), _BATCH):
        batch = ids[first : first + _BATCH]
        shapes = {pk: grounds[pk][1].shape for pk in batch}
        was = {pk: (bytes(row.shape), row.source) for pk, row in Boundary.objects.in_bulk(batch).items()}
        fresh = [
            Boundary(division_id=pk, shape=shapely.to_wkb(shapes[pk]), source=source, loaded_at=at) for pk in batch
        ]
        changed = [row for row in fresh if was.get(row.pk) != (row.shape, row.source)]
        created += [row.pk for row in changed if row.pk not in was]
        replaced += [row.pk for row in changed if row.pk in was]
        if not dry_run:
            _write(changed, shapes)
    return created, replaced


def _write(changed: list[Boundary], shapes: dict[int, Any]) -> None:
    Boundary.objects.bulk_create(
        changed, update_conflicts=True, unique_fields=["division"], update_fields=["shape", "source", "loaded_at"]
    )
    BoundaryCell.objects.filter(boundary__in=[row.pk for row in changed]).delete()
    BoundaryCell.objects.bulk_create(
        BoundaryCell(boundary_id=row.pk, cell=square)
        for row in changed
        for square in squares_of(*shapes[row.pk].bounds)
    )
