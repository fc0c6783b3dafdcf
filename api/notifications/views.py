"""The inbox."""

from django.db.models import Prefetch, QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework.mixins import ListModelMixin, RetrieveModelMixin
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.viewsets import GenericViewSet

from api.clock import now
from api.etags import Tagged
from api.notifications.filters import NotificationFilters
from api.notifications.serializers import NotificationOut
from api.permissions import user_of
from fieldwork.duties.models import Obligation
from fieldwork.reminders.actions import mark_read
from fieldwork.reminders.models import Notification
from fieldwork.reminders.queries import notifications_visible_to


class Notifications(Tagged, ListModelMixin, RetrieveModelMixin, GenericViewSet[Notification]):
    """What I have been told. Unread is what I have not read and what still matters."""

    serializer_class = NotificationOut
    queryset = Notification.objects.none()
    filterset_class = NotificationFilters
    ordering = ("-at", "-id")
    ordering_fields = ("at",)

    def get_queryset(self) -> QuerySet[Notification]:
        obligations = Prefetch("obligations", Obligation.objects.only("pk").order_by("pk"))
        found = notifications_visible_to(user_of(self.request)).select_related("review__performance")
        return found.prefetch_related(obligations)

    @extend_schema(request=None, responses={200: NotificationOut})
    def read(self, request: Request, pk: int) -> Response:
        """I have read it; the first time counts."""
        notification = self.get_object()
        mark_read(notification=notification, by=user_of(request), at=now())
        return Response(NotificationOut(notification).data)
