"""Verdicts on the wire."""

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from api.fields import Id, Instant, Text
from fieldwork.duties.enums import Verdict
from fieldwork.duties.models import Review


class ReviewIn(serializers.Serializer[Any]):
    """A supervisor's verdict; whoever rejects says why."""

    verdict = serializers.ChoiceField(Verdict.choices)
    reason = Text(allow_blank=True, default="", max_length=1000)


class CheckInReviewIn(ReviewIn):
    """A supervisor's verdict, and the time that is taken for the true one."""

    captured_at = Instant(
        allow_null=True, default=None, help_text="adopted instead of the declared one; null: the declared one holds"
    )


class ReviewOut(serializers.Serializer[Review]):
    """A verdict."""

    id = Id()
    verdict = serializers.ChoiceField(Verdict.choices)
    reason = serializers.CharField()
    by = Id(source="by_id")
    at = Instant()
    captured_at = Instant(source="adopted_at", allow_null=True, help_text="the adopted time; of a filing always null")


class ProofOut(serializers.Serializer[Any]):
    """What supervisors said of a check-in or filing, and what it counts for: `reviews` and `served` of the context."""

    review = serializers.SerializerMethodField(help_text="null: nobody has reviewed it")
    counts_for_obligations = serializers.SerializerMethodField(help_text="ids of obligations")

    @extend_schema_field(ReviewOut(allow_null=True))
    def get_review(self, proof: Any) -> Any:
        review = self.context["reviews"].get(str(proof.pk))
        return None if review is None else ReviewOut(review).data

    def get_counts_for_obligations(self, proof: Any) -> list[str]:
        return [str(pk) for pk in self.context["served"][str(proof.pk)].obligations]
