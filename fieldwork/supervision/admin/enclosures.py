"""Pages of rows that enclose files: their list, and the bytes of each for whoever sees the row."""

from functools import partial
from typing import Any

from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import path, reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from fieldwork.core.media_types import saved_as
from fieldwork.core.uploads import original
from fieldwork.directory.models import User
from fieldwork.inspections.pictures.derivatives import Size, derived
from fieldwork.supervision.admin.base import ShownAdmin
from fieldwork.supervision.admin.clock import of_office
from fieldwork.supervision.admin.showing import lines

SEEN_INLINE = ("image/jpeg", "image/png", "image/webp")


class EnclosingAdmin(ShownAdmin[Any]):
    """`enclosures` names the row's files; only pictures are shown in the page."""

    enclosures: str
    shows_inline = True  # pictures in the page itself

    def get_urls(self) -> list[Any]:
        guarded, mine = self.admin_site.admin_view, f"{self.opts.app_label}_{self.opts.model_name}"
        return [
            path("<uuid:object_id>/files/<str:sha256>", guarded(self.file_view), name=f"{mine}_file"),
            path("<uuid:object_id>/thumbs/<str:sha256>", guarded(self.thumb_view), name=f"{mine}_thumb"),
            *super().get_urls(),
        ]

    def file_view(self, request: HttpRequest, object_id: Any, sha256: str) -> HttpResponse | FileResponse:
        """The bytes of one enclosure."""
        enclosed = self._enclosed(request, object_id, sha256)
        if not original(sha256).exists():  # retention takes bytes away, and leaves their row
            raise Http404
        self.looked_at(enclosed, of_office(request))
        kind = enclosed.blob.content_type
        response = FileResponse(
            original(sha256).open("rb"), content_type=kind, as_attachment=kind not in SEEN_INLINE,
            filename=saved_as(getattr(enclosed, "name", "") or sha256[:12], kind),
        )  # fmt: skip
        response["Cache-Control"] = "private, no-store"
        return response

    def thumb_view(self, request: HttpRequest, object_id: Any, sha256: str) -> FileResponse:
        """A photo as the worker has made it small, without metadata; `?size=large` for 1,600 pixels."""
        size = Size.LARGE if request.GET.get("size") == Size.LARGE else Size.THUMB
        photo = self._enclosed(request, object_id, sha256)
        try:
            shown = FileResponse(derived(photo.sha256, size).open("rb"), content_type="image/jpeg")
        except FileNotFoundError:
            raise Http404 from None
        self.glanced_at(photo, of_office(request))
        return shown

    def _enclosed(self, request: HttpRequest, object_id: Any, sha256: str) -> Any:
        row = get_object_or_404(self.get_queryset(request), pk=object_id)
        stored = getattr(row, self.enclosures).filter(sha256=sha256, blob__isnull=False)
        if (found := stored.select_related("blob").first()) is None:
            raise Http404
        return found

    def looked_at(self, enclosed: Any, user: User) -> None:
        """The user is about to be shown a file."""

    def glanced_at(self, photo: Any, user: User) -> None:
        """The user is about to be shown a photo, made small."""

    def files(self, row: Any) -> SafeString | str:
        enclosed = getattr(row, self.enclosures).select_related("blob").order_by("pk")
        return lines(map(partial(self.shown, row), enclosed))

    def shown(self, row: Any, one: Any) -> SafeString | str:
        """The picture, small where that was made, which leads to the original; else a link to the bytes."""
        words = getattr(one, "name", "") or getattr(one, "caption", "") or one.sha256[:12]
        if one.blob is None:
            return format_html("{}（{}）", words, _("not yet arrived"))
        file, thumb = (
            reverse(f"admin:{self.opts.app_label}_{self.opts.model_name}_{name}", args=[row.pk, one.sha256])
            for name in ("file", "thumb")
        )
        small = thumb if derived(one.sha256, Size.THUMB).exists() else file
        if small == thumb or (self.shows_inline and one.blob.content_type in SEEN_INLINE):
            return format_html('<a href="{}"><img src="{}" alt="{}" loading="lazy"></a>', file, small, words)
        return format_html('<a href="{}">{}</a>', file, words)
