"""Filters of linkages."""

import django_filters

from api.filtering import IdFilter, StandingFilter, WithinFilter
from api.mine import MineFilters
from fieldwork.directory.enums import LinkageKind


class LinkageFilters(MineFilters):
    """`division` is where the leader's organisation lies; `target_…` what the linkage links to."""

    leader_path = "tenure__leader"
    on = StandingFilter()
    division = WithinFilter(field_name="tenure__post__organisation__division__path")
    leader = IdFilter(field_name="tenure__leader")
    tenure = IdFilter(field_name="tenure")
    kind = django_filters.ChoiceFilter(choices=LinkageKind.choices)
    target_division = IdFilter(field_name="division")
    target_industry = IdFilter(field_name="industry")
    target_organisation = IdFilter(field_name="organisation")
