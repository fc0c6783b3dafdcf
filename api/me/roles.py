"""The roles of the contract: what a user is to the API today."""

from fieldwork.directory.models import User

ROLES = ["leader", "assistant", "unit", "supervisor", "auditor", "administrator"]


def roles_of(user: User, *, assists: bool) -> list[str]:
    """Any of them together; `assists`: a leader has delegated to the user, on the day that is asked about."""
    held = {"leader": bool(user.leader_id), "assistant": assists, "unit": bool(user.organisation_id), user.office: True}
    return [role for role in ROLES if held.get(role)]
