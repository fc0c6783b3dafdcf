"""Serializers that are made once a thread.

REST framework copies every declared field deeply whenever a serializer is made; for a request as hot and as nested as a
check-in that costs more than the database does.
"""

import threading
from collections.abc import Mapping
from typing import Any, Generic, TypeVar

from rest_framework.serializers import Serializer

S = TypeVar("S", bound=Serializer[Any])


class Kept(Generic[S]):
    """Makes one serializer a thread and gives it anew what it is to read or to write."""

    def __init__(self, serializer_class: type[S]) -> None:
        self._class = serializer_class
        self._here = threading.local()

    def _made(self) -> S:
        if not hasattr(self._here, "made"):
            self._here.made = self._class()
        made: S = self._here.made
        return made

    def read(self, data: Any) -> S:
        """The serializer with `validated_data`; a ValidationError names what is wrong with it."""
        serializer = self._made()
        for name in ("_validated_data", "_errors", "_data"):
            serializer.__dict__.pop(name, None)
        serializer.initial_data = data
        serializer.is_valid(raise_exception=True)
        return serializer

    def written(self, row: Any, context: Mapping[str, Any]) -> dict[str, Any]:
        """The row as it is answered."""
        serializer = self._made()
        serializer._context = dict(context)
        shown: dict[str, Any] = serializer.to_representation(row)
        return shown
