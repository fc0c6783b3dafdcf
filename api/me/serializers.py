"""`GET me` on the wire."""

from typing import Any

from rest_framework import serializers

from api.fields import Id
from api.me.roles import ROLES


class NamedOut(serializers.Serializer[Any]):
    """Something by its id and name."""

    id = Id()
    name = serializers.CharField()


class ActsForOut(serializers.Serializer[Any]):
    """A leader for whom I may prepare and upload."""

    leader = Id(source="pk")
    name = serializers.CharField()


class MyTenureOut(serializers.Serializer[Any]):
    id = Id()
    post = Id(source="post_id")
    title = serializers.CharField(source="post.title")
    role = serializers.CharField(source="post.role")
    organisation = NamedOut(source="post.organisation")
    acting = serializers.BooleanField()
    starts_on = serializers.DateField()
    ends_on = serializers.DateField(allow_null=True)


class MyLinkageOut(serializers.Serializer[Any]):
    id = Id()
    kind = serializers.CharField()
    target = NamedOut()
    starts_on = serializers.DateField()
    ends_on = serializers.DateField(allow_null=True)


class LimitsOut(serializers.Serializer[Any]):
    """What a request may hold."""

    photo_bytes = serializers.IntegerField(help_text="of one photo")
    photos_per_check_in = serializers.IntegerField()
    attachment_bytes = serializers.IntegerField(help_text="of one attachment of a filing")
    attachments_per_filing = serializers.IntegerField()
    body_bytes = serializers.IntegerField(help_text="of a multipart request")
    json_bytes = serializers.IntegerField(help_text="of any other request")


class MeOut(serializers.Serializer[Any]):
    id = Id()
    name = serializers.CharField()
    roles = serializers.ListField(child=serializers.ChoiceField(ROLES))
    division = Id(allow_null=True, help_text="the scope of my office")
    leader = Id(allow_null=True)
    unit = NamedOut(allow_null=True, help_text="the body for which I file")
    acts_for = ActsForOut(many=True)
    tenures = MyTenureOut(many=True, help_text="standing today")
    linkages = MyLinkageOut(many=True, help_text="standing today")
    limits = LimitsOut()
