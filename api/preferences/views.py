"""GET, PUT me/reminders."""

from typing import Any

from django.db import transaction
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from api.clock import now
from api.etags import Tagged, require_match
from api.permissions import user_of
from api.preferences.serializers import PreferencesIn, PreferencesOut
from api.schema import problems
from fieldwork.directory.bounds import lock
from fieldwork.directory.models import User
from fieldwork.reminders.channels import configured
from fieldwork.reminders.preferences import available_to, chosen_by, mutable_kinds, set_preferences


class MyReminders(Tagged):
    """Through which channels I am told, what I mute, and where I am reached outside the app.

    All is in the inbox whatever I choose; and kinds that are not `mutable` are told all the same.
    """

    @extend_schema(responses=PreferencesOut, operation_id="me_reminders")
    def get(self, request: Request) -> Response:
        return Response(_out(user_of(request)))

    @extend_schema(request=PreferencesIn, responses=PreferencesOut, operation_id="me_reminders_choose")
    @problems(412)
    def put(self, request: Request) -> Response:
        """Choose all of it anew."""
        given = PreferencesIn(data=request.data)
        given.is_valid(raise_exception=True)
        user = user_of(request)
        with transaction.atomic():
            lock(user)  # between If-Match and the change nothing comes
            require_match(request, _out(user))
            set_preferences(user=user, **given.validated_data, by=user, at=now())
            return Response(_out(user))


def _out(user: User) -> Any:
    available = available_to(user, configured(), now())
    return PreferencesOut({**chosen_by(user)._asdict(), "available": available, "mutable": mutable_kinds()}).data
