"""devices: mine, and mine alone."""

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework.mixins import ListModelMixin, RetrieveModelMixin
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.viewsets import GenericViewSet

from api.clock import now
from api.devices import actions
from api.devices.serializers import DeviceOut, DevicePut
from api.etags import Tagged
from api.permissions import user_of
from fieldwork.reminders.models import Device


class Devices(Tagged, ListModelMixin, RetrieveModelMixin, GenericViewSet[Device]):
    """The devices on which I have signed in, by the ids that they made for themselves."""

    serializer_class = DeviceOut
    queryset = Device.objects.none()
    lookup_field = lookup_url_kwarg = "key"
    ordering = ("-claimed_at",)
    ordering_fields = ("claimed_at",)

    def get_queryset(self) -> QuerySet[Device]:
        return Device.objects.filter(user=user_of(self.request))

    @extend_schema(request=DevicePut, responses={200: DeviceOut, 201: DeviceOut})
    def update(self, request: Request, key: str) -> Response:
        """Say what the device is and where pushes go. A push address belongs to its last claimant."""
        given = DevicePut(data=request.data)
        given.is_valid(raise_exception=True)
        push = given.validated_data["push"]
        device, created = actions.register(
            user=user_of(request),
            key=key,
            platform=given.validated_data["platform"],
            app_version=given.validated_data["app_version"],
            push=actions.Push(push["push_kind"], push["push_value"]) if push else None,
            at=now(),
        )
        return Response(DeviceOut(device).data, status=201 if created else 200)

    @extend_schema(responses={204: None})
    def destroy(self, request: Request, key: str) -> Response:
        """Sign the device out and forget it."""
        actions.forget(device=self.get_object(), by=user_of(request), at=now())
        return Response(status=204)
