"""Where precisely a check-in was captured, and its photos as they were sent: shown in its review alone."""

import json
from typing import TYPE_CHECKING, Any
from uuid import UUID

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _

from fieldwork.directory.models import User
from fieldwork.inspections.examining import examine_check_in, examine_photo
from fieldwork.inspections.flags import text_of
from fieldwork.inspections.models import CheckIn, Photo
from fieldwork.inspections.queries import cases_visible_to
from fieldwork.inspections.rules import can_see_exactly
from fieldwork.supervision.admin.clock import now, of_office, today
from fieldwork.supervision.admin.showing import NOTHING, instant, lines, page_of, table, yes_or_no

if TYPE_CHECKING:
    from fieldwork.supervision.admin.check_ins import CheckInAdmin


def evidence_view(admin: "CheckInAdmin", request: HttpRequest, object_id: UUID) -> HttpResponse:
    """The whole of it, to the office that reviews; who looks is on record."""
    user = of_office(request)
    row = get_object_or_404(cases_visible_to(user, today()).select_related("lead"), pk=object_id)
    examine_check_in(row, by=user, at=now())
    context = {
        **admin.admin_site.each_context(request), "title": _("Look at the evidence"), "subtitle": admin.label(row),
        "opts": admin.opts, "back": admin.kept(request, page_of(row)),
        "preserved_filters": admin.get_preserved_filters(request), "note": _("That you looked is on record."),
        "facts": [(_("position as given"), given_at(row)), (_("position (WGS-84)"), captured_at(row)),
                  *_fix(row), (_("metres from the target"), _metres(row)),
                  (_("doubts"), lines(text_of(flag.code, flag.figures) for flag in row.flags.order_by("pk"))),
                  (_("the phone's clock when it sent"), instant(row.clock_at_send)),
                  (_("photos"), _pictures(row)), (_("photos not here"), _absent(row)), (_("receipt"), _signed(row))],
    }  # fmt: skip
    return TemplateResponse(request, "supervision/evidence.html", context)


def look_at_original(photo: Photo, user: User) -> None:
    """PermissionDenied to whoever neither was there nor reviews it; a reviewer's look is on record."""
    if can_see_exactly(user, photo.check_in, today()):
        return
    if not cases_visible_to(user, today()).filter(pk=photo.check_in_id).exists():
        raise PermissionDenied
    examine_photo(photo, by=user, at=now())


def given_at(row: CheckIn) -> str:
    return NOTHING if row.latitude is None else f"{row.latitude}, {row.longitude} ({row.datum})"


def captured_at(row: CheckIn) -> str:
    return NOTHING if row.wgs84_latitude is None else f"{row.wgs84_latitude:.6f}, {row.wgs84_longitude:.6f}"


def _pictures(row: CheckIn) -> Any:
    """What was found in each, beside a link to the original."""
    heads = (_("photo"), _("taken at, by its metadata"), _("taken where, by its metadata"), _("camera"), _("size"))
    photos = row.photos.filter(blob__isnull=False).select_related("blob__picture").order_by("pk")
    return table(heads, ((_original(row, photo), *_found_in(photo)) for photo in photos))


def _fix(row: CheckIn) -> list[tuple[Any, object]]:
    """What the phone said of its fix, beside the place."""
    said = json.loads(row.content)["location"]
    return [
        (_("accuracy (m)"), _or_nothing(said["accuracy_m"])),
        (_("age of the position (s)"), _or_nothing(said["fix_age_s"])),
        (_("simulated position"), yes_or_no(said["mocked"])),
    ]


def _metres(row: CheckIn) -> str:
    return NOTHING if row.distance_m is None else f"{row.distance_m:.0f}"


def _or_nothing(value: object) -> object:
    return NOTHING if value is None else value


def _absent(row: CheckIn) -> Any:
    """Declared photos without bytes: still awaited, or lost and why."""
    heads = (_("photo"), _("lost"), _("reason"))
    photos = row.photos.filter(blob__isnull=True).order_by("pk")
    return table(heads, ((one.sha256[:12], instant(one.lost_at), one.lost_reason or NOTHING) for one in photos))


def _signed(row: CheckIn) -> Any:
    receipt = getattr(row, "receipt", None)
    return NOTHING if receipt is None else format_html("{} ({})", instant(receipt.issued_at), receipt.key_id)


def _original(row: CheckIn, photo: Photo) -> str:
    """The picture in large, which leads to the original."""
    address, large = (
        reverse(f"admin:inspections_checkin_{name}", args=[row.pk, photo.sha256]) for name in ("file", "thumb")
    )
    picture = '<a href="{}"><img src="{}?size=large" alt="{}" style="max-width: 40rem; width: 100%"></a>'
    return format_html(picture, address, large, photo.caption or photo.sha256[:12])


def _found_in(photo: Photo) -> tuple[object, ...]:
    picture = getattr(photo.blob, "picture", None)
    if picture is None:
        return (NOTHING,) * 4
    where = NOTHING if picture.latitude is None else f"{picture.latitude:.6f}, {picture.longitude:.6f}"
    size = picture.get_problem_display() or f"{picture.width} × {picture.height}"
    return instant(picture.taken_at), where, picture.camera or NOTHING, size
