"""A renamed county: what hangs at the old row follows to the new one, in place."""

from datetime import UTC, date, datetime

import pytest

from fieldwork.core.events import SYSTEM
from fieldwork.core.geo import Position
from fieldwork.core.models import Event
from fieldwork.directory.divisions import load_divisions
from fieldwork.directory.models import Division, Linkage, Organisation, ProblemTownMark, Site
from fieldwork.directory.places import locate
from fieldwork.directory.successions import latest
from tests import factories

pytestmark = pytest.mark.django_db
EVE, ON = date(2026, 12, 31), date(2027, 1, 1)
ENDED = date(2026, 6, 30)


def rename(county: Division, name: str = "试点区", on: date = ON) -> Division:
    """A new edition that calls the county by another name."""
    load_divisions(
        [
            "code,name,level,parent,seat_latitude,seat_longitude,seat_source\n",
            f"{county.code},{name},county,{county.parent and county.parent.code},,,\n",
        ],
        authority="test", edition="2027", on=on, by=SYSTEM, at=datetime(2027, 3, 1, tzinfo=UTC),
    )  # fmt: skip
    return Division.objects.get(code=county.code, ends_on=None)


@pytest.fixture
def town() -> Division:
    return factories.division(
        "测试镇", factories.division("测试县", factories.division("测试市")), latitude=23.7, longitude=113.0
    )


def test_bodies_sites_and_accounts_go_on_at_the_new_row_past_ones_too(town: Division) -> None:
    county = town.parent
    assert county is not None
    standing, gone = factories.organisation(county), factories.organisation(county, ends_on=ENDED)
    site = Site.objects.create(name="测试厂", division=town, starts_on=factories.BEGINNING)
    supervisor = factories.user(office="supervisor", division=county)
    new = rename(county)
    for row in (standing, gone, site, supervisor):
        row.refresh_from_db()
    assert (standing.division, gone.division, supervisor.division, site.division.parent) == (new, new, new, new)


def test_linkages_and_marks_go_on_with_their_own_days(town: Division) -> None:
    county = town.parent
    assert county is not None
    tenure = factories.tenure(factories.post(factories.organisation(county)))
    factories.linkage(tenure, town, ends_on=ENDED)
    factories.linkage(tenure, town, starts_on=date(2026, 9, 1))
    ProblemTownMark.objects.create(division=town, reason="测试原因", starts_on=factories.BEGINNING)
    before = set(Linkage.objects.values_list("pk", "starts_on", "ends_on"))
    rename(county)
    new = Division.objects.get(code=town.code, ends_on=None)
    assert set(Linkage.objects.values_list("pk", "starts_on", "ends_on")) == before
    assert set(Linkage.objects.values_list("division", flat=True)) == {new.pk}
    assert ProblemTownMark.objects.values_list("division", "ends_on").get() == (new.pk, None)
    event = Event.objects.get(kind="divisions.loaded")
    assert event.data["followed"] == {
        "leader": 0,
        "organisation": 1,
        "site": 0,
        "user": 0,
        "linkage": 2,
        "problem_mark": 1,
        "boundary": 0,
    }


def test_what_hangs_elsewhere_stays(town: Division) -> None:
    county, city = town.parent, town.parent and town.parent.parent
    assert county is not None
    assert city is not None
    organisation = factories.organisation(city)
    rename(county)
    assert list(Organisation.objects.values_list("division", flat=True)) == [city.pk]
    assert organisation.division == city


def test_place_is_found_in_the_town_as_it_goes_on_whatever_the_day(town: Division) -> None:
    county = town.parent
    assert county is not None
    new_county = rename(rename(county), "又一区", date(2027, 2, 1))
    town.refresh_from_db()
    county.refresh_from_db()
    new = Division.objects.get(code=town.code, ends_on=None)
    place, away = Position(23.7, 113.0), Position(24.7, 113.0)
    assert latest(town) == latest(new) == new
    for day in (EVE, ON, date(2027, 2, 1)):
        located = locate(place, day)
        assert located.path == new.path
        assert [locate(place, day).inside(each) for each in (new, new_county, town, county)] == [True] * 4
        assert [locate(away, day).inside(each) for each in (new, new_county, town, county)] == [False] * 4
