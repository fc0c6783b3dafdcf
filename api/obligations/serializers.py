"""Obligations on the wire."""

from typing import Any

from rest_framework import serializers

from api.fields import Id, Instant
from api.subjects import SubjectOut
from fieldwork.duties.enums import Activity, ExcuseKind, Standing, Status
from fieldwork.duties.models import Basis, Excuse, Obligation
from fieldwork.duties.status import reasons_of


class BasisOut(serializers.Serializer[Basis]):
    """One reason why it is owed: the article, and the tenure that it binds."""

    policy = serializers.CharField(source="rule.version.policy.code")
    rule = serializers.CharField(source="rule.code")
    article = serializers.CharField(source="rule.article")
    article_text = serializers.CharField(source="rule.article_text")
    tenure = Id(source="tenure_id", allow_null=True)
    division = Id(source="division_id", help_text="which counts it")
    state = serializers.ChoiceField(Standing.choices)
    reason = serializers.CharField(source="get_reason_display", help_text="why it does not stand; empty if it does")


class ProgressOut(serializers.Serializer[Any]):
    counted = serializers.IntegerField()
    minimum = serializers.IntegerField()


class ReasonOut(serializers.Serializer[Any]):
    """Why it stands as it does, in words."""

    code = serializers.CharField()
    text = serializers.CharField()


class ExcuseOut(serializers.Serializer[Excuse]):
    """An excuse; one that was taken back stays on record, and holds no more."""

    id = Id()
    kind = serializers.ChoiceField(ExcuseKind.choices)
    reason = serializers.CharField(help_text="the grantor's")
    document = Id(allow_null=True, help_text="the filing that proves it")
    granted_by = Id(source="granted_by_id")
    granted_at = Instant()
    taken_back_by = Id(source="taken_back_by_id", allow_null=True)
    taken_back_at = Instant(allow_null=True, help_text="null: it holds")


class ObligationOut(serializers.Serializer[Obligation]):
    """What a rule demands of one subject in one period (履职要求)."""

    id = Id()
    subject = SubjectOut(source="*")
    duty = serializers.CharField()
    name = serializers.SerializerMethodField(help_text="what the rule calls it")
    activity = serializers.ChoiceField(Activity.choices)
    bases = BasisOut(many=True)
    period = serializers.CharField()
    starts_on = serializers.DateField(help_text="inclusive")
    ends_on = serializers.DateField(help_text="the period's last day, inclusive")
    due_on = serializers.DateField(help_text="the last day on which it is due, inclusive")
    due_at = Instant(help_text="the first instant after it")
    lapses_at = Instant(
        help_text="when it lapses if it is not met: `due_at`, or the end of the period where the day is only assumed"
    )
    status = serializers.ChoiceField(Status.choices)
    progress = ProgressOut(source="*")
    met_at = Instant(allow_null=True, help_text="when the visit that met it was captured")
    tasks = serializers.SerializerMethodField(help_text="ids")
    reasons = serializers.SerializerMethodField()
    excuses = ExcuseOut(many=True, help_text="all that were ever granted, the first one first")

    def get_name(self, obligation: Obligation) -> str:
        bases = sorted(obligation.bases.all(), key=lambda basis: (basis.state != Standing.STANDING, basis.pk))
        return bases[0].rule.name if bases else ""

    def get_tasks(self, obligation: Obligation) -> list[str]:
        return [str(task.pk) for task in obligation.tasks.all()]

    def get_reasons(self, obligation: Obligation) -> ReasonOut(many=True):  # type: ignore[valid-type]
        reasons = reasons_of(obligation.bases.all(), obligation.excuses.all())
        return ReasonOut([{"code": code, "text": text} for code, text in reasons], many=True).data
