"""A period at a glance: how it stands by place, body, person, rule or industry, and what is at risk; its ledger and its
bulletin to take away."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.core.exceptions import BadRequest
from django.http import FileResponse, Http404, HttpRequest, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.template.response import TemplateResponse
from django.utils import translation
from django.utils.translation import gettext_lazy as _

from fieldwork.core.errors import Code, DomainError
from fieldwork.core.periods import Cadence, Period
from fieldwork.directory.models import Division, User
from fieldwork.directory.queries import divisions_visible_to, scope_holds
from fieldwork.duties.enums import Status
from fieldwork.duties.models import Obligation, Opening
from fieldwork.supervision.admin.clock import MANAGERS, now, of_office, today
from fieldwork.supervision.admin.duties import who_owes
from fieldwork.supervision.admin.filters import PERIODS_OFFERED, around
from fieldwork.supervision.admin.ids import id_of
from fieldwork.supervision.admin.showing import Words, adding, day, link_to, page_of
from fieldwork.supervision.allowance import count_export
from fieldwork.supervision.bulletins.bulletin import bulletin_of
from fieldwork.supervision.bulletins.printing import engine, printed
from fieldwork.supervision.models import Freeze
from fieldwork.supervision.months.summaries import PAGE, By, Earlier, Line, Summary, summary_of
from fieldwork.supervision.work_ledger.actions import note_export
from fieldwork.supervision.work_ledger.owed import Asked
from fieldwork.supervision.work_ledger.sheets import MEDIA_TYPE
from fieldwork.supervision.work_ledger.taking import as_csv, as_workbook

TITLE: Words = _("The month")
BY: dict[str, Words] = {
    By.DIVISION: _("division"), By.ORGANISATION: _("organisation"), By.LEADER: _("leader"), By.RULE: _("rule"),
    By.INDUSTRY: _("industry"),
}  # fmt: skip
WORDS: dict[str, Words] = {
    "period": _("period"), "division": _("division"), "by": _("by"), "show": _("Show"), "everywhere": _("everywhere"),
    "book": _("Work ledger (xlsx)"), "table": _("Work ledger (csv)"), "bulletin": _("Bulletin (PDF)"),
    "publish": _("Publish"), "published": _("published"), "at_risk": _("At risk"), "next": _("Next page"),
    "total": _("in all"), "nobody": _("Nothing is owed here in this period."),
}  # fmt: skip
HEADS: tuple[Words, ...] = (
    _("owed"), Status.MET.label, Status.OPEN.label, _("at risk"), Status.LAPSED.label, Status.EXCUSED.label,
    _("share of excuses"), _("share met"), _("share met before"),
)  # fmt: skip
RISK_HEADS: tuple[Words, ...] = (_("who is to do it"), _("what is to be done"), _("due day"), _("done"))


@dataclass(frozen=True, slots=True)
class Looked:
    """Who looks at what; `division` None: all there are, for who serves the whole installation."""

    user: User
    period: Period
    division: Division | None
    by: By
    page: int

    def query(self, **more: object) -> str:
        """The address of the same page, but for what is said otherwise."""
        said = {"period": self.period, "division": self.division.pk if self.division else "", "by": self.by.value}
        return f"?{urlencode({**said, **more})}"


def month_page(request: HttpRequest, context: dict[str, Any]) -> HttpResponseBase:
    """The period of a place; `take` in the address hands out a file of it."""
    looked = _looked(request)
    if wanted := request.GET.get("take"):
        if wanted not in _TAKEN:
            raise BadRequest
        try:
            count_export(looked.user, at=now())
            return _TAKEN[wanted](request, looked)
        except DomainError as error:
            context["problem"] = error.detail
    found = summary_of(looked.period, looked.division, looked.by, now(), compare=[Earlier.PREVIOUS], page=looked.page)
    return TemplateResponse(request, "supervision/month.html", {**context, **_shown(looked, found)})


def _looked(request: HttpRequest) -> Looked:
    user, asked = of_office(request), request.GET
    try:
        period = Period.parse(asked["period"]) if asked.get("period") else Period.of_day(Cadence.MONTH, today())
        by = By(asked.get("by") or By.DIVISION)
    except ValueError:
        raise BadRequest from None
    return Looked(user, period, _division(user, asked.get("division")), by, id_of(asked.get("page", "")) or 1)


def _division(user: User, asked: str | None) -> Division | None:
    """The one that is asked for, in the scope of the office; else the office's own."""
    if not asked:
        return user.division
    found = divisions_visible_to(user, today()).filter(pk=id_of(asked) or 0).first()
    if found is None or not scope_holds(user, found):
        raise Http404
    return found


def _shown(looked: Looked, found: Summary) -> dict[str, Any]:
    periods = Opening.objects.order_by("-ends_on", "period").values_list("period", flat=True)[:PERIODS_OFFERED]
    published = Freeze.objects.filter(period=str(looked.period), division=looked.division).first()
    more = found.lines_in_all > looked.page * PAGE
    return {
        "title": TITLE, "words": WORDS, "heads": (BY[looked.by], *HEADS), "risk_heads": RISK_HEADS,
        "periods": dict.fromkeys([str(looked.period), *periods]), "period": str(looked.period),
        "divisions": around(looked.user, looked.division),
        "division": str(looked.division.pk) if looked.division else "",
        "choices": [(by.value, BY[by]) for by in By], "by": looked.by.value,
        "anywhere": looked.user.division is None,
        "rows": [(line.name, _cells(line)) for line in found.lines], "total": _cells(found.total),
        "at_risk": [_risky(one) for one in found.at_risk],
        "files": [(looked.query(take=name), WORDS[name]) for name in _TAKEN],
        "published": page_of(published) if published else "", "publish": "" if published else _publish(looked),
        "following": looked.query(page=looked.page + 1) if more else "",
    }  # fmt: skip


def _publish(looked: Looked) -> str:
    """Where it is published, for who may, once it is over."""
    if looked.division is None or looked.user.office not in MANAGERS or now() < looked.period.ends_at():
        return ""
    return f"{adding(Freeze)}?{urlencode({'period': looked.period, 'division': looked.division.pk})}"


def _cells(line: Line) -> Sequence[object]:
    figures, (before,) = line.figures, line.compared.values()
    counts = figures.statuses
    return (
        figures.owed, counts[Status.MET], counts[Status.OPEN], line.at_risk, counts[Status.LAPSED],
        counts[Status.EXCUSED], _share(counts[Status.EXCUSED], figures.owed),
        _share(counts[Status.MET], figures.owed), _share(before.statuses[Status.MET], before.owed),
    )  # fmt: skip


def _share(part: int, whole: int) -> str:
    return f"{part / whole:.1%}" if whole else "–"


def _risky(one: Obligation) -> Sequence[object]:
    done = f"{one.counted} / {one.minimum}"
    return link_to(one, who_owes(one)), one.get_activity_display(), day(one.due_on), done


def _ledger(request: HttpRequest, looked: Looked, form: str) -> tuple[Asked, dict[str, Any]]:
    """What is asked for, once that it is taken is on record; and how it is said."""
    asked = Asked(looked.period, looked.division, now())
    note_export(asked, form=form, by=looked.user, at=asked.now)
    return asked, {"language": translation.get_language(), "site": request.build_absolute_uri("/").removesuffix("/")}


def _book(request: HttpRequest, looked: Looked) -> HttpResponseBase:
    asked, said = _ledger(request, looked, "xlsx")
    name = f"ledger-{looked.period}.xlsx"
    return FileResponse(as_workbook(asked, **said), as_attachment=True, filename=name, content_type=MEDIA_TYPE)


def _table(request: HttpRequest, looked: Looked) -> HttpResponseBase:
    asked, said = _ledger(request, looked, "csv")
    answer = StreamingHttpResponse(as_csv(asked, **said), content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = f'attachment; filename="ledger-{looked.period}.csv"'
    return answer


def _bulletin(_request: HttpRequest, looked: Looked) -> HttpResponseBase:
    if looked.division is None:
        raise DomainError(Code.INVALID, _("Name a division: your office has none of its own."))
    made = printed(bulletin_of(looked.period, looked.division, now()), engine())
    answer = HttpResponse(made, content_type="application/pdf")
    answer["Content-Disposition"] = f'attachment; filename="bulletin-{looked.period}.pdf"'
    return answer


_TAKEN: dict[str, Callable[[HttpRequest, Looked], HttpResponseBase]] = {
    "book": _book, "table": _table, "bulletin": _bulletin,
}  # fmt: skip
