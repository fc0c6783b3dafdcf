"""A renamed county: what hangs at the old row follows to the new one, and the past stays with the old."""

from datetime import UTC, date, datetime

import pytest

from fieldwork.core.events import SYSTEM
from fieldwork.core.models import Event
from fieldwork.directory.divisions import load_divisions
from fieldwork.directory.models import Division, Linkage, Organisation, ProblemTownMark, Site
from tests import factories

pytestmark = pytest.mark.django_db
EVE, ON = date(2026, 12, 31), date(2027, 1, 1)
ENDED = date(2026, 6, 30)


def rename(county: Division) -> Division:
    """A new edition that calls the county 试点区."""
    load_divisions(
        [
            "code,name,level,parent,seat_latitude,seat_longitude,seat_source\n",
            f"{county.code},试点区,county,{county.parent and county.parent.code},,,\n",
        ],
        authority="test", edition="2027", on=ON, by=SYSTEM, at=datetime(2026, 11, 1, tzinfo=UTC),
    )  # fmt: skip
    return Division.objects.get(code=county.code, ends_on=None)


@pytest.fixture
def town() -> Division:
    return factories.division("测试镇", factories.division("测试县", factories.division("测试市")))


def test_bodies_sites_and_accounts_go_on_at_the_new_row(town: Division) -> None:
    county = town.parent
    assert county is not None
    standing, gone = factories.organisation(county), factories.organisation(county, ends_on=ENDED)
    site = Site.objects.create(name="测试厂", division=town, starts_on=factories.BEGINNING)
    supervisor = factories.user(office="supervisor", division=county)
    new = rename(county)
    for row in (standing, gone, site, supervisor):
        row.refresh_from_db()
    assert (standing.division, supervisor.division, site.division.parent) == (new, new, new)
    assert gone.division == county


def test_linkages_and_marks_end_with_the_old_row_and_go_on_under_the_new(town: Division) -> None:
    county = town.parent
    assert county is not None
    tenure = factories.tenure(factories.post(factories.organisation(county)))
    last = date(2027, 3, 31)
    running = factories.linkage(tenure, town, ends_on=last)
    coming = factories.linkage(tenure, town, starts_on=date(2027, 5, 1))
    ended = factories.linkage(tenure, town, ends_on=ENDED)
    ProblemTownMark.objects.create(division=town, reason="测试原因", starts_on=factories.BEGINNING)
    rename(county)
    new = Division.objects.get(code=town.code, ends_on=None)
    assert set(Linkage.objects.values_list("division", "starts_on", "ends_on")) == {
        (town.pk, running.starts_on, EVE), (new.pk, ON, last), (new.pk, coming.starts_on, None),
        (town.pk, ended.starts_on, ENDED),
    }  # fmt: skip
    assert set(ProblemTownMark.objects.values_list("division", "ends_on")) == {(town.pk, EVE), (new.pk, None)}
    event = Event.objects.get(kind="linkage.followed")
    begun = Linkage.objects.get(starts_on=ON)
    assert event.data["since"] == "2027-01-01"
    assert sorted(event.data["rows"]) == sorted([[running.pk, begun.pk], [coming.pk, coming.pk]])


def test_what_hangs_elsewhere_stays(town: Division) -> None:
    county, city = town.parent, town.parent and town.parent.parent
    assert county is not None
    assert city is not None
    organisation = factories.organisation(city)
    rename(county)
    assert list(Organisation.objects.values_list("division", flat=True)) == [city.pk]
    assert not Event.objects.filter(kind="organisation.followed").exists()
    assert organisation.division == city
