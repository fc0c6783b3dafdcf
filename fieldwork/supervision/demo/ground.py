"""What stands before any person does: 清远 and 湛江 with their towns, the industries, both packs, their tracking."""

from collections import defaultdict
from collections.abc import Iterable
from datetime import date
from pathlib import Path

from django.conf import settings
from django.db import transaction

from fieldwork.core import locks
from fieldwork.core.events import SYSTEM
from fieldwork.core.periods import Cadence, Period
from fieldwork.directory.actions import create_user
from fieldwork.directory.enums import Office
from fieldwork.directory.industries import load_industries
from fieldwork.directory.management.commands.load_industries import SHIPPED as INDUSTRIES
from fieldwork.directory.models import Division, User
from fieldwork.duties.enums import Activity
from fieldwork.duties.models import Policy
from fieldwork.duties.packs import decode
from fieldwork.duties.policies import load_pack, track
from fieldwork.supervision.demo.cast import ADMIN, HOME, Places
from fieldwork.supervision.demo.progress import LOCK, Begun
from fieldwork.supervision.divisions import load_divisions
from fieldwork.supervision.management.commands.load_divisions import SHIPPED as DIVISIONS
from fieldwork.supervision.management.commands.load_divisions import SHIPPED_EDITION

PACKS = {
    code: Path(settings.BASE_DIR) / "fieldwork" / "policies" / f"{code}.yaml" for code in ("qingyuan", "zhanjiang")
}
_AUTHORITY = "mca"
_CITY, _OTHER_CITY = "441800", "440800"


def lay_ground(begun: Begun) -> tuple[Places, User]:
    """Load what is missing, all rules tracked from the first month on; answers the places and demo-admin."""
    with transaction.atomic():
        locks.hold(LOCK)
        admin = User.objects.filter(username=ADMIN).first() or create_user(
            username=ADMIN, name="演示·系统管理员", office=Office.ADMINISTRATOR, by=SYSTEM, at=begun.set_up_at
        )
        if not Division.objects.filter(authority=_AUTHORITY, code=_CITY).exists():
            _load_places(begun, admin)
        places = read_places()
        loaded = set(Policy.objects.values_list("code", flat=True))
        for code, pack in PACKS.items():
            if code not in loaded:
                _load_policy(begun, pack, admin)
    return places, admin


def read_places() -> Places:
    """The city, its counties and towns as they stand."""
    standing = Division.objects.filter(authority=_AUTHORITY, ends_on__isnull=True).select_related("parent")
    city = standing.get(code=_CITY)
    counties = sorted(standing.filter(parent=city), key=lambda county: (county.code != HOME, county.code))
    towns: dict[int, list[Division]] = {county.pk: [] for county in counties}
    for town in standing.filter(parent__in=counties).order_by("code"):
        towns[town.parent_id or 0].append(town)
    return Places(city, counties, towns)


def _load_places(begun: Begun, admin: User) -> None:
    with DIVISIONS.open(encoding="utf-8-sig", newline="") as lines:
        load_divisions(
            _of_the_cities(lines), authority=_AUTHORITY, edition=SHIPPED_EDITION, on=begun.founded,
            by=admin, at=begun.set_up_at,
        )  # fmt: skip
    with INDUSTRIES.open(encoding="utf-8-sig", newline="") as lines:
        load_industries(lines, by=admin, at=begun.set_up_at)


def _of_the_cities(lines: Iterable[str]) -> list[str]:
    """The header, the province, and what has a city's digits before its own."""
    digits = (f"{_CITY[:2]}0000", _CITY[:4], _OTHER_CITY[:4])
    return [line for line in lines if line.startswith(("code", *digits))]


def _load_policy(begun: Begun, pack: Path, admin: User) -> None:
    """A pack with all its recurring duties switched on; 湛江's founds its zone."""
    version = load_pack(
        decode(pack.read_bytes()), valid_from=date(begun.first.year, 1, 1), valid_to=None,
        by=admin, at=begun.set_up_at,
    )  # fmt: skip
    since: dict[date, list[str]] = defaultdict(list)
    for code, cadence, activity in version.rules.exclude(cadence="").values_list("code", "cadence", "activity"):
        since[_tracked_from(begun, Cadence(cadence), activity)].append(code)
    for day, codes in sorted(since.items()):
        track(version.policy, codes, division=version.policy.division, starts_on=day, by=admin, at=begun.set_up_at)


def _tracked_from(begun: Begun, cadence: Cadence, activity: str) -> date:
    """Monthly inspections from the first month on; all else from the present period on, or whole towns would have
    missed months of meetings that nobody here has filed."""
    if cadence == Cadence.MONTH and activity == Activity.INSPECTION:
        return begun.first
    return Period.of_day(cadence, begun.present.starts_on).starts_on
