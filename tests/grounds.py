"""Boundaries for tests: boxes in degrees, loaded as an administrator loads a file."""

import io
import itertools
import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from fieldwork.core.events import SYSTEM
from fieldwork.directory.boundaries import LoadedBoundaries, load_boundaries
from fieldwork.directory.models import Division

Ring = list[tuple[float, float]]
_AT = datetime(2026, 11, 1, tzinfo=UTC)
_loads = itertools.count()


def box(west: float, south: float, east: float, north: float) -> Ring:
    return [(west, south), (east, south), (east, north), (west, north), (west, south)]


def polygon(*rings: Ring) -> dict[str, Any]:
    """The outer ring and its holes."""
    return {"type": "Polygon", "coordinates": rings}


def multipolygon(*polygons: list[Ring]) -> dict[str, Any]:
    return {"type": "MultiPolygon", "coordinates": polygons}


def feature(geometry: Any, **properties: Any) -> dict[str, Any]:
    return {"type": "Feature", "properties": properties, "geometry": geometry}


def geojson(*features: Any, **more: Any) -> str:
    return json.dumps({"type": "FeatureCollection", "features": features, **more}, ensure_ascii=False)


def load(text: str, **options: Any) -> LoadedBoundaries:
    at = _AT + timedelta(seconds=next(_loads))  # no two at one instant: shapes are kept by it
    values: dict[str, Any] = {"authority": "test", "source": "测试", "by": SYSTEM, "at": at, **options}
    return load_boundaries(io.StringIO(text), **values)


def bound(grounds: Mapping[Division, Any], **options: Any) -> LoadedBoundaries:
    """Give each division its geometry."""
    return load(geojson(*(feature(geometry, code=row.code) for row, geometry in grounds.items())), **options)
