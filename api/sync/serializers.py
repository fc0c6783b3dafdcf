"""What a phone that wakes gets, on the wire: for the schema; the objects are made by their own lists."""

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from api.check_ins.serializers import CheckInOut, ReceiptOut
from api.divisions.serializers import DivisionOut
from api.filings.serializers import FilingOut
from api.hazards.serializers import HazardOut
from api.industries.serializers import IndustryOut
from api.linkages.serializers import LinkageOut
from api.notifications.serializers import NotificationOut
from api.obligations.serializers import ObligationOut
from api.organisations.serializers import OrganisationOut
from api.sites.serializers import SiteOut
from api.tasks.serializers import TaskOut
from fieldwork.inspections.models import CheckIn


class GoneOut(serializers.Serializer[Any]):
    """What the phone is to forget: it is not its user's any more, or was taken back."""

    kind = serializers.CharField(help_text="`obligation`, `task`, `check_in`, …; treat one you do not know as nothing")
    id = serializers.CharField()


class NamedReceiptOut(ReceiptOut):
    """A receipt without what was signed, which weighs as much as the check-in: `check-ins/{id}` has it."""

    jws = serializers.CharField(allow_null=True, help_text="always null here")


class KeptCheckInOut(CheckInOut):
    """A check-in as its list has it, but for the text of the receipt."""

    @extend_schema_field(NamedReceiptOut(allow_null=True))
    def get_receipt(self, check_in: CheckIn) -> Any:
        """Named only."""
        receipt = super().get_receipt(check_in)
        return None if receipt is None else {**receipt, "jws": None}


class SyncOut(serializers.Serializer[Any]):
    """Forget what is `gone`, then put each object, as its list has it, in the place of the one with its id."""

    obligations = ObligationOut(many=True)
    tasks = TaskOut(many=True)
    check_ins = KeptCheckInOut(many=True)
    filings = FilingOut(many=True)
    hazards = HazardOut(many=True)
    notifications = NotificationOut(many=True)
    linkages = LinkageOut(many=True)
    sites = SiteOut(many=True)
    divisions = DivisionOut(many=True, help_text="linked, and the own areas")
    industries = IndustryOut(many=True, help_text="linked")
    organisations = OrganisationOut(many=True, help_text="linked departments")
    gone = GoneOut(many=True)
    cursor = serializers.CharField(help_text="for the next call")
    has_more = serializers.BooleanField(help_text="there is more at once")
