"""Over the wire: a body is renamed, bodies and towns are merged; first tried, then done."""

from datetime import date
from typing import Any

import pytest

from fieldwork.directory.models import Division, Linkage, Organisation
from tests import factories as make
from tests.api.client import Phone
from tests.place import Place

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("noon")]
ON = "2026-11-15"
SAID: dict[str, Any] = {"on": ON, "reason": "省政府批复"}


@pytest.fixture
def desk(place: Place) -> Phone:
    return Phone.of(make.user(office="supervisor", division=place.county))


@pytest.fixture
def other(place: Place) -> Division:
    return make.division("乙镇", place.county)


def merge(desk: Phone, town: Division, into: Division, **more: Any) -> Any:
    return desk.post(f"divisions/{town.pk}/merge", {"into": str(into.pk), **SAID, **more})


def test_town_is_merged_after_a_trial_that_says_the_same(desk: Phone, place: Place, other: Division) -> None:
    here, there = make.organisation(place.town, name="测试镇政府"), make.organisation(other, name="乙镇政府")
    head = make.tenure(make.post(here, "town_government_chief"), make.leader("测试·镇长"))
    tried = merge(desk, place.town, other, dry_run=True).json()
    assert Division.objects.get(pk=place.town.pk).ends_on is None
    done = merge(desk, place.town, other).json()
    assert done["bodies"] == [
        {"organisation": {"id": str(here.pk), "name": here.name}, "into": {"id": str(there.pk), "name": there.name}}
    ]
    assert done["tenures"] == [
        {"id": str(head.pk), "leader": {"id": str(head.leader_id), "name": "测试·镇长"}, "post": head.post.title}
    ]
    (link,) = done["linkages"]
    new = Linkage.objects.get(division=other)
    assert (link["leader"]["id"], link["goes_on"], link["to"]) == (str(place.leader.pk), True, str(new.pk))
    assert (tried.pop("dry_run"), done.pop("dry_run")) == (True, False)
    tried["linkages"][0]["to"] = link["to"]
    assert tried == done
    told = desk.get(f"divisions/{place.town.pk}").json()
    assert (told["ends_on"], told["merged_into"]) == ("2026-11-14", str(other.pk))


def test_merger_sent_again_with_its_key_answers_as_before_and_without_it_is_a_conflict(
    desk: Phone, place: Place, other: Division
) -> None:
    said = {"into": str(other.pk), **SAID}
    first, again = (
        desk.post(f"divisions/{place.town.pk}/merge", said, headers={"Idempotency-Key": "merge-1"}) for _ in range(2)
    )
    assert (first.status_code, again.status_code, again.json()) == (200, 200, first.json())
    late = merge(desk, place.town, other)
    assert (late.status_code, late.json()["code"]) == (409, "wrong_state")


def test_every_body_whose_fate_is_open_is_named(desk: Phone, place: Place, other: Division) -> None:
    bodies = [make.organisation(place.town, "resident_unit", name=f"测试{name}站") for name in "甲乙"]
    answer = merge(desk, place.town, other)
    assert answer.status_code == 400
    assert [fault["field"] for fault in answer.json()["errors"]] == ["bodies", "bodies"]
    fates = [{"organisation": str(body.pk), "into": None} for body in bodies]
    assert merge(desk, place.town, other, bodies=fates).status_code == 200
    assert set(Organisation.objects.filter(division=place.town).values_list("ends_on", flat=True)) == {
        date(2026, 11, 14)
    }


def test_office_of_one_of_the_towns_may_not_merge_them(place: Place, other: Division) -> None:
    for town in (place.town, other):
        own = Phone.of(make.user(office="supervisor", division=town))
        assert merge(own, place.town, other).status_code in (403, 404)
    stranger = Phone.of(make.user(office="supervisor", division=make.division("别处县", place.city)))
    assert merge(stranger, place.town, other).status_code == 404


def test_body_does_not_go_into_one_that_the_office_does_not_manage(desk: Phone, place: Place) -> None:
    body = make.organisation(place.county, "department", name="测试安监局")
    outside = make.organisation(place.city, "department", name="测试市局")
    answer = desk.post(f"organisations/{body.pk}/merge", {"into": str(outside.pk), **SAID})
    assert (answer.status_code, answer.json()["errors"][0]["code"]) == (400, "unknown_reference")


def test_body_is_merged_and_says_into_what(desk: Phone, place: Place) -> None:
    bodies = [make.organisation(place.county, "department", name=f"测试{name}局") for name in ("安监", "应急")]
    make.linkage(place.tenure, bodies[0])
    done = desk.post(f"organisations/{bodies[0].pk}/merge", {"into": str(bodies[1].pk), **SAID}).json()
    assert [link["goes_on"] for link in done["linkages"]] == [True]
    assert desk.get(f"organisations/{bodies[0].pk}").json()["merged_into"] == str(bodies[1].pk)
    ending = desk.patch(f"organisations/{bodies[0].pk}", {"ends_on": None})
    assert (ending.status_code, ending.json()["code"]) == (409, "wrong_state")


def test_renamed_body_tells_its_former_names(desk: Phone, place: Place) -> None:
    body = make.organisation(place.county, "department", name="测试安监局")
    said = {"name": "测试应急局", **SAID}
    for _ in range(2):
        told = desk.post(f"organisations/{body.pk}/rename", said).json()
        assert told["name"] == "测试应急局"
        assert told["former_names"] == [{"name": "测试安监局", "ends_on": "2026-11-14"}]
    early = desk.post(f"organisations/{body.pk}/rename", said | {"name": "测试局", "on": "2026-11-14"})
    assert early.status_code == 400
