"""The list of filings: each filter finds what it says, and the answer has its tag."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tests import factories as make
from tests.api.client import Phone
from tests.api.filing import body, of_pair, of_town, put
from tests.desk import Desk
from tests.documents import pdf


@pytest.fixture
def office(desk: Desk, phone: Phone, unit: Phone) -> Phone:
    """Sees a leader's, a town's and a pair's filing, in that order of days."""
    assert put(phone, body(desk, pdf(), held_on="2026-10-30")).status_code == 201
    assert put(unit, of_town(desk, held_on="2026-11-10")).status_code == 201
    assert put(unit, of_pair(desk, held_on="2026-11-20")).status_code == 201
    return Phone.of(make.user(office="supervisor", division=desk.place.city))


def found(phone: Phone, query: str) -> list[str]:
    return [each["subject"]["kind"] for each in phone.get(f"filings?{query}").json()["results"]]


@pytest.mark.parametrize(
    ("query", "kinds"),
    [
        ("", ["pair", "organisation", "leader"]),
        ("ordering=held_on", ["leader", "organisation", "pair"]),
        ("subject_kind=pair", ["pair"]),
        ("leader={leader}", ["leader"]),
        ("organisation={town}", ["pair", "organisation"]),
        ("organisation={county}", ["pair"]),
        ("kind=letter", ["pair"]),
        ("held_from=2026-11-10", ["pair", "organisation"]),
        ("held_to=2026-11-10", ["organisation", "leader"]),
        ("period=2026-11", ["pair", "organisation"]),
        ("obligation={meeting}", ["leader"]),
        ("state=incomplete", ["leader"]),
        ("mine=true", []),
    ],
)
def test_filter_finds_what_it_says(desk: Desk, office: Phone, query: str, kinds: list[str]) -> None:
    ids = {
        "leader": desk.place.leader.pk, "town": desk.town.pk, "county": desk.county.pk, "meeting": desk.meeting.pk,
    }  # fmt: skip
    assert found(office, query.format(**ids)) == kinds


def test_mine_rests_on_my_tenures_and_my_bodies(desk: Desk, office: Phone, phone: Phone, unit: Phone) -> None:
    assert found(phone, "mine=true") == ["leader"]
    assert found(unit, "mine=true") == ["pair", "organisation"]
    assert found(Phone.of(desk.chief_user), "mine=true") == ["pair", "organisation"]


def test_detail_that_did_not_change_is_304(desk: Desk, phone: Phone) -> None:
    pk = put(phone, body(desk)).json()["id"]
    tag = phone.get(f"filings/{pk}")["ETag"]
    assert phone.get(f"filings/{pk}", headers={"If-None-Match": tag}).status_code == 304


def test_list_costs_the_same_whatever_it_shows(desk: Desk, office: Phone, phone: Phone) -> None:
    def queries() -> int:
        with CaptureQueriesContext(connection) as asked:
            assert office.get("filings").status_code == 200
        return len(asked)

    of_three = queries()
    for _ in range(5):
        put(phone, body(desk, pdf(1), pdf(2)))
    assert queries() == of_three
