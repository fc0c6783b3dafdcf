"""湛江's development zone (开发区): a few bodies with their people, and unit users, who file for bodies."""

from django.db import transaction

from fieldwork.core import locks
from fieldwork.directory import actions
from fieldwork.directory.enums import DepartmentKind, Office, OrganisationKind
from fieldwork.directory.models import Division, User
from fieldwork.duties.models import Policy
from fieldwork.supervision.demo.bodies import Body, safety_committee
from fieldwork.supervision.demo.cast import CHAIR, SUPERVISOR, Part, Places, Seat, name_of
from fieldwork.supervision.demo.people import Enrolment
from fieldwork.supervision.demo.progress import LOCK, Begun

UNIT = "demo-unit"  # of a street's safety committee, which owes its plenaries
OFFICE = "demo-unit-office"  # of the street office, which owes meetings and letters
CHIEF = "demo-zone-1"  # head of the zone's committee (管委会) and chair of its safety committee
_POLICY = "zhanjiang"
_TOWNS = ("440811002", "440811106")  # 东简街道, 硇洲镇


def open_zone(begun: Begun, places: Places, by: User) -> None:
    """Its bodies, people and units, all in one transaction and only once."""
    with transaction.atomic():
        locks.hold(LOCK)
        if User.objects.filter(username=UNIT).exists():
            return
        at = begun.set_up_at
        zone = Policy.objects.select_related("division").get(code=_POLICY).division
        towns = list(Division.objects.filter(parent=zone, code__in=_TOWNS).order_by("code"))
        enrolment = Enrolment(begun, places, by)
        parts = [*_zone_parts(zone), *(part for town in towns for part in _town_parts(town))]
        for number, part in enumerate(parts, start=1):
            enrolment.seat(f"demo-zone-{number}", f"演示·开发区{name_of(number)[3:]}", part, begun.founded)
        enrolment.organisation(Body(zone, OrganisationKind.RESIDENT_UNIT, f"{zone.name}演示供电所"))
        actions.create_user(
            username=f"{SUPERVISOR}-zone", name="演示·开发区安委办", office=Office.SUPERVISOR, division=zone,
            by=by, at=at,
        )  # fmt: skip
        for username, body in ((UNIT, safety_committee(towns[0])), (OFFICE, _office(towns[0]))):
            unit = enrolment.organisation(body)
            actions.create_user(username=username, name=f"演示·{unit.name}", organisation=unit, by=by, at=at)


def _zone_parts(zone: Division) -> list[Part]:
    party = Body(zone, OrganisationKind.PARTY_COMMITTEE, f"中共{zone.name}委员会")
    committee = _committee(zone)
    regulator = Body(zone, OrganisationKind.DEPARTMENT, f"{zone.name}应急管理局", DepartmentKind.REGULATOR)
    return [
        Part(
            (
                Seat(committee, "管委会主任", "district_government_chief"),
                Seat(safety_committee(zone), "区安委会主任", CHAIR),
            )
        ),
        Part((Seat(party, "区党委书记", "district_party_committee_chief"),)),
        Part(
            (
                Seat(committee, "管委会副主任（分管安全生产）", "district_government_safety_deputy", portfolio=True),
                Seat(party, "区党委委员"),
            )
        ),
        Part((Seat(regulator, "局长", "department_chief"),)),
    ]


def _town_parts(town: Division) -> list[Part]:
    """The second town's deputy is no member of its party committee, which the structural checks show."""
    party = Body(town, OrganisationKind.PARTY_COMMITTEE, f"中共{town.name}{'工作' if town.street else ''}委员会")
    office = _office(town)
    word = "党工委" if town.street else "党委"
    deputy = Seat(office, "副主任" if town.street else "副镇长", "town_government_safety_deputy", portfolio=True)
    return [
        Part((Seat(party, f"{word}书记", "town_party_committee_chief"),)),
        Part(
            (
                Seat(office, "办事处主任" if town.street else "镇长", "town_government_chief"),
                Seat(safety_committee(town), "安委会主任", CHAIR),
            )
        ),
        Part((deputy, Seat(party, f"{word}委员", "town_party_committee_member")) if town.street else (deputy,)),
    ]


def _committee(zone: Division) -> Body:
    return Body(zone, OrganisationKind.GOVERNMENT, f"{zone.name}管理委员会")


def _office(town: Division) -> Body:
    return Body(town, OrganisationKind.GOVERNMENT, f"{town.name}{'办事处' if town.street else '人民政府'}")
