"""Policies with their rules, what they oblige whom to in which period, and what was performed.

A foreign key with which a unique constraint begins has no index of its own: millions of rows are written a month.

Instants are UTC in the database; days and periods are in the policy's zone. `due_on` is the last day, `due_at` the
first instant after it.
"""

from fieldwork.duties.models.excuses import Excuse
from fieldwork.duties.models.obligations import Basis, Obligation, Task
from fieldwork.duties.models.openings import Change, Opening
from fieldwork.duties.models.performances import Naming, Performance, Review, Touch
from fieldwork.duties.models.policies import (
    Body,
    Policy,
    PolicyVersion,
    Role,
    Rule,
    RuleBody,
    RulePair,
    RuleRole,
    Tracking,
)

__all__ = [
    "Basis",
    "Body",
    "Change",
    "Excuse",
    "Naming",
    "Obligation",
    "Opening",
    "Performance",
    "Policy",
    "PolicyVersion",
    "Review",
    "Role",
    "Rule",
    "RuleBody",
    "RulePair",
    "RuleRole",
    "Task",
    "Touch",
    "Tracking",
]
