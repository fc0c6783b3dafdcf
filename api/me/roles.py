"""The roles of the contract: what a user is to the API today."""

from fieldwork.directory.models import User

ROLES = ["leader", "assistant", "unit", "supervisor", "auditor", "administrator"]


def roles_of(user: User, *, assists: bool, has_unit: bool) -> list[str]:
    """Any of them together; on the day that is asked about a leader has delegated to the user (`assists`), and the
    user's unit stands (`has_unit`)."""
    held = {"leader": bool(user.leader_id), "assistant": assists, "unit": has_unit, user.office: True}
    return [role for role in ROLES if held.get(role)]
