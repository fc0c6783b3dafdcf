"""湛江经开区: what 2026 obliges, counted by hand from 《关于进一步完善安全生产责任体系的通知》（征求意见稿）.

The document is 湛开安办〔2016〕3号. The invented zone: 测试区 (a county's level) with one town (测试镇) and one street
(测试街道), which it binds alike (镇(街道)). Departments: one of each kind at the zone, a regulator at the town, a
supporting one at the street; a resident unit at the zone and at the town, a mass organisation at the zone. Leading
bodies, a department and a resident unit have their leaders in office all year.
"""

from tests.fieldwork.duties.whole_year.line import Line, Who

LEADER, BODY, PAIR = "leader", "organisation", "pair"

PARTY_COMMITTEES: list[Who] = ["测试区党委", "测试镇党委", "测试街道党工委"]
GOVERNMENTS: list[Who] = ["测试区管委会", "测试镇政府", "测试街道办事处"]
SAFETY_COMMITTEES: list[Who] = ["测试区安委会", "测试镇安委会", "测试街道安委会"]
TOWN_PARTY_COMMITTEES: list[Who] = ["测试镇党委", "测试街道党工委"]
TOWN_GOVERNMENTS: list[Who] = ["测试镇政府", "测试街道办事处"]
# Supervising departments and industries' departments, at whatever level; 区保障局 and 街道保障办 are neither.
SUPERVISING: list[Who] = ["测试区监管局", "测试区行业局", "测试镇监管办"]

LETTERS: list[Who] = [
    ("测试区管委会", "测试镇政府"), ("测试区管委会", "测试街道办事处"),
    ("测试区管委会", "测试区监管局"), ("测试区管委会", "测试区行业局"), ("测试区管委会", "测试区保障局"),
    ("测试区管委会", "测试驻区单位"),
    ("测试镇政府", "测试镇监管办"), ("测试镇政府", "测试驻镇单位"),
    ("测试街道办事处", "测试街道保障办"),
]  # fmt: skip
"""区党委 and 区管委会 sign one letter together, so do 镇党委 and 镇政府: the government's side stands for both."""

# All but the chiefs of the town's and the street's leading bodies (领导班子其他成员). 分管安全生产工作的领导 is one
# person of the government (三(一)), who is of the party committee as well (二(二)): no second one stands there.
OTHER_MEMBERS: list[Who] = [
    "镇党委副职", "镇党委委员", "镇政府分管副职", "镇政府副职", "镇政府成员",
    "街道党工委副职", "街道党工委委员", "街道办分管副职", "街道办副职", "街道办成员",
]  # fmt: skip

TABLE = [
    # 2 halves, 4 quarters, 1 year.
    Line("一(1)", "党（工）委常委会议研究安全生产", BODY, TOWN_PARTY_COMMITTEES, "half_year", 4),
    Line("一(二)", "镇政府会议专题研究", BODY, TOWN_GOVERNMENTS, "half_year", 4),
    Line("一(二)、三(二)", "防范重特大生产安全事故工作会议", BODY, TOWN_GOVERNMENTS, "quarter", 8),
    Line("一(六)、三(五)", "分解下达年度控制考核指标", BODY, SAFETY_COMMITTEES, "year", 3),
    # 「每年」, without a day: due at the year's end.
    Line("三(一)", "签订责任书", PAIR, LETTERS, "year", 9),
    Line("三(二)", "安委会全体会议", BODY, SAFETY_COMMITTEES, "quarter", 12),
    Line("三(三)", "对分管领域检查", LEADER, OTHER_MEMBERS, "year", 10, minimum=2),
    Line("三(三)", "专项检查", BODY, SUPERVISING, "quarter", 12),
    Line("三(四)", "挂牌督办重大事故隐患", BODY, ["测试区管委会"], "year", 1),
    Line("三(五)", "组织开展责任制考核", BODY, [*PARTY_COMMITTEES, *GOVERNMENTS], "year", 6),
    # 「负责……年度考核、综合评定，并报请……」: one piece of work, of which the submission is the last step.
    Line("三(五)、一(六)", "年度考核、综合评定并报请通报", BODY, SAFETY_COMMITTEES, "year", 3),
    Line("三(五)", "通报考核结果", BODY, [*PARTY_COMMITTEES, *GOVERNMENTS], "year", 6),
    Line("三(五)", "安委会向同级党委和政府报告", BODY, SAFETY_COMMITTEES, "half_year", 6),
    Line("三(五)", "区安委会向镇（街道）通报", BODY, ["测试区安委会"], "half_year", 2),
]

# By hand. Half-years: (2 + 2 meetings, 3 reports, 1 bulletin) twice. Quarters: (2 prevention meetings, 3 plenaries,
# 3 special inspections) four times. Year: 3 quotas, 1 listing, 6 assessments, 3 ratings, 6 circulars; 10 members.
# By article, each line under the first that it cites.
TOTALS = {
    (BODY, "half_year"): 16, (BODY, "quarter"): 32, (BODY, "year"): 19, (LEADER, "year"): 10, (PAIR, "year"): 9,
}  # fmt: skip
GRAND_TOTAL = 86
BY_ARTICLE = {"一(1)": 4, "一(二)": 12, "一(六)": 3, "三(一)": 9, "三(二)": 12, "三(三)": 22, "三(四)": 1, "三(五)": 23}
