"""GET periods/{period}/amendments: all that was amended of what was published, in pages."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
import time_machine

from api.periods.figures import SHOWN
from fieldwork.core.events import SYSTEM
from fieldwork.core.periods import Period
from fieldwork.directory.models import User
from fieldwork.duties.models import Obligation
from fieldwork.duties.reconcile import reconcile
from fieldwork.supervision.models import Amendment, FrozenObligation
from tests import factories as make
from tests.api.client import Phone
from tests.place import Place

OCTOBER, NOVEMBER = "2026-10", "2026-11"
THIRD = datetime(2026, 12, 3, 1, tzinfo=UTC)
LATER = datetime(2027, 1, 20, 1, tzinfo=UTC)


@pytest.fixture
def office(place: Place) -> Iterator[User]:
    """On the third of December both months were published; now it is January."""
    make.rule(place.city, ["county_party_chief"], duty="old", tracked_from=date(2026, 10, 1))
    office = make.user(office="supervisor", division=place.county)
    with time_machine.travel(THIRD, tick=False) as clock:
        for name in (OCTOBER, NOVEMBER):
            reconcile(Period.parse(name), by=SYSTEM, at=THIRD)
            published = Phone.of(office).post(f"periods/{name}/freeze", {"division": str(office.division_id)})
            assert published.status_code == 201
        clock.move_to(LATER)
        yield office


def period(office: User, **query: Any) -> dict[str, Any]:
    told: dict[str, Any] = Phone.of(office).get(f"periods/{OCTOBER}", query).json()
    return told


def pages(office: User, address: str | None) -> list[list[Any]]:
    found = []
    while address:
        page = Phone.of(office).get(address.removeprefix("http://testserver")).json()
        found.append(page["results"])
        address = page["next"]
    return found


def amend(period: str, why: str, *times: datetime) -> None:
    """Each of the obligations of the period, at each of these times."""
    Amendment.objects.bulk_create(
        Amendment(frozen=frozen, before="lapsed", after="met", why=why, by="system", at=at, noted_at=at)
        for at in times
        for frozen in FrozenObligation.objects.filter(freeze__period=period).order_by("pk")
    )


def test_every_amendment_is_on_a_page_that_the_period_leads_to(office: User) -> None:
    times = [LATER - timedelta(minutes=SHOWN + 4 - number) for number in range(SHOWN + 5)]
    amend(OCTOBER, "verdict", *times)
    told = period(office)
    assert (told["amended"], len(told["amendments"])) == (SHOWN + 5, SHOWN)
    found = pages(office, told["all_amendments"])
    every = [one for page in found for one in page]
    assert len(found) > 1
    assert [one["id"] for one in every] == [str(row.pk) for row in Amendment.objects.order_by("-pk")]
    assert every[:SHOWN] == told["amendments"]
    early = period(office, as_of=times[9].isoformat())
    assert early["amended"] == len(pages(office, early["all_amendments"])[0]) == 10


def test_amendments_are_filtered_and_scoped(place: Place, office: User) -> None:
    amend(NOVEMBER, "late_upload", LATER)
    owed = Obligation.objects.get(period=OCTOBER)
    excuse = {"kind": "official_travel", "reason": "赴省里开会"}
    assert Phone.of(office).post(f"obligations/{owed.pk}/excuse", excuse).status_code == 200
    city = make.user(office="supervisor", division=place.city)
    elsewhere = make.user(office="auditor", division=make.division("别处县", place.city))

    def found(user: User, name: str = NOVEMBER, **query: Any) -> list[str]:
        answer = Phone.of(user).get(f"periods/{name}/amendments", query)
        assert answer.status_code == 200, answer.content
        return [one["why"] for one in answer.json()["results"]]

    assert (found(office, OCTOBER), found(office)) == (["excuse"], ["late_upload"] * 2)
    assert (found(city), found(city, division=place.county.pk)) == ([], ["late_upload"] * 2)
    assert found(elsewhere) == found(office, "2026-09") == found(office, why="verdict") == []
    one = Obligation.objects.filter(period=NOVEMBER).earliest("pk")
    assert found(office, obligation=one.pk) == ["late_upload"]
    assert found(office, leader=place.leader.pk) == ["late_upload"] * 2
    assert found(office, leader=make.leader("旁人").pk) == []
    late = LATER + timedelta(seconds=1)
    assert found(office, since=LATER.isoformat()) == ["late_upload"] * 2
    assert found(office, since=late.isoformat()) == found(office, as_of=THIRD.isoformat()) == []
    for wrong in ({"why": "x"}, {"division": "x"}, {"by": "system"}, {"ordering": "x"}, {"division": place.city.pk}):
        assert Phone.of(office).get(f"periods/{NOVEMBER}/amendments", wrong).status_code == 400, wrong
    assert Phone.of(office).get("periods/2026-13/amendments").status_code == 400
    assert Phone.of(place.user).get(f"periods/{NOVEMBER}/amendments").status_code == 403
