"""One filing is one: the same content again, under whose name, and who sees it."""

from datetime import date
from typing import Any
from uuid import uuid4

import pytest
import time_machine

from fieldwork.core.models import Event
from fieldwork.directory.enums import Office
from fieldwork.directory.models import Delegation
from fieldwork.duties.models import Obligation
from fieldwork.filings.models import Filing
from tests import factories as make
from tests.api.client import Phone
from tests.api.filing import body, of_pair, of_town, put, put_multipart, stored
from tests.desk import Desk
from tests.documents import pdf


def test_queue_of_a_phone_three_days_offline_sent_twice_over_is_stored_once(desk: Desk) -> None:
    file, meeting, letter = pdf(), uuid4(), uuid4()
    unit = Phone.of(desk.unit)
    queue = [
        (meeting, of_town(desk, device={"id": "p", "clock_at_send": "2026-11-21T14:00:00+08:00"})),
        (letter, of_pair(desk, attachments=body(desk, file)["attachments"])),
    ]
    with time_machine.travel("2026-11-24T09:00:00+08:00", tick=False):
        first = [put_multipart(unit, content, *[file] * (pk == letter), pk=pk) for pk, content in queue]
        later_clock = {"device": {"id": "p", "clock_at_send": "2026-11-24T09:00:00+08:00"}}
        again = [put(unit, content | later_clock, pk) for pk, content in reversed(queue)]
        again += [put_multipart(unit, content, *[file] * (pk == letter), pk=pk) for pk, content in queue]
    assert [answer.status_code for answer in first] == [201, 201]
    assert [answer.status_code for answer in again] == [200] * 4
    assert [answer.json() for answer in again[2:]] == [answer.json() for answer in first]
    assert Filing.objects.count() == 2
    assert set(Obligation.objects.filter(lower_organisation=desk.town).values_list("counted", flat=True)) == {1}


def test_order_of_sets_and_repetitions_are_no_content(desk: Desk, unit: Phone) -> None:
    pk, one, two = uuid4(), pdf(1), pdf(2)
    both = [str(desk.town_meeting.pk), str(desk.letter.pk)]
    files = body(desk, one, two)["attachments"]
    assert put(unit, of_town(desk, obligations=both, attachments=files), pk).status_code == 201
    turned = of_town(desk, obligations=[*reversed(both), both[0]], attachments=[*reversed(files)])
    assert put(unit, turned | {"summary": "", "device": None}, pk).status_code == 200


@pytest.mark.parametrize(
    "changed",
    [
        {"summary": "另一句"},
        {"held_on": "2026-11-19"},
        {"obligations": []},
        {"participants": ["测试员乙", "测试员甲"]},
        {"on_paper": True},
        {"kind": "report"},
    ],
)
def test_same_id_with_other_content_is_409(desk: Desk, phone: Phone, changed: Any) -> None:
    pk = uuid4()
    assert put(phone, body(desk), pk).status_code == 201
    answer = put(phone, body(desk) | changed, pk)
    assert (answer.status_code, answer.json()["code"]) == (409, "already_exists_differently")


def test_holder_of_a_post_and_the_units_user_file_for_their_body(desk: Desk, unit: Phone) -> None:
    holder = Phone.of(desk.chief_user)
    assert put(unit, of_town(desk)).status_code == 201
    assert put(holder, of_town(desk)).status_code == 201
    with time_machine.travel("2026-12-02T09:00:00+08:00", tick=False):
        desk.chief.tenures.update(ends_on=date(2026, 12, 1))
        assert put(holder, of_town(desk, obligations=[], held_on="2026-12-01")).status_code == 201
        answer = put(holder, of_town(desk, obligations=[], held_on="2026-12-02"))
        assert (answer.status_code, answer.json()["code"]) == (403, "not_allowed")
        assert "30" in answer.json()["detail"]
        assert put(unit, of_town(desk, obligations=[], held_on="2026-12-01")).status_code == 201


def test_event_of_a_filing_lies_where_its_subject_does(desk: Desk, phone: Phone, unit: Phone) -> None:
    """A letter's lies in the lower body's town, which is in both scopes."""
    for sender, content in ((phone, body(desk)), (unit, of_town(desk)), (unit, of_pair(desk))):
        assert put(sender, content).status_code == 201
    told = Event.objects.filter(kind="filing.recorded").order_by("pk").values_list("division_path", flat=True)
    assert list(told) == [desk.place.county.path, desk.place.town.path, desk.place.town.path]


def test_delegate_files_for_the_leader_and_is_named(desk: Desk) -> None:
    assistant = make.user("assistant")
    delegation = Delegation.objects.create(assistant=assistant, leader=desk.place.leader, starts_on=date(2026, 11, 1))
    phone, pk = Phone.of(assistant), uuid4()
    answer = put(phone, body(desk, prepared_by_staff=True), pk)
    assert (answer.status_code, answer.json()["uploaded_by"]) == (201, str(assistant.pk))
    assert answer.json()["prepared_by_staff"] is True
    Delegation.objects.filter(pk=delegation.pk).update(ends_on=date(2026, 11, 20))
    assert put(phone, body(desk, prepared_by_staff=True), pk).status_code == 200
    assert put(phone, body(desk)).status_code == 201
    assert put(phone, body(desk, held_on="2026-11-21")).status_code == 403


def test_nobody_files_for_a_subject_that_is_not_theirs(desk: Desk, phone: Phone, unit: Phone) -> None:
    office = Phone.of(make.user(office=Office.SUPERVISOR, division=desk.place.county))
    for sender, content in [(phone, of_town(desk, obligations=[])), (unit, body(desk, obligations=[]))]:
        assert put(sender, content).status_code == 403
    for content in (body(desk), of_town(desk), of_pair(desk)):
        assert put(office, content).status_code == 403
    assert stored() == (0, 0, [])


def test_obligation_one_sees_but_may_not_file_for_is_403_and_one_unseen_unknown(desk: Desk, unit: Phone) -> None:
    both = make.user("both", organisation=desk.town, office=Office.SUPERVISOR, division=desk.place.county)
    answer = put(Phone.of(both), of_town(desk, obligations=[str(desk.meeting.pk)]))
    assert (answer.status_code, answer.json()["code"]) == (403, "not_allowed")
    answer = put(unit, of_town(desk, obligations=[str(desk.town_meeting.pk), str(desk.meeting.pk)]))
    assert (answer.status_code, answer.json()["code"]) == (400, "unknown_reference")
    assert [error["field"] for error in answer.json()["errors"]] == ["obligations.1"]


def test_others_filing_is_404_whatever_one_tries(desk: Desk, phone: Phone) -> None:
    pk, file = uuid4(), pdf()
    put_multipart(phone, body(desk, file), file, pk=pk)
    other = make.leader("旁人")
    stranger = Phone.of(make.user(leader=other))
    content = body(desk, file, subject={"kind": "leader", "id": str(other.pk)})
    assert stranger.get(f"filings/{pk}").status_code == 404
    assert put(stranger, content, pk).status_code == 404
    assert stranger.post(f"filings/{pk}/review", {"verdict": "accepted"}).status_code == 404
    address = f"filings/{pk}/attachments/{body(desk, file)['attachments'][0]['sha256']}"
    assert stranger.get(address).status_code == 404
    answer = stranger.put(address, file, content_type="application/pdf")
    assert (answer.status_code, answer.json()["code"]) == (409, "photo_not_declared")
    assert stranger.get("filings").json()["results"] == []


def test_filing_is_seen_by_its_sides_and_the_offices_above_them(desk: Desk, unit: Phone) -> None:
    pk, place = uuid4(), desk.place
    put(unit, of_pair(desk), pk)
    elsewhere = make.division("别县", place.city)
    seen = {
        "town's holder": make.user(leader=make.leader("乙")),
        "upper unit": make.user(organisation=desk.county),
        "county's office": make.user(office=Office.SUPERVISOR, division=place.county),
        "town's auditor": make.user(office=Office.AUDITOR, division=place.town),
        "elsewhere": make.user(office=Office.SUPERVISOR, division=elsewhere),
        "another unit": make.user(organisation=make.organisation(elsewhere)),
    }
    make.tenure(desk.town.posts.get(), seen["town's holder"].leader)
    given = {who: Phone.of(user).get(f"filings/{pk}").status_code for who, user in seen.items()}
    assert given == dict.fromkeys(seen, 200) | {"elsewhere": 404, "another unit": 404}


def test_leaders_filing_is_seen_where_the_leader_served_that_day(desk: Desk, phone: Phone) -> None:
    pk = uuid4()
    put(phone, body(desk), pk)
    elsewhere = make.division("别县", desk.place.city)
    make.tenure(make.post(make.organisation(elsewhere)), desk.place.leader, date(2026, 11, 21))
    for division, expected in [(desk.place.county, 200), (elsewhere, 404), (desk.place.city, 200)]:
        office = Phone.of(make.user(office=Office.SUPERVISOR, division=division))
        assert office.get(f"filings/{pk}").status_code == expected
