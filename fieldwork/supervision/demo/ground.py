"""What stands before any person does: 清远 and its towns, the industries, the policy pack, its tracking."""

from collections.abc import Iterable
from datetime import date
from pathlib import Path

from django.conf import settings
from django.db import transaction

from fieldwork.core import locks
from fieldwork.core.events import SYSTEM
from fieldwork.directory.actions import create_user
from fieldwork.directory.enums import Office
from fieldwork.directory.industries import load_industries
from fieldwork.directory.management.commands.load_industries import SHIPPED as INDUSTRIES
from fieldwork.directory.models import Division, User
from fieldwork.duties.models import Policy
from fieldwork.duties.packs import decode
from fieldwork.duties.policies import load_pack, track
from fieldwork.supervision.demo.cast import ADMIN, HOME, Places
from fieldwork.supervision.demo.progress import LOCK, Begun
from fieldwork.supervision.divisions import load_divisions
from fieldwork.supervision.management.commands.load_divisions import SHIPPED as DIVISIONS
from fieldwork.supervision.management.commands.load_divisions import SHIPPED_EDITION

PACK = Path(settings.BASE_DIR) / "fieldwork" / "policies" / "qingyuan.yaml"
_AUTHORITY = "mca"
_CITY = "441800"


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
        if not Policy.objects.exists():
            _load_policy(begun, places.city, admin)
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
            _of_the_city(lines), authority=_AUTHORITY, edition=SHIPPED_EDITION, on=begun.founded,
            by=admin, at=begun.set_up_at,
        )  # fmt: skip
    with INDUSTRIES.open(encoding="utf-8-sig", newline="") as lines:
        load_industries(lines, by=admin, at=begun.set_up_at)


def _of_the_city(lines: Iterable[str]) -> list[str]:
    """The header, the province, and what has the city's digits before its own."""
    return [line for line in lines if line.startswith(("code", f"{_CITY[:2]}0000", _CITY[:4]))]


def _load_policy(begun: Begun, city: Division, admin: User) -> None:
    version = load_pack(
        decode(PACK.read_bytes()), valid_from=date(begun.first.year, 1, 1), valid_to=None,
        by=admin, at=begun.set_up_at,
    )  # fmt: skip
    codes = version.rules.exclude(cadence="").values_list("code", flat=True)
    track(version.policy, codes, division=city, starts_on=begun.first, by=admin, at=begun.set_up_at)
