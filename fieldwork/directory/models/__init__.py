"""The directory's rows. Nothing with a history is overwritten or deleted: ending is a date.

Days (`starts_on`, `ends_on`) are inclusive, in the policy's zone; an open end is null. Positions are WGS-84 degrees.
"""

from fieldwork.directory.models.accounts import ActivationCode, Delegation, User, Users
from fieldwork.directory.models.bodies import FormerName, Leader, Linkage, Organisation, Post, Site, Tenure
from fieldwork.directory.models.dated import Dated
from fieldwork.directory.models.places import Boundary, BoundaryCell, Division, Industry, ProblemTownMark

__all__ = [
    "ActivationCode",
    "Boundary",
    "BoundaryCell",
    "Dated",
    "Delegation",
    "Division",
    "FormerName",
    "Industry",
    "Leader",
    "Linkage",
    "Organisation",
    "Post",
    "ProblemTownMark",
    "Site",
    "Tenure",
    "User",
    "Users",
]
