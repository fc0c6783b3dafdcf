"""One check-in is one: the same content again, under whose name, and who sees it."""

from datetime import date
from typing import Any
from uuid import uuid4

import pytest
import time_machine

from fieldwork.directory.enums import Office
from fieldwork.directory.models import Delegation, Tenure
from fieldwork.duties.models import Obligation, Task
from fieldwork.inspections.models import CheckIn
from tests import factories as make
from tests.api.check_in import body, flags, put, put_multipart, stored
from tests.api.client import Phone
from tests.photos import digest, jpeg
from tests.place import Place


def test_same_content_again_is_200_and_one_row(place: Place, phone: Phone) -> None:
    photo, pk = jpeg(), uuid4()
    content = body(place, photo)
    assert put_multipart(phone, content, photo, pk=pk).status_code == 201
    later_clock = content | {"device": {"id": "phone-1", "clock_at_send": "2026-11-21T13:00:00+08:00"}}
    in_utc = content | {"captured_at": "2026-11-21T04:00:00Z", "site_name": "", "companions": []}
    for again in [content, later_clock, in_utc, content | {"device": None}]:
        assert put(phone, again, pk).status_code == 200
        assert put_multipart(phone, again, photo, pk=pk).status_code == 200
    assert CheckIn.objects.count() == 1
    assert Obligation.objects.get().counted == 1


@pytest.mark.parametrize(
    "changed",
    [
        {"summary": "另一句"},
        {"captured_at": "2026-11-21T12:00:00.5+08:00"},
        {"photos": []},
        {"found_nothing": None},
    ],
)
def test_same_id_with_other_content_is_409(place: Place, phone: Phone, changed: Any) -> None:
    pk = uuid4()
    content = body(place, jpeg())
    put(phone, content, pk)
    answer = put(phone, content | changed, pk)
    assert (answer.status_code, answer.json()["code"]) == (409, "already_exists_differently")


def test_others_check_in_is_404_whatever_one_tries(place: Place, phone: Phone) -> None:
    pk = uuid4()
    photo = jpeg()
    put(phone, body(place, photo), pk)
    other = make.leader("旁人")
    stranger = Phone.of(make.user(leader=other))
    assert stranger.get(f"check-ins/{pk}").status_code == 404
    assert put(stranger, body(place, photo) | {"lead": str(other.pk)}, pk).status_code == 404
    assert stranger.get(f"check-ins/{pk}/photos/{digest(photo)}").status_code == 404
    answer = stranger.put(f"check-ins/{pk}/photos/{digest(photo)}", photo, content_type="image/jpeg")
    assert (answer.status_code, answer.json()["code"]) == (409, "photo_not_declared")
    assert stranger.get("check-ins").json()["results"] == []


def test_supervisor_of_the_county_sees_it_and_one_elsewhere_does_not(place: Place, phone: Phone) -> None:
    pk = uuid4()
    put(phone, body(place), pk)
    inside = Phone.of(make.user(office=Office.SUPERVISOR, division=place.county))
    outside = Phone.of(make.user(office=Office.SUPERVISOR, division=make.division("别县", place.city)))
    assert inside.get(f"check-ins/{pk}").status_code == 200
    assert outside.get(f"check-ins/{pk}").status_code == 404


def test_nobody_leads_in_anothers_name(place: Place) -> None:
    stranger = Phone.of(make.user(leader=make.leader("旁人")))
    answer = put(stranger, body(place))
    assert (answer.status_code, answer.json()["code"]) == (403, "not_allowed")
    assert stored() == (0, 0, [])


def test_delegate_uploads_for_the_leader_and_is_named(place: Place) -> None:
    assistant = make.user("assistant")
    Delegation.objects.create(assistant=assistant, leader=place.leader, starts_on=date(2026, 11, 1))
    answer = put(Phone.of(assistant), body(place))
    assert answer.status_code == 201
    assert "prepared_by_staff" in flags(answer)
    assert answer.json()["uploaded_by"] == str(assistant.pk)
    assert Obligation.objects.get().outcome == "met"


def test_same_content_again_is_200_also_after_the_delegation_has_ended(place: Place) -> None:
    assistant, pk = make.user("assistant"), uuid4()
    delegation = Delegation.objects.create(assistant=assistant, leader=place.leader, starts_on=date(2026, 11, 1))
    phone = Phone.of(assistant)
    assert put(phone, body(place), pk).status_code == 201
    Delegation.objects.filter(pk=delegation.pk).update(ends_on=date(2026, 11, 20))
    assert put(phone, body(place), pk).status_code == 200
    assert put(phone, body(place)).status_code == 403


def test_companions_are_a_set_and_zero_has_no_sign(place: Place, phone: Phone) -> None:
    pk, one, two = uuid4(), str(make.leader("甲").pk), str(make.leader("乙").pk)
    nowhere = {"latitude": 0.0, "longitude": 0.0, "accuracy_m": 3}
    assert put(phone, body(place, companions=[one, two], location=nowhere), pk).status_code == 201
    nowhere = {"latitude": -0.0, "longitude": 0, "accuracy_m": 3.0}
    assert put(phone, body(place, companions=[two, one, one], location=nowhere), pk).status_code == 200


def test_check_in_by_one_who_held_no_post_that_day_is_seen_by_the_office(place: Place, phone: Phone) -> None:
    pk = uuid4()
    Tenure.objects.filter(pk=place.tenure.pk).update(ends_on=date(2026, 11, 10))
    assert put(phone, body(place), pk).json()["counts_for_obligations"] == []
    office = Phone.of(make.user(office=Office.SUPERVISOR, division=place.county))
    assert office.get(f"check-ins/{pk}").status_code == 200
    elsewhere = Phone.of(make.user(office=Office.SUPERVISOR, division=make.division("别县", place.city)))
    assert elsewhere.get(f"check-ins/{pk}").status_code == 404


def test_work_of_a_delegation_that_has_ended_is_taken_with_its_task_and_photo(place: Place) -> None:
    assistant = make.user("assistant")
    Delegation.objects.create(
        assistant=assistant, leader=place.leader, starts_on=date(2026, 11, 1), ends_on=date(2026, 11, 20)
    )
    phone, photo, pk = Phone.of(assistant), jpeg(), uuid4()
    put(Phone.of(place.user), body(place))  # the month's task is there
    task = str(Task.objects.get(obligation__period="2026-11").pk)
    content = body(place, photo, task=task, captured_at="2026-11-20T12:00:00+08:00")
    assert put(phone, content | {"captured_at": "2026-11-21T12:00:00+08:00"}).status_code == 403
    with time_machine.travel("2026-12-20T23:00:00+08:00", tick=False):
        assert put(phone, content, pk).status_code == 201
        assert phone.put(f"check-ins/{pk}/photos/{digest(photo)}", photo, content_type="image/jpeg").status_code == 201
        assert put(phone, content, pk).status_code == 200
    with time_machine.travel("2026-12-21T00:00:00+08:00", tick=False):
        assert put(phone, content, pk).status_code == 200
        assert put(phone, content).status_code == 403
