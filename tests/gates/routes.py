"""All routes with their methods, as Django has them."""

from collections.abc import Iterator
from typing import NamedTuple

from django.urls import URLPattern, URLResolver, get_resolver

VERBS = ("get", "post", "put", "patch", "delete")
READS = ("GET", "HEAD")


class Route(NamedTuple):
    """`path` with its parameters in angle brackets, without converters: `divisions/<pk>`."""

    method: str
    path: str

    def __str__(self) -> str:
        return f"{self.method} {self.path}"


def api_routes() -> list[Route]:
    """Every route under /api/v1/, with every method that it answers; HEAD where it is not just GET's."""
    found = [
        Route(method.upper(), _plain(path.removeprefix("api/v1/")))
        for path, pattern in _patterns(get_resolver().url_patterns)
        if path.startswith("api/v1/")
        for method in _methods(pattern)
    ]
    assert len(found) == len(set(found)), "two routes at one address"
    return sorted(found, key=lambda route: (route.path, route.method))


def _patterns(entries: list[URLPattern | URLResolver], prefix: str = "") -> Iterator[tuple[str, URLPattern]]:
    for entry in entries:
        path = prefix + str(entry.pattern)
        if isinstance(entry, URLResolver):
            yield from _patterns(entry.url_patterns, path)
        else:
            yield path, entry


def _methods(pattern: URLPattern) -> list[str]:
    actions = getattr(pattern.callback, "actions", None)  # a viewset's
    if actions is not None:
        return [verb for verb in VERBS if verb in actions]
    view = getattr(pattern.callback, "cls", None)
    return ["get"] if view is None else [verb for verb in ("head", *VERBS) if hasattr(view, verb)]


def _plain(path: str) -> str:
    parts = [f"<{step[1:-1].rpartition(':')[2]}>" if step.startswith("<") else step for step in path.split("/")]
    return "/".join(parts)


def lists() -> list[str]:
    """The paths of every GET that answers a page of rows, plain: those whose view's action for it is `list`."""
    return sorted(
        _plain(path.removeprefix("api/v1/"))
        for path, pattern in _patterns(get_resolver().url_patterns)
        if path.startswith("api/v1/") and (getattr(pattern.callback, "actions", None) or {}).get("get") == "list"
    )
