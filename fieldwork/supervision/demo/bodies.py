"""The bodies of the demo's places (单位): real kinds at real divisions, so that duties look as they will."""

from dataclasses import dataclass

from fieldwork.directory.enums import DepartmentKind, Level, OrganisationKind
from fieldwork.directory.models import Division


@dataclass(frozen=True, slots=True)
class Body:
    """An organisation to be; `industry` is a GB/T 4754 code, "" for none."""

    division: Division
    kind: str
    name: str
    department_kind: str = ""
    industry: str = ""


Department = tuple[str, str, str]  # kind, name, the industry of its own (QY 15)
DEPARTMENTS: tuple[Department, ...] = (
    (DepartmentKind.REGULATOR, "应急管理局", ""),
    (DepartmentKind.INDUSTRY, "工业和信息化局", "C"),
    (DepartmentKind.SUPPORT, "发展和改革局", ""),
    (DepartmentKind.REGULATOR, "住房和城乡建设局", "E"),
    (DepartmentKind.REGULATOR, "交通运输局", "G"),
    (DepartmentKind.REGULATOR, "市场监督管理局", "F"),
    (DepartmentKind.REGULATOR, "自然资源局", "B"),
    (DepartmentKind.INDUSTRY, "教育局", "P"),
    (DepartmentKind.INDUSTRY, "农业农村局", "A"),
    (DepartmentKind.INDUSTRY, "文化广电旅游体育局", "R"),
    (DepartmentKind.SUPPORT, "财政局", ""),
    (DepartmentKind.SUPPORT, "司法局", ""),
)
POLICE: Department = (DepartmentKind.REGULATOR, "公安局", "")

# 1个行业及部门: an industry's code with the department, in a town the office, that looks after it.
PAIRS = (
    ("30", "工业和信息化局"), ("47", "住房和城乡建设局"), ("54", "交通运输局"), ("10", "自然资源局"),
    ("26", "应急管理局"), ("61", "文化广电旅游体育局"), ("83", "教育局"), ("52", "市场监督管理局"),
    ("48", "交通运输局"), ("33", "工业和信息化局"), ("13", "市场监督管理局"), ("45", "住房和城乡建设局"),
)  # fmt: skip
TOWN_PAIRS = (
    ("47", "规划建设办公室"), ("10", "应急管理办公室"), ("30", "经济发展办公室"), ("01", "农业农村办公室"),
    ("52", "综合行政执法办公室"), ("83", "公共服务办公室"),
)  # fmt: skip


def full_name(division: Division) -> str:
    """A town with its county before it: the city has two 石角镇 and two 太平镇."""
    if division.level == Level.TOWN and division.parent is not None:
        return f"{division.parent.name}{division.name}"
    return division.name


def party_committee(division: Division) -> Body:
    kind = "工作委员会" if division.street else "委员会"
    return Body(division, OrganisationKind.PARTY_COMMITTEE, f"中共{full_name(division)}{kind}")


def government(division: Division) -> Body:
    kind = "办事处" if division.street else "人民政府"
    return Body(division, OrganisationKind.GOVERNMENT, f"{full_name(division)}{kind}")


def safety_committee(division: Division) -> Body:
    return Body(division, OrganisationKind.SAFETY_COMMITTEE, f"{full_name(division)}安全生产委员会")


def department(division: Division, what: Department) -> Body:
    kind, name, industry = what
    return Body(division, OrganisationKind.DEPARTMENT, f"{division.name}{name}", kind, industry)


def pairs(division: Division) -> list[tuple[str, Body]]:
    """The industries that leaders of a division may be linked to, each with the department for it."""
    if division.level == Level.TOWN:
        return [(industry, _town_office(division, name)) for industry, name in TOWN_PAIRS]
    known = {what[1]: what for what in DEPARTMENTS}
    return [(industry, department(division, known[name])) for industry, name in PAIRS]


def _town_office(town: Division, name: str) -> Body:
    return Body(town, OrganisationKind.DEPARTMENT, full_name(town) + name, DepartmentKind.SUPPORT)
