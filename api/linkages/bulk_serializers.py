"""Many linkages in one request, on the wire."""

from typing import Any

from rest_framework import serializers

from api.fields import Day, Flag, Listed, Text, Whole
from api.me.serializers import NamedOut
from api.quotas.serializers import LinkQuotaOut
from fieldwork.directory.enums import LinkageKind

MOST = 10_000
_ID = 18


class Tried(Listed):
    """Each item as it is valid, or the error with its faults: those of all items are told together."""

    def run_child_validation(self, data: list[Any]) -> list[Any]:
        return [self._tried(item) for item in data]

    def _tried(self, item: Any) -> Any:
        try:
            return self.child.run_validation(item)
        except serializers.ValidationError as error:
            return error


class BeginIn(serializers.Serializer[Any]):
    tenure = Text(max_length=_ID, help_text="its id")
    kind = serializers.ChoiceField(LinkageKind.choices)
    target = Text(max_length=_ID, help_text="the id of a division, an industry or a department, as `kind` has it")
    paired_with = Text(
        max_length=_ID,
        required=False,
        allow_null=True,
        default=None,
        help_text="of a department: the linkage to its industry",
    )
    paired_with_begin = Whole(
        min_value=0,
        required=False,
        allow_null=True,
        default=None,
        help_text="the same where that one begins here too: its place in `begin`, from 0",
    )
    starts_on = Day()
    ends_on = Day(required=False, allow_null=True, default=None)


class EndingIn(serializers.Serializer[Any]):
    linkage = Text(max_length=_ID, help_text="its id")
    ends_on = Day(allow_null=True, help_text="the last day; null takes an end back")


class BulkIn(serializers.Serializer[Any]):
    """All or nothing; ends come before beginnings. At most 10,000 of each, and 1 MiB, which holds some 8,000."""

    dry_run = Flag(required=False, default=False, help_text="only find out what would change")
    begin = Tried(child=BeginIn(), required=False, default=list, max_length=MOST)
    end = Tried(child=EndingIn(), required=False, default=list, max_length=MOST)


class DoubledOut(serializers.Serializer[Any]):
    """A target with several links on that day, of which at least one begins here. No error, only told."""

    one_leader = serializers.BooleanField(
        help_text="one leader by several posts, which counts once; else several leaders of one place"
    )
    kind = serializers.ChoiceField(LinkageKind.choices)
    target = NamedOut()
    leaders = NamedOut(many=True)


class BulkOut(serializers.Serializer[Any]):
    dry_run = serializers.BooleanField()
    begun = serializers.ListField(
        child=serializers.CharField(),
        help_text="ids in the order of `begin`; none with `dry_run`",
    )
    would_begin = serializers.IntegerField(help_text="how many begin, or would")
    would_end = serializers.IntegerField(help_text="of how many the last day differs now, or would")
    on = serializers.DateField(help_text="the day, on which all has begun, for which the lists below hold")
    quotas = LinkQuotaOut(many=True, help_text="unmet quotas of the leaders concerned, at most 200")
    more_quotas = serializers.BooleanField(help_text="there are more than are told")
    doubled = DoubledOut(many=True, help_text="at most 200")
    followed = serializers.BooleanField(
        help_text="obligations and tasks follow already; else, of many leaders, within a minute"
    )
