"""GET policies: why anything is owed."""

from datetime import date
from typing import Any

from django.db.models import QuerySet
from rest_framework.mixins import ListModelMixin, RetrieveModelMixin
from rest_framework.viewsets import GenericViewSet

from api.clock import today
from api.etags import Tagged
from api.permissions import user_of
from api.policies.filters import PolicyFilters
from api.policies.serializers import PolicyDetailOut, PolicyOut
from fieldwork.directory.models import Division, Tenure, User
from fieldwork.directory.queries import leaders_of
from fieldwork.duties.models import Policy, PolicyVersion
from fieldwork.duties.policies import TrackedRule, rules_with_tracking


class Policies(Tagged, ListModelMixin, RetrieveModelMixin, GenericViewSet[Policy]):
    """The policies, which are public, with their rules in force; `tracked_from` is my own division's."""

    queryset = Policy.objects.none()
    serializer_class = PolicyOut
    filterset_class = PolicyFilters
    ordering = ("code",)
    ordering_fields = ("code",)

    def get_queryset(self) -> QuerySet[Policy]:
        return Policy.objects.select_related("division")

    def get_serializer_class(self) -> type[PolicyOut]:
        return PolicyDetailOut if self.action == "retrieve" else PolicyOut

    def get_serializer_context(self) -> dict[str, Any]:
        context = super().get_serializer_context()
        on = today()
        return {**context, "rules": RulesFor(home(user_of(self.request), on), on)}


class RulesFor:
    """The rules in force of any policy as they stand for one division; where it does not reach, its own."""

    def __init__(self, division: Division | None, on: date) -> None:
        self._division = division
        self._on = on
        self._known: dict[int, list[TrackedRule]] = {}

    def of(self, policy: Policy) -> list[TrackedRule]:
        reached = self._division and self._division.path.startswith(policy.division.path)
        division = self._division if self._division and reached else policy.division
        if division.pk not in self._known:
            self._known[division.pk] = rules_with_tracking(division, self._on)
        return [tracked for tracked in self._known[division.pk] if tracked.rule.version.policy_id == policy.pk]

    def version_of(self, policy: Policy) -> PolicyVersion | None:
        rules = self.of(policy)
        return rules[0].rule.version if rules else None


def home(user: User, on: date) -> Division | None:
    """Where the user belongs: the scope of the office, the unit, or the place of the post taken up last."""
    if user.division:
        return user.division
    if user.organisation:
        return user.organisation.division
    tenures = Tenure.objects.filter(leader__in=leaders_of(user, on)).select_related("post__organisation__division")
    latest = tenures.order_by("-starts_on", "-pk").first()
    return latest.post.organisation.division if latest else None
