"""The states, steps and kinds of hazards."""

from enum import StrEnum

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class HazardState(TextChoices):
    """How far a hazard has come (登记、核定、整改、验收、销号、回头看). Overdue is none of them: it follows from
    the deadline."""

    REPORTED = "reported", _("reported")
    GRADED = "graded", _("graded")
    RECTIFYING = "rectifying", _("being rectified")
    EXTENSION_REQUESTED = "extension_requested", _("extension requested")
    SUBMITTED = "submitted", _("submitted for acceptance")
    CLOSED = "closed", _("closed")
    REOPENED = "reopened", _("reopened")
    DISMISSED = "dismissed", _("dismissed")


ENDED = (HazardState.CLOSED, HazardState.DISMISSED)
OPEN = tuple(state for state in HazardState if state not in ENDED)
TO_RECTIFY = (HazardState.RECTIFYING, HazardState.EXTENSION_REQUESTED)  # somebody has it in hand, until a deadline


class Grade(TextChoices):
    """How grave a hazard is."""

    GENERAL = "general", _("general hazard")
    MAJOR = "major", _("major hazard")


class Action(TextChoices):
    """A step that somebody takes; its value is the last part of the address."""

    GRADE = "grade", _("grade")
    ASSIGN = "assign", _("assign")
    PLAN = "plan", _("settle points of the plan")
    LIST = "list", _("list for supervision")
    SUBMIT = "submit", _("submit for acceptance")
    ACCEPT = "accept", _("accept")
    RETURN = "return", _("return")
    REQUEST_EXTENSION = "request-extension", _("request an extension")
    DECIDE_EXTENSION = "decide-extension", _("decide on an extension")
    REOPEN = "reopen", _("reopen")
    LOOK_BACK = "look-back", _("look back")
    DISMISS = "dismiss", _("dismiss")


EVENTS: dict[Action, str] = {
    Action.GRADE: "hazard.graded",
    Action.ASSIGN: "hazard.assigned",
    Action.PLAN: "hazard.planned",
    Action.LIST: "hazard.listed",
    Action.SUBMIT: "hazard.submitted",
    Action.ACCEPT: "hazard.accepted",
    Action.RETURN: "hazard.sent_back",
    Action.REQUEST_EXTENSION: "hazard.extension_requested",
    Action.DECIDE_EXTENSION: "hazard.extension_decided",
    Action.REOPEN: "hazard.reopened",
    Action.LOOK_BACK: "hazard.looked_back",
    Action.DISMISS: "hazard.dismissed",
}


class Party(StrEnum):
    """What a user is to one hazard."""

    OFFICE = "office"  # a supervisor or administrator in whose scope it lies
    REGULATOR = "regulator"  # acts for the department that regulates its site
    RECTIFIER = "rectifier"  # acts for the unit that is to rectify it
    AIDE = "aide"  # prepares for a leader who holds a post in that unit
    NAMED = "named"  # acts for a unit that the listing names to assist or to supervise
    FINDER = "finder"  # holds the post to which it belongs; of none, found it
    SENDER = "sender"  # uploaded or found it, whoever it belongs to by now
    LINKED = "linked"  # is linked to its place or industry, or is of the town
    SUBMITTER = "submitter"  # said last that it was rectified
    REQUESTER = "requester"  # asked for the extension that waits


class Point(TextChoices):
    """The five settled points of a listed hazard (五落实, ZJ 三(四))."""

    MEASURES = "measures", _("measures")
    RESPONSIBILITY = "responsibility", _("responsibility")
    DEADLINE = "deadline", _("deadline")
    FUNDS = "funds", _("funds")
    EMERGENCY_PLAN = "emergency_plan", _("emergency plan")


class Doubt(TextChoices):
    """What a person should look at in a submission. It never stops one."""

    NO_AFTER_PHOTO = "no_after_photo", _("No photo shows the hazard rectified.")
    FAR_AWAY = "far_away", _("The photos after were taken elsewhere than those before.")
    SAME_PHOTO = "same_photo", _("A photo after is one of those before.")
    NO_LOCATION = "no_location", _("Nothing says where the photos after were taken.")
    SENT_LATE = "sent_late", _("It was sent more than a day after the phone says it was submitted.")


class Category(TextChoices):
    """What is wrong, by the classes of the national guide to inspecting for hazards of 2012
    (安全生产事故隐患排查治理体系建设实施指南).

    `management_…` is 基础管理, `site_…` 现场管理.
    """

    LICENCES = "management_licences", _("licences and certificates")
    STAFFING = "management_staffing", _("safety unit and staff")
    RESPONSIBILITIES = "management_responsibilities", _("responsibilities for work safety")
    RULES = "management_rules", _("rules for work safety")
    PROCEDURES = "management_procedures", _("operating procedures")
    TRAINING = "management_training", _("education and training")
    RECORDS = "management_records", _("records of work safety")
    INVESTMENT = "management_investment", _("spending on work safety")
    EMERGENCY = "management_emergency", _("readiness for emergencies")
    SPECIAL_EQUIPMENT_PAPERS = "management_special_equipment", _("special equipment, on paper")
    OCCUPATIONAL_HEALTH_PAPERS = "management_occupational_health", _("occupational health, on paper")
    CONTRACTORS_PAPERS = "management_contractors", _("contractors, on paper")
    OTHER_MANAGEMENT = "management_other", _("other management")
    SPECIAL_EQUIPMENT = "site_special_equipment", _("special equipment on site")
    EQUIPMENT = "site_equipment", _("production equipment and processes")
    PREMISES = "site_premises", _("premises")
    BEHAVIOUR = "site_behaviour", _("behaviour of workers")
    FIRE = "site_fire", _("fire safety")
    ELECTRICITY = "site_electricity", _("electrical safety")
    OCCUPATIONAL_HEALTH = "site_occupational_health", _("occupational health on site")
    CONFINED_SPACES = "site_confined_spaces", _("confined spaces")
    AUXILIARY = "site_auxiliary", _("auxiliary power systems")
    CONTRACTORS = "site_contractors", _("contractors on site")
    OTHER_SITE = "site_other", _("other on site")
