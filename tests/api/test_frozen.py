"""A month is published: it stays as it was published, and what changes later is told with its reason."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.db.models import Model

from fieldwork.core.events import SYSTEM
from fieldwork.core.models import Event, FeedReader
from fieldwork.core.periods import Period
from fieldwork.directory.dated import end
from fieldwork.directory.models import User
from fieldwork.duties.models import Obligation
from fieldwork.duties.reconcile import reconcile
from fieldwork.supervision.divisions import load_divisions
from fieldwork.supervision.ledger.frozen import check_frozen
from fieldwork.supervision.models import Amendment, Freeze, FrozenObligation
from fieldwork.supervision.months.amending import follow_frozen
from fieldwork.supervision.tick import tick
from tests import factories as make
from tests.api.client import Phone
from tests.feed import wait_for_the_feed
from tests.place import Place, stand

OCTOBER, NOVEMBER = "2026-10", "2026-11"
OPENED = datetime(2026, 11, 1, tzinfo=UTC)
THIRD = datetime(2026, 12, 3, 1, tzinfo=UTC)
LATER = datetime(2027, 1, 20, 1, tzinfo=UTC)
KEY = "7d9f6a52-0000-4000-8000-00000000000a"


@pytest.fixture
def place(transactional_db: Any, settings: Any, tmp_path: Any) -> Place:
    """Committed: readers of the feed see nothing of a transaction that is still running."""
    settings.MEDIA_ROOT = tmp_path
    return stand()


def follow() -> int:
    wait_for_the_feed()
    return follow_frozen(LATER)


@pytest.fixture
def office(place: Place) -> User:
    make.rule(place.city, ["county_party_chief"], duty="old", tracked_from=date(2026, 10, 1))
    return make.user(office="supervisor", division=place.county)


@pytest.fixture
def clock(office: User) -> Iterator[Any]:
    """The third of December: October and November are over."""
    for name in (OCTOBER, NOVEMBER):
        reconcile(Period.parse(name), by=SYSTEM, at=OPENED)
    with time_machine.travel(THIRD, tick=False) as clock:
        yield clock


def freeze(office: User, period: str, **more: Any) -> Any:
    return Phone.of(office).post(f"periods/{period}/freeze", {"division": str(office.division_id), **more})


def period(office: User, name: str, **query: Any) -> dict[str, Any]:
    answer = Phone.of(office).get(f"periods/{name}", query)
    assert answer.status_code == 200, answer.content
    told: dict[str, Any] = answer.json()
    return told


def counts(figures: dict[str, Any]) -> dict[str, int]:
    return {status: number for status, number in figures["statuses"].items() if number}


def snapshot(model: type[Model], *columns: str) -> list[Any]:
    return list(model._default_manager.order_by("pk").values_list(*columns))


def check_in(place: Place, at: str, key: str = KEY) -> None:
    body = {"lead": str(place.leader.pk), "captured_at": at, "device": {"id": "x", "clock_at_send": at}}
    answer = Phone.of(place.user).put(f"check-ins/{key}", body)
    assert answer.status_code == 201, answer.content


def test_hand_over_dated_back_two_months_leaves_both_months_as_published_and_says_what_changed(
    place: Place, office: User, clock: Any
) -> None:
    published = {}
    for name in (OCTOBER, NOVEMBER):
        assert freeze(office, name).status_code == 201
        published[name] = period(office, name)["freeze"]
    assert counts(published[OCTOBER]["figures"]) == {"lapsed": 1}
    assert counts(published[NOVEMBER]["figures"]) == {"lapsed": 2}
    rows = snapshot(FrozenObligation, "obligation", "status")
    clock.move_to(LATER)
    successor = make.leader("测试·继任")
    make.tenure(make.post(place.tenure.post.organisation, ""), successor)  # so that the office sees them
    asked = {"leader": str(successor.pk), "on": "2026-10-01", "reason": "测试：任免文件十月即已下达"}
    assert Phone.of(office).post(f"tenures/{place.tenure.pk}/hand-over", asked).status_code == 201
    for name, moved in ((OCTOBER, 1), (NOVEMBER, 2)):
        told = period(office, name)
        assert told["freeze"] == published[name]
        assert counts(told["figures"]) == {"withdrawn": moved, "lapsed": moved}
        assert {(one["before"], one["after"]) for one in told["amendments"]} >= {
            ("lapsed", "withdrawn"),
            ("", "lapsed"),
        }
        assert {(one["why"], one["reason"]) for one in told["amendments"]} == {("hand_over", asked["reason"])}
        assert {one["by"] for one in told["amendments"]} == {office.actor_key}
        assert {one["rests_on"]["kind"] for one in told["amendments"]} == {"tenure"}
    assert snapshot(FrozenObligation, "obligation", "status")[: len(rows)] == rows


def test_figures_can_be_asked_as_of_any_instant(place: Place, office: User, clock: Any) -> None:
    freeze(office, NOVEMBER)
    clock.move_to(LATER)
    check_in(place, "2026-11-20T10:00:00+08:00")
    assert follow() == 2
    before, after = (LATER - timedelta(days=1)).isoformat(), LATER.isoformat()
    assert counts(period(office, NOVEMBER)["figures"]) == {"met": 2}
    assert counts(period(office, NOVEMBER, as_of=after)["figures"]) == {"met": 2}
    told = period(office, NOVEMBER, as_of=before)
    assert (counts(told["figures"]), told["amended"]) == ({"lapsed": 2}, 0)
    early = period(office, NOVEMBER, as_of="2026-11-10T00:00:00+08:00")
    assert (counts(early["figures"]), early["freeze"]) == ({"open": 2}, None)


def test_late_upload_becomes_an_amendment_at_the_next_tick(place: Place, office: User, clock: Any) -> None:
    freeze(office, NOVEMBER)
    clock.move_to(LATER)
    check_in(place, "2026-11-20T10:00:00+08:00")
    wait_for_the_feed()
    tick(LATER)
    told = period(office, NOVEMBER)
    assert [(one["before"], one["after"], one["why"], one["rests_on"]["id"]) for one in told["amendments"]] == [
        ("lapsed", "met", "late_upload", KEY)
    ] * 2
    assert {one["by"] for one in told["amendments"]} == {place.user.actor_key}
    assert counts(told["freeze"]["figures"]) == {"lapsed": 2}
    assert follow() == 0


def test_verdict_becomes_an_amendment_with_its_reason(place: Place, office: User, clock: Any) -> None:
    check_in(place, "2026-11-20T10:00:00+08:00")
    freeze(office, NOVEMBER)
    assert counts(period(office, NOVEMBER)["freeze"]["figures"]) == {"met": 2}
    clock.move_to(LATER)
    verdict = {"verdict": "rejected", "reason": "照片为翻拍"}
    assert Phone.of(office).post(f"check-ins/{KEY}/review", verdict).status_code == 200
    follow()
    told = period(office, NOVEMBER)
    assert {(one["before"], one["after"], one["why"], one["reason"]) for one in told["amendments"]} == {
        ("met", "lapsed", "verdict", "照片为翻拍")
    }
    assert counts(period(office, NOVEMBER, as_of="2026-12-10T00:00:00+08:00")["figures"]) == {"met": 2}


def test_excuse_after_publication_is_an_amendment_at_once(place: Place, office: User, clock: Any) -> None:
    freeze(office, OCTOBER)
    clock.move_to(LATER)
    owed = Obligation.objects.get(period=OCTOBER)
    body = {"kind": "official_travel", "reason": "赴省里开会"}
    assert Phone.of(office).post(f"obligations/{owed.pk}/excuse", body).status_code == 200
    (one,) = period(office, OCTOBER)["amendments"]
    assert (one["before"], one["after"], one["why"], one["reason"]) == ("lapsed", "excused", "excuse", "赴省里开会")
    assert Phone.of(office).delete(f"obligations/{owed.pk}/excuse").status_code == 200
    told = period(office, OCTOBER)
    assert [(one["before"], one["after"]) for one in told["amendments"]] == [
        ("excused", "lapsed"),
        ("lapsed", "excused"),
    ]
    assert told["figures"]["excuse_share"] == 0
    assert follow() == 0


def test_office_publishes_its_own_division_unless_it_names_another(office: User, clock: Any) -> None:
    made = Phone.of(office).post(f"periods/{OCTOBER}/freeze", {})
    assert (made.status_code, made.json()["division"]) == (201, str(office.division_id))
    everywhere = Phone.of(make.user(office="administrator")).post(f"periods/{OCTOBER}/freeze", {})
    assert (everywhere.status_code, everywhere.json()["errors"][0]["field"]) == (400, "division")


def test_publishing_again_is_the_same_and_with_another_reason_a_conflict(office: User, clock: Any) -> None:
    first = freeze(office, NOVEMBER, reason="十一月通报")
    again = freeze(office, NOVEMBER, reason="十一月通报")
    assert (first.status_code, again.status_code) == (201, 200)
    assert first.json() == again.json()
    other = freeze(office, NOVEMBER)
    assert (other.status_code, other.json()["code"]) == (409, "already_exists_differently")
    assert Freeze.objects.count() == 1


@pytest.mark.parametrize("name", ["2026-12", "2026-Q4", "2026", "2026-08"])
def test_period_that_has_not_ended_or_was_never_opened_is_not_published(office: User, clock: Any, name: str) -> None:
    answer = freeze(office, name)
    assert (answer.status_code, answer.json()["code"]) == (409, "wrong_state")


def test_what_is_incomplete_is_named(place: Place, office: User, clock: Any) -> None:
    photo = {"sha256": "a" * 64, "bytes": 5, "content_type": "image/jpeg"}
    body = {"lead": str(place.leader.pk), "captured_at": "2026-11-20T10:00:00+08:00", "photos": [photo]}
    assert Phone.of(place.user).put(f"check-ins/{KEY}", body).status_code == 201
    told = freeze(office, NOVEMBER).json()["incomplete"]
    assert told["check_ins"] == told["reviews"] == {"count": 1, "ids": [KEY]}
    assert told["filings"] == {"count": 0, "ids": []}


def test_offices_elsewhere_and_leaders_see_nothing_of_it(place: Place, office: User, clock: Any) -> None:
    freeze(office, NOVEMBER)
    elsewhere = make.user(office="supervisor", division=make.division("别处县", place.city))
    assert freeze(elsewhere, NOVEMBER).status_code == 201
    answer = Phone.of(elsewhere).get(f"periods/{NOVEMBER}?division={place.county.pk}")
    assert (answer.status_code, answer.json()["code"]) == (400, "unknown_reference")
    assert counts(period(elsewhere, NOVEMBER)["figures"]) == {}
    assert Phone.of(place.user).get(f"periods/{NOVEMBER}").status_code == 403
    auditor = make.user(office="auditor", division=place.county)
    assert Phone.of(auditor).get(f"periods/{NOVEMBER}").status_code == 200
    assert freeze(auditor, NOVEMBER).status_code == 403


def test_city_and_county_publish_each_their_own(place: Place, office: User, clock: Any) -> None:
    city = make.user(office="supervisor", division=place.city)
    freeze(office, NOVEMBER)
    freeze(city, NOVEMBER)
    clock.move_to(LATER)
    check_in(place, "2026-11-20T10:00:00+08:00")
    assert follow() == 4
    assert Amendment.objects.values("frozen__freeze").distinct().count() == 2


def test_division_counts_by_its_own_bases(place: Place, office: User, clock: Any) -> None:
    """Who was moved within the month owes it once; the county that was left no longer waits for it."""
    elsewhere = make.division("别处县", place.city)
    place.tenure.ends_on = date(2026, 11, 10)
    place.tenure.save()
    make.tenure(make.post(make.organisation(elsewhere, "party_committee")), place.leader, date(2026, 11, 11))
    reconcile(Period.parse(NOVEMBER), by=SYSTEM, at=THIRD)
    city = make.user(office="supervisor", division=place.city)
    for user, counted in ((office, {"withdrawn": 2}), (city, {"lapsed": 2})):
        assert counts(period(user, NOVEMBER)["figures"]) == counted
        assert Phone.of(user).post(f"periods/{NOVEMBER}/reconcile").json()["statuses"] == counted


@pytest.mark.parametrize(
    "query", [{"as_of": "2026-11-10"}, {"as_of": "2030-01-01T00:00:00Z"}, {"division": "x"}, {"by": "x"}]
)
def test_question_that_means_nothing_is_refused(office: User, clock: Any, query: dict[str, str]) -> None:
    assert Phone.of(office).get(f"periods/{NOVEMBER}", query).status_code == 400


def test_ledger_finds_what_was_done_to_what_is_published(place: Place, office: User, clock: Any) -> None:
    freeze(office, NOVEMBER)
    clock.move_to(LATER)
    check_in(place, "2026-11-20T10:00:00+08:00")
    follow()
    assert list(check_frozen()) == []
    Freeze.objects.update(reason="改过")
    assert [one.where for one in check_frozen()] == ["reason"]
    Freeze.objects.update(reason="")
    first = FrozenObligation.objects.earliest("pk")
    FrozenObligation.objects.filter(pk=first.pk).update(status="met")  # as it was amended to
    assert [one.where for one in check_frozen()] == ["rows"]
    FrozenObligation.objects.filter(pk=first.pk).update(status="lapsed", latest="lapsed")
    assert [one.where for one in check_frozen()] == [f"obligation {first.obligation_id}"]
    FrozenObligation.objects.filter(pk=first.pk).update(latest="met")
    Amendment.objects.filter(frozen=first).update(reason="改过")
    assert [one.where for one in check_frozen()] == ["row"]
    Amendment.objects.filter(frozen=first).delete()
    assert "removed" in {one.fault for one in check_frozen()}


def test_county_that_is_renamed_keeps_what_it_published(place: Place, office: User, clock: Any) -> None:
    freeze(office, NOVEMBER)
    clock.move_to(LATER)
    header = "code,name,level,parent,seat_latitude,seat_longitude,seat_source"
    row = f"{place.county.code},新名县,county,{place.city.code},,,"
    loaded = load_divisions(
        [f"{header}\n", f"{row}\n"], authority="test", edition="2", on=date(2027, 1, 1), by=SYSTEM, at=LATER
    )
    assert place.county.pk in loaded.successors
    wait_for_the_feed()
    tick(LATER)
    office.refresh_from_db()
    told = period(office, NOVEMBER)
    assert (told["division"], told["amended"]) == (str(loaded.successors[place.county.pk]), 0)
    assert told["freeze"]["figures"] == told["figures"]
    assert list(check_frozen()) == []


def test_what_happened_before_the_first_publication_is_not_read(place: Place, office: User, clock: Any) -> None:
    assert follow() == 0
    assert not FeedReader.objects.filter(name="amender").exists()
    freeze(office, NOVEMBER)
    reader = FeedReader.objects.get(name="amender")
    last = Event.objects.filter(kind="period.reconciled").latest("pk")
    assert (reader.transaction, reader.event) >= (last.transaction, last.pk)
    check_in(place, "2026-11-20T10:00:00+08:00")
    assert follow() == 2


def test_amendment_names_what_was_told_of_the_body_itself_and_nothing_from_elsewhere(
    place: Place, office: User, clock: Any
) -> None:
    make.body_rule(place.city, {"kind": "government", "level": "county"}, tracked_from=date(2026, 10, 1))
    body = make.organisation(place.county)
    elsewhere = make.division("别处县", place.city)
    other = make.tenure(make.post(make.organisation(elsewhere)))
    linkage = make.linkage(other, make.division("别处镇", elsewhere))
    reconcile(Period.parse(NOVEMBER), by=SYSTEM, at=THIRD)
    freeze(office, NOVEMBER)
    clock.move_to(LATER)
    end(body, ends_on=date(2026, 11, 15), reason="测试：机构改革撤并", by=office, at=LATER - timedelta(hours=2))
    stranger = make.user(office="supervisor", division=elsewhere)
    end(linkage, ends_on=date(2027, 1, 1), reason="别处：因案停职", by=stranger, at=LATER - timedelta(hours=1))
    wait_for_the_feed()
    tick(LATER)
    (one,) = [one for one in period(office, NOVEMBER)["amendments"] if one["after"] == "withdrawn"]
    assert (one["why"], one["reason"]) == ("facts", "测试：机构改革撤并")
    assert one["rests_on"] == {"kind": "organisation", "id": str(body.pk)}
    assert one["by"] == office.actor_key


def test_fact_that_waited_when_it_was_published_amends_it_with_its_own_reason_and_only_from_then_on(
    place: Place, office: User, clock: Any
) -> None:
    tick(THIRD)
    reason = "测试：调省里工作"
    end(place.tenure, ends_on=date(2026, 11, 15), reason=reason, by=office, at=THIRD - timedelta(minutes=1))
    told = freeze(office, NOVEMBER).json()
    assert told["incomplete"]["facts"] is True
    assert counts(told["figures"]) == {"lapsed": 2}
    clock.move_to(LATER)
    wait_for_the_feed()
    tick(LATER)
    amended = period(office, NOVEMBER)["amendments"]
    assert {(one["after"], one["why"], one["reason"]) for one in amended} == {("withdrawn", "hand_over", reason)}
    for instant in (THIRD, LATER - timedelta(seconds=1)):
        then = period(office, NOVEMBER, as_of=instant.isoformat())
        assert (counts(then["figures"]), then["amended"]) == ({"lapsed": 2}, 0)
    now = period(office, NOVEMBER, as_of=LATER.isoformat())
    assert (counts(now["figures"]), now["amended"]) == ({"withdrawn": 2}, 2)


def test_hand_over_of_a_post_that_stood_empty_says_its_reason_too(place: Place, office: User, clock: Any) -> None:
    make.tenure(make.post(place.tenure.post.organisation, ""), successor := make.leader("测试·继任"))
    place.tenure.ends_on = date(2026, 9, 30)
    place.tenure.save()
    for name in (OCTOBER, NOVEMBER):
        reconcile(Period.parse(name), by=SYSTEM, at=THIRD)
    freeze(office, OCTOBER)
    clock.move_to(LATER)
    asked = {"leader": str(successor.pk), "on": "2026-10-01", "reason": "测试：任免文件十月即已下达"}
    assert Phone.of(office).post(f"tenures/{place.tenure.pk}/hand-over", asked).status_code == 201
    amended = period(office, OCTOBER)["amendments"]
    assert [(one["after"], one["why"], one["reason"]) for one in amended] == [("lapsed", "hand_over", asked["reason"])]


def test_appointment_that_is_dated_back_says_its_reason(place: Place, office: User, clock: Any) -> None:
    other = make.tenure(make.post(place.tenure.post.organisation, ""), make.leader("测试·新任")).leader
    freeze(office, OCTOBER)
    clock.move_to(LATER)
    asked = {"leader": str(other.pk), "post": str(place.tenure.post_id), "starts_on": "2026-10-01"}
    answer = Phone.of(office).post("tenures", {**asked, "reason": "测试：任命文件补录"})
    assert answer.status_code == 201
    (one,) = period(office, OCTOBER)["amendments"]
    assert (one["before"], one["after"], one["why"], one["reason"]) == ("", "lapsed", "hand_over", "测试：任命文件补录")
    assert one["rests_on"] == {"kind": "tenure", "id": answer.json()["id"]}
