"""What a policy says of consequences, on the wire: carried as data, decided by people."""

from typing import Any

from rest_framework import serializers

from fieldwork.duties.packs import CheckKind, Draft, Strength


class TriggerOut(serializers.Serializer[Any]):
    """What drafts what: all conditions of `when` at once; of a list, any one."""

    code = serializers.CharField()
    draft = serializers.ChoiceField([draft.value for draft in Draft])
    name = serializers.CharField()
    article = serializers.CharField()
    article_text = serializers.CharField()
    when = serializers.DictField(help_text="condition: true or false, a number, a code, or a list of codes")
    whom = serializers.CharField()
    decided_by = serializers.CharField()
    effect = serializers.CharField()
    assumed = serializers.DictField(child=serializers.CharField(), help_text="what the text does not say, and why so")


class CheckOut(serializers.Serializer[Any]):
    """A structural check: who is to hold what beside, or who is to have the safety portfolio."""

    code = serializers.CharField()
    kind = serializers.ChoiceField([kind.value for kind in CheckKind])
    name = serializers.CharField()
    article = serializers.CharField()
    text = serializers.CharField()
    strength = serializers.ChoiceField([strength.value for strength in Strength])
    roles = serializers.ListField(child=serializers.CharField())
    bodies = serializers.ListField(child=serializers.CharField())
    in_roles = serializers.ListField(child=serializers.CharField(), help_text="empty: of any role")
    assumed = serializers.DictField(child=serializers.CharField(), help_text="what the text does not say, and why so")


class IndicatorOut(serializers.Serializer[Any]):
    code = serializers.CharField()
    name = serializers.CharField()
    article = serializers.CharField()
    text = serializers.CharField()


class AccidentGradeOut(serializers.Serializer[Any]):
    """A grade of accidents: any of the three figures, from that number on; the highest counts."""

    code = serializers.CharField()
    name = serializers.CharField()
    deaths = serializers.IntegerField()
    injured = serializers.IntegerField(help_text="seriously, acute industrial poisoning included")
    loss_yuan = serializers.IntegerField(help_text="direct loss")
    article = serializers.CharField()
