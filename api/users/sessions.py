"""users/{id}/…: the devices on which somebody is signed in, signing them out, and undoing a lock."""

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework.generics import get_object_or_404
from rest_framework.mixins import ListModelMixin
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.viewsets import GenericViewSet

from api.clock import now, today
from api.devices.actions import forget
from api.etags import Tagged
from api.permissions import user_of
from api.schema import problems
from api.users.serializers import UserDeviceOut
from fieldwork.core.errors import Code, DomainError
from fieldwork.directory.accounts import sign_out, unlock
from fieldwork.directory.models import User
from fieldwork.directory.queries import users_visible_to
from fieldwork.directory.rules import can_manage_users, can_see_devices_of
from fieldwork.reminders.models import Device


class UserDevices(Tagged, ListModelMixin, GenericViewSet[Device]):
    """Where somebody is signed in."""

    serializer_class = UserDeviceOut
    queryset = Device.objects.none()
    lookup_field = lookup_url_kwarg = "key"
    ordering = ("pk",)

    def get_queryset(self) -> QuerySet[Device]:
        owner = visible_user(self.request, self.kwargs["pk"])
        if not can_see_devices_of(user_of(self.request), owner, today()):
            raise DomainError(Code.NOT_ALLOWED)
        return Device.objects.filter(user=owner).select_related("token", "user")

    @problems(403)
    def list(self, request: Request, pk: int) -> Response:
        """The devices of somebody who lies wholly in the scope of my office, or my own."""
        return super().list(request, pk)

    @extend_schema(responses={204: None})
    def destroy(self, request: Request, pk: int, key: str) -> Response:
        """Sign this device out and forget it: the phone is lost, or somebody else's now."""
        device = self.get_object()
        managed_user(request, pk)
        forget(device=device, by=user_of(request), at=now())
        return Response(status=204)


class UserSessions(GenericViewSet[User]):
    """What a supervisor does when a phone is lost, or somebody is locked out."""

    queryset = User.objects.none()

    @extend_schema(request=None, responses={204: None})
    def sign_out(self, request: Request, pk: int) -> Response:
        """Sign all devices of the user out."""
        sign_out(managed_user(request, pk), by=user_of(request), at=now())
        return Response(status=204)

    @extend_schema(request=None, responses={204: None})
    def unlock(self, request: Request, pk: int) -> Response:
        """Forget all failed sign-ins of the user: the next try is a first one."""
        unlock(managed_user(request, pk), by=user_of(request), at=now())
        return Response(status=204)


def visible_user(request: Request, pk: int) -> User:
    return get_object_or_404(users_visible_to(user_of(request), today()), pk=pk)


def managed_user(request: Request, pk: int) -> User:
    """The user, whom the sender may see and manage."""
    user = visible_user(request, pk)
    if not can_manage_users(user_of(request), [user], today()):
        raise DomainError(Code.NOT_ALLOWED)
    return user
