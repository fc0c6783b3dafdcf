"""Filings on the wire."""

import json
from typing import Any
from uuid import UUID

from django.conf import settings
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from api.enclosures import EnclosedIn, EnclosedOut, EnclosingIn, distinct
from api.fields import Day, Id, Instant, Listed, Text, Whole
from api.reviews.serializers import ProofOut
from api.subjects import SubjectOut
from fieldwork.core.enums import DeclaredState
from fieldwork.duties.enums import Activity, SubjectKind
from fieldwork.filings.actions import ATTACHMENTS
from fieldwork.filings.declared import DeclaredAttachment, DeclaredFiling, DeclaredSubject
from fieldwork.filings.enums import Doubt
from fieldwork.filings.models import Filing


class SubjectIn(serializers.Serializer[Any]):
    """Who did it; the id of a pair is `<upper>:<lower>`."""

    kind = serializers.ChoiceField(SubjectKind.choices)
    id = Text(max_length=40)


class AttachmentIn(EnclosedIn):
    """A file that is sent along, or will be: SHA-256 in hex, size in bytes."""

    bytes = Whole(min_value=1, max_value=settings.ATTACHMENT_BYTES)
    content_type = serializers.ChoiceField(ATTACHMENTS.types)
    name = Text(allow_blank=True, default="", max_length=200)


class FilingIn(EnclosingIn):
    """What a phone declares of work done at a desk."""

    subject = SubjectIn()
    obligations = Listed(child=Text(), default=list, max_length=50, help_text="ids of what it proves")
    duties = Listed(
        child=Text(max_length=120), default=list, max_length=50, help_text="standing duties: `<policy>.<rule>`"
    )
    kind = serializers.ChoiceField(Activity.choices)
    held_on = Day(help_text="on which it took place")
    title = Text(allow_blank=True, default="", max_length=200)
    summary = Text(allow_blank=True, default="", max_length=5000)
    participants = Listed(child=Text(max_length=100), default=list, max_length=200, help_text="names")
    attachments: serializers.ListSerializer[Any] = serializers.ListSerializer(
        child=AttachmentIn(), default=list, max_length=settings.ATTACHMENTS_PER_FILING
    )

    def validate_attachments(self, attachments: list[dict[str, Any]]) -> list[dict[str, Any]]:
        return distinct(attachments, settings.ATTACHMENTS_PER_FILING)

    def declared(self, pk: UUID) -> DeclaredFiling:
        """The validated request, as the domain knows it."""
        given = self.sent()
        given["subject"] = DeclaredSubject(**given["subject"])
        given["attachments"] = tuple(DeclaredAttachment(**file) for file in given["attachments"])
        for name in ("obligations", "duties", "participants"):
            given[name] = tuple(given[name])
        return DeclaredFiling(id=pk, **given)


class AttachmentOut(EnclosedOut):
    name = serializers.CharField()


class DoubtOut(serializers.Serializer[Doubt]):
    """A doubt for a person to weigh; treat a code that you do not know as generic."""

    code = serializers.CharField(source="value")
    text = serializers.CharField(source="label", help_text="in the language of `Accept-Language`")


class FilingOut(ProofOut):
    """A filing as declared, and what became of it: `doubts` of the context."""

    id = serializers.UUIDField()
    subject = SubjectOut(source="*")
    obligations = serializers.SerializerMethodField(help_text="ids of what it names, whether it counts or not")
    duties = serializers.SerializerMethodField(help_text="standing duties that it names")
    kind = serializers.ChoiceField(Activity.choices)
    held_on = serializers.DateField()
    title = serializers.CharField()
    summary = serializers.CharField()
    participants = serializers.ListField(child=serializers.CharField())
    prepared_by_staff = serializers.BooleanField()
    on_paper = serializers.BooleanField()
    attachments = AttachmentOut(many=True)
    state = serializers.ChoiceField(DeclaredState.choices)
    missing_attachments = serializers.SerializerMethodField(help_text="digests of those that have not arrived")
    doubts = serializers.SerializerMethodField(help_text="it counts all the same until it is returned")
    received_at = Instant()
    uploaded_by = Id(source="uploaded_by_id")

    def get_obligations(self, filing: Filing) -> list[str]:
        named: list[str] = json.loads(filing.content)["obligations"]
        return named

    def get_duties(self, filing: Filing) -> list[str]:
        named: list[str] = json.loads(filing.content)["duties"]
        return named

    def get_missing_attachments(self, filing: Filing) -> list[str]:
        return [file.sha256 for file in filing.attachments.all() if file.blob_id is None]

    @extend_schema_field(DoubtOut(many=True))
    def get_doubts(self, filing: Filing) -> Any:
        return DoubtOut(self.context["doubts"][filing.pk], many=True).data
