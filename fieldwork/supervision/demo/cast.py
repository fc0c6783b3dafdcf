"""Who is in the demo: invented people for every role of the pack, the most telling first.

Nobody here exists. Names say so themselves (演示·张一), and so do user names (demo-0001).
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import chain, count, islice

from fieldwork.directory.enums import DepartmentKind
from fieldwork.directory.models import Division
from fieldwork.supervision.demo.bodies import (
    DEPARTMENTS,
    POLICE,
    Body,
    Department,
    department,
    government,
    party_committee,
    safety_committee,
)

LEADER = "demo-leader"
SUPERVISOR = "demo-supervisor"
ADMIN = "demo-admin"
CHAIR = "safety_committee_chair"
HOME = "441821"  # 佛冈县, the county of demo-leader
FEWEST = 30  # below that some role would have nobody

_SURNAMES = "张王李赵陈林黄吴周徐孙马朱胡郭何高罗郑梁谢宋唐许"
_DIGITS = "〇一二三四五六七八九"
_TOWN_TITLES = ("组织委员", "宣传委员", "政法委员", "统战委员", "武装部部长", "纪委书记")
_PARTY_TITLES = ("组织部部长", "宣传部部长", "政法委书记", "统战部部长", "纪委书记", "人武部部长")


@dataclass(frozen=True, slots=True)
class Seat:
    """A post to be; without a `role` no rule of the pack looks at it."""

    body: Body
    title: str
    role: str = ""
    portfolio: bool = False


@dataclass(frozen=True, slots=True)
class Part:
    """One person's posts, the one that counts most first."""

    seats: tuple[Seat, ...]
    acting: bool = False

    @property
    def role(self) -> str:
        return self.seats[0].role

    @property
    def division(self) -> Division:
        return self.seats[0].body.division


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody of the cast, by a number that never changes; demo-leader is 0."""

    number: int
    part: Part

    @property
    def username(self) -> str:
        return f"demo-{self.number:04}" if self.number else LEADER

    @property
    def name(self) -> str:
        return name_of(self.number)


@dataclass(frozen=True)
class Places:
    """The divisions that the cast serves: `home` is the county of demo-leader, first of the counties."""

    city: Division
    counties: list[Division]
    towns: dict[int, list[Division]]

    @property
    def home(self) -> Division:
        return self.counties[0]

    @property
    def home_town(self) -> Division:
        return self.towns[self.home.pk][0]

    @property
    def all_towns(self) -> list[Division]:
        return list(chain.from_iterable(self.towns[county.pk] for county in self.counties))


def name_of(number: int) -> str:
    """演示·张一, 演示·王一, …, 演示·张二: nobody could take it for a real name."""
    turn, surname = divmod(number, len(_SURNAMES))
    return f"演示·{_SURNAMES[surname]}{''.join(_DIGITS[int(digit)] for digit in str(turn + 1))}"


def people(places: Places, number: int) -> list[Person]:
    """The first `number` people: a larger cast has the smaller one at its beginning."""
    return [Person(place, part) for place, part in enumerate(islice(_parts(places), number))]


def _parts(places: Places) -> Iterator[Part]:
    """Without end: every role once, then all chiefs, then deputies, then members, round after round."""
    others = [county for county in places.counties if county != places.home]
    towns = [town for town in places.all_towns if town != places.home_town]
    yield from _every_role(places)
    yield from chain.from_iterable(_county_chiefs(county) for county in others)
    yield from chain.from_iterable(_town_chiefs(town) for town in towns)
    yield from map(_county_executive_deputy, others)
    yield from _department_chiefs((places.city, *others), DEPARTMENTS[:6])
    yield from map(_county_police, others)
    yield from map(_town_safety_deputy, towns)
    yield from _department_chiefs((places.home,), DEPARTMENTS[3:6])
    yield from _department_chiefs((places.city, *places.counties), DEPARTMENTS[6:])
    for turn in count(1):
        yield from _members(places, turn)


def _every_role(places: Places) -> Iterator[Part]:
    """demo-leader and the neighbourhood first, so that the smallest cast has every role."""
    city, home, town = places.city, places.home, places.home_town
    yield from _county_chiefs(home, acting=True)
    yield from _city_leaders(city)
    yield _county_executive_deputy(home)
    yield _county_police(home)
    yield _party_member(home, "county_party_member", 0)
    yield from _town_chiefs(town)
    yield _town_safety_deputy(town, on_committee=False)  # which the structural checks show (QY 12)
    yield _town_member(town, 0)
    regulator, industry, support = (department(home, what) for what in DEPARTMENTS[:3])
    for body in (regulator, industry, support):
        yield _chief(body)
    yield _safety_deputy(regulator)
    for body in (regulator, industry, support):
        yield _member(body)


def _members(places: Places, turn: int) -> Iterator[Part]:
    """One more member of every body; in the end each has as many as anybody asked for."""
    yield from (_town_member(town, turn) for town in places.all_towns)
    yield _party_member(places.city, "city_party_member", turn)
    yield _deputy_head(places.city, "city_government_member")
    for county in places.counties:
        yield _party_member(county, "county_party_member", turn)
        yield _deputy_head(county, "county_government_member")
    for area in (places.city, *places.counties):
        for what in DEPARTMENTS:
            body = department(area, what)
            has_deputy = turn > 1 or body == department(places.home, DEPARTMENTS[0])
            is_regulator = body.department_kind == DepartmentKind.REGULATOR
            yield _safety_deputy(body) if is_regulator and not has_deputy else _member(body)


def _city_leaders(city: Division) -> Iterator[Part]:
    chair = Seat(safety_committee(city), "市安委会主任", CHAIR)
    yield Part((Seat(party_committee(city), "市委书记", "city_party_chief"), chair))
    yield Part(
        (
            Seat(government(city), "市长", "city_government_chief"),
            Seat(party_committee(city), "市委副书记"),
            chair,
        )
    )
    yield Part(
        (
            Seat(government(city), "常务副市长", "city_executive_deputy", portfolio=True),
            Seat(party_committee(city), "市委常委"),
        )
    )
    yield _party_member(city, "city_party_member", 0)
    yield _deputy_head(city, "city_government_member")


def _county_chiefs(county: Division, acting: bool = False) -> Iterator[Part]:
    unit = _unit(county)
    yield Part((Seat(party_committee(county), f"{unit}委书记", "county_party_chief"),))
    yield Part(
        (
            Seat(government(county), f"{unit}长", "county_government_chief"),
            Seat(party_committee(county), f"{unit}委副书记"),
            Seat(safety_committee(county), f"{unit}安委会主任", CHAIR),
        ),
        acting,
    )


def _county_executive_deputy(county: Division) -> Part:
    unit = _unit(county)
    return Part(
        (
            Seat(government(county), f"常务副{unit}长", "county_executive_deputy", portfolio=True),
            Seat(party_committee(county), f"{unit}委常委"),
        )
    )


def _county_police(county: Division) -> Part:
    """Two posts that both oblige: 排查 as deputy head of the county, 带队检查 as chief of a regulator."""
    return Part(
        (
            Seat(government(county), f"副{_unit(county)}长", "county_government_member"),
            Seat(department(county, POLICE), "局长", "regulator_chief"),
        )
    )


def _party_member(area: Division, role: str, turn: int) -> Part:
    title = f"{_unit(area)}委常委、{_PARTY_TITLES[turn % len(_PARTY_TITLES)]}"
    return Part((Seat(party_committee(area), title, role),))


def _deputy_head(area: Division, role: str) -> Part:
    return Part((Seat(government(area), f"副{_unit(area)}长", role),))


def _town_chiefs(town: Division) -> Iterator[Part]:
    unit = _unit(town)
    party, secretary, head = "党委", f"{unit}党委书记", f"{unit}长"
    if town.street:
        party, secretary, head = "党工委", "党工委书记", "办事处主任"
    yield Part((Seat(party_committee(town), secretary, "town_party_chief"),))
    yield Part(
        (
            Seat(government(town), head, "town_government_chief"),
            Seat(party_committee(town), f"{party}副书记"),
            Seat(safety_committee(town), "安委会主任", CHAIR),
        )
    )


def _town_safety_deputy(town: Division, on_committee: bool = True) -> Part:
    title = "办事处副主任" if town.street else f"副{_unit(town)}长"
    deputy = Seat(government(town), f"{title}（分管安全生产）", "town_safety_deputy", portfolio=True)
    member = Seat(party_committee(town), "党工委委员" if town.street else "党委委员")
    return Part((deputy, member) if on_committee else (deputy,))


def _town_member(town: Division, turn: int) -> Part:
    title = f"党{'工' if town.street else ''}委委员、{_TOWN_TITLES[turn % len(_TOWN_TITLES)]}"
    return Part((Seat(party_committee(town), title, "town_member"),))


def _department_chiefs(areas: Iterable[Division], which: Iterable[Department]) -> Iterator[Part]:
    return (_chief(department(area, what)) for area in areas for what in which)


def _chief(body: Body) -> Part:
    return Part((Seat(body, "局长", f"{body.department_kind}_chief"),))


def _safety_deputy(body: Body) -> Part:
    role = f"{body.department_kind}_safety_deputy"
    return Part((Seat(body, "副局长（分管安全生产）", role, portfolio=True),))


def _member(body: Body) -> Part:
    rank = "leader" if body.department_kind == DepartmentKind.SUPPORT else "member"
    return Part((Seat(body, "副局长", f"{body.department_kind}_{rank}"),))


def _unit(division: Division) -> str:
    """市, 县, 区, 镇 or 乡."""
    return division.name[-1]
