"""The kinds of the directory."""

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class Level(TextChoices):
    """The step of a division in the ladder (行政区划层级)."""

    PROVINCE = "province", _("province")
    CITY = "city", _("city")
    COUNTY = "county", _("county")
    TOWN = "town", _("town")


class OrganisationKind(TextChoices):
    """单位类别."""

    PARTY_COMMITTEE = "party_committee", _("party committee")
    GOVERNMENT = "government", _("government")
    DEPARTMENT = "department", _("department")
    SAFETY_COMMITTEE = "safety_committee", _("safety committee")
    RESIDENT_UNIT = "resident_unit", _("resident unit")
    MASS_ORGANISATION = "mass_organisation", _("mass organisation")


class DepartmentKind(TextChoices):
    """部门类别 (QY 14-16)."""

    NONE = "", _("not a department")
    REGULATOR = "regulator", _("regulator")
    INDUSTRY = "industry", _("industry department")
    SUPPORT = "support", _("supporting department")


class LinkageKind(TextChoices):
    """What a linkage (挂点联系) links to."""

    COUNTY = "county", _("county")
    TOWN = "town", _("town")
    INDUSTRY = "industry", _("industry")
    DEPARTMENT = "department", _("department")


class Office(TextChoices):
    """What a user does for the safety committee's office (安委办), beside any post held."""

    NONE = "", _("none")
    SUPERVISOR = "supervisor", _("supervisor")
    AUDITOR = "auditor", _("auditor")
    ADMINISTRATOR = "administrator", _("administrator")
