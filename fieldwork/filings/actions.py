"""Recording a filing and its attachments (acknowledged means stored, twice means once), and reviewing it."""

from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from fieldwork.core import enclosures, events
from fieldwork.core.declared import AHEAD, create_once, sending_of
from fieldwork.core.enclosures import Files, Kinds
from fieldwork.core.enums import DeclaredState
from fieldwork.core.errors import Code, DomainError, invalid
from fieldwork.core.media_types import DOCUMENTS, IMAGES
from fieldwork.core.periods import first_instant, local_day
from fieldwork.directory.models import Tenure, User
from fieldwork.directory.queries import standing
from fieldwork.duties.actions import record_performance
from fieldwork.duties.enums import Activity, Verdict
from fieldwork.filings.declared import DeclaredFiling
from fieldwork.filings.models import Attachment, Filing
from fieldwork.filings.queries import filings_visible_to
from fieldwork.filings.references import References, look_up
from fieldwork.filings.rules import can_upload_attachment
from fieldwork.inspections.reviewing import judge

ATTACHMENTS = Kinds(
    (*IMAGES, *DOCUMENTS),
    _("An attachment must be a photo, PDF, DOCX or XLSX by its content."),
)


def record_filing(declared: DeclaredFiling, *, files: Files, by: User, at: datetime) -> tuple[Filing, bool]:
    """Store a filing that arrives at the instant `at`, with those of its attachments that came along.

    Answers the row and whether it is new; the same content again answers the row as it stands and adds missing
    attachments. It counts on the day that it states. Errors: `unknown_reference`, `not_allowed`, `invalid` (a day to
    come, a leader's inspection), `already_exists_differently`, `digest_mismatch`, `unsupported_media`. Then nothing is
    stored.
    """
    if (filed := Filing.objects.filter(pk=declared.id).first()) is not None:
        return _repeat(filed, declared, files, by, at), False
    references = look_up(declared, by, local_day(at))
    # A phone's clock that runs ahead proves nothing of days to come.
    if declared.held_on > local_day(min(declared.clock_at_send or at, at) + AHEAD):
        raise invalid("held_on", _("Held more than a day after it was sent."))
    enclosures.check(declared.attachments, files, ATTACHMENTS)
    enclosures.settle(files)
    row, created = create_once(Filing, declared.id, lambda: _create(declared, references, files, by, at))
    return (row if created else _repeat(row, declared, files, by, at)), created


def receive_attachments(filing: Filing, *, files: Files, by: User, at: datetime) -> tuple[Filing, list[str]]:
    """Add bytes to attachments that the filing declares; answers the row and the digests that were missing until now.

    Errors: `digest_mismatch`, `unsupported_media`; then nothing is stored.
    """
    if not files:
        return filing, []
    enclosures.check(filing.attachments.all(), files, ATTACHMENTS)
    enclosures.settle(files)
    with transaction.atomic():
        filing = Filing.objects.select_for_update().get(pk=filing.pk)
        arrived = enclosures.attach(filing.attachments.all(), files, at)
        if arrived:
            _settle_state(filing)
            events.append(
                "filing.attachments_received", by=by, at=at, about=("filing", filing.pk),
                division_path=path_of(filing), attachments=arrived, state=filing.state,
            )  # fmt: skip
    return filing, arrived


def review_filing(filing: Filing, *, verdict: str, reason: str, by: User, at: datetime) -> Filing:
    """Accept a filing, or return it with a reason; the same verdict said twice is one. Errors: `invalid`."""
    with transaction.atomic():
        filing = Filing.objects.select_for_update().get(pk=filing.pk)
        said = judge(("filing", str(filing.pk)), verdict=verdict, reason=reason, by=by, at=at)
        if said is not None:
            events.append(
                "filing.returned" if verdict == Verdict.REJECTED else "filing.reviewed",
                by=by, at=at, about=("filing", filing.pk), division_path=path_of(filing),
                verdict=verdict, reason=reason, review=said.pk,
            )  # fmt: skip
    return filing


def _repeat(filed: Filing, declared: DeclaredFiling, files: Files, by: User, at: datetime) -> Filing:
    if not filings_visible_to(by, local_day(at)).filter(pk=filed.pk).exists():
        raise DomainError(Code.NOT_FOUND)
    if filed.digest != declared.digest:
        raise DomainError(Code.ALREADY_EXISTS_DIFFERENTLY)
    if files and not can_upload_attachment(by, filed, local_day(at)):
        raise DomainError(Code.NOT_ALLOWED)
    return receive_attachments(filed, files=files, by=by, at=at)[0]


def _create(declared: DeclaredFiling, references: References, files: Files, by: User, at: datetime) -> Filing:
    subject = references.subject
    filing = Filing.objects.create(**subject.columns, **_columns(declared), uploaded_by=by, received_at=at)
    filing.obligations.add(*references.obligations)
    filing.duties.add(*references.duties)
    Attachment.objects.bulk_create(
        Attachment(filing=filing, sha256=file.sha256, bytes=file.bytes, content_type=file.content_type, name=file.name)
        for file in declared.attachments
    )
    record_performance(
        activity=Activity(declared.kind), at=first_instant(declared.held_on), source=("filing", str(filing.pk)),
        leader=subject.leader, organisation=subject.organisation, names=references.obligations,
        duties=references.duties, by=by, now=at,
    )  # fmt: skip
    enclosures.attach(filing.attachments.all(), files, at)
    _settle_state(filing)
    events.append(
        "filing.recorded", by=by, at=at, about=("filing", filing.pk), division_path=path_of(filing),
        subject=declared.subject.kind, subject_id=declared.subject.id, activity=declared.kind,
        held_on=declared.held_on.isoformat(), digest=filing.digest, state=filing.state,
        **sending_of(declared),
    )  # fmt: skip
    return filing


def _columns(declared: DeclaredFiling) -> dict[str, Any]:
    return {
        "id": declared.id, "digest": declared.digest, "content": declared.content, "kind": declared.kind,
        "held_on": declared.held_on, "title": declared.title, "summary": declared.summary,
        "participants": list(declared.participants), "prepared_by_staff": declared.prepared_by_staff,
        "on_paper": declared.on_paper, "device_id": declared.device_id, "clock_at_send": declared.clock_at_send,
        "state": DeclaredState.INCOMPLETE,
    }  # fmt: skip


def _settle_state(filing: Filing) -> None:
    """Complete once every declared attachment is here; it counts all the same until then."""
    missing = enclosures.missing(filing.attachments.all())
    filing.state = DeclaredState.INCOMPLETE if missing else DeclaredState.COMPLETE
    filing.save(update_fields=["state"])


def path_of(filing: Filing) -> str:
    """The division in whose scope the filing falls: of the leader's first post of that day, of the organisation, or of
    a pair's lower body, which lies in both."""
    body = filing.lower_organisation or filing.organisation
    if body is not None:
        return str(body.division.path)
    tenures = Tenure.objects.filter(standing(filing.held_on), leader=filing.leader_id).order_by("pk")
    return tenures.values_list("post__organisation__division__path", flat=True).first() or ""
