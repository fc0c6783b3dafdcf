"""The proofs that count for the obligations of a page, with all that a ledger says of each."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from django.db.models import Count, Q

from fieldwork.core.prepared import run
from fieldwork.duties.demand.counting import COUNTED
from fieldwork.duties.demand.obligations import OF_BATCH
from fieldwork.duties.enums import Activity, Verdict
from fieldwork.duties.models import Performance, Review
from fieldwork.filings.models import Attachment, Filing
from fieldwork.hazards.enums import HazardState
from fieldwork.hazards.models import Hazard
from fieldwork.inspections.enums import FlagCode
from fieldwork.inspections.models import CheckIn, Flag, Photo
from fieldwork.inspections.rules import ROUGHLY
from fieldwork.supervision.work_ledger.addresses import pages_of

CHECK_IN, FILING = "check_in", "filing"
_COUNTED = f"""
WITH obligation_of AS ({OF_BATCH.replace("{of_batch}", "ob.id IN ({ids})")}), counted AS ({COUNTED})
SELECT DISTINCT obligation_id, at, performance_id FROM counted ORDER BY obligation_id, at, performance_id
"""
_SAID = (
    "captured_on", "wgs84_latitude", "wgs84_longitude", "site_name", "summary", "on_paper", "prepared_by_staff",
    "lead__name", "site__name",
)  # fmt: skip
_Counts = Mapping[Any, int]
_Page = Callable[[object], str]
# They have a column of their own.
_SAID_ELSEWHERE = (FlagCode.UPLOADED_LATE, FlagCode.ON_PAPER, FlagCode.PREPARED_BY_STAFF)


@dataclass(frozen=True, slots=True)
class Proof:
    """One check-in or filing; `page` is where an office sees its evidence, a path of this installation.

    `place` is the site, or else the position to about a kilometre, as everybody but those who were there sees it.
    `files` are those that have arrived; `hazards` those found in it, but for the dismissed.
    """

    kind: str
    activity: str
    day: date
    place: str = ""
    led_by: str = ""
    summary: str = ""
    flags: Sequence[str] = ()
    verdict: str = ""
    hazards: int = 0
    files: int = 0
    uploaded_late: bool = False
    on_paper: bool = False
    by_staff: bool = False
    page: str = ""


def proofs_of(ids: Sequence[int]) -> Mapping[int, Sequence[Proof]]:
    """By the id of the obligation, the earliest first. Nine queries, however many there are."""
    counted = run(_COUNTED.format(ids=", ".join(map(str, ids))))
    found = _told({performance for _obligation, _at, performance in counted})
    proofs: dict[int, list[Proof]] = defaultdict(list)
    for obligation, _at, performance in counted:
        proofs[obligation].append(found[performance])
    return proofs


def _told(performances: Iterable[int]) -> dict[int, Proof]:
    rows = list(
        Performance.objects.filter(pk__in=list(performances)).values_list(
            "pk", "source_kind", "source_id", "activity", "day"
        )
    )
    verdicts = _verdicts([row[0] for row in rows])
    sources: dict[str, dict[str, Proof]] = {
        CHECK_IN: _check_ins([source for _pk, kind, source, *_rest in rows if kind == CHECK_IN]),
        FILING: _filings([source for _pk, kind, source, *_rest in rows if kind == FILING]),
    }
    return {
        pk: _with(sources.get(kind, {}).get(source), kind, activity, day, verdicts.get(pk, ""))
        for pk, kind, source, activity, day in rows
    }


def _with(proof: Proof | None, kind: str, activity: str, day: date, verdict: str) -> Proof:
    """`day` is the one that counts, which may be another than the phone's."""
    known: Any = {} if proof is None else {name: getattr(proof, name) for name in proof.__slots__}
    said = str(Verdict(verdict).label) if verdict else ""
    return Proof(**{**known, "kind": kind, "activity": str(Activity(activity).label), "day": day, "verdict": said})


def _verdicts(performances: Sequence[int]) -> dict[int, str]:
    """The latest on each."""
    rows = Review.objects.filter(performance__in=performances).order_by("pk")
    return dict(rows.values_list("performance", "verdict"))


def _check_ins(sources: Sequence[str]) -> dict[str, Proof]:
    ids = [UUID(source) for source in sources]
    flags: dict[UUID, list[str]] = defaultdict(list)
    for pk, code in Flag.objects.filter(check_in__in=ids).order_by("code").values_list("check_in", "code"):
        flags[pk].append(code)
    photos = _counts(Photo.objects.filter(check_in__in=ids, blob__isnull=False), "check_in")
    hazards = _counts(Hazard.objects.filter(~Q(state=HazardState.DISMISSED), check_in__in=ids), "check_in")
    rows = CheckIn.objects.filter(pk__in=ids).select_related("lead", "site").only(*_SAID)
    page = pages_of("inspections_checkin")
    return {str(row.pk): _check_in(row, flags[row.pk], photos, hazards, page) for row in rows}


def _check_in(row: CheckIn, flags: Sequence[str], photos: _Counts, hazards: _Counts, page: _Page) -> Proof:
    return Proof(
        CHECK_IN, "", row.captured_on, _place(row), row.lead.name, row.summary,
        [str(FlagCode(code).label) for code in flags if code not in _SAID_ELSEWHERE],
        hazards=hazards.get(row.pk, 0), files=photos.get(row.pk, 0), uploaded_late=FlagCode.UPLOADED_LATE in flags,
        on_paper=row.on_paper, by_staff=row.prepared_by_staff,
        page=page(row.pk),
    )  # fmt: skip


def _place(row: CheckIn) -> str:
    if row.site or row.site_name:
        return row.site.name if row.site else row.site_name
    if row.wgs84_latitude is None or row.wgs84_longitude is None:
        return ""
    return f"{row.wgs84_latitude:.{ROUGHLY}f}, {row.wgs84_longitude:.{ROUGHLY}f}"


def _filings(sources: Sequence[str]) -> dict[str, Proof]:
    ids = [UUID(source) for source in sources]
    files = _counts(Attachment.objects.filter(filing__in=ids, blob__isnull=False), "filing")
    rows = Filing.objects.filter(pk__in=ids).select_related("leader", "organisation").defer("content")
    page = pages_of("filings_filing")
    return {str(row.pk): _filing(row, files.get(row.pk, 0), page) for row in rows}


def _filing(row: Filing, files: int, page: _Page) -> Proof:
    by = row.leader or row.organisation
    summary = "\n".join(text for text in (row.title, row.summary) if text)
    return Proof(
        FILING, "", row.held_on, "", by.name if by else "", summary, files=files, on_paper=row.on_paper,
        by_staff=row.prepared_by_staff, page=page(row.pk),
    )  # fmt: skip


def _counts(rows: Any, by: str) -> dict[Any, int]:
    return dict(rows.order_by().values_list(by).annotate(Count("pk")))
