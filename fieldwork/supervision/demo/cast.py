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
    department,
    government,
    party_committee,
    safety_committee,
)

LEADER = "demo-leader"
SUPERVISOR = "demo-supervisor"
ADMIN = "demo-admin"
HOME = "441821"  # 佛冈县, the county of demo-leader
FEWEST = 30  # below that some role would have nobody

_SURNAMES = "张王李赵陈林黄吴周徐孙马朱胡郭何高罗郑梁谢宋唐许"
_DIGITS = "〇一二三四五六七八九"
_TOWN_TITLES = ("党委委员、组织委员", "党委委员、宣传委员", "副镇长", "人大主席", "党委委员、政法委员", "纪委书记")
_PARTY_TITLES = ("组织部部长", "宣传部部长", "政法委书记", "统战部部长", "纪委书记", "人武部部长")
_DEPUTY_TITLE = "副局长"


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
    """Somebody of the cast, by a number that never changes."""

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
    """Without end: every role once, then all chiefs, then deputies, then round after round of other members."""
    others = [county for county in places.counties if county != places.home]
    towns = [town for town in places.all_towns if town != places.home_town]
    yield from _every_role(places)
    yield from chain.from_iterable(_county_chiefs(county) for county in others)
    yield from chain.from_iterable(_town_chiefs(town) for town in towns)
    yield from map(_county_executive_deputy, others)
    yield from chain.from_iterable(_department_chiefs(city_or_county) for city_or_county in (places.city, *others))
    yield from map(_county_police, others)
    yield from map(_town_safety_deputy, towns)
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
    yield _town_safety_deputy(town)
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
            first = turn == 1 and what[0] == DepartmentKind.REGULATOR
            yield _safety_deputy(body) if first else _member(body)


def _city_leaders(city: Division) -> Iterator[Part]:
    yield _part((party_committee(city), "市委书记", "city_party_chief"), (safety_committee(city), "市安委会主任", ""))
    yield _part(
        (government(city), "市长", "city_government_chief"),
        (party_committee(city), "市委副书记", ""), (safety_committee(city), "市安委会主任", ""),
    )  # fmt: skip
    yield _part(
        (government(city), "常务副市长", "city_executive_deputy", True), (party_committee(city), "市委常委", "")
    )
    yield _party_member(city, "city_party_member", 0)
    yield _deputy_head(city, "city_government_member")


def _county_chiefs(county: Division, acting: bool = False) -> Iterator[Part]:
    unit = _unit(county)
    yield _part((party_committee(county), f"{unit}委书记", "county_party_chief"))
    yield _part(
        (government(county), f"{unit}长", "county_government_chief"),
        (party_committee(county), f"{unit}委副书记", ""), (safety_committee(county), f"{unit}安委会主任", ""),
        acting=acting,
    )  # fmt: skip


def _county_executive_deputy(county: Division) -> Part:
    unit = _unit(county)
    return _part(
        (government(county), f"常务副{unit}长", "county_executive_deputy", True),
        (party_committee(county), f"{unit}委常委", ""),
    )


def _county_police(county: Division) -> Part:
    """Two posts that both oblige: 排查 as deputy head of the county, 带队检查 as chief of a regulator."""
    return _part(
        (government(county), f"副{_unit(county)}长", "county_government_member"),
        (department(county, POLICE), "局长", "regulator_chief"),
    )


def _party_member(area: Division, role: str, turn: int) -> Part:
    title = f"{_unit(area)}委常委、{_PARTY_TITLES[turn % len(_PARTY_TITLES)]}"
    return _part((party_committee(area), title, role))


def _deputy_head(area: Division, role: str) -> Part:
    return _part((government(area), f"副{_unit(area)}长", role))


def _town_chiefs(town: Division) -> Iterator[Part]:
    secretary, head = ("党工委书记", "办事处主任") if town.street else (f"{_unit(town)}党委书记", f"{_unit(town)}长")
    yield _part((party_committee(town), secretary, "town_party_chief"))
    yield _part(
        (government(town), head, "town_government_chief"),
        (party_committee(town), "党工委副书记" if town.street else "党委副书记", ""),
    )


def _town_safety_deputy(town: Division) -> Part:
    title = "副主任（分管安全生产）" if town.street else f"副{_unit(town)}长（分管安全生产）"
    return _part((government(town), title, "town_safety_deputy", True), (party_committee(town), "党委委员", ""))


def _town_member(town: Division, turn: int) -> Part:
    return _part((party_committee(town), _TOWN_TITLES[turn % len(_TOWN_TITLES)], "town_member"))


def _department_chiefs(area: Division) -> Iterator[Part]:
    return (_chief(department(area, what)) for what in DEPARTMENTS[:6])


def _chief(body: Body) -> Part:
    return _part((body, "局长", f"{body.department_kind}_chief"))


def _safety_deputy(body: Body) -> Part:
    return _part((body, f"{_DEPUTY_TITLE}（分管安全生产）", f"{body.department_kind}_safety_deputy", True))


def _member(body: Body) -> Part:
    rank = "leader" if body.department_kind == DepartmentKind.SUPPORT else "member"
    return _part((body, _DEPUTY_TITLE, f"{body.department_kind}_{rank}"))


def _part(*seats: Iterable[object], acting: bool = False) -> Part:
    return Part(tuple(Seat(*seat) for seat in seats), acting)  # type: ignore[arg-type]


def _unit(division: Division) -> str:
    """市, 县, 区, 镇 or 乡."""
    return division.name[-1]
