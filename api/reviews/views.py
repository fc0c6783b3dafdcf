"""What check-ins and filings have in common: they count for something, and are reviewed."""

from typing import Any, ClassVar, Generic, TypeVar
from uuid import UUID

from django.db.models import Model
from rest_framework.request import Request
from rest_framework.response import Response

from api.idempotency import once
from api.permissions import user_of
from api.resources import Shown
from api.reviews.serializers import ProofOut, ReviewIn
from fieldwork.core.errors import Code, DomainError
from fieldwork.directory.models import User
from fieldwork.duties.queries import reviews_of, served_by

M = TypeVar("M", bound=Model)


class Proofs(Shown[M], Generic[M]):
    """Rows that performances come from: `source_kind` with their ids."""

    takes_keys = True
    source_kind: ClassVar[str]
    review_class: ClassVar[type[ReviewIn]] = ReviewIn

    def may_review(self, user: User, row: M) -> bool:
        raise NotImplementedError

    def judge(self, row: M, given: dict[str, Any], user: User) -> M:
        """Call the action, with the validated verdict."""
        raise NotImplementedError

    def get_serializer(self, *args: Any, **kwargs: Any) -> ProofOut:
        shown = args[0] if args else []
        known = self.known_of(shown if isinstance(shown, list) else [shown])
        kwargs["context"] = {**self.get_serializer_context(), **known}
        made: ProofOut = self.serializer_class(*args, **kwargs)  # type: ignore[misc,assignment]  # set by subclasses
        return made

    def known_of(self, rows: list[M]) -> dict[str, Any]:
        """What the serializer needs to know of these rows beyond themselves."""
        keys = [str(row.pk) for row in rows]
        return {"served": served_by(self.source_kind, keys), "reviews": reviews_of(self.source_kind, keys)}

    def stands(self, pk: object) -> Any:
        """The object as it stands now, for the answer."""
        return self.get_serializer(self.get_queryset().get(pk=pk)).data

    def review(self, request: Request, pk: UUID) -> Response:
        """Accept it, or reject it with a reason; it counts anew at once. The latest verdict holds."""
        return once(request, lambda: self._review(request))

    def _review(self, request: Request) -> Response:
        row, user = self.get_object(), user_of(request)
        if not self.may_review(user, row):
            raise DomainError(Code.NOT_ALLOWED)
        given = self.review_class(data=request.data)
        given.is_valid(raise_exception=True)
        self.judge(row, given.validated_data, user)
        return Response(self.stands(row.pk))
