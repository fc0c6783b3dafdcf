"""Who may be given all that is stored about a person."""

from datetime import date

from fieldwork.directory.enums import Office
from fieldwork.directory.models import Leader, User
from fieldwork.directory.queries import leaders_visible_to


def can_export_leader(user: User, leader: Leader, on: date) -> bool:
    """The leader; and an administrator in whose scope they are. No assistant, and no other office."""
    if leader.pk == user.leader_id:
        return True
    return user.office == Office.ADMINISTRATOR and leaders_visible_to(user, on).filter(pk=leader.pk).exists()
