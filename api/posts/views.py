"""posts: list, read, begin, end."""

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from api.clock import now
from api.posts.filters import PostFilters
from api.posts.serializers import PostIn, PostOut
from api.resources import Managed
from fieldwork.directory.models import Division, Post, User
from fieldwork.directory.queries import posts_visible_to
from fieldwork.supervision import actions


class Posts(Managed[Post]):
    """Seats (职务) in organisations, each with a role of the policy."""

    queryset = Post.objects.none()
    visible = posts_visible_to
    related = ("organisation__division",)
    serializer_class = PostOut
    input_class = PostIn
    filterset_class = PostFilters
    ordering_fields = ("title", "role", "starts_on")

    def division_of(self, row: Post) -> Division:
        return row.organisation.division

    def begin(self, given: dict[str, Any], user: User) -> Post:
        self.require_manager(given["organisation"].division)
        return actions.create_post(**given, by=user, at=now())

    @extend_schema(request=PostIn, responses={201: PostOut})
    def create(self, request: Request) -> Response:
        return super().create(request)
