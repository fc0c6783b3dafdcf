"""The clerk's queue: what waits, what was doubted and said, and looks at evidence on record."""

import html
import re
from typing import Any

import pytest
from django.urls import reverse

from fieldwork.core.amounts import distance_in_words
from fieldwork.core.events import SYSTEM
from fieldwork.core.models import Event
from fieldwork.core.periods import Period
from fieldwork.core.uploads import original
from fieldwork.duties.models import Task
from fieldwork.duties.reconcile import reconcile
from fieldwork.inspections.addenda import add_to_check_in
from fieldwork.inspections.models import CheckIn, Flag
from fieldwork.supervision.admin.clock import now
from tests import factories as make
from tests.api import check_in as phones
from tests.api.client import Phone
from tests.fieldwork.supervision.clerk import Clerk, check_in
from tests.photos import declared, jpeg
from tests.place import Place
from tests.worker import look_at_photos

pytestmark = pytest.mark.usefixtures("noon")

FIX = {"latitude": 24.206912, "longitude": 113.401734, "accuracy_m": 12.0, "datum": "gcj02"}


@pytest.fixture
def clerk(place: Place) -> Clerk:
    return Clerk.of(place)


def found(clerk: Clerk, case: str) -> list[CheckIn]:
    page = clerk.page("inspections_checkin_changelist", case=case)
    return list(page.context_data["cl"].result_list)


def looks() -> list[str]:
    return list(Event.objects.filter(kind__endswith=".examined").order_by("pk").values_list("kind", flat=True))


def visit(place: Place, photo: bytes, **changed: Any) -> str:
    content = phones.body(place, photo, location=FIX, **changed)
    return str(phones.put_multipart(Phone.of(place.user), content, photo).json()["id"])


def links(answer: Any, part: str) -> list[str]:
    """Where the page leads, in addresses that hold the part."""
    return [html.unescape(link) for link in re.findall(r'href="([^"]+)"', answer.content.decode()) if part in link]


def test_queue_is_the_same_after_a_verdict(place: Place, clerk: Clerk) -> None:
    row = CheckIn.objects.get(pk=visit(place, jpeg()))
    Flag.objects.create(check_in=row, code="on_paper", raised_at=now())
    queue = f"{reverse('admin:inspections_checkin_changelist')}?case=waiting"
    (address,) = links(clerk.get(queue), f"{row.pk}/change/")
    page = clerk.get(address)
    assert queue in links(page, "case")
    (evidence,), (review,) = links(page, "/evidence/"), links(page, "/review/")
    assert queue in links(clerk.get(evidence), "case")
    assert queue in links(clerk.get(review), "case")
    assert address in links(clerk.get(review), "/change/")
    judged = clerk.post(review, {"verdict": "accepted"})
    assert judged.headers["Location"] == address
    assert queue in links(clerk.get(address), "case")


def test_queue_follows_verdicts_answers_and_new_doubts(place: Place, clerk: Clerk) -> None:
    row = check_in(place, place.user)
    assert found(clerk, "waiting") == [row]
    clerk.send("inspections_checkin_review", row.pk, verdict="rejected", reason="照片不符")
    assert (found(clerk, "waiting"), found(clerk, "decided")) == ([], [row])
    add_to_check_in(row, text="照片是在二号车间拍的", by=place.user, at=now())
    assert found(clerk, "waiting") == found(clerk, "answered") == [row]
    page = clerk.page("inspections_checkin_change", row.pk).content.decode()
    for word in ("没有照片", "照片不符", "照片是在二号车间拍的"):
        assert word in page, word
    clerk.send("inspections_checkin_review", row.pk, verdict="accepted", reason="")
    Flag.objects.create(check_in=row, code="on_paper", raised_at=now())
    assert (found(clerk, "waiting"), found(clerk, "clear")) == ([row], [])
    page = clerk.page("inspections_checkin_change", row.pk).content.decode()
    assert page.index("认可") < page.index("照片不符"), "the latest verdict first"


def test_page_shows_about_where_and_the_evidence_where_precisely(place: Place, clerk: Clerk) -> None:
    photo = jpeg()
    pk = visit(place, photo)
    page = clerk.page("inspections_checkin_change", pk).content.decode()
    exact = f"{CheckIn.objects.get().wgs84_latitude:.4f}"
    assert (exact in page, "24.2069" in page, looks()) == (False, False, [])
    evidence = clerk.page("inspections_checkin_evidence", pk).content.decode()
    assert exact in evidence
    assert "24.206912, 113.401734 (gcj02)" in evidence
    assert "?size=large" in evidence
    assert "&lt;" not in evidence, "what is shown is no markup"
    assert looks() == ["check_in.examined"]
    answer = clerk.page("inspections_checkin_file", pk, declared(photo)["sha256"])
    assert b"".join(answer.streaming_content) == photo
    assert looks() == ["check_in.examined", "photo.examined"]


def test_distances_are_told_to_100_m_and_in_the_evidence_exactly(place: Place, clerk: Clerk) -> None:
    reconcile(Period.parse("2026-11"), by=SYSTEM, at=now())
    far = {**FIX, "latitude": 24.706912, "datum": "wgs84"}
    content = phones.body(place, location=far, task=str(Task.objects.get().pk))
    pk = str(phones.put(Phone.of(place.user), content).json()["id"])
    exact = CheckIn.objects.get().distance_m
    assert exact is not None
    metres, doubt = str(round(exact)), distance_in_words(round(exact))
    page = clerk.page("inspections_checkin_change", pk).content.decode()
    assert (">55400<" in page, metres in page, looks()) == (True, False, [])
    evidence = clerk.page("inspections_checkin_evidence", pk).content.decode()
    assert (metres in evidence, doubt in evidence, looks()) == (True, True, ["check_in.examined"])


def test_photo_that_retention_took_away_is_no_page_and_nobody_has_looked(place: Place, clerk: Clerk) -> None:
    photo = jpeg()
    pk, sha256 = visit(place, photo), declared(photo)["sha256"]
    original(sha256).unlink()
    assert clerk.page("inspections_checkin_file", pk, sha256).status_code == 404
    assert looks() == []


def test_companion_with_an_office_elsewhere_sees_no_evidence(place: Place) -> None:
    companion, photo = make.leader("同行"), jpeg()
    pk = visit(place, photo, companions=[str(companion.pk)])
    elsewhere = make.division("别县", place.city)
    clerk = Clerk(make.user(office="supervisor", division=elsewhere, leader=companion))
    assert clerk.page("inspections_checkin_change", pk).status_code == 200
    assert clerk.page("inspections_checkin_evidence", pk).status_code == 404
    assert clerk.page("inspections_checkin_file", pk, declared(photo)["sha256"]).status_code == 403
    assert looks() == []


def test_leader_with_an_office_looks_at_the_own_photo_without_a_word(place: Place) -> None:
    photo = jpeg()
    pk = visit(place, photo)
    type(place.user).objects.filter(pk=place.user.pk).update(office="supervisor", division=place.county)
    place.user.refresh_from_db()
    answer = Clerk(place.user).page("inspections_checkin_file", pk, declared(photo)["sha256"])
    assert b"".join(answer.streaming_content) == photo
    assert looks() == []


def test_thumb_is_there_once_it_was_made(place: Place, clerk: Clerk) -> None:
    photo = jpeg()
    pk = visit(place, photo)
    assert clerk.page("inspections_checkin_thumb", pk, declared(photo)["sha256"]).status_code == 404
    assert not Event.objects.filter(kind="check_in.photos_seen").exists()
    look_at_photos()
    for _again in range(2):
        answer = clerk.page("inspections_checkin_thumb", pk, declared(photo)["sha256"])
        assert b"".join(answer.streaming_content)
    assert Event.objects.filter(kind="check_in.photos_seen", actor=clerk.user.actor_key, object_id=pk).count() == 1
