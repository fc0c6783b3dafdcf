"""The invented city and the invented zone of the tables, built row by row.

Every role has a holder of its own, in office all year, but who chairs a safety committee heads the government as well
(QY 4, ZJ 二(一)) and owes nothing more for it. A 镇长 who is deputy of the party committee too is no other member of
the leading bodies (ZJ 三(三)).
"""

from fieldwork.directory.models import Division
from tests import factories as make

# A body: its name in the tables, where it stands, its kind, and of a department the kind of department.
Body = tuple[str, str, str, str]
# A post: the office under which the tables know its holder, its body, its role.
Seat = tuple[str, str, str]

QINGYUAN_BODIES: list[Body] = [
    ("测试市委", "测试市", "party_committee", ""),
    ("测试市政府", "测试市", "government", ""),
    ("测试市安委会", "测试市", "safety_committee", ""),
    ("测试县委", "测试县", "party_committee", ""),
    ("测试县政府", "测试县", "government", ""),
    ("测试县安委会", "测试县", "safety_committee", ""),
    ("测试县监管局", "测试县", "department", "regulator"),
    ("测试县行业局", "测试县", "department", "industry"),
    ("测试县保障局", "测试县", "department", "support"),
    ("测试镇党委", "测试镇", "party_committee", ""),
    ("测试镇政府", "测试镇", "government", ""),
    ("测试镇安委会", "测试镇", "safety_committee", ""),
    ("测试街道党工委", "测试街道", "party_committee", ""),
    ("测试街道办事处", "测试街道", "government", ""),
    ("测试街道安委会", "测试街道", "safety_committee", ""),
]

QINGYUAN_SEATS: list[Seat] = [
    ("市委书记", "测试市委", "city_party_chief"),
    ("市委常委", "测试市委", "city_party_member"),
    ("市长", "测试市政府", "city_government_chief"),
    ("常务副市长", "测试市政府", "city_executive_deputy"),
    ("副市长", "测试市政府", "city_government_member"),
    ("县委书记", "测试县委", "county_party_chief"),
    ("县委常委", "测试县委", "county_party_member"),
    ("县长", "测试县政府", "county_government_chief"),
    ("常务副县长", "测试县政府", "county_executive_deputy"),
    ("副县长", "测试县政府", "county_government_member"),
    ("镇委书记", "测试镇党委", "town_party_chief"),
    ("镇长", "测试镇政府", "town_government_chief"),
    ("镇分管副镇长", "测试镇政府", "town_safety_deputy"),
    ("镇委员", "测试镇党委", "town_member"),
    ("监管局局长", "测试县监管局", "regulator_chief"),
    ("监管局分管副局长", "测试县监管局", "regulator_safety_deputy"),
    ("监管局副局长", "测试县监管局", "regulator_member"),
    ("行业局局长", "测试县行业局", "industry_chief"),
    ("行业局副局长", "测试县行业局", "industry_member"),
    ("保障局局长", "测试县保障局", "support_chief"),
    ("保障局副局长", "测试县保障局", "support_leader"),
    ("市长", "测试市安委会", "safety_committee_chair"),
    ("县长", "测试县安委会", "safety_committee_chair"),
    ("镇长", "测试镇安委会", "safety_committee_chair"),
]

STREET_SEATS: list[Seat] = [
    ("街道书记", "测试街道党工委", "town_party_chief"),
    ("街道主任", "测试街道办事处", "town_government_chief"),
    ("街道分管副主任", "测试街道办事处", "town_safety_deputy"),
    ("街道委员", "测试街道党工委", "town_member"),
    ("街道主任", "测试街道安委会", "safety_committee_chair"),
]

ZHANJIANG_BODIES: list[Body] = [
    ("测试区党委", "测试区", "party_committee", ""),
    ("测试区管委会", "测试区", "government", ""),
    ("测试区安委会", "测试区", "safety_committee", ""),
    ("测试区监管局", "测试区", "department", "regulator"),
    ("测试区行业局", "测试区", "department", "industry"),
    ("测试区保障局", "测试区", "department", "support"),
    ("测试驻区单位", "测试区", "resident_unit", ""),
    ("测试区总工会", "测试区", "mass_organisation", ""),
    ("测试镇党委", "测试镇", "party_committee", ""),
    ("测试镇政府", "测试镇", "government", ""),
    ("测试镇安委会", "测试镇", "safety_committee", ""),
    ("测试镇监管办", "测试镇", "department", "regulator"),
    ("测试驻镇单位", "测试镇", "resident_unit", ""),
    ("测试街道党工委", "测试街道", "party_committee", ""),
    ("测试街道办事处", "测试街道", "government", ""),
    ("测试街道安委会", "测试街道", "safety_committee", ""),
    ("测试街道保障办", "测试街道", "department", "support"),
]

# Only the other members of the town's and the street's leading bodies owe anything in person; the rest prove that.
ZHANJIANG_SEATS: list[Seat] = [
    ("区党委书记", "测试区党委", "district_party_committee_chief"),
    ("区党委副职", "测试区党委", "district_party_committee_deputy"),
    ("区党委委员", "测试区党委", "district_party_committee_member"),
    ("区管委会主任", "测试区管委会", "district_government_chief"),
    ("区管委会分管副职", "测试区管委会", "district_government_safety_deputy"),
    ("区管委会副职", "测试区管委会", "district_government_deputy"),
    ("区管委会成员", "测试区管委会", "district_government_member"),
    ("区管委会主任", "测试区安委会", "safety_committee_chair"),
    ("区监管局局长", "测试区监管局", "department_chief"),
    ("区监管局分管副局长", "测试区监管局", "department_safety_deputy"),
    ("区监管局副局长", "测试区监管局", "department_deputy"),
    ("区监管局班子成员", "测试区监管局", "department_member"),
    ("驻区单位负责人", "测试驻区单位", "resident_unit_chief"),
    ("驻区单位分管副职", "测试驻区单位", "resident_unit_safety_deputy"),
    ("驻区单位副职", "测试驻区单位", "resident_unit_deputy"),
    ("驻区单位班子成员", "测试驻区单位", "resident_unit_member"),
    ("镇党委书记", "测试镇党委", "town_party_committee_chief"),
    ("镇党委副职", "测试镇党委", "town_party_committee_deputy"),
    ("镇党委委员", "测试镇党委", "town_party_committee_member"),
    ("镇政府镇长", "测试镇政府", "town_government_chief"),
    ("镇政府镇长", "测试镇党委", "town_party_committee_deputy"),
    ("镇政府分管副职", "测试镇政府", "town_government_safety_deputy"),
    ("镇政府副职", "测试镇政府", "town_government_deputy"),
    ("镇政府成员", "测试镇政府", "town_government_member"),
    ("镇政府镇长", "测试镇安委会", "safety_committee_chair"),
    ("街道党工委书记", "测试街道党工委", "town_party_committee_chief"),
    ("街道党工委副职", "测试街道党工委", "town_party_committee_deputy"),
    ("街道党工委委员", "测试街道党工委", "town_party_committee_member"),
    ("街道办主任", "测试街道办事处", "town_government_chief"),
    ("街道办分管副职", "测试街道办事处", "town_government_safety_deputy"),
    ("街道办副职", "测试街道办事处", "town_government_deputy"),
    ("街道办成员", "测试街道办事处", "town_government_member"),
    ("街道办主任", "测试街道安委会", "safety_committee_chair"),
]

ZHANJIANG_TOWN, ZHANJIANG_STREET = "440811106", "440803013"
ZHANJIANG_EMPTY = ["440803014", "440811001", "440811002", "440811003"]


def qingyuan_places() -> dict[str, Division]:
    """测试市, under the code of the pack's city, with one county, a town and a street of it."""
    city = make.division("测试市", authority="mca", code="441800")
    county = make.division("测试县", city)
    town, street = make.division("测试镇", county), make.division("测试街道", county, street=True)
    return {division.name: division for division in (city, county, town, street)}


def zhanjiang_places() -> list[Division]:
    """The city and the towns, one street among them, that the pack's zone takes; the zone is founded by loading it."""
    city = make.division("测试湛江市", authority="mca", code="440800")
    county = make.division("测试原属区", city)
    return [
        city,
        make.division("测试镇", county, authority="mca", code=ZHANJIANG_TOWN),
        make.division("测试街道", county, authority="mca", code=ZHANJIANG_STREET, street=True),
        *(
            make.division(f"无单位街道{code}", county, authority="mca", code=code, street=True)
            for code in ZHANJIANG_EMPTY
        ),
    ]


def settle(places: dict[str, Division], bodies: list[Body], seats: list[Seat]) -> None:
    """Found the bodies and put into each seat its leader, named after the office."""
    organisations = {
        name: make.organisation(places[place], kind, name=name, department_kind=department)
        for name, place, kind, department in bodies
    }
    leaders = {office: make.leader(f"测试员·{office}") for office in dict.fromkeys(office for office, *_seat in seats)}
    for office, body, role in seats:
        post = make.post(organisations[body], role, title=office, safety_portfolio="分管" in office)
        make.tenure(post, leaders[office])
