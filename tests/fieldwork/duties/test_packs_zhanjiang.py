"""The hard facts of 湛江经开区's pack, rule by rule, as the document has them."""

from pathlib import Path

import pytest
from django.conf import settings

from fieldwork.duties.packs import Pack, PairSpec, Place, decode, read_pack

FILE = Path(settings.BASE_DIR) / "fieldwork" / "policies" / "zhanjiang.yaml"
COMMITTEES = ("district_safety_committee", "town_safety_committee")
LEADING = ("district_party_committee", "district_government", "town_party_committee", "town_government")
# article, duty, activity, cadence, minimum, whom
RULES = [
    ("一(1)", "party_meeting", "meeting", "half_year", 1, ("town_party_committee",)),
    ("一(二)", "government_meeting", "meeting", "half_year", 1, ("town_government",)),
    ("一(二)", "prevention_meeting", "meeting", "quarter", 1, ("town_government",)),
    ("三(二)", "prevention_meeting", "meeting", "quarter", 1, ("town_government",)),
    ("三(二)", "plenary", "meeting", "quarter", 1, COMMITTEES),
    ("三(三)", "members_inspection", "inspection", "year", 2, (
        "town_party_committee_deputy", "town_party_committee_member", "town_government_safety_deputy",
        "town_government_deputy", "town_government_member",
    )),
    ("三(三)", "special_inspection", "inspection", "quarter", 1, ("regulator", "industry_department")),
    ("三(一)", "letter", "letter", "year", 1, (
        PairSpec("district_government", "town_government"), PairSpec("district_government", "district_department"),
        PairSpec("district_government", "district_resident_unit"),
    )),
    ("三(一)", "letter", "letter", "year", 1, (
        PairSpec("town_government", "town_department"), PairSpec("town_government", "town_resident_unit"),
    )),
    ("三(五)", "half_year_report", "report", "half_year", 1, COMMITTEES),
    ("三(五)", "bulletin", "publication", "half_year", 1, ("district_safety_committee",)),
    ("三(五)", "assessment", "assessment", "year", 1, LEADING),
    ("三(五)", "assessment_rating", "assessment", "year", 1, COMMITTEES),
    ("一(六)", "assessment_rating", "assessment", "year", 1, COMMITTEES),
    ("三(五)", "result_circular", "publication", "year", 1, LEADING),
    ("一(六)", "targets", "targets", "year", 1, COMMITTEES),
    ("三(五)", "targets", "targets", "year", 1, COMMITTEES),
    ("三(四)", "listed_hazards", "list", "year", 1, ("district_government",)),
]  # fmt: skip
PARTIAL = {"month": 10, "quarter": 30, "half_year": 60, "year": 120}


@pytest.fixture(scope="module")
def zhanjiang() -> Pack:
    return read_pack(decode(FILE.read_bytes()))


def test_rules_bind_whom_their_sections_bind(zhanjiang: Pack) -> None:
    assert [
        (rule.article, rule.duty, rule.activity, rule.cadence, rule.minimum, rule.roles or rule.bodies or rule.pairs)
        for rule in zhanjiang.rules
    ] == RULES


def test_other_members_are_all_but_the_two_chiefs(zhanjiang: Pack) -> None:
    spared = {rule.duty: rule.except_roles for rule in zhanjiang.rules if rule.except_roles}
    assert spared == {"members_inspection": ("town_party_committee_chief", "town_government_chief")}


def test_every_rule_marks_what_it_assumes_of_short_periods(zhanjiang: Pack) -> None:
    for rule in zhanjiang.rules:
        assert rule.partial_period == PARTIAL[rule.cadence]
        assert "partial_period" in rule.assumed
        assert rule.due == ""


def test_letters_of_a_town_are_signed_by_its_safety_deputy(zhanjiang: Pack) -> None:
    up, down = (rule.details["signed_by"] for rule in zhanjiang.rules if rule.subject == "pair")
    assert {"town_government_chief", "town_government_safety_deputy"} < set(up["lower"])
    assert "upper" not in up
    assert all("分管安全生产工作的领导代表" in rule.article_text for rule in zhanjiang.rules if rule.subject == "pair")
    assert down["upper"] == ["town_government_safety_deputy"]


def test_reports_and_bulletins_are_copied(zhanjiang: Pack) -> None:
    copied = {rule.duty: rule.details["copies_to"] for rule in zhanjiang.rules if "copies_to" in rule.details}
    offices = ["纪检部门", "组织部门", "宣传部门"]
    assert copied == {"half_year_report": offices, "bulletin": offices}


def test_towns_are_streets_too(zhanjiang: Pack) -> None:
    assert all(role.binds_streets for role in zhanjiang.roles)
    assert all(body.binds_streets for body in zhanjiang.bodies)
    assert not any(role.quotas for role in zhanjiang.roles)


def test_duties_with_no_count_cover_every_section_that_has_some(zhanjiang: Pack) -> None:
    articles = {duty.article for duty in zhanjiang.standing}
    first = {f"一({item})" for item in "1二三四五六"}
    assert articles == first | {"二(一)", "二(二)", "二(三)", "三(三)", "三(四)", "三(五)"}
    research = next(duty for duty in zhanjiang.standing if duty.code == "research_3_3")
    assert research.kinds == ("research",)
    assert set(research.roles) == {role.code for role in zhanjiang.roles} - {"safety_committee_chair"}


def test_triggers_have_a_row_for_each_case(zhanjiang: Pack) -> None:
    drafts = [trigger["draft"] for trigger in zhanjiang.triggers]
    assert {draft: drafts.count(draft) for draft in drafts} == {
        "interview": 3, "accountability_case": 2, "veto_body": 1, "veto_person": 5, "admonition": 1, "use": 1,
    }  # fmt: skip
    when = {trigger["code"]: trigger["when"] for trigger in zhanjiang.triggers}
    assert when["veto_person_3_6_district_larger"] == {
        "levels": ["county"], "accident_grade_at_least": "larger", "count": 2, "within_months": 12,
    }  # fmt: skip
    assert when["veto_person_3_6_town_ordinary"]["casualties"] is True
    assert when["interview_3_4_casualties"]["person_decides"] is True


def test_five_indicators_and_three_checks(zhanjiang: Pack) -> None:
    assert [indicator["code"] for indicator in zhanjiang.indicators] == [
        "larger_accidents", "deaths", "deaths_per_100m_gdp", "deaths_per_100k_employed", "road_deaths_per_10k_vehicles",
    ]  # fmt: skip
    assert [(check["code"], check["strength"]) for check in zhanjiang.checks] == [
        ("chair_2_1", "must"), ("portfolio_2_2", "in_principle"), ("standing_member_2_2", "in_principle"),
    ]  # fmt: skip


def test_pack_founds_its_zone_of_six_towns(zhanjiang: Pack) -> None:
    zone = zhanjiang.founded
    assert zone is not None
    assert (zhanjiang.place, zone.name, zone.level, zone.parent) == (
        Place("local", "ZJETDZ"), "湛江经济技术开发区", "county", Place("mca", "440800"),
    )  # fmt: skip
    assert [place.code for place in zone.takes] == [
        "440803013", "440803014", "440811001", "440811002", "440811003", "440811106",
    ]  # fmt: skip
