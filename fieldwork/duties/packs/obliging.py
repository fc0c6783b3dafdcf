"""Whom a pack obliges to what: roles, bodies, rules and standing duties."""

from datetime import date

from django.utils.translation import gettext as _

from fieldwork.core.periods import Cadence
from fieldwork.directory.enums import DepartmentKind, Level, LinkageKind, OrganisationKind
from fieldwork.duties.enums import Activity, Streets, SubjectKind
from fieldwork.duties.packs.document import BodySpec, Json, PairSpec, Quota, RoleSpec, RuleSpec, StandingSpec
from fieldwork.duties.packs.sections import LABEL, NAME, PASSAGE, Keys, Section

HIGHEST = 1000
SHORTEST = {Cadence.MONTH: 28, Cadence.QUARTER: 90, Cadence.HALF_YEAR: 181, Cadence.YEAR: 365}  # days
LEVELS = (Level.CITY, Level.COUNTY, Level.TOWN)
RESPONSIBILITIES = ("important", "direct", "overall", "leading")
ANY_YEAR = 2026  # not a leap year: a day that is due must come every year
SUBJECT_KEYS = {SubjectKind.LEADER: "roles", SubjectKind.ORGANISATION: "bodies", SubjectKind.PAIR: "pairs"}

ROLE = Keys(("code", "name", "article"), ("level", "streets", "quotas", "responsibility"))
RESPONSIBILITY = Keys(("kind", "scope", "article"), ("accident_grade_at_least",))
QUOTA = Keys(("kinds", "count", "article", "text"), ("problem",))
BODY = Keys(("code", "name", "kind"), ("department_kind", "level", "streets"))
RULE = Keys(
    (
        "code", "duty", "name", "subject", "activity", "cadence", "minimum", "partial_period", "article",
        "article_text",
    ),
    ("roles", "except_roles", "bodies", "pairs", "per_body", "due", "signed_by", "copies_to", "assumed"),
)  # fmt: skip
PAIR = Keys(("upper", "lower"))
SIGNED_BY = Keys((), ("upper", "lower"))
STANDING = Keys(("code", "name", "subject", "article", "article_text", "kinds"), ("roles", "bodies", "assumed"))


def role(section: Section, grades: list[str]) -> RoleSpec:
    level = section.choice("level", LEVELS)
    return RoleSpec(
        code=section.code("code"),
        name=section.text("name", NAME),
        article=section.text("article", LABEL),
        level=level,
        streets=_streets(section, level, _("Only a role with “level: town” may have streets.")),
        quotas=tuple(_quota(quota) for quota in section.sections("quotas", QUOTA)),
        responsibility=_responsibility(section, grades),
    )


def body(section: Section) -> BodySpec:
    level = section.choice("level", LEVELS)
    kind = section.choice("kind", OrganisationKind.values)
    if kind and kind != OrganisationKind.DEPARTMENT and "department_kind" in section.values:
        section.fault("department_kind", _("Only a body with “kind: department” may have this."))
    return BodySpec(
        code=section.code("code"),
        name=section.text("name", NAME),
        kind=kind,
        department_kind=section.choice("department_kind", [each for each in DepartmentKind.values if each]),
        level=level,
        streets=_streets(section, level, _("Only a body with “level: town” may have streets.")),
    )


def rule(section: Section, roles: list[str], bodies: list[str]) -> RuleSpec:
    """`roles` and `bodies`: the codes that the pack has."""
    cadence = section.choice("cadence", list(Cadence))
    subject = section.choice("subject", SubjectKind.values)
    _refuse_other_subjects(section, subject)
    bound = section.known_texts("roles", roles)
    excepted = _except_roles(section, subject, bound, roles)
    return RuleSpec(
        code=section.code("code"),
        duty=section.code("duty"),
        name=section.text("name", NAME),
        subject=subject,
        activity=section.choice("activity", Activity.values),
        cadence=cadence,
        minimum=section.number("minimum", 1, HIGHEST),
        partial_period=section.number("partial_period", 1, SHORTEST[Cadence(cadence or Cadence.YEAR)]),
        roles=tuple(bound),
        except_roles=tuple(excepted),
        bodies=tuple(section.known_texts("bodies", bodies)),
        pairs=_pairs(section, bodies),
        per_body=_per_body(section, subject),
        due=_due(section, cadence),
        article=section.text("article", LABEL),
        article_text=section.text("article_text", PASSAGE),
        details=_details(section, subject, roles) | ({"except_roles": excepted} if excepted else {}),
        assumed=section.mapped_texts("assumed", RULE.known[1:-1], PASSAGE),
    )


def standing(section: Section, roles: list[str], bodies: list[str]) -> StandingSpec:
    subject = section.choice("subject", [SubjectKind.LEADER, SubjectKind.ORGANISATION])
    _refuse_other_subjects(section, subject)
    kinds = section.choices("kinds", Activity.values)
    section.refuse_twice("kinds", kinds)
    return StandingSpec(
        code=section.code("code"),
        name=section.text("name", NAME),
        subject=subject,
        roles=tuple(section.known_texts("roles", roles)),
        bodies=tuple(section.known_texts("bodies", bodies)),
        kinds=tuple(kinds),
        article=section.text("article", LABEL),
        article_text=section.text("article_text", PASSAGE),
        assumed=section.mapped_texts("assumed", STANDING.known[1:-1], PASSAGE),
    )


def _except_roles(section: Section, subject: str, bound: list[str], roles: list[str]) -> list[str]:
    """Who holds one of these is none of those bound (其他成员)."""
    if "except_roles" in section.values and subject and subject != SubjectKind.LEADER:
        section.fault("except_roles", _("Only a rule with “subject: leader” may have this."))
    excepted = section.known_texts("except_roles", roles)
    for index, code in enumerate(excepted):
        if code and code in bound:
            why = _("“%(value)s” cannot be bound and spared by one rule.")
            section.fault("except_roles", why % {"value": code}, index)
    return excepted


def _per_body(section: Section, subject: str) -> bool:
    if "per_body" in section.values and subject and subject != SubjectKind.LEADER:
        section.fault("per_body", _("Only a rule with “subject: leader” may have this."))
    return section.flag("per_body")


def _streets(section: Section, level: str, otherwise: str) -> str:
    streets = section.choice("streets", Streets.values, default=Streets.INCLUDED)
    level_is_known = level or "level" not in section.values
    if "streets" in section.values and level_is_known and level != Level.TOWN:
        section.fault("streets", otherwise)
    return streets


def _quota(section: Section) -> Quota:
    kinds = section.choices("kinds", LinkageKind.values)
    section.refuse_twice("kinds", kinds)
    quota = Quota(
        kinds=tuple(kinds),
        count=section.number("count", 1, HIGHEST),
        problem=section.flag("problem"),
        article=section.text("article", LABEL),
        text=section.text("text", PASSAGE),
    )
    if quota.problem and kinds and all(kinds) and kinds != [LinkageKind.TOWN]:
        section.fault("problem", _("Only a quota with “kinds: [town]” may ask for problem towns."))
    return quota


def _responsibility(section: Section, grades: list[str]) -> Json:
    inner = section.section("responsibility", RESPONSIBILITY)
    if inner is None:
        return {}
    told: Json = {
        "kind": inner.choice("kind", RESPONSIBILITIES),
        "scope": inner.text("scope", PASSAGE),
        "article": inner.text("article", LABEL),
        "accident_grade_at_least": inner.text("accident_grade_at_least", LABEL),
    }
    inner.refuse_unknown_one("accident_grade_at_least", told["accident_grade_at_least"], grades)
    return told


def _refuse_other_subjects(section: Section, subject: str) -> None:
    """Exactly one of roles, bodies and pairs says whom it obliges: the one of its subject."""
    if not subject:
        return
    for kind, key in SUBJECT_KEYS.items():
        if kind == subject and key not in section.values:
            section.fault(key, _("This key is missing: “subject: %(subject)s” needs it.") % {"subject": subject})
        elif kind != subject and key in section.values:
            why = _("“subject: %(subject)s” has “%(right)s” and not this.")
            section.fault(key, why % {"subject": subject, "right": SUBJECT_KEYS[SubjectKind(subject)]})


def _pairs(section: Section, bodies: list[str]) -> tuple[PairSpec, ...]:
    found: list[PairSpec] = []
    for index, inner in enumerate(section.sections("pairs", PAIR)):
        pair = PairSpec(inner.text("upper", 60), inner.text("lower", 60))
        inner.refuse_unknown_one("upper", pair.upper, bodies)
        inner.refuse_unknown_one("lower", pair.lower, bodies)
        if pair in found:
            section.fault("pairs", _("This pair stands here twice."), index)
        if pair.upper and pair.upper == pair.lower:
            inner.fault("lower", _("A body is no pair with itself."))
        found.append(pair)
    return tuple(found)


def _due(section: Section, cadence: str) -> str:
    due = section.text("due", 5)
    if not due:
        return ""
    if not _comes_every_year(due):
        section.fault("due", _("This is no day of every year like 03-31."))
        return ""
    if cadence and cadence != Cadence.YEAR:
        section.fault("due", _("Only a rule with “cadence: year” may have a due day."))
    return due


def _comes_every_year(due: str) -> bool:
    try:
        return date.fromisoformat(f"{ANY_YEAR}-{due}").strftime("%m-%d") == due
    except ValueError:
        return False


def _details(section: Section, subject: str, roles: list[str]) -> Json:
    told: Json = {}
    if signed_by := section.section("signed_by", SIGNED_BY):
        told["signed_by"] = {side: signed_by.known_texts(side, roles) for side in signed_by.values}
        if subject and subject != SubjectKind.PAIR:
            section.fault("signed_by", _("Only a rule with “subject: pair” may have this."))
    if "copies_to" in section.values:
        told["copies_to"] = section.texts("copies_to", NAME)
    return told
