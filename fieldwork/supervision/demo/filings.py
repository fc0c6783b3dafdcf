"""Planned papers become filings, as their senders would have sent them, each with a PDF; one is returned."""

from collections.abc import Iterable
from datetime import datetime

from django.conf import settings
from django.db import transaction

from fieldwork.core.media_types import PDF
from fieldwork.core.uploads import Incoming
from fieldwork.directory.models import User
from fieldwork.duties.enums import Verdict
from fieldwork.duties.queries import reviews_of
from fieldwork.filings.actions import record_filing, review_filing
from fieldwork.filings.declared import DeclaredAttachment, DeclaredFiling, DeclaredSubject
from fieldwork.filings.models import Filing
from fieldwork.supervision.demo.cast import SUPERVISOR
from fieldwork.supervision.demo.minutes import draw_pdf
from fieldwork.supervision.demo.papers import RETURNED_BECAUSE, Paper


def record_papers(papers: Iterable[Paper], since: datetime, until: datetime) -> None:
    """Record those that arrive after `since`, up to `until`, and return those that are returned by then."""
    planned = list(papers)
    known = set(Filing.objects.filter(pk__in=[paper.id for paper in planned]).values_list("pk", flat=True))
    arriving = [paper for paper in planned if since < paper.received_at <= until and paper.id not in known]
    with transaction.atomic():
        for paper in sorted(arriving, key=lambda paper: (paper.received_at, paper.key)):
            _record(paper)
        for paper in planned:
            if paper.returned_at is not None and paper.returned_at <= until:
                _return(paper, paper.returned_at)


def _record(paper: Paper) -> None:
    sender = User.objects.get(username=paper.sender)
    with Incoming(settings.ATTACHMENT_BYTES) as file:
        file.write(draw_pdf([paper.title, f"时间：{paper.held_on}", "演示数据，非真实文件。", str(paper.id)]))
        attachment = DeclaredAttachment(file.sha256, file.bytes, PDF, f"{paper.title.removeprefix('演示：')}.pdf")
        kind, key = paper.subject
        declared = DeclaredFiling(
            id=paper.id, subject=DeclaredSubject(kind, str(key)), kind=paper.kind, held_on=paper.held_on,
            obligations=tuple(map(str, paper.names)), title=paper.title, summary="演示：原文见附件。",
            participants=("演示·参会甲", "演示·参会乙"), prepared_by_staff=paper.by_staff, attachments=(attachment,),
            device_id=f"desk-of-{paper.sender}", clock_at_send=paper.received_at,
        )  # fmt: skip
        record_filing(declared, files={file.sha256: file}, by=sender, at=paper.received_at)


def _return(paper: Paper, at: datetime) -> None:
    filing = Filing.objects.filter(pk=paper.id).first()
    if filing is None or reviews_of("filing", [str(paper.id)]):
        return
    office = User.objects.get(username=SUPERVISOR)
    review_filing(filing, verdict=Verdict.REJECTED, reason=RETURNED_BECAUSE, by=office, at=at)
