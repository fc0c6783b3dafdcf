"""Filters of leaders: by the posts that they hold, ever or on a day."""

from typing import Any

import django_filters
from django.db.models import Exists, OuterRef, QuerySet

from api.filtering import IdFilter, SearchFilter, WithinFilter
from fieldwork.directory.models import Leader, Tenure
from fieldwork.directory.queries import standing


class LeaderFilters(django_filters.FilterSet):
    """`on`, `division`, `organisation`, `post` and `role` speak of one and the same tenure."""

    on = django_filters.DateFilter(method="noted", label="who holds such a post on this day")
    division = WithinFilter(method="noted")
    organisation = IdFilter(method="noted")
    post = IdFilter(method="noted")
    role = django_filters.CharFilter(max_length=60, method="noted")
    search = SearchFilter("name")

    def noted(self, queryset: QuerySet[Leader], _name: str, _value: Any) -> QuerySet[Leader]:
        return queryset  # `filter_queryset` asks for all at once

    def filter_queryset(self, queryset: QuerySet[Leader]) -> QuerySet[Leader]:
        given = self.form.cleaned_data
        tenures = Tenure.objects.filter(leader=OuterRef("pk"))
        held = tenures
        if on := given.get("on"):
            held = held.filter(standing(on))
        if organisation := given.get("organisation"):
            held = held.filter(post__organisation=organisation)
        if post := given.get("post"):
            held = held.filter(post=post)
        if role := given.get("role"):
            held = held.filter(post__role=role)
        held = WithinFilter(field_name="post__organisation__division__path").filter(held, given.get("division"))
        narrowed = queryset if held is tenures else queryset.filter(Exists(held))
        found: QuerySet[Leader] = super().filter_queryset(narrowed)
        return found
