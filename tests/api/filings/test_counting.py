"""What a filing counts for: exactly what it names, on the day that it states."""

from datetime import date
from typing import Any

import pytest
import time_machine

from fieldwork.duties.models import Naming, Obligation
from tests import factories as make
from tests.api.client import Phone
from tests.api.filing import body, of_pair, of_town, put
from tests.desk import Desk


def status(phone: Phone, obligation: Obligation) -> str:
    return str(phone.get(f"obligations/{obligation.pk}").json()["status"])


def test_one_meeting_proves_every_obligation_that_it_names_and_no_other(desk: Desk, unit: Phone) -> None:
    both = [str(desk.town_meeting.pk), str(desk.letter.pk)]
    answer = put(unit, of_town(desk, obligations=both))
    assert answer.status_code == 201
    assert answer.json()["counts_for_obligations"] == sorted(both, key=int)
    assert (status(unit, desk.town_meeting), status(unit, desk.letter)) == ("met", "met")
    assert status(unit, desk.special) == "open"


def test_leaders_meeting_is_met_by_naming_it_and_not_by_being_held(desk: Desk, phone: Phone) -> None:
    assert put(phone, body(desk, obligations=[])).json()["counts_for_obligations"] == []
    assert status(phone, desk.meeting) == "open"
    assert put(phone, body(desk)).json()["counts_for_obligations"] == [str(desk.meeting.pk)]
    assert status(phone, desk.meeting) == "met"


def test_letter_binds_a_pair_and_either_side_may_file_it(desk: Desk, unit: Phone) -> None:
    answer = put(unit, of_pair(desk))
    assert answer.json()["counts_for_obligations"] == [str(desk.letter.pk)]
    both_names = f"{desk.county.name} – {desk.town.name}"
    assert answer.json()["subject"] == {"kind": "pair", "id": desk.pair, "name": both_names}
    shown = unit.get(f"obligations/{desk.letter.pk}").json()
    assert (shown["subject"], shown["status"]) == (answer.json()["subject"], "met")
    upper = Phone.of(make.user(organisation=desk.county))
    assert put(upper, of_pair(desk)).status_code == 201


@pytest.mark.parametrize(("held_on", "counts"), [("2026-10-01", True), ("2026-09-30", False), ("2025-11-20", False)])
def test_day_outside_the_period_is_accepted_and_does_not_count(
    desk: Desk, phone: Phone, held_on: str, counts: bool
) -> None:
    answer = put(phone, body(desk, held_on=held_on))
    assert answer.status_code == 201
    assert answer.json()["counts_for_obligations"] == [str(desk.meeting.pk)] * counts
    assert answer.json()["obligations"] == [str(desk.meeting.pk)]


def test_meeting_of_the_last_day_filed_in_the_next_period_turns_the_lapse_back(desk: Desk) -> None:
    with time_machine.travel("2027-01-09T09:00:00+08:00", tick=False):
        phone = Phone.of(desk.place.user)
        assert status(phone, desk.meeting) == "lapsed"
        assert put(phone, body(desk, held_on="2026-12-31")).status_code == 201
        assert status(phone, desk.meeting) == "met"


def test_inspection_by_a_body_is_filed_and_a_leaders_is_not(desk: Desk, unit: Phone, phone: Phone) -> None:
    answer = put(unit, of_town(desk, kind="inspection", obligations=[str(desk.special.pk)]))
    assert answer.json()["counts_for_obligations"] == [str(desk.special.pk)]
    refused = put(phone, body(desk, obligations=[str(desk.meeting.pk), str(desk.inspection.pk)]))
    assert (refused.status_code, refused.json()["code"]) == (400, "invalid")
    assert refused.json()["errors"][0]["field"] == "obligations.1"
    refused = put(phone, body(desk, kind="inspection", obligations=[]))
    assert refused.json()["errors"][0]["field"] == "kind"
    assert desk.inspection.outcome == "pending"


def test_standing_duty_is_filed_without_an_obligation_and_recorded(desk: Desk, phone: Phone) -> None:
    answer = put(phone, body(desk, kind="study", obligations=[], duties=[desk.study.key, desk.study.key]))
    assert (answer.status_code, answer.json()["duties"]) == (201, [desk.study.key])
    assert Naming.objects.get().rule == desk.study
    found = phone.get(f"filings?duty={desk.study.key}").json()["results"]
    assert [each["id"] for each in found] == [answer.json()["id"]]


def test_filing_may_name_nothing(desk: Desk, phone: Phone) -> None:
    answer = put(phone, body(desk, kind="other", obligations=[]))
    assert (answer.status_code, answer.json()["state"]) == (201, "complete")


def test_successor_is_met_by_what_the_predecessor_filed(desk: Desk, phone: Phone) -> None:
    put(phone, body(desk))
    tenure = desk.place.tenure
    tenure.ends_on = date(2026, 11, 21)
    tenure.save()
    successor: Any = make.tenure(tenure.post, make.leader("测试·后任"), date(2026, 11, 22))
    office = Phone.of(make.user(office="supervisor", division=desk.place.county))
    assert office.post("periods/2026-Q4/reconcile").status_code == 200
    assert Obligation.objects.get(leader=successor.leader, duty="committee_meeting").outcome == "met"
