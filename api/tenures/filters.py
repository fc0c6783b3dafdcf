"""Filters of tenures."""

import django_filters

from api.filtering import FlagFilter, IdFilter, StandingFilter, WithinFilter
from api.mine import MineFilters


class TenureFilters(MineFilters):
    on = StandingFilter()
    division = WithinFilter(field_name="post__organisation__division__path")
    leader = IdFilter(field_name="leader")
    post = IdFilter(field_name="post")
    organisation = IdFilter(field_name="post__organisation")
    role = django_filters.CharFilter(field_name="post__role", max_length=60)
    acting = FlagFilter()
