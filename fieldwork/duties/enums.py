"""The kinds and states of duties."""

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class SubjectKind(TextChoices):
    """Who owes an obligation."""

    LEADER = "leader", _("leader")
    ORGANISATION = "organisation", _("organisation")
    PAIR = "pair", _("pair of organisations")


class Activity(TextChoices):
    """What is to be done."""

    INSPECTION = "inspection", _("inspection")
    MEETING = "meeting", _("meeting")
    LIST = "list", _("list")
    LETTER = "letter", _("letter of responsibility")
    REPORT = "report", _("report")
    ANALYSIS = "analysis", _("situation analysis")
    PLAN = "plan", _("work plan")
    ASSESSMENT = "assessment", _("assessment")
    PUBLICATION = "publication", _("publication")
    TARGETS = "targets", _("targets handed down")
    TOUR = "tour", _("tour of lower bodies")
    SUPERVISION = "supervision", _("supervision")
    CAMPAIGN = "campaign", _("campaign")
    DRILL = "drill", _("drill")
    STUDY = "study", _("study and training")
    RESEARCH = "research", _("research on site")
    OTHER = "other", _("other work")


class PackStatus(TextChoices):
    """How binding the document behind a policy pack is."""

    DRAFT_FOR_COMMENT = "draft_for_comment", _("draft for comment")
    IN_FORCE = "in_force", _("in force")


class Streets(TextChoices):
    """Whether a town role also binds streets (街道): never asked, always, or where a county switches it on (QY 2)."""

    INCLUDED = "included", _("included")
    SWITCH = "switch", _("where switched on")


class Standing(TextChoices):
    """The state of one basis of an obligation, or of one task's demand."""

    STANDING = "standing", _("standing")
    TRANSFERRED = "transferred", _("transferred")
    WITHDRAWN = "withdrawn", _("withdrawn")


class Reason(TextChoices):
    """Why a basis or a task does not stand."""

    NONE = "", ""
    HANDED_OVER = "handed_over", _("left before the period's end; a successor in the post owes it")
    LEFT = "left", _("left before the period's end")
    TOO_BRIEF = "too_brief", _("in office for too few days of the period")
    NOT_DEMANDED = "not_demanded", _("the facts no longer demand it")
    BODY_ENDED = "body_ended", _("the body ended before the period's end")
    BODY_NEW = "body_new", _("the body stood for too few days of the period")
    LINK_ENDED = "link_ended", _("the link does not reach the period's end")


class Outcome(TextChoices):
    """What is known of an obligation without a clock; `pending` becomes scheduled, open or lapsed by the clock."""

    PENDING = "pending", _("pending")
    MET = "met", _("met")
    EXCUSED = "excused", _("excused")
    TRANSFERRED = "transferred", _("transferred")
    WITHDRAWN = "withdrawn", _("withdrawn")


class Status(TextChoices):
    """An obligation at an instant."""

    SCHEDULED = "scheduled", _("scheduled")
    OPEN = "open", _("open")
    MET = "met", _("met")
    LAPSED = "lapsed", _("lapsed")
    EXCUSED = "excused", _("excused")
    TRANSFERRED = "transferred", _("transferred")
    WITHDRAWN = "withdrawn", _("withdrawn")


class TaskStatus(TextChoices):
    """A task at an instant."""

    OPEN = "open", _("open")
    DONE = "done", _("done")
    NOT_NEEDED = "not_needed", _("not needed")
    LAPSED = "lapsed", _("lapsed")
    EXCUSED = "excused", _("excused")
    TRANSFERRED = "transferred", _("transferred")
    WITHDRAWN = "withdrawn", _("withdrawn")


class TargetKind(TextChoices):
    """Where a task is done."""

    COUNTY = "county", _("county")
    TOWN = "town", _("town")
    INDUSTRY = "industry", _("industry")
    DEPARTMENT = "department", _("department")
    OWN_AREA = "own_area", _("own area")


class Verdict(TextChoices):
    """What a supervisor says of a check-in or a filing."""

    ACCEPTED = "accepted", _("accepted")
    REJECTED = "rejected", _("rejected")


class ExcuseKind(TextChoices):
    """Why somebody is excused from what they owe."""

    LEAVE = "leave", _("leave")
    OFFICIAL_TRAVEL = "official_travel", _("official travel")
    ORDERED_EMERGENCY = "ordered_emergency", _("an emergency that was ordered")
    OTHER = "other", _("another reason")
