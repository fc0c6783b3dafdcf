"""What a pack must hold, key by key, and what must agree in it; fieldwork/policies/README.md tells people."""

from collections.abc import Sequence

from django.utils.translation import gettext as _

from fieldwork.core.periods import ZONE
from fieldwork.duties.enums import PackStatus
from fieldwork.duties.packs import consequences, obliging
from fieldwork.duties.packs.document import Pack, Place, RuleSpec, ZoneSpec
from fieldwork.duties.packs.reading import Fault, PackFaults, compose
from fieldwork.duties.packs.sections import LABEL, NAME, PASSAGE, Keys, Section

PACK = Keys(
    ("code", "title", "version", "status", "division", "zone", "source", "roles", "rules"),
    ("extends", "bodies", "standing", "triggers", "checks", "indicators", "accident_grades"),
)
PLACE = Keys(("authority", "code"))
DIVISION = Keys(("authority", "code"), ("name", "level", "parent", "takes"))
FOUNDED = ("name", "level", "parent")

CODE, TITLE = 50, 200  # characters, as the columns have them


def read_pack(text: str) -> Pack:
    """The pack that a text is; PackFaults with every fault at once, in the active language, if it is none."""
    faults: list[Fault] = []
    root = Section(compose(text), "", PACK, faults)
    division = root.section("division", DIVISION)
    parts = _Parts(root)
    pack = Pack(
        code=root.code("code", CODE),
        title=root.text("title", TITLE),
        version=root.text("version", LABEL),
        status=root.choice("status", PackStatus.values),
        extends=_extends(root),
        place=_place(division) if division else Place("", ""),
        founded=_founded(division) if division else None,
        zone=root.choice("zone", [ZONE.key]),
        source=root.text("source", PASSAGE),
        roles=tuple(obliging.role(section, parts.grades) for section in parts.roles),
        bodies=tuple(obliging.body(section) for section in parts.bodies),
        rules=tuple(obliging.rule(section, parts.role_codes, parts.body_codes) for section in parts.rules),
        standing=tuple(obliging.standing(section, parts.role_codes, parts.body_codes) for section in parts.standing),
        triggers=tuple(consequences.trigger(section, parts.grades) for section in parts.triggers),
        checks=tuple(consequences.check(section, parts.role_codes, parts.body_codes) for section in parts.checks),
        indicators=tuple(consequences.indicator(section) for section in parts.indicators),
        accident_grades=tuple(parts.accident_grades),
    )
    _check_duties_agree(parts.rules, pack)
    if faults:
        raise PackFaults(faults)
    return pack


class _Parts:
    """The lists of a pack; their codes are looked up before anything that names them is read."""

    def __init__(self, root: Section) -> None:
        self.roles = root.sections("roles", obliging.ROLE)
        self.bodies = root.sections("bodies", obliging.BODY)
        self.rules = root.sections("rules", obliging.RULE)
        self.standing = root.sections("standing", obliging.STANDING)
        self.triggers = root.sections("triggers", consequences.TRIGGER)
        self.checks = root.sections("checks", consequences.CHECK)
        self.indicators = root.sections("indicators", consequences.INDICATOR)
        grades = root.sections("accident_grades", consequences.GRADE)
        self.accident_grades = consequences.grades(grades)
        self.grades = [grade["code"] for grade in self.accident_grades if grade["code"]]
        self.role_codes = _codes(self.roles)
        self.body_codes = _codes(self.bodies)
        for others in (self.rules + self.standing, self.triggers, self.checks, self.indicators, grades):
            _codes(others)


def _codes(sections: Sequence[Section]) -> list[str]:
    """The codes of sections, each of which must be another; one that is no code is told when its section is read."""
    first: dict[str, Section] = {}
    for section in sections:
        code = section.peeked("code")
        if code and first.setdefault(code, section) is not section:
            why = _("“%(value)s” is the code of %(other)s in line %(line)d already.")
            other = first[code]
            section.fault("code", why % {"value": code, "other": other.path, "line": other.line("code")})
    return list(first)


def _extends(root: Section) -> str:
    extends = root.code("extends", CODE)
    if extends and extends == root.peeked("code"):
        root.fault("extends", _("A policy cannot add to itself."))
    return extends


def _place(section: Section) -> Place:
    return Place(section.text("authority", 40), section.text("code", 12))


def _founded(division: Section) -> ZoneSpec | None:
    """The zone that the pack founds; None where the division is one of a list."""
    given = [key for key in DIVISION.optional if key in division.values]
    if not given:
        return None
    for key in FOUNDED:
        if key not in given:
            why = _("This key is missing: a zone needs it; what a list has goes without name, level, parent, takes.")
            division.fault(key, why)
    parent = division.section("parent", PLACE)
    takes = [_place(section) for section in division.sections("takes", PLACE)]
    for index, place in enumerate(takes):
        if place in takes[:index]:
            division.fault("takes", _("“%(value)s” stands here twice.") % {"value": place.code}, index)
    return ZoneSpec(
        name=division.text("name", NAME),
        level=division.choice("level", obliging.LEVELS),
        parent=_place(parent) if parent else Place("", ""),
        takes=tuple(takes),
    )


def _check_duties_agree(sections: Sequence[Section], pack: Pack) -> None:
    """Rules of one duty merge into one obligation: it can have only one subject, activity and cadence."""
    first: dict[str, tuple[Section, RuleSpec]] = {}
    for section, rule in zip(sections, pack.rules, strict=True):
        if not rule.duty:
            continue
        other_section, other = first.setdefault(rule.duty, (section, rule))
        for key in ("subject", "activity", "cadence", "due", "per_body"):
            mine, theirs = getattr(rule, key), getattr(other, key)
            if mine != theirs and (key in ("due", "per_body") or (mine and theirs)):
                why = _("Rules of the duty “%(duty)s” must agree, and %(other)s in line %(line)d has “%(value)s”.")
                where = {"other": other_section.path, "line": other_section.line(key), "value": theirs}
                section.fault(key, why % {"duty": rule.duty, **where})
