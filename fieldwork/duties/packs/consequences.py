"""What a pack says of consequences: triggers, structural checks, indicators and grades of accidents.

All of it is carried as data and shown; each reader here answers what is stored as JSON.
"""

from enum import StrEnum

from django.utils.translation import gettext as _

from fieldwork.directory.enums import Level
from fieldwork.duties.packs.document import Json
from fieldwork.duties.packs.sections import LABEL, NAME, PASSAGE, Keys, Section

HIGHEST = 1000
YUAN = 999_999_999


class Draft(StrEnum):
    """What is drafted for the body that decides."""

    INTERVIEW = "interview"
    ACCOUNTABILITY_CASE = "accountability_case"
    MEASURE = "measure"
    REFERRAL = "referral"
    VETO_PERSON = "veto_person"
    VETO_BODY = "veto_body"
    ADMONITION = "admonition"
    HEAVIER = "heavier"
    LIGHTER = "lighter"
    EXEMPTION = "exemption"
    LIFELONG = "lifelong"
    RESPONSIBILITY = "responsibility"
    USE = "use"


class CheckKind(StrEnum):
    """What a structural check looks at."""

    ALSO_HOLDS = "also_holds"
    PORTFOLIO_HELD_BY = "portfolio_held_by"


class Strength(StrEnum):
    """How binding a structural check is."""

    MUST = "must"
    IN_PRINCIPLE = "in_principle"
    MAY = "may"


TRIGGER = Keys(
    ("code", "draft", "name", "article", "article_text", "when"), ("whom", "decided_by", "effect", "assumed")
)
CHECK = Keys(("code", "kind", "name", "strength", "roles", "bodies", "article", "text"), ("in_roles", "assumed"))
INDICATOR = Keys(("code", "name", "article", "text"))
GRADE = Keys(("code", "name", "deaths", "injured", "loss_yuan", "article"))

# The conditions of `when`, by what their values are; README.md tells what each one means.
_GRADES = ("accident_grade_at_least", "accident_grade_is")
_NUMBERS = ("count", "within_days", "within_months", "interviews_at_least")
_FLAGS = (
    "person_decides", "same_kind", "casualties", "great_loss", "casualties_up_sharply", "outstanding_problems",
    "within_assessment_year", "same_term", "leadership_responsibility", "main_leadership_responsibility",
    "area_responsible", "approved_report_places_responsibility_elsewhere", "duties_not_performed",
    "all_duties_performed", "obstruction", "listed_hazard_overdue", "because_not_pushed",
    "deployments_not_carried_out", "vetoed", "death_quota_exceeded", "ineffective_work", "supervised_matter_refused",
    "rectification_refused", "similar_problem", "losses_reduced", "co_operated", "took_responsibility",
    "vile_and_grave", "suspected_crime",
)  # fmt: skip
_CHOICES = {
    "kind_of_accident": ("industrial_mining_commercial", "road_traffic", "fire", "other"),
    "accident_report": ("late", "omitted", "false", "concealed"),
    "measures": (
        "circular", "admonition", "suspension", "transfer", "ordered_resignation", "demotion", "removal", "discipline",
    ),
    "sanctions": ("major_demerit", "downgrade", "removal_from_post", "expulsion", "prosecution"),
    "levels": (Level.CITY, Level.COUNTY, Level.TOWN),
    "after": tuple(Draft),
    "failings": ("concealment", "poor_rescue"),
    "effects": ("losses_enlarged", "mass_incident", "grave_social_effect"),
    "used_in": ("tour", "assessment", "other_assessments", "candidates", "honours"),
}  # fmt: skip
_TEXTS = ("assessed_as",)
CONDITIONS = (*_GRADES, *_NUMBERS, *_FLAGS, *_CHOICES, *_TEXTS)


def trigger(section: Section, grades: list[str]) -> Json:
    """One row of "what drafts what"; `when` holds every condition at once."""
    return {
        "code": section.code("code"),
        "draft": section.choice("draft", list(Draft)),
        "name": section.text("name", NAME),
        "article": section.text("article", LABEL),
        "article_text": section.text("article_text", PASSAGE),
        "when": _conditions(section, grades),
        "whom": section.text("whom", PASSAGE),
        "decided_by": section.text("decided_by", PASSAGE),
        "effect": section.text("effect", PASSAGE),
        "assumed": section.mapped_texts("assumed", [*TRIGGER.known[1:-1], *CONDITIONS], PASSAGE),
    }


def _conditions(section: Section, grades: list[str]) -> Json:
    when = section.section("when", Keys((), CONDITIONS))
    if when is None:
        return {}
    if not when.values:
        section.fault("when", _("This must not be empty."))
    told: Json = {}
    for key in when.values:
        if key in _GRADES:
            told[key] = when.text(key, LABEL)
            when.refuse_unknown_one(key, told[key], grades)
        elif key in _NUMBERS:
            told[key] = when.number(key, 1, HIGHEST)
        elif key in _FLAGS:
            told[key] = when.flag(key)
        elif key in _TEXTS:
            told[key] = when.texts(key, LABEL)
        else:
            told[key] = when.choices(key, _CHOICES[key])
            when.refuse_twice(key, told[key])
    return told


def check(section: Section, roles: list[str], bodies: list[str]) -> Json:
    kind = section.choice("kind", list(CheckKind))
    if kind == CheckKind.PORTFOLIO_HELD_BY and "in_roles" in section.values:
        section.fault("in_roles", _("Only a check with “kind: also_holds” may have this."))
    return {
        "code": section.code("code"),
        "kind": kind,
        "name": section.text("name", NAME),
        "article": section.text("article", LABEL),
        "text": section.text("text", PASSAGE),
        "strength": section.choice("strength", list(Strength)),
        "roles": section.known_texts("roles", roles),
        "bodies": section.known_texts("bodies", bodies),
        "in_roles": section.known_texts("in_roles", roles),
        "assumed": section.mapped_texts("assumed", CHECK.known[1:-1], PASSAGE),
    }


def indicator(section: Section) -> Json:
    return {
        "code": section.code("code"),
        "name": section.text("name", NAME),
        "article": section.text("article", LABEL),
        "text": section.text("text", PASSAGE),
    }


def grades(sections: list[Section]) -> list[Json]:
    """The grades, the gravest first: each from so many deaths, seriously injured or yuan of direct loss on."""
    found: list[Json] = [
        {
            "code": section.code("code"),
            "name": section.text("name", NAME),
            "deaths": section.number("deaths", 0, HIGHEST),
            "injured": section.number("injured", 0, HIGHEST),
            "loss_yuan": section.number("loss_yuan", 0, YUAN),
            "article": section.text("article", LABEL),
        }
        for section in sections
    ]
    for section, graver, grade in zip(sections[1:], found, found[1:], strict=False):
        for key in ("deaths", "injured", "loss_yuan"):
            if grade[key] >= graver[key]:
                section.fault(key, _("Each grade must begin below the one before it: the gravest stands first."))
    return found
