"""Check-ins for what is no monthly inspection: standing duties, and what a body owes on site."""

from datetime import date

from fieldwork.duties.models import Naming, Task
from tests import factories as make
from tests.api.check_in import body, flags, put, put_multipart
from tests.api.client import Phone
from tests.desk import Desk
from tests.photos import jpeg
from tests.place import SEAT


def test_standing_duty_is_named_by_policy_and_rule_and_recorded(desk: Desk, phone: Phone) -> None:
    answer = put(phone, body(desk.place, duties=[desk.study.key]))
    assert (answer.status_code, answer.json()["duties"]) == (201, [desk.study.key])
    assert Naming.objects.get().rule == desk.study
    for bare in (desk.study.code, f"other.{desk.study.code}", desk.study.key + "x"):
        refused = put(phone, body(desk.place, duties=[bare]))
        assert (refused.status_code, refused.json()["errors"][0]["field"]) == (400, "duties.0")


def test_rule_with_a_cadence_is_no_standing_duty(desk: Desk, phone: Phone) -> None:
    rule = make.rule(desk.place.city, ["county_party_chief"])
    assert put(phone, body(desk.place, duties=[rule.key])).json()["code"] == "unknown_reference"


def test_visit_for_a_bodys_task_proves_it_and_the_leads_own_duty(desk: Desk) -> None:
    phone, photo = Phone.of(desk.chief_user), jpeg()
    task = Task.objects.get(obligation=desk.special)
    content = body(desk.place, photo, lead=str(desk.chief.pk), task=str(task.pk))
    answer = put_multipart(phone, content, photo)
    assert answer.json()["counts_for_obligations"] == [str(desk.special.pk)]
    assert answer.json()["counts_for"] == [str(task.pk)]
    assert (answer.json()["inside_target"], flags(answer)) == (True, set())
    desk.special.refresh_from_db()
    assert desk.special.outcome == "met"


def test_far_visit_for_a_bodys_task_is_doubted_and_serves_no_task_of_the_leads_own(desk: Desk) -> None:
    make.rule(desk.place.city, ["town_government_chief"])
    far = {"latitude": SEAT[0] + 0.5, "longitude": SEAT[1], "accuracy_m": 5}
    task, photo = Task.objects.get(obligation=desk.special), jpeg()
    content = body(desk.place, photo, lead=str(desk.chief.pk), task=str(task.pk), location=far)
    answer = put_multipart(Phone.of(desk.chief_user), content, photo)
    assert answer.json()["counts_for"] == [str(task.pk)]
    assert flags(answer) == {"outside_target"}
    own = Task.objects.get(obligation__leader=desk.chief)
    assert (own.done_at, own.obligation.outcome) == (None, "met")


def test_bodys_task_is_but_a_hint_for_a_lead_without_a_post_there_that_day(desk: Desk) -> None:
    phone = Phone.of(desk.chief_user)
    task = Task.objects.get(obligation=desk.special)
    desk.chief.tenures.update(starts_on=date(2026, 11, 21))
    content = body(desk.place, lead=str(desk.chief.pk), task=str(task.pk), captured_at="2026-11-20T12:00:00+08:00")
    answer = put(phone, content)
    assert (answer.status_code, answer.json()["counts_for_obligations"]) == (201, [])


def test_rejected_visit_un_proves_the_bodys_inspection(desk: Desk) -> None:
    task = Task.objects.get(obligation=desk.special)
    made = put(Phone.of(desk.chief_user), body(desk.place, lead=str(desk.chief.pk), task=str(task.pk))).json()
    office = Phone.of(make.user(office="supervisor", division=desk.place.town))
    verdict = {"verdict": "rejected", "reason": "没有记录"}
    assert office.post(f"check-ins/{made['id']}/review", verdict).json()["counts_for"] == []
    desk.special.refresh_from_db()
    assert desk.special.outcome == "pending"


def test_visit_names_standing_duties_of_the_lead_and_of_the_bodies_held_that_day(desk: Desk, phone: Phone) -> None:
    city, town = desk.place.city, {"kind": "government", "level": "town"}
    drill = make.body_rule(city, town, cadence="", duty="drill", activity="drill")
    away = make.rule(make.division("别市"), ["county_party_chief"], cadence="", duty="study", activity="study")
    for key in (drill.key, away.key):
        refused = put(phone, body(desk.place, duties=[desk.study.key, key]))
        assert (refused.status_code, refused.json()["code"]) == (400, "unknown_reference")
        assert [error["field"] for error in refused.json()["errors"]] == ["duties.1"]
    chief, lead = Phone.of(desk.chief_user), str(desk.chief.pk)
    assert put(chief, body(desk.place, lead=lead, duties=[drill.key])).status_code == 201
    assert put(chief, body(desk.place, lead=lead, duties=[desk.study.key])).status_code == 400
    desk.chief.tenures.update(starts_on=date(2026, 11, 21))
    past = body(desk.place, lead=lead, duties=[drill.key], captured_at="2026-11-20T12:00:00+08:00")
    assert put(chief, past).status_code == 400
