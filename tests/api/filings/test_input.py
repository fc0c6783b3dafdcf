"""What is refused, by which field, and that nothing of it is stored."""

import json
from typing import Any
from uuid import uuid4

import pytest

from tests import factories as make
from tests.api.client import Phone
from tests.api.filing import body, of_pair, put, stored
from tests.desk import Desk
from tests.documents import PDF, declared_file

FILE = declared_file(b"x", PDF)
BAD: dict[str, tuple[dict[str, Any], str]] = {
    "no subject": ({"subject": None}, "subject"),
    "unknown kind of subject": ({"subject": {"kind": "town", "id": "1"}}, "subject.kind"),
    "unknown leader": ({"subject": {"kind": "leader", "id": "999999"}}, "subject.id"),
    "unknown organisation": ({"subject": {"kind": "organisation", "id": "x'; --"}}, "subject.id"),
    "half a pair": ({"subject": {"kind": "pair", "id": "5"}}, "subject.id"),
    "pair of three": ({"subject": {"kind": "pair", "id": "1:2:3"}}, "subject.id"),
    "organisation as a pair": ({"subject": {"kind": "organisation", "id": "1:2"}}, "subject.id"),
    "unknown activity": ({"kind": "party"}, "kind"),
    "unknown obligation": ({"obligations": ["999999"]}, "obligations.0"),
    "obligation of nonsense": ({"obligations": ["x"]}, "obligations.0"),
    "unknown duty": ({"duties": ["no-such.rule"]}, "duties.0"),
    "the day after tomorrow": ({"held_on": "2026-11-23"}, "held_on"),
    "an instant for a day": ({"held_on": "2026-11-20T09:00:00+08:00"}, "held_on"),
    "participant without a name": ({"participants": [""]}, "participants.0"),
    "zip": ({"attachments": [FILE | {"content_type": "application/zip"}]}, "attachments.0.content_type"),
    "huge attachment": ({"attachments": [FILE | {"bytes": 1 << 40}]}, "attachments.0.bytes"),
    "short digest": ({"attachments": [FILE | {"sha256": "ab"}]}, "attachments.0.sha256"),
    "two names for one file": ({"attachments": [FILE, FILE | {"name": "二.pdf"}]}, "attachments"),
    "NUL": ({"title": "a\0b"}, "title"),
}


@pytest.mark.parametrize("case", BAD)
def test_bad_input_names_its_field_and_stores_nothing(desk: Desk, phone: Phone, case: str) -> None:
    changed, field = BAD[case]
    answer = phone.put(f"filings/{uuid4()}", json.dumps(body(desk) | changed), content_type="application/json")
    assert answer.status_code == 400
    assert answer.json()["errors"][0]["field"] == field
    assert answer.json()["errors"][0]["detail"]
    assert stored() == (0, 0, [])


def test_pair_of_one_body_is_none(desk: Desk, unit: Phone) -> None:
    answer = put(unit, body(desk, subject={"kind": "pair", "id": f"{desk.town.pk}:{desk.town.pk}"}, obligations=[]))
    assert [(error["field"], error["code"]) for error in answer.json()["errors"]] == [("subject.id", "invalid")]


@pytest.mark.parametrize(
    ("clock", "held_on", "status"),
    [
        (None, "2026-11-22", 201),
        ("2036-11-21T14:00:00+08:00", "2026-11-22", 201),
        ("2036-11-21T14:00:00+08:00", "2026-11-23", 400),
        ("2199-12-31T12:00:00+08:00", "2199-12-31", 400),
        ("2026-11-20T23:59:59+08:00", "2026-11-21", 201),
        ("2026-11-20T23:59:59+08:00", "2026-11-22", 400),
    ],
)
def test_day_to_come_is_judged_by_the_earlier_of_both_clocks(
    desk: Desk, phone: Phone, clock: str | None, held_on: str, status: int
) -> None:
    device = {"id": "", **({"clock_at_send": clock} if clock else {})}
    answer = put(phone, body(desk, held_on=held_on, device=device))
    assert answer.status_code == status
    desk.meeting.refresh_from_db()
    assert desk.meeting.outcome == ("met" if status == 201 else "pending")
    if status == 400:
        assert answer.json()["errors"][0]["field"] == "held_on"


def test_pair_that_owes_nothing_together_is_unknown_and_no_name_comes_back(desk: Desk, unit: Phone) -> None:
    foreign = make.organisation(make.division("别镇", make.division("别县", desk.place.city)), name="外单位测试")
    committee = make.organisation(desk.place.county, "party_committee")
    ids = {
        "foreign body": f"{desk.town.pk}:{foreign.pk}",
        "the other way round": f"{desk.town.pk}:{desk.county.pk}",
        "kinds that sign nothing": f"{committee.pk}:{desk.town.pk}",
        "a zero before": f"0{desk.county.pk}:{desk.town.pk}",
        "nobody": f"{desk.county.pk}:999999",
    }
    for case, pair in ids.items():
        answer = put(unit, of_pair(desk, subject={"kind": "pair", "id": pair}, obligations=[]))
        assert (answer.status_code, answer.json()["code"]) == (400, "unknown_reference"), case
        assert [error["field"] for error in answer.json()["errors"]] == ["subject.id"], case
        assert foreign.name not in answer.content.decode()
    assert stored() == (0, 0, [])
    assert put(unit, of_pair(desk, obligations=[])).status_code == 201


def test_more_attachments_than_the_limit_are_refused(desk: Desk, phone: Phone, settings: Any) -> None:
    settings.ATTACHMENTS_PER_FILING = 2
    files = [declared_file(bytes([number]), PDF) for number in range(3)]
    answer = put(phone, body(desk, attachments=files))
    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (400, "attachments")


def test_unknown_filter_and_malformed_id_have_their_answers(desk: Desk, phone: Phone) -> None:
    assert phone.get("filings?colour=red").json()["code"] == "unknown_filter"
    assert phone.get("filings?period=2026-13").json()["errors"][0]["field"] == "period"
    assert phone.get("filings/not-a-uuid").status_code == 404


def test_limits_are_told(desk: Desk, phone: Phone, settings: Any) -> None:
    limits = phone.get("me").json()["limits"]
    assert limits["attachment_bytes"] == settings.ATTACHMENT_BYTES
    assert limits["attachments_per_filing"] == settings.ATTACHMENTS_PER_FILING
