"""Standing duties on the wire."""

from typing import Any

from rest_framework import serializers

from api.row_pages import AskedId
from fieldwork.duties.enums import Activity, SubjectKind
from fieldwork.duties.models import Rule


class StandingDutyAsking(serializers.Serializer[Any]):
    """Without either, what binds me: my posts, the organisations where I hold one, and my unit."""

    leader = AskedId(required=False, help_text="what binds the posts of this leader")
    organisation = AskedId(required=False, help_text="what binds this organisation")


class StandingDutyOut(serializers.Serializer[Rule]):
    """A duty without a count (无次数要求的职责): it is never owed, and may be checked in or filed at any time."""

    key = serializers.CharField(help_text="by which check-ins and filings name it in `duties`")
    name = serializers.CharField()
    subject = serializers.ChoiceField(SubjectKind.choices)
    kinds = serializers.ListField(child=serializers.ChoiceField(Activity.choices), help_text="how it may be recorded")
    article = serializers.CharField()
    article_text = serializers.CharField()
    policy = serializers.CharField(source="version.policy.code")
    assumed = serializers.DictField(child=serializers.CharField(), help_text="what the text does not say, and why so")
