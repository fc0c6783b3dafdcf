"""What became of a hazard, in words: the settled points, listings, extensions, submissions, and every step."""

from collections.abc import Callable, Iterable
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.utils.functional import cached_property
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from fieldwork.core.geo import Position
from fieldwork.directory.models import Organisation, User
from fieldwork.hazards.doubts import doubts_of, missing_points
from fieldwork.hazards.enums import Grade, HazardState, Point
from fieldwork.hazards.models import Hazard, HazardPhoto
from fieldwork.hazards.queries import is_overdue
from fieldwork.inspections.models import CheckIn
from fieldwork.inspections.rules import roughly_m
from fieldwork.supervision.admin.clock import today
from fieldwork.supervision.admin.ids import id_of
from fieldwork.supervision.admin.showing import (
    NOTHING,
    Words,
    day,
    instant,
    lines,
    link_to,
    table,
    unbroken,
    yes_or_no,
)

ShowPhoto = Callable[[Any, HazardPhoto], SafeString | str]

SAID: dict[str, Words] = {
    "grade": _("grade of the hazard"),
    "rectifying_unit": _("rectifying unit"),
    "rectifying_person": _("person who answers for rectifying it"),
    "assisting_unit": _("assisting unit"),
    "assisting_person": _("person who answers for assisting"),
    "supervising_unit": _("supervising unit"),
    "supervising_person": _("person who answers for supervising"),
    "deadline": _("deadline"),
    "measures": _("measures"),
    "responsibility": _("responsibility"),
    "funds": _("funds"),
    "emergency_plan": _("emergency plan"),
    "year": _("year"),
    "batch": _("batch"),
    "account": _("account of the rectification"),
    "photos": _("photos"),
    "missing_reason": _("why there is no position"),
    "granted": _("granted"),
    "check_in": _("check-in"),
    "duplicate_of": _("reported already as"),
    "remark": _("remark"),
    "reason": _("reason"),
}
_UNITS = ("rectifying_unit", "assisting_unit", "supervising_unit")


def deadline_of(row: Hazard) -> Any:
    """With a word where it has passed."""
    if row.deadline is None:
        return None
    if not is_overdue(row, today()):
        return day(row.deadline)
    return format_html("{} <strong>{}</strong>", day(row.deadline), _("overdue"))


def points(row: Hazard) -> SafeString | str:
    """The five settled points (五落实): what stands of each, and which of a major hazard are missing."""
    missing = missing_points(row)

    def said(point: Point) -> object:
        value = getattr(row, point.value)
        if value and point == Point.DEADLINE:
            return day(value)
        return value or (format_html("<strong>{}</strong>", _("missing")) if point in missing else NOTHING)

    return table((_("point"), _("what stands")), ((point.label, said(point)) for point in Point))


def listings(row: Hazard) -> SafeString | str:
    heads = (
        _("year"), _("batch"), _("rectifying unit"), _("assisting unit"), _("supervising unit"), _("listed on"),
        _("delisted on"),
    )  # fmt: skip
    rows = row.listings.select_related(*_UNITS, "by").order_by("-step__number")
    return table(
        heads,
        (
            (
                one.year, one.batch, f"{one.rectifying_unit} · {one.rectifying_person}",
                f"{one.assisting_unit} · {one.assisting_person}", f"{one.supervising_unit} · {one.supervising_person}",
                day(one.listed_on), day(one.delisted_on),
            )
            for one in rows
        ),
    )  # fmt: skip


def extensions(row: Hazard) -> SafeString | str:
    heads = (
        _("old deadline"), _("deadline asked for"), _("reason"), _("asked for by"), _("decision"), _("decided by"),
        _("reason for the decision"),
    )  # fmt: skip
    rows = row.extensions.select_related("requested_by", "decided_by").order_by("-step__number")
    return table(
        heads,
        (
            (
                day(one.old_deadline), day(one.new_deadline), one.reason, _signed(one.requested_by, one.requested_at),
                _decision(one.granted), _signed(one.decided_by, one.decided_at), one.decision or NOTHING,
            )
            for one in rows
        ),
    )  # fmt: skip


def _signed(by: User | None, at: datetime | None) -> SafeString | str:
    return lines((by, instant(at))) if by else NOTHING


def _decision(granted: bool | None) -> Words:
    return _("waits for a decision") if granted is None else _("granted") if granted else _("refused")


def submissions(row: Hazard, show: ShowPhoto) -> SafeString | str:
    """What was said and shown each time; beside a photo after, the photo before that it shows again."""
    heads = (
        _("account of the rectification"), _("submitted by"), _("metres from where it was found, to 100 m"),
        _("doubts"), _("photos before and after"),
    )  # fmt: skip
    photos = list(row.photos.all())
    before = {photo.sha256: photo for photo in photos if photo.submission_id is None}
    rows = row.submissions.select_related("by").order_by("-step__number")

    def pair(photo: HazardPhoto) -> SafeString | str:
        known = before.get(photo.pairs_with)
        return unbroken(format_html("{}{}", show(row, known) if known else "", show(row, photo)))

    return table(
        heads,
        (
            (
                one.account, _signed(one.by, one.at), _metres(one.distance_m),
                lines(doubt.label for doubt in doubts_of(row, one)),
                lines(pair(photo) for photo in photos if photo.submission_id == one.pk),
            )
            for one in rows
        ),
    )  # fmt: skip


def _metres(exactly: float | None) -> str:
    metres = roughly_m(exactly)
    return NOTHING if metres is None else f"{metres:.0f}"


def steps(row: Hazard) -> SafeString | str:
    """All of them, the first first: what was done and said, by whom and when, and where it stood then."""
    heads = (_("number"), _("step"), _("what was said"), _("taken by"), _("state after"))
    taken = list(row.steps.select_related("by").order_by("number"))
    said = [one.said for one in taken]
    names = _Names(said)
    return table(
        heads,
        (
            (
                one.number, one.get_action_display(), lines(names.words(content)), _signed(one.by, one.at),
                unbroken(HazardState(one.after).label),
            )
            for one, content in zip(taken, said, strict=True)
        ),
    )  # fmt: skip


class _Names:
    """What the ids in steps stand for; read at once."""

    def __init__(self, said: Iterable[dict[str, Any]]) -> None:
        contents = list(said)
        units = {number for one in contents for side in _UNITS if (number := id_of(one.get(side)))}
        visits = {UUID(one["check_in"]) for one in contents if one.get("check_in")}
        originals = {UUID(one["duplicate_of"]) for one in contents if one.get("duplicate_of")}
        rows: list[Any] = []
        if units:
            rows += Organisation.objects.filter(pk__in=units)
        if visits:
            rows += CheckIn.objects.filter(pk__in=visits).select_related("lead")
        if originals:
            rows += Hazard.objects.filter(pk__in=originals)
        self._rows = {str(row.pk): row for row in rows}

    def words(self, said: dict[str, Any]) -> Iterable[str]:
        for name, words in SAID.items():
            shown = self._shown(name, said.get(name))
            if shown not in (None, ""):
                yield format_html("{}：{}", words, shown)

    def _shown(self, name: str, value: Any) -> Any:
        """None for what was left open."""
        if value is None:
            return None
        return self._kinds.get(name, str)(value)

    @cached_property
    def _kinds(self) -> dict[str, Callable[[Any], Any]]:
        return {
            **dict.fromkeys(_UNITS, lambda key: self._rows.get(key, key)),
            "grade": lambda value: Grade(value).label,
            "granted": yes_or_no,
            "deadline": lambda value: day(date.fromisoformat(value)),
            "photos": len,
            "check_in": lambda key: visit(self._rows.get(key)) or key,
            "duplicate_of": lambda key: _linked(self._rows.get(key)) or key,
        }


def visit(row: CheckIn | None) -> SafeString | str | None:
    return link_to(row, f"{row.lead} · {row.captured_on}") if row else None


def _linked(row: Hazard | None) -> SafeString | str | None:
    return link_to(row, row.description[:40]) if row else None


def position(row: Hazard) -> str | None:
    """Where it is, in WGS-84; and as it was given, where that was otherwise."""
    if row.wgs84_latitude is None or row.wgs84_longitude is None:
        return None
    there = Position(row.wgs84_latitude, row.wgs84_longitude)
    shown = f"{there.latitude:.6f}, {there.longitude:.6f}"
    given = "" if row.datum == "wgs84" else f"；{row.latitude}, {row.longitude} ({row.datum})"
    accuracy = "" if row.accuracy_m is None else f" ±{row.accuracy_m:g} m"
    return f"{shown}{accuracy}{given}"
