"""GET me."""

from datetime import date
from typing import Any

from django.conf import settings
from django.db.models import Q
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from api.clock import today
from api.etags import Tagged
from api.me.roles import roles_of
from api.me.serializers import MeOut
from api.permissions import user_of
from fieldwork.directory.models import Linkage, Tenure, User
from fieldwork.directory.queries import leaders_of, unit_ids


class Me(Tagged):
    """Who I am, what I do today, for whom I act, and what I may send."""

    @extend_schema(responses=MeOut, operation_id="me")
    def get(self, request: Request) -> Response:
        return Response(MeOut(me(user_of(request), today())).data)


def me(user: User, on: date) -> dict[str, Any]:
    standing = Q(starts_on__lte=on) & (Q(ends_on__isnull=True) | Q(ends_on__gte=on))
    acts_for = [leader for leader in leaders_of(user, on).order_by("pk") if leader.pk != user.leader_id]
    tenures = Tenure.objects.filter(standing, leader=user.leader_id).select_related("post__organisation")
    linkages = Linkage.objects.filter(standing, tenure__in=tenures)
    units = unit_ids(user, on)
    return {
        "id": user.pk,
        "name": user.get_full_name(),
        "roles": roles_of(user, assists=bool(acts_for), has_unit=bool(units)),
        "division": user.division_id,
        "leader": user.leader_id,
        "unit": user.organisation if units else None,
        "acts_for": acts_for,
        "tenures": tenures.order_by("pk"),
        "linkages": linkages.select_related("division", "industry", "organisation").order_by("pk"),
        "limits": {
            "photo_bytes": settings.PHOTO_BYTES,
            "photos_per_check_in": settings.PHOTOS_PER_CHECK_IN,
            "attachment_bytes": settings.ATTACHMENT_BYTES,
            "attachments_per_filing": settings.ATTACHMENTS_PER_FILING,
            "body_bytes": settings.BODY_BYTES,
            "json_bytes": settings.JSON_BYTES,
        },
    }
