"""Policies on the wire."""

from typing import Any

from rest_framework import serializers

from api.fields import Id
from fieldwork.core.periods import Cadence
from fieldwork.duties.enums import Activity, PackStatus, SubjectKind
from fieldwork.duties.models import Policy


class RuleOut(serializers.Serializer[Any]):
    """One rule: whom it obliges to what, how often, and the article it rests on."""

    rule = serializers.CharField(source="rule.code", help_text="stable over versions")
    duty = serializers.CharField(source="rule.duty", help_text="rules of one duty merge into one obligation")
    name = serializers.CharField(source="rule.name")
    subject = serializers.ChoiceField(SubjectKind.choices, source="rule.subject")
    activity = serializers.ChoiceField(Activity.choices, source="rule.activity")
    cadence = serializers.SerializerMethodField(help_text="null: standing, never lapses")
    minimum = serializers.IntegerField(source="rule.minimum")
    article = serializers.CharField(source="rule.article")
    article_text = serializers.CharField(source="rule.article_text")
    assumed = serializers.DictField(
        child=serializers.CharField(),
        source="rule.assumed",
        help_text="what the text does not say, and why so",
    )
    roles = serializers.SerializerMethodField()
    tracked_from = serializers.DateField(allow_null=True, help_text="null: not tracked, never lapses")

    def get_cadence(self, tracked: Any) -> serializers.ChoiceField(list(Cadence), allow_null=True):  # type: ignore[valid-type]
        return tracked.rule.cadence or None

    def get_roles(self, tracked: Any) -> list[str]:
        return sorted(role.role for role in tracked.rule.roles.all())


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
        rules = self.context["rules"].of(policy)
        return VersionOut(rules[0].rule.version).data if rules else None

    def get_rules(self, policy: Policy) -> RuleOut(many=True):  # type: ignore[valid-type]
        return RuleOut(self.context["rules"].of(policy), many=True).data
