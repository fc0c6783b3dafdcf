"""Policies on the wire: a list has their rules, a detail all that the version in force says."""

from typing import Any

from rest_framework import serializers

from api.fields import Id
from api.policies.consequences import AccidentGradeOut, CheckOut, IndicatorOut, TriggerOut
from fieldwork.core.periods import Cadence
from fieldwork.directory.enums import DepartmentKind, LinkageKind, OrganisationKind
from fieldwork.duties.enums import Activity, PackStatus, Streets, SubjectKind
from fieldwork.duties.models import Policy


class PairOut(serializers.Serializer[Any]):
    """Two bodies, by code, that a rule obliges together."""

    upper = serializers.CharField(source="upper.code")
    lower = serializers.CharField(source="lower.code")


class SignedByOut(serializers.Serializer[Any]):
    upper = serializers.ListField(child=serializers.CharField(), default=list, help_text="codes of roles")
    lower = serializers.ListField(child=serializers.CharField(), default=list, help_text="codes of roles")


class DetailsOut(serializers.Serializer[Any]):
    """What a rule says beside: who signs and who gets copies is shown, not enforced."""

    signed_by = SignedByOut(allow_null=True, default=None)
    copies_to = serializers.ListField(child=serializers.CharField(), default=list)
    except_roles = serializers.ListField(
        child=serializers.CharField(), default=list, help_text="codes of roles: who holds one there owes nothing by it"
    )


class Obliging(serializers.Serializer[Any]):
    """What rules and standing duties have alike: whom they oblige, and the article they rest on."""

    rule = serializers.CharField(source="rule.code", help_text="stable over versions")
    key = serializers.CharField(source="rule.key", help_text="its name over all policies: `<policy>.<rule>`")
    name = serializers.CharField(source="rule.name")
    subject = serializers.ChoiceField(SubjectKind.choices, source="rule.subject")
    article = serializers.CharField(source="rule.article")
    article_text = serializers.CharField(source="rule.article_text")
    assumed = serializers.DictField(
        child=serializers.CharField(),
        source="rule.assumed",
        help_text="what the text does not say, and why so",
    )
    roles = serializers.SerializerMethodField(help_text="codes of roles: who owes it, where leaders do")
    bodies = serializers.SerializerMethodField(help_text="codes of bodies: who owes it, where organisations do")

    def get_roles(self, tracked: Any) -> list[str]:
        return sorted(role.role for role in tracked.rule.roles.all() if not role.excepted)

    def get_bodies(self, tracked: Any) -> list[str]:
        return sorted(row.body.code for row in tracked.rule.bodies.all())


class RuleOut(Obliging):
    """One rule: whom it obliges to what, how often, and the article it rests on."""

    duty = serializers.CharField(source="rule.duty", help_text="rules of one duty merge into one obligation")
    activity = serializers.ChoiceField(Activity.choices, source="rule.activity")
    cadence = serializers.ChoiceField([cadence.value for cadence in Cadence], source="rule.cadence")
    minimum = serializers.IntegerField(source="rule.minimum")
    due = serializers.SerializerMethodField(help_text="MM-DD; null: the period's last day")
    pairs = PairOut(source="rule.pairs", many=True, help_text="who owes it, where pairs of organisations do")
    details = DetailsOut(source="rule.details")
    tracked_from = serializers.DateField(allow_null=True, help_text="null: not tracked, never lapses")

    def get_due(self, tracked: Any) -> str | None:
        return tracked.rule.due or None


class StandingOut(Obliging):
    """A duty with no count: recorded by naming its `key`, never lapsing."""

    kinds = serializers.ListField(
        child=serializers.ChoiceField(Activity.choices), source="rule.kinds", help_text="activities that record it"
    )


class RoleQuotaOut(serializers.Serializer[Any]):
    """`count` links of each of `kinds`, which belong together."""

    kinds = serializers.ListField(child=serializers.ChoiceField(LinkageKind.choices))
    count = serializers.IntegerField()
    problem = serializers.BooleanField(help_text="the town must be marked as a problem town")
    article = serializers.CharField()
    text = serializers.CharField()


class ResponsibilityOut(serializers.Serializer[Any]):
    """What holders answer for (领导责任)."""

    kind = serializers.ChoiceField(["important", "direct", "overall", "leading"])
    scope = serializers.CharField()
    article = serializers.CharField()
    accident_grade_at_least = serializers.CharField(help_text="code of a grade; empty: not told by grade")


class RoleOut(serializers.Serializer[Any]):
    """A role: a kind of post, with the links that its holders need."""

    code = serializers.CharField()
    name = serializers.CharField()
    article = serializers.CharField()
    level = serializers.CharField(help_text="city, county or town; empty: any")
    streets = serializers.ChoiceField(Streets.choices)
    quotas = RoleQuotaOut(many=True)
    responsibility = serializers.SerializerMethodField(help_text="null: the document names none")

    def get_responsibility(self, role: Any) -> ResponsibilityOut(allow_null=True):  # type: ignore[valid-type]
        return ResponsibilityOut(role.responsibility).data if role.responsibility else None


class BodyOut(serializers.Serializer[Any]):
    """A kind of organisation that the policy names."""

    code = serializers.CharField()
    name = serializers.CharField()
    kind = serializers.ChoiceField(OrganisationKind.choices)
    department_kind = serializers.ChoiceField(DepartmentKind.values, help_text="empty: any")
    level = serializers.CharField(help_text="city, county or town; empty: any")
    streets = serializers.BooleanField(help_text="binds streets without a switch")


class VersionOut(serializers.Serializer[Any]):
    version = serializers.CharField()
    status = serializers.ChoiceField(PackStatus.choices)
    starts_on = serializers.DateField()
    ends_on = serializers.DateField(allow_null=True)


class PolicyOut(serializers.Serializer[Policy]):
    """A document that obliges (政策文件), with the rules of the version in force today."""

    id = Id()
    code = serializers.CharField()
    title = serializers.CharField()
    division = Id(source="division_id")
    version = serializers.SerializerMethodField()
    rules = serializers.SerializerMethodField()

    def get_version(self, policy: Policy) -> VersionOut(allow_null=True):  # type: ignore[valid-type]
        version = self.context["rules"].version_of(policy)
        return VersionOut(version).data if version else None

    def get_rules(self, policy: Policy) -> RuleOut(many=True):  # type: ignore[valid-type]
        return RuleOut([tracked for tracked in self._tracked(policy) if tracked.rule.cadence], many=True).data

    def _tracked(self, policy: Policy) -> list[Any]:
        rules: list[Any] = self.context["rules"].of(policy)
        return rules


class PolicyDetailOut(PolicyOut):
    """A document that obliges (政策文件), with all that the version in force today says."""

    standing = serializers.SerializerMethodField(help_text="duties with no count")
    roles = serializers.SerializerMethodField()
    bodies = serializers.SerializerMethodField()
    triggers = serializers.SerializerMethodField()
    checks = serializers.SerializerMethodField()
    indicators = serializers.SerializerMethodField()
    accident_grades = serializers.SerializerMethodField()

    def get_standing(self, policy: Policy) -> StandingOut(many=True):  # type: ignore[valid-type]
        return StandingOut([tracked for tracked in self._tracked(policy) if not tracked.rule.cadence], many=True).data

    def get_roles(self, policy: Policy) -> RoleOut(many=True):  # type: ignore[valid-type]
        version = self.context["rules"].version_of(policy)
        return RoleOut(version.roles.order_by("pk") if version else [], many=True).data

    def get_bodies(self, policy: Policy) -> BodyOut(many=True):  # type: ignore[valid-type]
        version = self.context["rules"].version_of(policy)
        return BodyOut(version.bodies.order_by("pk") if version else [], many=True).data

    def get_triggers(self, policy: Policy) -> TriggerOut(many=True):  # type: ignore[valid-type]
        return TriggerOut(self._listed(policy, "triggers"), many=True).data

    def get_checks(self, policy: Policy) -> CheckOut(many=True):  # type: ignore[valid-type]
        return CheckOut(self._listed(policy, "checks"), many=True).data

    def get_indicators(self, policy: Policy) -> IndicatorOut(many=True):  # type: ignore[valid-type]
        return IndicatorOut(self._listed(policy, "indicators"), many=True).data

    def get_accident_grades(self, policy: Policy) -> AccidentGradeOut(many=True):  # type: ignore[valid-type]
        return AccidentGradeOut(self._listed(policy, "accident_grades"), many=True).data

    def _listed(self, policy: Policy, name: str) -> Any:
        version = self.context["rules"].version_of(policy)
        return getattr(version, name) if version else []
