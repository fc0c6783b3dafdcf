"""The queue of doubted check-ins, each case whole, and who looks at it."""

from datetime import UTC, date, datetime
from typing import Any

import pytest
import time_machine
from django.utils import timezone

from fieldwork.core.models import Event
from fieldwork.directory.enums import Office
from fieldwork.directory.models import User
from fieldwork.inspections.models import CheckIn, Flag, Picture
from tests import factories as make
from tests.api import check_in
from tests.api.client import Phone
from tests.photos import declared, jpeg
from tests.place import SEAT, Place

REJECTED = {"verdict": "rejected", "reason": "照片与地点不符"}
ACCEPTED = {"verdict": "accepted"}
ANSWER = {"text": "照片是从镇政府门口拍的。"}


@pytest.fixture(autouse=True)
def afternoon() -> Any:
    with time_machine.travel("2026-11-21T14:00:00+08:00", tick=False):
        yield


@pytest.fixture
def office(place: Place) -> Phone:
    return Phone.of(supervisor(place))


@pytest.fixture
def leader(place: Place) -> Phone:
    return Phone.of(place.user)


def supervisor(place: Place, **fields: Any) -> User:
    return make.user(**{"office": Office.SUPERVISOR, "division": place.county, **fields})


def visit(place: Place, *photos: bytes, **changed: Any) -> str:
    """Its id. Without a photo it is doubted."""
    content = check_in.body(place, *photos, **changed)
    answer = check_in.put_multipart(Phone.of(place.user), content, *photos)
    assert answer.status_code == 201, answer.content
    return str(answer.json()["id"])


def queue(phone: Phone, **asked: Any) -> list[str]:
    return [row["id"] for row in phone.get("reviews", asked).json()["results"]]


def raise_flag(pk: str, code: str = "same_photo") -> None:
    figures = {"captured_on": "2026-10-01"}
    Flag.objects.create(check_in_id=pk, code=code, figures=figures, raised_at=timezone.now())


def looks() -> list[tuple[str, str, str]]:
    rows = Event.objects.filter(kind__endswith=".examined").order_by("pk")
    return [(event.kind, event.actor, event.object_id) for event in rows]


def test_doubted_check_in_waits_with_all_that_a_reviewer_asks_for(place: Place, office: Phone) -> None:
    pk = visit(place, site_name="测试工地")
    plain = visit(place, jpeg())
    (row,) = office.get("reviews").json()["results"]
    assert row == {
        "id": pk, "state": "waiting", "lead": {"id": str(place.leader.pk), "name": "测试·书记"},
        "division": {"id": str(place.county.pk), "name": "测试县"}, "captured_at": "2026-11-21T12:00:00+08:00",
        "received_at": "2026-11-21T14:00:00+08:00", "complete": True, "site_name": "测试工地", "target": None,
        "distance_m": 0.0, "review": None, "answers": 0, "last_answer": None, "flags": row["flags"],
    }  # fmt: skip
    (flag,) = row["flags"]
    assert (flag["code"], flag["figures"], flag["weighed"]) == ("no_photo", {}, False)
    assert flag["text"] == "没有照片。"
    assert plain not in queue(office, state="all")


def test_verdict_takes_it_from_the_queue(place: Place, office: Phone) -> None:
    accepted, rejected = visit(place), visit(place)
    office.post(f"check-ins/{accepted}/review", ACCEPTED)
    office.post(f"check-ins/{rejected}/review", REJECTED)
    assert queue(office) == queue(office, state="answered") == []
    assert set(queue(office, state="decided")) == set(queue(office, state="all")) == {accepted, rejected}
    states = {row["id"]: row["state"] for row in office.get("reviews?state=decided").json()["results"]}
    assert states == {accepted: "decided", rejected: "decided"}


def test_answer_brings_it_back_until_it_is_judged_anew(place: Place, office: Phone, leader: Phone) -> None:
    pk = visit(place)
    office.post(f"check-ins/{pk}/review", REJECTED)
    answer = leader.post(f"check-ins/{pk}/addenda", ANSWER).json()
    (row,) = office.get("reviews").json()["results"]
    assert (row["state"], row["answers"], row["last_answer"]) == ("answered", 1, answer)
    assert answer["answers"] == row["review"]["id"]
    assert queue(office, state="answered") == [pk]
    again = office.post(f"check-ins/{pk}/review", REJECTED).json()
    assert again["review"]["id"] != row["review"]["id"], "the answer was weighed: another verdict, in the same words"
    assert queue(office) == []
    case = office.get(f"reviews/{pk}").json()
    assert [(one["verdict"], one["reason"]) for one in case["reviews"]] == [("rejected", REJECTED["reason"])] * 2
    leader.post(f"check-ins/{pk}/addenda", ANSWER)
    office.post(f"check-ins/{pk}/review", ACCEPTED)
    assert queue(office) == []
    leader.post(f"check-ins/{pk}/addenda", {"text": "谢谢。"})
    assert queue(office) == [], "nothing is left to answer"


def test_verdict_weighs_the_doubts_and_answers_of_its_own_check_in_alone(
    place: Place, office: Phone, leader: Phone
) -> None:
    one, other = visit(place), visit(place)
    office.post(f"check-ins/{one}/review", REJECTED)
    (waiting,) = office.get("reviews").json()["results"]
    assert (waiting["id"], [flag["weighed"] for flag in waiting["flags"]]) == (other, [False])
    office.post(f"check-ins/{other}/review", REJECTED)
    for pk in (one, other):
        leader.post(f"check-ins/{pk}/addenda", ANSWER)
    office.post(f"check-ins/{one}/review", ACCEPTED)
    assert queue(office) == [other]


def test_doubt_raised_after_the_verdict_brings_it_back(place: Place, office: Phone) -> None:
    pk = visit(place)
    office.post(f"check-ins/{pk}/review", ACCEPTED)
    raise_flag(pk)
    (row,) = office.get("reviews").json()["results"]
    assert row["state"] == "waiting"
    assert [(flag["code"], flag["weighed"]) for flag in row["flags"]] == [("no_photo", True), ("same_photo", False)]
    first = office.get(f"reviews/{pk}").json()["review"]["id"]
    said = office.post(f"check-ins/{pk}/review", ACCEPTED).json()
    assert said["review"]["id"] != first
    assert office.post(f"check-ins/{pk}/review", ACCEPTED).json()["review"] == said["review"]
    assert queue(office) == []


def test_rejected_without_a_doubt_is_found_among_the_decided(place: Place, office: Phone, leader: Phone) -> None:
    pk = visit(place, jpeg())
    office.post(f"check-ins/{pk}/review", REJECTED)
    assert queue(office, state="decided") == queue(office, state="all") == [pk]
    leader.post(f"check-ins/{pk}/addenda", ANSWER)
    assert queue(office) == [pk]


def test_queue_is_filtered_and_ordered(place: Place, office: Phone) -> None:
    early = visit(place, captured_at="2026-11-19T12:00:00+08:00")
    with time_machine.travel("2026-11-21T14:01:00+08:00", tick=False):
        late = visit(place, captured_at="2026-11-18T12:00:00+08:00", on_paper=True)
    assert queue(office) == queue(office, ordering="captured_at") == [late, early]
    assert queue(office, ordering="received_at") == queue(office, ordering="-captured_at") == [early, late]
    assert queue(office, flag="on_paper") == [late]
    assert queue(office, lead=place.leader.pk) == [late, early]
    assert queue(office, lead=make.leader("旁人").pk) == []
    assert queue(office, period="2026-11", division=place.county.pk) == [late, early]
    assert queue(office, during="2026-Q3") == queue(office, division=place.town.pk) == []
    for wrong in ({"state": "complete"}, {"mine": "true"}, {"flag": "x"}, {"ordering": "distance_m"}):
        assert office.get("reviews", wrong).status_code == 400, wrong


def test_pages_hold_every_case_once(place: Place, office: Phone) -> None:
    made = {visit(place) for _ in range(5)}
    found: list[str] = []
    address: str | None = "reviews?page_size=2"
    while address:
        page = office.get(address).json()
        found += [row["id"] for row in page["results"]]
        address = page["next"] and page["next"].removeprefix("http://testserver")
    assert sorted(found) == sorted(made)


def test_only_an_office_whose_scope_holds_it_sees_the_case(place: Place) -> None:
    pk = visit(place, companions=[str(make.leader("同行").pk)])
    elsewhere = make.division("别县", place.city)
    users = {
        "city": supervisor(place, division=place.city),
        "administrator": supervisor(place, office=Office.ADMINISTRATOR, division=None),
        "auditor": supervisor(place, office=Office.AUDITOR),
        "elsewhere": supervisor(place, division=elsewhere),
        "town": supervisor(place, division=place.town),
        "leader": place.user,
        "companion": make.user(leader=CheckIn.objects.get().companions.get()),
    }
    seen = {
        who: (bool(queue(Phone.of(user))), Phone.of(user).get(f"reviews/{pk}").status_code)
        for who, user in users.items()
    }
    assert seen == {
        "city": (True, 200), "administrator": (True, 200), "auditor": (True, 200),
        "elsewhere": (False, 404), "town": (False, 404), "leader": (False, 404), "companion": (False, 404),
    }  # fmt: skip


def test_case_shows_everything_and_the_look_is_on_record(place: Place) -> None:
    photo, user = jpeg(), supervisor(place)
    fix = {"latitude": SEAT[0], "longitude": SEAT[1], "accuracy_m": 30.0, "datum": "gcj02", "fix_age_s": 2.0}
    pk = visit(place, photo, location=fix)
    sha256 = declared(photo)["sha256"]
    taken = datetime(2026, 11, 20, 1, tzinfo=UTC)
    Picture.objects.create(
        blob_id=sha256, looked_at=taken, width=64, height=48, taken_at=taken, latitude=24.1, longitude=113.2, camera="X"
    )
    raise_flag(pk)
    case = Phone.of(user).get(f"reviews/{pk}").json()
    location = case["check_in"]["location"]
    assert location["exact"] is True
    assert location["as_given"] == {"latitude": SEAT[0], "longitude": SEAT[1], "datum": "gcj02"}
    assert (location["accuracy_m"], location["fix_age_s"]) == (30.0, 2.0)
    stored = CheckIn.objects.get()
    assert (location["latitude"], location["longitude"]) == (stored.wgs84_latitude, stored.wgs84_longitude)
    (shown,) = case["photos"]
    assert shown["picture"] == {
        "looked_at": "2026-11-20T09:00:00+08:00", "problem": "", "width": 64, "height": 48,
        "taken_at": "2026-11-20T09:00:00+08:00", "latitude": 24.1, "longitude": 113.2, "camera": "X",
    }  # fmt: skip
    (flag,) = case["flags"]
    assert (flag["code"], flag["figures"]) == ("same_photo", {"captured_on": "2026-10-01"})
    assert looks() == [("check_in.examined", user.actor_key, pk)]
    assert Event.objects.get(kind="check_in.examined").division_path == place.county.path


def test_original_is_shown_in_the_case_alone_and_the_look_is_on_record(place: Place) -> None:
    photo, user = jpeg(), supervisor(place, office=Office.AUDITOR)
    pk, sha256, phone = visit(place, photo), declared(photo)["sha256"], Phone.of(user)
    refused = phone.get(f"check-ins/{pk}/photos/{sha256}")
    assert (refused.status_code, refused.json()["code"]) == (403, "not_allowed")
    assert "reviews" in refused.json()["detail"]
    answer: Any = phone.get(f"reviews/{pk}/photos/{sha256}")
    assert b"".join(answer.streaming_content) == photo
    assert answer["Cache-Control"] == "private, no-store"
    assert looks() == [("photo.examined", user.actor_key, pk)]
    assert Event.objects.get(kind="photo.examined").data["sha256"] == sha256
    assert phone.get(f"reviews/{pk}/photos/{'0' * 64}").status_code == 404
    assert Phone.of(place.user).get(f"reviews/{pk}/photos/{sha256}").status_code == 404
    assert len(looks()) == 1


def test_leader_who_serves_nowhere_on_the_day_has_no_division(place: Place, office: Phone) -> None:
    pk = visit(place)
    type(place.tenure).objects.filter(pk=place.tenure.pk).update(ends_on=date(2026, 11, 20))
    (row,) = office.get("reviews").json()["results"]
    assert (row["id"], row["division"]) == (pk, None)
