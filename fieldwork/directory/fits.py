"""What rows that name one another must agree in. None of these asks the database for what the rows do not know."""

from datetime import date

from django.utils.translation import gettext_lazy as _

from fieldwork.core.errors import invalid
from fieldwork.directory.enums import LinkageKind, OrganisationKind
from fieldwork.directory.models import Division, Industry, Linkage, Organisation, Tenure

Target = Division | Industry | Organisation


def check_division_stands(division: Division, starts_on: date) -> None:
    if division.ends_on and division.ends_on < starts_on:
        raise invalid("division", _("This division stood only to %(day)s.") % {"day": division.ends_on})


def check_kind_of_department(kind: str, department_kind: str) -> None:
    if department_kind and kind != OrganisationKind.DEPARTMENT:
        raise invalid("department_kind", _("Only a department has a kind of department."))


def check_target(tenure: Tenure, kind: str, target: Target, starts_on: date) -> None:
    """County, town and department lie inside the area of the tenure's organisation, and are not all of it."""
    if kind not in LinkageKind.values or kind != _kind_of(target):
        raise invalid("target", _("The target is not of the kind that the linkage names."))
    if isinstance(target, Industry):
        return
    place = target if isinstance(target, Division) else target.division
    area = tenure.post.organisation.division.path
    if not place.path.startswith(area):
        raise invalid("target", _("The target lies outside the area of the leader's organisation."))
    if isinstance(target, Division) and place.path == area:
        raise invalid("target", _("The own area is no linkage; link to a division below it."))
    if place.ends_on and place.ends_on < starts_on:
        raise invalid("target", _("This division stood only to %(day)s.") % {"day": place.ends_on})


def check_pair(linkage: Linkage, industry: Linkage, *, taken: bool) -> None:
    """A department's linkage and its industry's (1个行业及部门). `taken`: whether another one names that industry's."""
    if linkage.kind != LinkageKind.DEPARTMENT or industry.kind != LinkageKind.INDUSTRY:
        raise invalid("paired_with", _("A pair is a department's linkage that names an industry's."))
    if industry.tenure != linkage.tenure:
        raise invalid("paired_with", _("Both linkages of a pair belong to one tenure."))
    if taken:
        raise invalid("paired_with", _("That industry already has its department."))


def _kind_of(target: Target) -> str:
    """A county, town or department has the name of its own level or kind."""
    match target:
        case Division():
            return target.level
        case Organisation():
            return target.kind
        case Industry():
            return LinkageKind.INDUSTRY
