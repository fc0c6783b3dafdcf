"""The same filing several times at once, and a verdict beside whatever else happens to what it judges."""

from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.db import IntegrityError, connection, transaction

from fieldwork.core.events import SYSTEM
from fieldwork.core.models import Event
from fieldwork.core.periods import Period
from fieldwork.core.uploads import Incoming
from fieldwork.directory.models import User
from fieldwork.duties.models import Obligation, Review
from fieldwork.duties.reconcile import reconcile
from fieldwork.filings import actions
from fieldwork.filings.declared import DeclaredAttachment, DeclaredFiling, DeclaredSubject
from fieldwork.filings.models import Attachment, Filing
from fieldwork.filings.references import look_up
from fieldwork.inspections.reviewing import judge
from tests import factories as make
from tests.desk import Desk
from tests.documents import pdf
from tests.photos import digest
from tests.races.at_once import at_once, raised

NOW = datetime(2026, 11, 21, 6, tzinfo=UTC)
TODAY = date(2026, 11, 21)
TWINS = 8
ROUNDS = 5

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite admits one writer"),
]


def declaration(desk: Desk, pk: UUID) -> DeclaredFiling:
    file = pdf()
    return DeclaredFiling(
        id=pk,
        subject=DeclaredSubject("leader", str(desk.place.leader.pk)),
        kind="meeting",
        held_on=date(2026, 11, 20),
        obligations=(str(desk.meeting.pk),),
        attachments=(DeclaredAttachment(digest(file), len(file), "application/pdf"),),
    )


def sending(desk: Desk, declared: DeclaredFiling) -> Any:
    def work() -> bool:
        with Incoming(1 << 20) as file:
            file.write(pdf())
            files = {file.sha256: file}
            _filing, created = actions.record_filing(declared, files=files, by=desk.place.user, at=NOW)
        return created

    return work


def judging(filing: Filing, by: User, verdict: str) -> Any:
    def work() -> str:
        actions.review_filing(filing, verdict=verdict, reason="测试", by=by, at=NOW)
        return verdict

    return work


def supervisor(desk: Desk) -> User:
    return make.user(office="supervisor", division=desk.place.county)


def test_twins_are_one_row_and_one_of_them_made_it(desk: Desk) -> None:
    for number in range(1, ROUNDS + 1):
        declared = declaration(desk, uuid4())
        results = at_once([sending(desk, declared)] * TWINS)
        assert raised(results) == []
        assert sorted(results, key=str) == [False] * (TWINS - 1) + [True]
        assert Filing.objects.count() == Attachment.objects.filter(blob__isnull=False).count() == number
        assert Obligation.objects.get(pk=desk.meeting.pk).counted == number


def test_of_two_contents_under_one_id_one_wins_and_the_other_is_told(desk: Desk) -> None:
    for _ in range(ROUNDS):
        declared = declaration(desk, uuid4())
        other = replace(declared, summary="另一句")
        results = at_once([sending(desk, declared), sending(desk, other)])
        assert [getattr(error, "code", None) for error in raised(results)] == ["already_exists_differently"]


def test_control_without_waiting_for_the_twin_fails(desk: Desk) -> None:
    for _ in range(20):
        declared = declaration(desk, uuid4())
        references = look_up(declared, desk.place.user, TODAY)

        def unguarded(declared: DeclaredFiling = declared, references: Any = references) -> Filing:
            with transaction.atomic():
                return actions._create(declared, references, {}, desk.place.user, NOW)

        if any(isinstance(error, IntegrityError) for error in raised(at_once([unguarded, unguarded]))):
            return
    pytest.fail("the race that the guard is for never showed")


def test_verdict_beside_the_upload_it_judges_leaves_both(desk: Desk) -> None:
    office = supervisor(desk)
    for _ in range(ROUNDS):
        declared = declaration(desk, uuid4())
        filing, _created = actions.record_filing(declared, files={}, by=desk.place.user, at=NOW)
        results = at_once([judging(filing, office, "rejected"), sending(desk, declared), sending(desk, declared)])
        assert raised(results) == []
        filing.refresh_from_db()
        assert filing.state == "complete"
        assert Review.objects.latest("pk").verdict == "rejected"
        assert Obligation.objects.get(pk=desk.meeting.pk).counted == 0


def test_same_verdict_at_once_is_one_review_and_one_event(desk: Desk) -> None:
    office = supervisor(desk)
    for number in range(1, ROUNDS + 1):
        declared = declaration(desk, uuid4())
        filing, _created = actions.record_filing(declared, files={}, by=desk.place.user, at=NOW)
        assert raised(at_once([judging(filing, office, "rejected")] * TWINS)) == []
        assert (Review.objects.count(), Event.objects.filter(kind="filing.returned").count()) == (number, number)


def test_control_without_the_row_held_a_verdict_is_told_twice(desk: Desk) -> None:
    office = supervisor(desk)
    for _ in range(20):
        filing, _created = actions.record_filing(declaration(desk, uuid4()), files={}, by=desk.place.user, at=NOW)
        source = ("filing", str(filing.pk))

        def unguarded(source: tuple[str, str] = source) -> bool:
            with transaction.atomic():
                return judge(source, verdict="rejected", reason="测试", by=office, at=NOW) is not None

        if at_once([unguarded] * TWINS).count(True) > 1:
            return
    pytest.fail("the race that the lock is for never showed")


def test_opposite_verdicts_beside_a_reconciler_count_by_the_latest(desk: Desk) -> None:
    office = supervisor(desk)
    filing, _created = actions.record_filing(declaration(desk, uuid4()), files={}, by=desk.place.user, at=NOW)
    quarter = Period.parse("2026-Q4")

    def run() -> None:
        reconcile(quarter, by=SYSTEM, at=NOW)

    for _ in range(ROUNDS):
        works: list[Any] = [judging(filing, office, "rejected"), run, judging(filing, office, "accepted")]
        assert raised(at_once(works)) == []
        counted = Obligation.objects.get(pk=desk.meeting.pk).counted
        assert counted == (Review.objects.latest("pk").verdict == "accepted")
        run()
        assert Obligation.objects.get(pk=desk.meeting.pk).counted == counted
