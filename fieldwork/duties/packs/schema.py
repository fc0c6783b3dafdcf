"""What a pack must hold, key by key, and what must agree in it; fieldwork/policies/README.md tells people."""

from collections.abc import Sequence

from django.utils.translation import gettext as _

from fieldwork.core.periods import ZONE, Cadence
from fieldwork.directory.enums import Level, LinkageKind
from fieldwork.duties.enums import Activity, PackStatus, Streets, SubjectKind
from fieldwork.duties.packs.document import Pack, Quota, RoleSpec, RuleSpec
from fieldwork.duties.packs.reading import Fault, PackFaults, compose
from fieldwork.duties.packs.sections import Keys, Section

PACK = Keys(
    ("code", "title", "version", "status", "division", "zone", "source", "roles", "rules"),
    later=("extends", "standing", "triggers", "checks", "indicators", "accident_grades"),
)
DIVISION = Keys(("authority", "code"))
ROLE = Keys(("code", "name", "article"), ("level", "streets", "quotas"), later=("responsibility",))
QUOTA = Keys(("kinds", "count", "article", "text"), ("problem",))
RULE = Keys(
    (
        "code", "duty", "name", "subject", "activity", "cadence", "minimum", "partial_period", "roles",
        "article", "article_text",
    ),
    ("assumed",),
    later=("due", "upper", "lower", "bodies", "signed_by", "approved_in", "copies_to"),
)  # fmt: skip

CODE, LABEL, NAME, TITLE, PASSAGE = 50, 40, 100, 200, 10_000  # characters, as the columns have them
HIGHEST = 1000
SHORTEST = {Cadence.MONTH: 28, Cadence.QUARTER: 90, Cadence.HALF_YEAR: 181, Cadence.YEAR: 365}  # days


def read_pack(text: str) -> Pack:
    """The pack that a text is; PackFaults with every fault at once, in the active language, if it is none."""
    faults: list[Fault] = []
    root = Section(compose(text), "", PACK, faults)
    roles = root.sections("roles", ROLE)
    rules = root.sections("rules", RULE)
    division = root.section("division", DIVISION)
    pack = Pack(
        code=root.code("code", CODE),
        title=root.text("title", TITLE),
        version=root.text("version", LABEL),
        status=root.choice("status", PackStatus.values),
        authority=division.text("authority", 40) if division else "",
        division_code=division.text("code", 12) if division else "",
        zone=root.choice("zone", [ZONE.key]),
        source=root.text("source", PASSAGE),
        roles=tuple(_role(section) for section in roles),
        rules=tuple(_rule(section) for section in rules),
    )
    _refuse_repeated_codes(roles, [role.code for role in pack.roles])
    _refuse_repeated_codes(rules, [rule.code for rule in pack.rules])
    _check_roles_of_rules(rules, pack)
    _check_duties_agree(rules, pack)
    if faults:
        raise PackFaults(faults)
    return pack


def _role(section: Section) -> RoleSpec:
    role = RoleSpec(
        code=section.code("code"),
        name=section.text("name", NAME),
        article=section.text("article", LABEL),
        level=section.choice("level", [Level.CITY, Level.COUNTY, Level.TOWN]),
        streets=section.choice("streets", Streets.values, default=Streets.INCLUDED),
        quotas=tuple(_quota(quota) for quota in section.sections("quotas", QUOTA)),
    )
    level_is_known = role.level or "level" not in section.values
    if "streets" in section.values and level_is_known and role.level != Level.TOWN:
        section.fault("streets", _("Only a role with “level: town” may have streets."))
    return role


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


def _rule(section: Section) -> RuleSpec:
    roles = section.texts("roles", 60)
    section.refuse_twice("roles", roles)
    cadence = section.choice("cadence", list(Cadence))
    return RuleSpec(
        code=section.code("code"),
        duty=section.code("duty"),
        name=section.text("name", NAME),
        subject=section.choice("subject", [SubjectKind.LEADER], later=[SubjectKind.ORGANISATION, SubjectKind.PAIR]),
        activity=section.choice("activity", Activity.values),
        cadence=cadence,
        minimum=section.number("minimum", 1, HIGHEST),
        partial_period=section.number("partial_period", 1, SHORTEST[Cadence(cadence or Cadence.YEAR)]),
        roles=tuple(roles),
        article=section.text("article", LABEL),
        article_text=section.text("article_text", PASSAGE),
        assumed=section.mapped_texts("assumed", [key for key in RULE.required if key != "code"], PASSAGE),
    )


def _refuse_repeated_codes(sections: Sequence[Section], codes: Sequence[str]) -> None:
    first: dict[str, Section] = {}
    for section, code in zip(sections, codes, strict=True):
        if code and first.setdefault(code, section) is not section:
            why = _("“%(value)s” is the code of %(other)s in line %(line)d already.")
            other = first[code]
            section.fault("code", why % {"value": code, "other": other.path, "line": other.line("code")})


def _check_roles_of_rules(sections: Sequence[Section], pack: Pack) -> None:
    known = [role.code for role in pack.roles if role.code]
    for section, rule in zip(sections, pack.rules, strict=True):
        section.refuse_unknown("roles", rule.roles, known)


def _check_duties_agree(sections: Sequence[Section], pack: Pack) -> None:
    """Rules of one duty merge into one obligation: it can have only one subject, activity and cadence."""
    first: dict[str, tuple[Section, RuleSpec]] = {}
    for section, rule in zip(sections, pack.rules, strict=True):
        if not rule.duty:
            continue
        other_section, other = first.setdefault(rule.duty, (section, rule))
        for key in ("subject", "activity", "cadence"):
            mine, theirs = getattr(rule, key), getattr(other, key)
            if mine and theirs and mine != theirs:
                why = _("Rules of the duty “%(duty)s” must agree, and %(other)s in line %(line)d has “%(value)s”.")
                where = {"other": other_section.path, "line": other_section.line(key), "value": theirs}
                section.fault(key, why % {"duty": rule.duty, **where})
