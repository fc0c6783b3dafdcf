"""Whose rows an office asks for: of its own division, or of one in its scope."""

from django.utils.translation import gettext_lazy as _

from api.clock import today
from api.fields import parse_id
from fieldwork.core.errors import Code, DomainError, invalid
from fieldwork.directory.models import Division, User
from fieldwork.directory.queries import divisions_visible_to, scope_holds

DIVISION = "it and all below; default: your office's own, or all there are"


def division_asked(user: User, asked: str | None) -> Division | None:
    """None: all there are, for who serves the whole installation. Errors: `not_allowed`; `unknown_reference`."""
    if not user.office:
        raise DomainError(Code.NOT_ALLOWED)
    if asked is None:
        return user.division
    key = parse_id(asked)
    found = divisions_visible_to(user, today()).filter(pk=key).first() if key else None
    if found is None or not scope_holds(user, found):
        raise invalid("division", _("There is no such object, or you may not see it."), Code.UNKNOWN_REFERENCE)
    return found


def one_division_asked(user: User, asked: str | None) -> Division:
    """The same, of one that there must be: `invalid` where an office of the whole installation names none."""
    found = division_asked(user, asked)
    if found is None:
        raise invalid("division", _("Name a division: your office has none of its own."))
    return found
