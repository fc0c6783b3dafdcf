"""Filters of delegations."""

from api.filtering import IdFilter, StandingFilter
from api.mine import MineFilters


class DelegationFilters(MineFilters):
    """`mine` is what my own leader's account has delegated."""

    on = StandingFilter()
    leader = IdFilter(field_name="leader")
    assistant = IdFilter(field_name="assistant")
