"""How an export names rows, so that whoever imports it finds the same ones again.

Names as they stand; 编号 beside a name where another row, in the exporter's own sight, has the same to a clerk.
"""

from collections import Counter
from collections.abc import Hashable, Iterable
from datetime import date
from functools import cache
from typing import Any

from fieldwork.directory.models import Industry, Organisation, Post, Tenure, User
from fieldwork.directory.queries import leaders_visible_to, scope
from fieldwork.supervision.workbook.keys import key_of
from fieldwork.supervision.workbook.places import Industries, Places


class Labels:
    def __init__(self, user: User, on: date) -> None:
        self._places = Places("")
        self._industries = Industry.objects.in_bulk()
        bodies = Organisation.objects.filter(scope(user, "division__path")).values_list("pk", "name", "division")
        self._bodies = _counted((key_of(name), place) for _pk, name, place in bodies.iterator())
        posts = Post.objects.filter(scope(user, "organisation__division__path"))
        self._posts = _counted(
            (body, key_of(title)) for body, title in posts.values_list("organisation", "title").iterator()
        )
        names = leaders_visible_to(user, on).values_list("name", flat=True)
        self._leaders = _counted(key_of(name) for name in names.iterator())
        held = Tenure.objects.filter(scope(user, "post__organisation__division__path"))
        self._tenures = _counted(
            (leader, body, key_of(title))
            for leader, body, title in held.values_list("leader", "post__organisation", "post__title").iterator()
        )
        self.division = cache(self._division)

    def _division(self, pk: int | None) -> str:
        return "" if pk is None else self._places.text_of(self._places[pk])

    def industry(self, pk: int | None) -> str:
        return "" if pk is None else Industries.text_of(self._industries[pk])

    def body(self, pk: int, name: str, division: int) -> int | None:
        """Its number, where it needs one; so too below."""
        return pk if self._bodies[(key_of(name), division)] != 1 else None

    def post(self, pk: int, organisation: int, title: str) -> int | None:
        return pk if self._posts[(organisation, key_of(title))] != 1 else None

    def leader(self, pk: int, name: str) -> int | None:
        return pk if self._leaders[key_of(name)] != 1 else None

    def tenure(self, pk: int, leader: int, organisation: int, title: str) -> int | None:
        return pk if self._tenures[(leader, organisation, key_of(title))] != 1 else None


def _counted(names: Iterable[Hashable]) -> Counter[Any]:
    return Counter(names)
