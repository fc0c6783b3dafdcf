"""Who may be given all that is stored about a person."""

from datetime import date

from fieldwork.directory.enums import Office
from fieldwork.directory.models import Leader, Tenure, User
from fieldwork.directory.reach import reach_of_leaders, reach_of_users, within_scope


def can_export_leader(user: User, leader: Leader, on: date) -> bool:
    """The leader; and an administrator whose scope holds all of it: every post that the leader ever held, for what was
    done in it is told too, and whatever else the account reaches. No assistant, and no other office."""
    if leader.pk == user.leader_id:
        return True
    if user.office != Office.ADMINISTRATOR:
        return False
    held = Tenure.objects.filter(leader=leader).values_list("post__organisation__division__path", flat=True)
    accounts = list(User.objects.filter(leader=leader).select_related("division", "organisation__division"))
    return within_scope(user, {*held}.union(*reach_of_leaders([leader.pk], on).values(), *reach_of_users(accounts, on)))
