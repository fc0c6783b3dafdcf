"""清远: what 2026 obliges, counted by hand from 《清远市党政领导干部安全生产责任制实施办法（征求意见稿）》.

The invented city: 测试市 with one county (测试县), one town (测试镇) and one street (测试街道); at each a party
committee, a government and a safety committee; at the county one department of each kind. Every role of the document
is held by its own leader the whole year, under the name of the office. The street's four stand in a table of their
own: QY 2 binds 街道 only where the county says so.
"""

from datetime import date

from tests.fieldwork.duties.whole_year.line import Line, Who

LEADER, BODY, PAIR = "leader", "organisation", "pair"
MARCH = date(2026, 3, 31)
"""「每年初」 names no day: assumed, so nothing lapses before the year's end."""

CITY = ["市委书记", "市委常委", "市长", "常务副市长", "副市长"]
COUNTY = ["县委书记", "县委常委", "县长", "常务副县长", "副县长"]
TOWN = ["镇委书记", "镇长", "镇分管副镇长", "镇委员"]
STREET = ["街道书记", "街道主任", "街道分管副主任", "街道委员"]
# 监管局 负有安全生产监管职责 (QY 14), 行业局 其他行业主管 (QY 15), 保障局 其他工作部门 (QY 16: nothing counted).
DEPARTMENTS = [
    "监管局局长",
    "监管局分管副局长",
    "监管局副局长",
    "行业局局长",
    "行业局副局长",
    "保障局局长",
    "保障局副局长",
]

PAIRS: list[Who] = [
    ("测试市委", "测试县委"), ("测试市政府", "测试县政府"),
    ("测试县委", "测试镇党委"), ("测试县政府", "测试镇政府"),
]  # fmt: skip

TABLE = [
    # Chapter 2: city and county. 12 months, 4 quarters, 1 year.
    Line("第五条（二）", "常委会会议专题研究", LEADER, ["市委书记", "县委书记"], "quarter", 8),
    Line("第五条（七）", "牵头排查", LEADER, ["市委书记", "县委书记"], "month", 24),
    Line("第六条（二）", "常务会议专题研究", LEADER, ["市长", "县长"], "quarter", 8),
    Line("第六条（三）", "年度重点工作责任清单", LEADER, ["市长", "县长"], "year", 2),
    Line("第六条（七）", "牵头排查", LEADER, ["市长", "县长"], "month", 24),
    Line("第七条第二款", "牵头排查", LEADER, ["市委常委", "县委常委"], "month", 24),
    Line("第八条（七）", "牵头排查", LEADER, ["常务副市长", "常务副县长"], "month", 24),
    Line("第九条（三）", "纳入年度工作计划", LEADER, ["副市长", "副县长"], "year", 2),
    Line("第九条（四）", "分析安全生产形势", LEADER, ["副市长", "副县长"], "year", 2),
    Line("第九条（六）", "牵头排查", LEADER, ["副市长", "副县长"], "month", 24),
    # Chapter 2: town.
    Line("第十条（二）", "党委会议专题研究", LEADER, ["镇委书记"], "month", 12),
    Line("第十条（七）", "牵头排查", LEADER, ["镇委书记"], "month", 12),
    Line("第十一条（二）", "领导班子会议专题研究", LEADER, ["镇长"], "month", 12),
    Line("第十一条（三）", "年度重点工作责任清单", LEADER, ["镇长"], "year", 1),
    Line("第十一条（七）", "牵头排查", LEADER, ["镇长"], "month", 12),
    Line("第十二条（七）", "牵头排查", LEADER, ["镇分管副镇长"], "month", 12),
    Line("第十二条第二款", "牵头排查", LEADER, ["镇委员"], "month", 12),
    # Chapter 3: departments.
    Line("第十四条（一）", "安全生产工作会议", LEADER, ["监管局局长"], "quarter", 4),
    Line("第十四条（一）", "带队检查", LEADER, ["监管局局长"], "month", 12),
    Line("第十四条（二）", "组织研究安全生产工作", LEADER, ["监管局分管副局长"], "quarter", 4),
    Line("第十四条（二）", "带队检查", LEADER, ["监管局分管副局长"], "month", 12),
    Line("第十四条（三）", "安全生产专题会议", LEADER, ["监管局副局长"], "quarter", 4),
    Line("第十五条（一）", "安全生产工作会议", LEADER, ["行业局局长"], "quarter", 4),
    Line("第十五条（一）", "带队检查", LEADER, ["行业局局长"], "month", 12),
    Line("第十五条（二）", "安全生产专题会议", LEADER, ["行业局副局长"], "quarter", 4),
    Line("第十五条（二）", "带队检查本行业", LEADER, ["行业局副局长"], "month", 12),
    # Chapter 4.
    Line("第十九条", "签订责任书", PAIR, PAIRS, "year", 4, due=MARCH),
    Line("第二十条", "考核下级党委和政府", PAIR, PAIRS, "year", 4),
    Line("第二十条", "党委常委会会议审定考核结果", BODY, ["测试市委", "测试县委"], "year", 2),
    Line("第二十条", "政府常务会议审定考核结果", BODY, ["测试市政府", "测试县政府"], "year", 2),
    Line(
        "第二十二条第二款", "领导班子述职", BODY,
        ["测试市委", "测试市政府", "测试县委", "测试县政府", "测试镇党委", "测试镇政府"], "year", 6,
    ),
    Line("第二十二条第二款", "班子成员述职", LEADER, [*CITY, *COUNTY, *TOWN], "year", 14),
    # The text names nobody who publishes; who is assessed by whom makes it the upper government.
    Line("第二十四条", "公布考核结果", BODY, ["测试市政府", "测试县政府"], "year", 2),
]  # fmt: skip

STREET_TABLE = [
    Line("第十条（二）", "党委会议专题研究", LEADER, ["街道书记"], "month", 12),
    Line("第十条（七）", "牵头排查", LEADER, ["街道书记"], "month", 12),
    Line("第十一条（二）", "领导班子会议专题研究", LEADER, ["街道主任"], "month", 12),
    Line("第十一条（三）", "年度重点工作责任清单", LEADER, ["街道主任"], "year", 1),
    Line("第十一条（七）", "牵头排查", LEADER, ["街道主任"], "month", 12),
    Line("第十二条（七）", "牵头排查", LEADER, ["街道分管副主任"], "month", 12),
    Line("第十二条第二款", "牵头排查", LEADER, ["街道委员"], "month", 12),
    Line(
        "第十九条", "签订责任书", PAIR, [("测试县委", "测试街道党工委"), ("测试县政府", "测试街道办事处")], "year", 2,
        due=MARCH,
    ),
    Line(
        "第二十条", "考核下级党委和政府", PAIR, [("测试县委", "测试街道党工委"), ("测试县政府", "测试街道办事处")],
        "year", 2,
    ),
    Line("第二十二条第二款", "领导班子述职", BODY, ["测试街道党工委", "测试街道办事处"], "year", 2),
    Line("第二十二条第二款", "班子成员述职", LEADER, STREET, "year", 4),
]  # fmt: skip

# By hand. Months: 14 leaders' 排查 = 168, 4 department leaders' 带队检查 = 48, 2 town meetings = 24.
# Quarters: 2 + 2 meetings of city and county, 5 of departments, four times a year.
# Year, leaders: 3 lists, 2 plans, 2 analyses, 14 reports; bodies: 4 approvals, 6 reports, 2 publications.
TOTALS = {
    (LEADER, "month"): 240, (LEADER, "quarter"): 36, (LEADER, "year"): 21, (BODY, "year"): 12, (PAIR, "year"): 8,
}  # fmt: skip
GRAND_TOTAL = 317
BY_ARTICLE = {
    "第五条": 32, "第六条": 34, "第七条": 24, "第八条": 24, "第九条": 28, "第十条": 24, "第十一条": 25, "第十二条": 24,
    "第十四条": 36, "第十五条": 32, "第十九条": 4, "第二十条": 8, "第二十二条": 20, "第二十四条": 2,
}  # fmt: skip

# 48 排查 and 24 meetings, 1 list, 4 reports of members, 2 of bodies, 2 letters, 2 assessments.
STREET_TOTALS = {(LEADER, "month"): 72, (LEADER, "year"): 5, (BODY, "year"): 2, (PAIR, "year"): 4}
STREET_GRAND_TOTAL = 83
