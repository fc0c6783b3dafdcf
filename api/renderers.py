"""JSON out: UTF-8, no NaN, one renderer whatever `Accept` says."""

from collections.abc import Iterable, Mapping
from typing import Any

import orjson
from rest_framework import renderers
from rest_framework.negotiation import DefaultContentNegotiation
from rest_framework.renderers import BaseRenderer
from rest_framework.request import Request
from rest_framework.utils.encoders import JSONEncoder

# Instants are left to the encoder of DRF, as are lazy texts, decimals and whatever else JSON has no word for.
_OPTIONS = orjson.OPT_NON_STR_KEYS | orjson.OPT_PASSTHROUGH_DATETIME
_encode = JSONEncoder().default


class JSONRenderer(renderers.JSONRenderer):
    """Compact UTF-8 JSON; a float that JSON cannot hold is null, never `NaN` on the wire."""

    charset = None

    def render(
        self, data: Any, accepted_media_type: str | None = None, renderer_context: Mapping[str, Any] | None = None
    ) -> bytes:
        return b"" if data is None else orjson.dumps(data, default=_encode, option=_OPTIONS)


class FirstRenderer(DefaultContentNegotiation):
    """An address has one representation, so `Accept` is not asked; parsers go by `Content-Type`."""

    def select_renderer(
        self, request: Request, renderers: Iterable[BaseRenderer], format_suffix: str | None = None
    ) -> tuple[BaseRenderer, str]:
        first = next(iter(renderers))
        return first, first.media_type or ""
