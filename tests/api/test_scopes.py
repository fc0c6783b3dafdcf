"""What belongs to a level above the office's own is none of its business, linked to its town or not."""

from typing import Any

import pytest
import time_machine

from fieldwork.core.events import SYSTEM
from fieldwork.core.periods import Period, first_instant
from fieldwork.duties.models import Obligation, Task
from fieldwork.duties.reconcile import reconcile
from tests import factories as make
from tests.api import check_in
from tests.api.client import Phone
from tests.place import Place


@pytest.fixture(autouse=True)
def afternoon() -> Any:
    with time_machine.travel("2026-11-21T14:00:00+08:00", tick=False):
        yield


@pytest.mark.parametrize("office", ["supervisor", "auditor", "administrator"])
def test_office_of_a_town_sees_nothing_of_a_leader_of_its_county(place: Place, office: str) -> None:
    month = Period.parse("2026-11")
    reconcile(month, by=SYSTEM, at=first_instant(month.starts_on))
    obligation, task = Obligation.objects.get(), Task.objects.get()
    assert task.division == place.town
    visit = check_in.put(Phone.of(place.user), check_in.body(place)).json()["id"]
    leader, post = f"leaders/{place.leader.pk}", place.tenure.post
    details = [
        leader, f"{leader}/record", f"{leader}/export", f"tenures/{place.tenure.pk}", f"posts/{post.pk}",
        f"organisations/{post.organisation_id}", f"linkages/{place.tenure.linkages.get().pk}",
        f"users/{place.user.pk}", f"users/{place.user.pk}/devices", f"obligations/{obligation.pk}", f"tasks/{task.pk}",
        f"check-ins/{visit}", f"check-ins/{visit}/looks", f"check-ins/{visit}/proof", f"reviews/{visit}",
    ]  # fmt: skip
    below = Phone.of(make.user(office=office, division=place.town))
    above = Phone.of(make.user(office="supervisor", division=place.county))
    found = {path: below.get(path).status_code for path in details}
    assert found == dict.fromkeys(details, 404)
    assert {above.get(path).status_code for path in details} == {200, 403}, "there is something to see"
    lists = ("leaders", "tenures", "posts", "organisations", "linkages", "obligations", "tasks", "check-ins", "reviews")
    assert {path: below.get(path).json()["results"] for path in lists} == {path: [] for path in lists}
    assert visit not in below.get("audit?kind=check_in").content.decode()
