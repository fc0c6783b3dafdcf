"""What is owed at a desk in the smallest city: meetings of a leader and of a town, a letter between two bodies."""

from dataclasses import dataclass
from datetime import UTC, datetime

import pytest

from fieldwork.core.events import SYSTEM
from fieldwork.core.periods import Period
from fieldwork.directory.models import Leader, Organisation, User
from fieldwork.duties.models import Obligation, Rule
from fieldwork.duties.reconcile import reconcile
from tests import factories as make
from tests.place import Place

OPENED = datetime(2026, 11, 1, tzinfo=UTC)


@dataclass
class Desk:
    place: Place
    county: Organisation
    town: Organisation
    unit: User
    """Of the town's government."""
    chief: Leader
    chief_user: User
    """Who holds a post in the town's government."""
    meeting: Obligation
    town_meeting: Obligation
    special: Obligation
    """An inspection that the town's government owes."""
    letter: Obligation
    study: Rule
    """A standing duty."""

    @property
    def inspection(self) -> Obligation:
        """The monthly one of the leader."""
        return Obligation.objects.get(leader=self.place.leader, period="2026-11")

    @property
    def pair(self) -> str:
        return f"{self.county.pk}:{self.town.pk}"


@pytest.fixture
def desk(place: Place) -> Desk:
    county = make.organisation(place.county)
    town = make.organisation(place.town)
    chief = make.leader("测试·镇长")
    make.tenure(make.post(town, "town_government_chief"), chief)
    make.rule(place.city, ["county_party_chief"], duty="committee_meeting", activity="meeting", cadence="quarter")
    of_town = {"kind": "government", "level": "town"}
    make.body_rule(place.city, of_town, cadence="quarter")
    make.body_rule(place.city, of_town, cadence="quarter", duty="special", activity="inspection")
    make.pair_rule(place.city, {"kind": "government", "level": "county"}, of_town)
    study = make.rule(place.city, ["county_party_chief"], duty="study", activity="study", cadence="")
    for name in ("2026-11", "2026-Q4", "2026"):
        reconcile(Period.parse(name), by=SYSTEM, at=OPENED)

    def owed(duty: str) -> Obligation:
        return Obligation.objects.get(duty=duty)

    return Desk(
        place, county, town, make.user("unit", organisation=town), chief, make.user("chief", leader=chief),
        owed("committee_meeting"), owed("meeting"), owed("special"), owed("letter"), study,
    )  # fmt: skip
