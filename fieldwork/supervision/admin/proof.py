"""What check-ins and filings have in common: what was proved, its files, and a supervisor's verdict."""

from typing import Any

from django.contrib.admin.views.main import ChangeList
from django.db.models import Q
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.urls import path, reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from fieldwork.core.media_types import saved_as
from fieldwork.core.uploads import original
from fieldwork.directory.models import Tenure, User
from fieldwork.directory.paths import within
from fieldwork.supervision.admin.base import ShownAdmin
from fieldwork.supervision.admin.clock import of_office
from fieldwork.supervision.admin.counting import put_counting
from fieldwork.supervision.admin.showing import lines
from fieldwork.supervision.admin.verdicts import judge

AREA = "post__organisation__division__path"
SEEN_INLINE = ("image/jpeg", "image/png", "image/webp")


class ProofAdmin(ShownAdmin[Any]):
    """Declared once, never changed here; only a verdict is added."""

    source: str
    enclosures: str
    shows_inline = True  # pictures in the page itself
    list_per_page = 50

    def get_urls(self) -> list[Any]:
        view = self.admin_site.admin_view(self.file_view)
        name = f"{self.opts.app_label}_{self.opts.model_name}_file"
        return [path("<uuid:object_id>/files/<str:sha256>", view, name=name), *super().get_urls()]

    def file_view(self, request: HttpRequest, object_id: Any, sha256: str) -> HttpResponse | FileResponse:
        """The bytes of one enclosure, to whoever sees the proof; only pictures are shown in the page."""
        row = self.get_object(request, str(object_id))
        enclosed = (
            getattr(row, self.enclosures).filter(sha256=sha256, blob__isnull=False).select_related("blob").first()
        )
        if enclosed is None or not original(sha256).exists():  # retention takes bytes away, and leaves their row
            raise Http404
        self.looked_at(enclosed, of_office(request))
        kind = enclosed.blob.content_type
        response = FileResponse(
            original(sha256).open("rb"), content_type=kind, as_attachment=kind not in SEEN_INLINE,
            filename=saved_as(getattr(enclosed, "name", "") or sha256[:12], kind),
        )  # fmt: skip
        response["Cache-Control"] = "private, no-store"
        return response

    def looked_at(self, enclosed: Any, user: User) -> None:
        """The user is about to be shown a file."""

    def get_changelist_instance(self, request: HttpRequest) -> ChangeList:
        """The page's verdicts are read at once."""
        page = super().get_changelist_instance(request)
        judge(page.result_list, self.source)
        return page

    def get_object(self, request: HttpRequest, object_id: str, from_field: str | None = None) -> Any:
        found = super().get_object(request, object_id, from_field)
        judge([found], self.source)
        put_counting(found, self.source, of_office(request))
        return found

    def files(self, row: Any) -> str:
        return lines(
            self._shown(row, one) for one in getattr(row, self.enclosures).select_related("blob").order_by("pk")
        )

    def _shown(self, row: Any, one: Any) -> SafeString | str:
        words = getattr(one, "name", "") or getattr(one, "caption", "") or one.sha256[:12]
        if one.blob is None:
            return format_html("{}（{}）", words, _("not yet arrived"))
        address = reverse(f"admin:{self.opts.app_label}_{self.opts.model_name}_file", args=[row.pk, one.sha256])
        if self.shows_inline and one.blob.content_type in SEEN_INLINE:
            return format_html('<a href="{0}"><img src="{0}" alt="{1}" loading="lazy"></a>', address, words)
        return format_html('<a href="{}">{}</a>', address, words)


def led_there(path: str, person: str) -> Q:
    tenures = Tenure.objects.filter(within(path, AREA))
    return Q(**{f"{person}__in": tenures.values("leader")})
