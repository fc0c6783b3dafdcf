"""The hard facts of 清远's pack, rule by rule, as the document has them."""

from pathlib import Path

import pytest
from django.conf import settings

from fieldwork.duties.packs import Pack, PairSpec, Place, decode, read_pack

FILE = Path(settings.BASE_DIR) / "fieldwork" / "policies" / "qingyuan.yaml"
FOURTEEN = (
    "city_party_chief", "city_government_chief", "city_party_member", "city_executive_deputy",
    "city_government_member", "county_party_chief", "county_government_chief", "county_party_member",
    "county_executive_deputy", "county_government_member", "town_party_chief", "town_government_chief",
    "town_safety_deputy", "town_member",
)  # fmt: skip
DEPARTMENTS = {
    "regulator_chief", "regulator_safety_deputy", "regulator_member", "industry_chief", "industry_member",
    "support_chief", "support_leader",
}  # fmt: skip
PARTY_COMMITTEES = ("city_party_committee", "county_party_committee")
GOVERNMENTS = ("city_government", "county_government")
PAIRS = (
    PairSpec("city_party_committee", "county_party_committee"),
    PairSpec("city_government", "county_government"),
    PairSpec("county_party_committee", "town_party_committee"),
    PairSpec("county_government", "town_government"),
)
# article, duty, activity, cadence, whom
RULES = [
    ("第五条（七）", "inspection", "inspection", "month", ("city_party_chief", "county_party_chief")),
    ("第六条（七）", "inspection", "inspection", "month", ("city_government_chief", "county_government_chief")),
    ("第七条第二款", "inspection", "inspection", "month", ("city_party_member", "county_party_member")),
    ("第八条（七）", "inspection", "inspection", "month", ("city_executive_deputy", "county_executive_deputy")),
    ("第九条（六）", "inspection", "inspection", "month", ("city_government_member", "county_government_member")),
    ("第十条（七）", "inspection", "inspection", "month", ("town_party_chief",)),
    ("第十一条（七）", "inspection", "inspection", "month", ("town_government_chief",)),
    ("第十二条（七）", "inspection", "inspection", "month", ("town_safety_deputy",)),
    ("第十二条第二款", "inspection", "inspection", "month", ("town_member",)),
    ("第十四条（一）", "led_inspection", "inspection", "month", ("regulator_chief",)),
    ("第十四条（二）", "led_inspection", "inspection", "month", ("regulator_safety_deputy",)),
    ("第十五条（一）", "led_inspection", "inspection", "month", ("industry_chief",)),
    ("第十五条（二）", "led_inspection_own_industry", "inspection", "month", ("industry_member",)),
    ("第五条（二）", "standing_committee_meeting", "meeting", "quarter", ("city_party_chief", "county_party_chief")),
    ("第六条（二）", "executive_meeting", "meeting", "quarter", ("city_government_chief", "county_government_chief")),
    ("第十条（二）", "town_party_meeting", "meeting", "month", ("town_party_chief",)),
    ("第十一条（二）", "town_leadership_meeting", "meeting", "month", ("town_government_chief",)),
    ("第十四条（一）", "department_meeting_14_1", "meeting", "quarter", ("regulator_chief",)),
    ("第十四条（二）", "department_study_14_2", "meeting", "quarter", ("regulator_safety_deputy",)),
    ("第十四条（三）", "department_meeting_14_3", "meeting", "quarter", ("regulator_member",)),
    ("第十五条（一）", "department_meeting_15_1", "meeting", "quarter", ("industry_chief",)),
    ("第十五条（二）", "department_meeting_15_2", "meeting", "quarter", ("industry_member",)),
    ("第六条（三）", "duty_list", "list", "year", ("city_government_chief", "county_government_chief")),
    ("第十一条（三）", "town_duty_list", "list", "year", ("town_government_chief",)),
    ("第九条（四）", "situation_analysis", "analysis", "year", ("city_government_member", "county_government_member")),
    ("第九条（三）", "work_plan", "plan", "year", ("city_government_member", "county_government_member")),
    ("第十九条", "letter", "letter", "year", PAIRS),
    ("第二十条", "assessment", "assessment", "year", PAIRS),
    ("第二十条", "assessment_approval_party", "meeting", "year", PARTY_COMMITTEES),
    ("第二十条", "assessment_approval_government", "meeting", "year", GOVERNMENTS),
    ("第二十二条第二款", "duty_report_body", "report", "year", (
        "city_party_committee", "city_government", "county_party_committee", "county_government",
        "town_party_committee", "town_government",
    )),
    ("第二十二条第二款", "duty_report", "report", "year", FOURTEEN),
    ("第二十四条", "publication", "publication", "year", GOVERNMENTS),
]  # fmt: skip
PARTIAL = {"month": 10, "quarter": 30, "year": 120}


@pytest.fixture(scope="module")
def qingyuan() -> Pack:
    return read_pack(decode(FILE.read_bytes()))


def test_fourteen_roles_have_quotas_and_departments_none(qingyuan: Pack) -> None:
    with_quotas = {role.code for role in qingyuan.roles if role.quotas}
    assert with_quotas == set(FOURTEEN)
    assert {role.code for role in qingyuan.roles} - with_quotas == DEPARTMENTS | {"safety_committee_chair"}


def test_quotas_grow_with_the_level(qingyuan: Pack) -> None:
    pair = (("industry", "department"), 1, False)
    problem_town = (("town",), 1, True)
    expected = {
        "city": [(("county",), 1, False), problem_town, pair],
        "county": [problem_town, pair],
        "town": [pair],
    }
    for role in qingyuan.roles:
        quotas = [(quota.kinds, quota.count, quota.problem) for quota in role.quotas]
        assert quotas == expected.get(role.level, []), role.code


def test_streets_are_left_to_a_switch_for_towns_alone(qingyuan: Pack) -> None:
    switched = {role.code for role in qingyuan.roles if not role.binds_streets}
    assert switched == {code for code in FOURTEEN if code.startswith("town_")}
    bodies = {body.code for body in qingyuan.bodies if not body.binds_streets}
    assert bodies == {"town_party_committee", "town_government", "town_safety_committee"}


def test_rules_bind_whom_their_articles_bind(qingyuan: Pack) -> None:
    assert [
        (rule.article, rule.duty, rule.activity, rule.cadence, rule.roles or rule.bodies or rule.pairs)
        for rule in qingyuan.rules
    ] == RULES


def test_every_rule_asks_for_one_and_marks_what_it_assumes(qingyuan: Pack) -> None:
    for rule in qingyuan.rules:
        assert (rule.minimum, rule.partial_period) == (1, PARTIAL[rule.cadence]), rule.code
        assert "partial_period" in rule.assumed
        assert ("pairs" in rule.assumed) == bool(rule.pairs)


def test_meetings_and_lists_of_leaders_belong_to_their_body(qingyuan: Pack) -> None:
    per_body = {rule.duty for rule in qingyuan.rules if rule.per_body}
    assert per_body == {
        "standing_committee_meeting", "executive_meeting", "town_party_meeting", "town_leadership_meeting",
        "department_meeting_14_1", "department_study_14_2", "department_meeting_14_3", "department_meeting_15_1",
        "department_meeting_15_2", "duty_list", "town_duty_list", "led_inspection_own_industry",
    }  # fmt: skip


def test_letter_alone_is_due_on_an_assumed_day(qingyuan: Pack) -> None:
    assert {rule.duty: rule.due for rule in qingyuan.rules if rule.due} == {"letter": "03-31"}
    (letter,) = [rule for rule in qingyuan.rules if rule.due]
    assert "due" in letter.assumed


def test_duties_with_no_count_cover_every_article(qingyuan: Pack) -> None:
    articles = [duty.article for duty in qingyuan.standing]
    expected = {5: 6, 6: 6, 8: 6, 9: 5, 10: 6, 11: 6, 12: 6, 14: 3, 15: 2, 16: 2}  # article: its items
    digits = "〇一二三四五六七八九"
    for number, items in expected.items():
        name = digits[number] if number < 10 else "十" + (digits[number - 10] if number > 10 else "")
        for item in range(1, items + 1):
            assert f"第{name}条（{digits[item]}）" in articles
    assert {"第七条第一款", "第十二条第二款", "第十三条第一款", "第十三条第二款", "第十七条", "第十八条"} <= set(
        articles
    )


def test_duties_with_no_count_bind_departments_and_bodies_too(qingyuan: Pack) -> None:
    by_code = {duty.code: duty for duty in qingyuan.standing}
    assert by_code["department_list_13"].roles == ("regulator_chief", "industry_chief", "support_chief")
    assert by_code["patrol_12_4"].kinds == ("inspection", "other")
    assert by_code["tours_18"].bodies == (
        "city_party_committee", "city_government", "county_party_committee", "county_government",
    )  # fmt: skip
    assert {code for duty in qingyuan.standing for code in duty.roles} >= DEPARTMENTS | set(FOURTEEN)


def test_triggers_have_a_row_for_each_case_of_their_articles(qingyuan: Pack) -> None:
    drafts: dict[str, list[str]] = {}
    for trigger in qingyuan.triggers:
        drafts.setdefault(trigger["draft"], []).append(trigger["article"])
    assert {draft: len(articles) for draft, articles in drafts.items()} == {
        "interview": 8, "accountability_case": 6, "measure": 1, "referral": 1, "veto_person": 1, "veto_body": 5,
        "heavier": 6, "lighter": 3, "exemption": 1, "lifelong": 1, "responsibility": 1, "use": 4,
    }  # fmt: skip
    assert drafts["accountability_case"] == [f"第二十五条（{item}）" for item in "一二三四五六"]


def test_interviews_are_drafted_by_the_figures_of_article_21(qingyuan: Pack) -> None:
    when = {trigger["code"]: trigger["when"] for trigger in qingyuan.triggers}
    assert when["interview_21_1"] == {"levels": ["county"], "accident_grade_at_least": "major"}
    assert when["interview_21_2"] == {
        "levels": ["county"], "accident_grade_at_least": "larger", "count": 2, "within_days": 30,
    }  # fmt: skip
    assert when["interview_21_3"] == {
        "levels": ["county"], "accident_grade_is": "ordinary", "kind_of_accident": ["industrial_mining_commercial"],
        "same_kind": True, "count": 3, "within_days": 30,
    }  # fmt: skip
    assert when["accountability_25_5"] == {"interviews_at_least": 3, "within_months": 12}


def test_accident_grades_are_those_of_decree_493(qingyuan: Pack) -> None:
    assert [(grade["code"], grade["deaths"], grade["injured"], grade["loss_yuan"]) for grade in
            qingyuan.accident_grades] == [
        ("extraordinary", 30, 100, 100_000_000),
        ("major", 10, 50, 50_000_000),
        ("larger", 3, 10, 10_000_000),
        ("ordinary", 0, 0, 0),
    ]  # fmt: skip


def test_responsibility_of_each_role_is_of_its_kind(qingyuan: Pack) -> None:
    told = {
        role.code.removeprefix("city_"): (
            role.responsibility["kind"],
            role.responsibility["accident_grade_at_least"],
            role.responsibility["article"],
        )
        for role in qingyuan.roles
        if role.responsibility and not role.code.startswith("county_")
    }
    assert told == {
        "party_chief": ("important", "major", "第五条（一）"),
        "government_chief": ("important", "major", "第六条（一）"),
        "party_member": ("leading", "", "第四条第二款"),
        "executive_deputy": ("direct", "", "第八条（一）"),
        "government_member": ("direct", "", "第九条（一）"),
        "town_party_chief": ("important", "larger", "第十条（一）"),
        "town_government_chief": ("important", "ordinary", "第十一条（一）"),
        "town_safety_deputy": ("direct", "ordinary", "第十二条（一）"),
        "town_member": ("leading", "", "第四条第二款"),
        "regulator_chief": ("overall", "", "第十四条（一）"),
        "regulator_safety_deputy": ("direct", "", "第十四条（二）"),
        "regulator_member": ("leading", "", "第十四条（三）"),
        "industry_chief": ("overall", "", "第十五条（一）"),
        "industry_member": ("leading", "", "第十五条（二）"),
    }


def test_checks_are_chairs_and_portfolios(qingyuan: Pack) -> None:
    assert [(check["code"], check["kind"], check["strength"]) for check in qingyuan.checks] == [
        ("chair_4", "also_holds", "must"),
        ("chair_4_party", "also_holds", "may"),
        ("portfolio_8", "portfolio_held_by", "must"),
        ("standing_member_8", "also_holds", "must"),
        ("portfolio_12", "portfolio_held_by", "must"),
        ("party_member_12", "also_holds", "must"),
    ]


def test_pack_is_a_draft_of_the_city_and_quotes_its_title(qingyuan: Pack) -> None:
    assert (qingyuan.status, qingyuan.title) == (
        "draft_for_comment", "清远市党政领导干部安全生产责任制实施办法",
    )  # fmt: skip
    assert (qingyuan.place, qingyuan.founded) == (Place("mca", "441800"), None)
