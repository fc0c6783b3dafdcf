"""What a reader should weigh in a filing; nothing of it stops one, and it counts all the same."""

from typing import Any

import pytest

from tests import factories as make
from tests.api.client import Phone
from tests.api.filing import body, of_pair, of_town, put
from tests.desk import Desk


def doubts(phone: Phone, made: Any) -> list[str]:
    """The codes of its doubts as they stand now, the same alone and in the list."""
    assert made.status_code == 201
    alone = phone.get(f"filings/{made.json()['id']}").json()
    (listed,) = (each for each in phone.get("filings").json()["results"] if each["id"] == alone["id"])
    assert listed == alone
    assert all(doubt["text"] for doubt in alone["doubts"])
    return [doubt["code"] for doubt in alone["doubts"]]


def test_kind_that_nothing_named_asks_for_is_doubted_and_counts(desk: Desk, phone: Phone, unit: Phone) -> None:
    made = put(phone, body(desk, kind="report"))
    assert made.json()["counts_for_obligations"] == [str(desk.meeting.pk)]
    assert [doubt["code"] for doubt in made.json()["doubts"]] == doubts(phone, made) == ["other_kind"]
    both = [str(desk.town_meeting.pk), str(desk.letter.pk)]
    assert doubts(unit, put(unit, of_town(desk, kind="letter", obligations=both))) == []
    assert doubts(phone, put(phone, body(desk, kind="report", obligations=[]))) == []


def test_doubt_outlives_the_rejection_of_what_it_is_about(desk: Desk, phone: Phone) -> None:
    made = put(phone, body(desk, kind="report"))
    reject(desk, made)
    assert doubts(phone, made) == ["other_kind"]


@pytest.mark.parametrize(
    ("changed", "codes"),
    [
        ({}, ["same_day"]),
        ({"held_on": "2026-11-19"}, []),
        ({"kind": "report"}, ["other_kind"]),
        ({"obligations": []}, []),
    ],
)
def test_second_filing_of_one_day_for_one_obligation_is_doubted(
    desk: Desk, phone: Phone, changed: Any, codes: list[str]
) -> None:
    first, second = put(phone, body(desk)), put(phone, body(desk, **changed))
    assert doubts(phone, second) == codes
    assert doubts(phone, first) == [code for code in codes if code == "same_day"]


def test_twin_that_was_returned_raises_no_doubt(desk: Desk, phone: Phone) -> None:
    first, second = put(phone, body(desk)), put(phone, body(desk))
    reject(desk, first)
    assert doubts(phone, second) == []
    assert doubts(phone, first) == ["same_day"]


def test_another_subject_is_no_twin(desk: Desk, unit: Phone) -> None:
    county = Phone.of(make.user(organisation=desk.county, office="supervisor", division=desk.place.city))
    body_alone = {"kind": "organisation", "id": str(desk.county.pk)}
    made = [put(county, of_pair(desk)), put(county, of_pair(desk, subject=body_alone))]
    made.append(put(unit, of_town(desk, kind="letter", obligations=[str(desk.letter.pk)])))
    assert [doubts(county, each) for each in made] == [[], [], []]


def reject(desk: Desk, made: Any) -> None:
    office = Phone.of(make.user(office="supervisor", division=desk.place.city))
    verdict = {"verdict": "rejected", "reason": "测试"}
    assert office.post(f"filings/{made.json()['id']}/review", verdict).status_code == 200
