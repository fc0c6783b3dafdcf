"""The shape of the workbook: its sheets, their columns, and the words that stand in cells.

This is a file format, and so in Chinese whatever language its reader has. Sheets and columns may stand in any order;
what is optional may be missing. Rows name one another as the clerk writes them; 编号 tells apart what bears one name.
"""

from dataclasses import dataclass
from functools import cached_property

from fieldwork.core.geo import Datum
from fieldwork.directory.enums import DepartmentKind, LinkageKind, OrganisationKind
from fieldwork.supervision.workbook.keys import key_of


@dataclass(frozen=True)
class Column:
    """`field` is what the program calls it; a clerk may write one of `also` in place of `heading`."""

    field: str
    heading: str
    also: tuple[str, ...] = ()
    required: bool = False
    note: str = ""
    choices: tuple[str, ...] = ()


@dataclass(frozen=True)
class Sheet:
    name: str
    noun: str
    columns: tuple[Column, ...]
    also: tuple[str, ...] = ()

    @cached_property
    def by_heading(self) -> dict[str, Column]:
        return {key_of(word): column for column in self.columns for word in (column.heading, *column.also)}

    @cached_property
    def headings(self) -> dict[str, str]:
        """By field."""
        return {column.field: column.heading for column in self.columns}


KINDS: dict[str, str] = {
    "党委": OrganisationKind.PARTY_COMMITTEE,
    "政府": OrganisationKind.GOVERNMENT,
    "部门": OrganisationKind.DEPARTMENT,
    "安委会": OrganisationKind.SAFETY_COMMITTEE,
    "驻区单位": OrganisationKind.RESIDENT_UNIT,
    "群团组织": OrganisationKind.MASS_ORGANISATION,
}
DEPARTMENTS: dict[str, str] = {
    "监管部门": DepartmentKind.REGULATOR,
    "行业主管部门": DepartmentKind.INDUSTRY,
    "其他工作部门": DepartmentKind.SUPPORT,
}
LINKS: dict[str, str] = {
    "县": LinkageKind.COUNTY,
    "镇": LinkageKind.TOWN,
    "行业": LinkageKind.INDUSTRY,
    "部门": LinkageKind.DEPARTMENT,
}
FLAGS: dict[str, bool] = {"是": True, "否": False}
DATUMS: dict[str, Datum] = {"WGS-84": Datum.WGS84, "GCJ-02": Datum.GCJ02, "BD-09": Datum.BD09}
# What clerks write for the same.
SPELLINGS: dict[str, str] = {
    "县区": "县", "县(市、区)": "县", "县市区": "县", "乡镇": "镇", "镇街": "镇", "街道": "镇", "工委": "党委",
    "管委会": "政府", "街道办": "政府", "负有安全生产监管职责的部门": "监管部门", "其他行业主管部门": "行业主管部门",
    "√": "是", "y": "是", "yes": "是", "1": "是", "true": "是", "×": "否", "n": "否", "no": "否", "0": "否",
    "false": "否", "wgs84": "WGS-84", "gcj02": "GCJ-02", "bd09": "BD-09", "国测局": "GCJ-02", "高德": "GCJ-02",
    "百度": "BD-09",
}  # fmt: skip

_PLACE = "区划代码（如 441881），或自上而下的全称（如 清远市/英德市/大站镇）；不重名时可只写名称"
_OWN = "系统编号，导出时自动填写；新行留空。同名者各写一个以“新”开头的编号（新1、新2），其他表即可引用"
_OTHER = "仅在重名时填写"
_DAY = "日期，如 2026-11-01、2026/11/1、2026年11月1日"
_END = f"{_DAY}；空白表示长期。填有编号的行改为空白，即撤回截止日期"
_INDUSTRY = "行业代码或名称（GB/T 4754）"

ID = Column("id", "编号", ("系统编号",), note=_OWN)
STARTS = Column("starts_on", "起始日期", ("开始日期", "起始时间", "开始时间"), required=True, note=_DAY)
ENDS = Column("ends_on", "截止日期", ("结束日期", "终止日期", "结束时间"), note=_END)
LEADER = Column("leader", "姓名", ("领导姓名", "领导"), required=True)
LEADER_ID = Column("leader_id", "领导编号", note=_OTHER)
ORGANISATION = Column("organisation", "单位", ("单位名称", "所在单位"))
DIVISION = Column("division", "行政区划", ("区划", "所在区划", "行政区划代码", "所属区划"), note=_PLACE)

ORGANISATIONS = Sheet(
    "单位", "organisation", also=("组织", "机构"), columns=(
        ID, Column("name", "单位名称", ("名称", "单位"), required=True),
        Column("division", "行政区划", DIVISION.also, required=True, note=_PLACE),
        Column("kind", "单位类别", ("类别",), required=True, choices=tuple(KINDS)),
        Column("department_kind", "部门类别", choices=tuple(DEPARTMENTS), note="只有部门填写"),
        Column("industry", "主管行业", ("行业",), note=_INDUSTRY), STARTS, ENDS,
    ),
)  # fmt: skip
POSTS = Sheet(
    "职务", "post", also=("岗位",), columns=(
        ID, Column("organisation", "单位", ORGANISATION.also, required=True), DIVISION,
        Column("organisation_id", "单位编号", note=_OTHER),
        Column("title", "职务", ("职务名称",), required=True),
        Column("role", "制度角色", ("角色",), note="制度包中的角色代码，如 town_government_chief"),
        Column("safety_portfolio", "分管安全生产", ("分管安全",), choices=tuple(FLAGS)), STARTS, ENDS,
    ),
)  # fmt: skip
LEADERS = Sheet(
    "领导", "leader", also=("领导干部", "人员"), columns=(
        ID, LEADER, Column("division", "录入区划", DIVISION.also, note=f"{_PLACE}；空白为本人所在区划"),
    ),
)  # fmt: skip
TENURES = Sheet(
    "任职", "tenure", also=("任职情况",), columns=(
        ID, LEADER, Column("leader_id", "领导编号", note="重名的，或“领导”表中没有其编号而调任其他单位的，须填写"),
        ORGANISATION, DIVISION, Column("organisation_id", "单位编号", note=_OTHER),
        Column("post", "职务", ("职务名称",), required=True), Column("post_id", "职务编号", note=_OTHER),
        Column("acting", "主持工作", ("代理",), choices=tuple(FLAGS), note="主持工作、代理的写“是”"), STARTS, ENDS,
    ),
)  # fmt: skip
LINKAGES = Sheet(
    "挂点联系", "linkage", also=("挂点", "联系点"), columns=(
        ID, LEADER, LEADER_ID, ORGANISATION, DIVISION, Column("organisation_id", "单位编号", note=_OTHER),
        Column("post", "职务", ("职务名称",), note="只任一职的可以不写"),
        Column("tenure_id", "任职编号", note=_OTHER),
        Column("kind", "联系类别", ("类别",), required=True, choices=tuple(LINKS)),
        Column(
            "target", "联系对象", ("对象",), required=True,
            note="县、镇：区划代码或名称；行业：代码或名称；部门：单位名称",
        ),
        Column("target_division", "对象区划", note="联系部门的，写其行政区划"),
        Column("target_id", "对象编号", note="仅在部门重名时填写"),
        Column("paired_with", "配对行业", note="1个行业及部门：联系部门的行写其所配的行业"), STARTS,
        Column("ends_on", "截止日期", ENDS.also, note=f"{_DAY}；空白表示与任职同止"),
    ),
)  # fmt: skip
SITES = Sheet(
    "单位场所", "site", also=("场所", "企业"), columns=(
        ID, Column("name", "场所名称", ("名称", "企业名称", "单位名称"), required=True),
        Column("uscc", "统一社会信用代码", ("信用代码",)),
        Column("division", "行政区划", DIVISION.also, required=True, note=_PLACE),
        Column("industry", "所属行业", ("行业",), note=_INDUSTRY),
        Column("regulator", "监管部门"), Column("regulator_division", "监管部门区划", note=_PLACE),
        Column("regulator_id", "监管部门编号", note=_OTHER), Column("address", "地址"),
        Column("latitude", "纬度"), Column("longitude", "经度"),
        Column("datum", "坐标系", choices=tuple(DATUMS), note="空白为 WGS-84"), STARTS, ENDS,
    ),
)  # fmt: skip
NOTES = "填写说明"
SHEETS = (ORGANISATIONS, POSTS, LEADERS, TENURES, LINKAGES, SITES)  # each after what it refers to


def sheet_named(name: str) -> Sheet | None:
    """The sheet that a clerk means by this name; None for any other."""
    meant = key_of(name)
    return next((sheet for sheet in SHEETS if meant in {key_of(word) for word in (sheet.name, *sheet.also)}), None)
