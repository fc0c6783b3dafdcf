"""JSON out: UTF-8, no NaN, one renderer whatever `Accept` says."""

from collections.abc import Iterable, Mapping
from typing import Any

from rest_framework import renderers
from rest_framework.negotiation import DefaultContentNegotiation
from rest_framework.renderers import BaseRenderer
from rest_framework.request import Request


class JSONRenderer(renderers.JSONRenderer):
    """Compact UTF-8 JSON; a float that JSON cannot hold is a ValueError, never `NaN` on the wire."""

    charset = None
    ensure_ascii = False
    strict = True
    compact = True

    def get_indent(self, accepted_media_type: str, renderer_context: Mapping[str, Any]) -> None:
        return None


class FirstRenderer(DefaultContentNegotiation):
    """An address has one representation, so `Accept` is not asked; parsers go by `Content-Type`."""

    def select_renderer(
        self, request: Request, renderers: Iterable[BaseRenderer], format_suffix: str | None = None
    ) -> tuple[BaseRenderer, str]:
        first = next(iter(renderers))
        return first, first.media_type or ""
