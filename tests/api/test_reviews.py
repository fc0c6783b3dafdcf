"""Verdicts of supervisors on check-ins and filings: what is rejected counts for nothing, and who may say so."""

from datetime import UTC, date, datetime
from typing import Any
from uuid import uuid4

import pytest
import time_machine

from fieldwork.core.models import Event
from fieldwork.directory.enums import Office
from fieldwork.directory.models import Delegation, User
from fieldwork.duties.models import Obligation, Review, Task
from tests import factories as make
from tests.api import check_in, filing
from tests.api.client import Phone
from tests.desk import Desk
from tests.photos import jpeg
from tests.place import Place

REJECTED = {"verdict": "rejected", "reason": "照片与地点不符"}
ACCEPTED = {"verdict": "accepted"}
FIRST = datetime(2026, 10, 1, tzinfo=UTC)


@pytest.fixture(autouse=True)
def afternoon() -> Any:
    with time_machine.travel("2026-11-21T14:00:00+08:00", tick=False):
        yield


@pytest.fixture
def office(place: Place) -> Phone:
    return Phone.of(supervisor(place))


def supervisor(place: Place, **fields: Any) -> User:
    return make.user(**{"office": Office.SUPERVISOR, "division": place.county, **fields})


def visit(place: Place, **changed: Any) -> str:
    answer = check_in.put(Phone.of(place.user), check_in.body(place, **changed))
    assert answer.status_code == 201
    return f"check-ins/{answer.json()['id']}"


def filed(desk: Desk) -> str:
    answer = filing.put(Phone.of(desk.place.user), filing.body(desk))
    assert answer.status_code == 201
    return f"filings/{answer.json()['id']}"


def kinds(about: str) -> list[str]:
    return list(Event.objects.filter(object_id=about.partition("/")[2]).order_by("pk").values_list("kind", flat=True))


def test_rejected_check_in_counts_for_nothing_until_it_is_accepted(place: Place, office: Phone) -> None:
    address = visit(place)
    owed = Obligation.objects.get()
    assert (owed.outcome, owed.counted) == ("met", 1)
    said = office.post(f"{address}/review", REJECTED).json()
    assert (said["counts_for"], said["counts_for_obligations"]) == ([], [])
    assert said["review"] == {
        "id": str(Review.objects.get().pk), "verdict": "rejected", "reason": "照片与地点不符",
        "by": str(User.objects.get(office="supervisor").pk),
        "at": "2026-11-21T14:00:00+08:00", "captured_at": None,
    }  # fmt: skip
    owed.refresh_from_db()
    assert (owed.outcome, owed.counted, owed.met_at) == ("pending", 0, None)
    assert Task.objects.get().done_at is None
    assert Phone.of(place.user).get(address).json()["review"] == said["review"]
    assert office.post(f"{address}/review", ACCEPTED).json()["counts_for_obligations"] == [str(owed.pk)]
    owed.refresh_from_db()
    assert (owed.outcome, owed.counted) == ("met", 1)
    assert kinds(address)[-2:] == ["check_in.reviewed", "check_in.reviewed"]


def test_returned_filing_leaves_its_obligation_unmet(desk: Desk, office: Phone) -> None:
    address = filed(desk)
    said = office.post(f"{address}/review", REJECTED).json()
    assert (said["counts_for_obligations"], said["review"]["verdict"]) == ([], "rejected")
    assert said["obligations"] == [str(desk.meeting.pk)]
    desk.meeting.refresh_from_db()
    assert (desk.meeting.outcome, desk.meeting.counted) == ("pending", 0)
    assert office.post(f"{address}/review", ACCEPTED).status_code == 200
    desk.meeting.refresh_from_db()
    assert desk.meeting.outcome == "met"
    assert kinds(address) == ["filing.recorded", "filing.returned", "filing.reviewed"]
    assert Event.objects.get(kind="filing.returned").division_path == desk.place.county.path


def test_same_verdict_again_is_one_and_another_reason_a_new_one(place: Place, office: Phone) -> None:
    address = visit(place)
    answers = [office.post(f"{address}/review", REJECTED) for _ in range(3)]
    assert {answer.status_code for answer in answers} == {200}
    assert answers[0].json() == answers[2].json()
    assert (Review.objects.count(), kinds(address).count("check_in.reviewed")) == (1, 1)
    office.post(f"{address}/review", REJECTED | {"reason": "另一个原因"})
    office.post(f"{address}/review", REJECTED)
    assert (Review.objects.count(), kinds(address).count("check_in.reviewed")) == (3, 3)


def test_key_makes_a_repeated_verdict_the_first_answer(desk: Desk, office: Phone) -> None:
    address = filed(desk)
    first = office.post(f"{address}/review", REJECTED, HTTP_IDEMPOTENCY_KEY="k1")
    office.post(f"{address}/review", ACCEPTED)
    again = office.post(f"{address}/review", REJECTED, HTTP_IDEMPOTENCY_KEY="k1")
    assert (again.json(), again["Idempotency-Replayed"]) == (first.json(), "true")
    assert office.get(address).json()["review"]["verdict"] == "accepted"
    answer = office.post(f"{address}/review", ACCEPTED, HTTP_IDEMPOTENCY_KEY="k1")
    assert (answer.status_code, answer.json()["code"]) == (409, "already_exists_differently")


def test_adopted_time_moves_the_visit_to_its_month_and_the_declared_one_stands(place: Place, office: Phone) -> None:
    with time_machine.travel("2026-12-02T09:00:00+08:00", tick=False):
        address = visit(place)
        november = Obligation.objects.get(period="2026-11")
        office = Phone.of(supervisor(place))
        adopted = ACCEPTED | {"captured_at": "2026-12-01T08:00:00+08:00", "reason": "手机日期有误"}
        said = office.post(f"{address}/review", adopted).json()
        assert said["review"]["captured_at"] == "2026-12-01T08:00:00+08:00"
        assert said["captured_at"] == "2026-11-21T12:00:00+08:00"
        december = Obligation.objects.get(period="2026-12")
        assert said["counts_for_obligations"] == [str(december.pk)]
        november.refresh_from_db()
        assert (november.outcome, december.outcome) == ("pending", "met")
        assert office.post(f"{address}/review", ACCEPTED).json()["counts_for_obligations"] == [str(november.pk)]


@pytest.mark.parametrize(
    ("content", "field"),
    [
        ({"verdict": "rejected"}, "reason"),
        ({"verdict": "rejected", "reason": "  "}, "reason"),
        ({"verdict": "maybe"}, "verdict"),
        ({}, "verdict"),
        ({"verdict": "accepted", "captured_at": "2026-11-21T14:00:01+08:00"}, "captured_at"),
        ({"verdict": "rejected", "reason": "x", "captured_at": "2026-11-20T12:00:00+08:00"}, "captured_at"),
        ({"verdict": "accepted", "captured_at": "2026-11-20T12:00:00"}, "captured_at"),
        ({"verdict": "accepted", "captured_at": "2026-11-20T12:00:00+08:00"}, "reason"),
    ],
)
def test_verdict_that_is_none_names_its_field(place: Place, office: Phone, content: Any, field: str) -> None:
    address = visit(place)
    answer = office.post(f"{address}/review", content)
    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (400, field)
    assert Review.objects.count() == 0
    assert office.get(address).json()["review"] is None


def test_time_after_it_was_received_is_not_adopted_and_the_suggested_one_needs_no_reason(
    place: Place, office: Phone
) -> None:
    behind = {"captured_at": "2026-10-12T12:00:00+08:00", "device": {"clock_at_send": "2026-10-12T13:00:00+08:00"}}
    address = visit(place, **behind)
    with time_machine.travel("2026-11-25T09:00:00+08:00", tick=False):
        office = Phone.of(supervisor(place))
        (flag,) = (flag for flag in office.get(address).json()["flags"] if flag["code"] == "clock_skew")
        later = {"captured_at": "2026-11-22T09:00:00+08:00", "reason": "手机日期有误"}
        assert office.post(f"{address}/review", ACCEPTED | later).json()["errors"][0]["field"] == "captured_at"
        meant = {"captured_at": flag["figures"]["suggested_at"]}
        answer = office.post(f"{address}/review", ACCEPTED | meant)
        assert (answer.status_code, answer.json()["review"]["captured_at"]) == (200, "2026-11-21T13:00:00+08:00")


def test_suggested_time_is_never_after_the_check_in_was_received(place: Place, office: Phone) -> None:
    ahead = {"captured_at": "2026-11-20T20:00:00+08:00", "device": {"clock_at_send": "2026-11-20T13:00:00+08:00"}}
    address = visit(place, **ahead)
    (flag,) = (flag for flag in office.get(address).json()["flags"] if flag["code"] == "clock_skew")
    assert flag["figures"]["suggested_at"] == "2026-11-21T06:00:00+00:00"


def test_only_an_office_whose_scope_holds_it_reviews(desk: Desk) -> None:
    place, elsewhere = desk.place, make.division("别县", desk.place.city)
    users = {
        "city": supervisor(place, division=place.city),
        "administrator": supervisor(place, office=Office.ADMINISTRATOR, division=None),
        "auditor": supervisor(place, office=Office.AUDITOR),
        "leader": place.user,
        "elsewhere": supervisor(place, division=elsewhere),
        "town": supervisor(place, division=place.town),
    }
    for address in (visit(place), filed(desk)):
        given = {who: Phone.of(user).post(f"{address}/review", ACCEPTED).status_code for who, user in users.items()}
        assert given == {
            "city": 200, "administrator": 200, "auditor": 403, "leader": 403, "elsewhere": 404, "town": 404,
        }  # fmt: skip


def test_nobody_reviews_the_own_proof(desk: Desk) -> None:
    place = desk.place
    helper = supervisor(place, username="helper")
    Delegation.objects.create(assistant=helper, leader=place.leader, starts_on=make.BEGINNING)
    of_unit = supervisor(place, organisation=desk.town)
    User.objects.filter(pk=place.user.pk).update(office=Office.SUPERVISOR, division=place.county)
    addresses = [visit(place), filed(desk)]
    for user in (User.objects.get(pk=place.user.pk), helper):
        for address in addresses:
            assert Phone.of(user).post(f"{address}/review", ACCEPTED).status_code == 403
    town = filing.put(Phone.of(desk.unit), filing.of_town(desk)).json()["id"]
    assert Phone.of(of_unit).post(f"filings/{town}/review", ACCEPTED).status_code == 403
    Delegation.objects.update(ends_on="2026-11-20")
    assert Phone.of(helper).post(f"{addresses[0]}/review", ACCEPTED).status_code == 200


def test_office_of_the_lower_side_sees_the_pairs_proof_and_does_not_review_it(desk: Desk) -> None:
    place, unit = desk.place, Phone.of(desk.unit)
    both = [str(desk.town_meeting.pk), str(desk.letter.pk)]
    town, county = (Phone.of(supervisor(place, division=each)) for each in (place.town, place.county))
    for content in (filing.of_pair(desk), filing.of_pair(desk, obligations=[]), filing.of_town(desk, obligations=both)):
        address = f"filings/{filing.put(unit, content).json()['id']}"
        assert town.get(address).status_code == 200
        assert town.post(f"{address}/review", REJECTED).status_code == 403
        assert county.post(f"{address}/review", REJECTED).status_code == 200
    last = f"filings/{filing.put(unit, filing.of_town(desk, obligations=both)).json()['id']}"
    desk.letter.bases.update(state="withdrawn")
    assert town.post(f"{last}/review", ACCEPTED).status_code == 200


def test_office_reviews_nothing_that_rests_on_a_post_outside_its_scope(desk: Desk) -> None:
    place, elsewhere = desk.place, make.division("别县", desk.place.city)
    away = make.tenure(make.post(make.organisation(elsewhere, "party_committee")), place.leader)
    rule = desk.meeting.bases.get().rule
    desk.meeting.bases.create(rule=rule, tenure=away, division=elsewhere, state="standing", since=FIRST)
    address = filed(desk)
    administrator = supervisor(place, office=Office.ADMINISTRATOR, division=None)
    users = [supervisor(place), supervisor(place, division=elsewhere), supervisor(place, division=place.city)]
    given = [Phone.of(user).post(f"{address}/review", ACCEPTED).status_code for user in (*users, administrator)]
    assert given == [403, 403, 200, 200]


def test_nobody_reviews_what_is_named_as_proof_of_the_own_duty(desk: Desk) -> None:
    both = [str(desk.town_meeting.pk), str(desk.letter.pk)]
    made = [
        filing.put(Phone.of(desk.unit), filing.of_town(desk, obligations=names)).json()["id"]
        for names in (both, both[:1])
    ]
    of_county = Phone.of(supervisor(desk.place, organisation=desk.county))
    assert [of_county.post(f"filings/{pk}/review", ACCEPTED).status_code for pk in made] == [403, 200]


def test_nobody_reviews_what_the_own_body_did_while_one_held_a_post_there(desk: Desk) -> None:
    address = f"filings/{filing.put(Phone.of(desk.unit), filing.of_town(desk)).json()['id']}/review"
    former = Phone.of(supervisor(desk.place, leader=make.leader("测试·前任")))
    tenure = make.tenure(desk.town.posts.get(), User.objects.latest("pk").leader, ends_on=date(2026, 11, 20))
    assert former.post(address, ACCEPTED).status_code == 403
    type(tenure).objects.filter(pk=tenure.pk).update(ends_on=date(2026, 11, 19))
    assert former.post(address, ACCEPTED).status_code == 200


def test_former_delegate_does_not_review_what_was_done_while_delegated(desk: Desk) -> None:
    helper = supervisor(desk.place)
    given = Delegation.objects.create(
        assistant=helper, leader=desk.place.leader, starts_on=make.BEGINNING, ends_on=date(2026, 11, 20)
    )
    addresses = [filed(desk), visit(desk.place, captured_at="2026-11-20T12:00:00+08:00")]
    assert [Phone.of(helper).post(f"{each}/review", ACCEPTED).status_code for each in addresses] == [403, 403]
    Delegation.objects.filter(pk=given.pk).update(ends_on=date(2026, 11, 19))
    assert [Phone.of(helper).post(f"{each}/review", ACCEPTED).status_code for each in addresses] == [200, 200]


def test_unit_does_not_review_the_visit_that_proves_its_own_inspection(desk: Desk) -> None:
    task = Task.objects.get(obligation=desk.special)
    content = check_in.body(desk.place, lead=str(desk.chief.pk), task=str(task.pk))
    address = f"check-ins/{check_in.put(Phone.of(desk.chief_user), content).json()['id']}/review"
    assert Phone.of(supervisor(desk.place, organisation=desk.town)).post(address, ACCEPTED).status_code == 403
    assert Phone.of(supervisor(desk.place, organisation=desk.county)).post(address, ACCEPTED).status_code == 200


def test_companion_from_another_county_sees_a_check_in_and_does_not_review_it(place: Place) -> None:
    companion = make.leader("同行")
    address = visit(place, companions=[str(companion.pk)])
    elsewhere = make.division("别县", place.city)
    beside = Phone.of(supervisor(place, leader=companion, division=elsewhere))
    assert beside.get(address).status_code == 200
    assert beside.post(f"{address}/review", ACCEPTED).status_code == 403


def test_photos_and_repetitions_still_arrive_after_a_rejection(place: Place, office: Phone) -> None:
    phone, pk, photo = Phone.of(place.user), uuid4(), jpeg()
    content = check_in.body(place, photo)
    check_in.put(phone, content, pk)
    office.post(f"check-ins/{pk}/review", REJECTED)
    answer = check_in.put_multipart(phone, content, photo, pk=pk)
    assert (answer.status_code, answer.json()["state"]) == (200, "complete")
    assert answer.json()["review"]["verdict"] == "rejected"
    assert answer.json()["counts_for"] == []


def test_verdict_in_a_multipart_body_is_415(place: Place, office: Phone) -> None:
    answer = office.post(f"{visit(place)}/review", ACCEPTED, format="multipart")
    assert answer.status_code == 415
