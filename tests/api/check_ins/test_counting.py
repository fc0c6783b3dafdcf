"""What a check-in counts for: its month, its task, its place and field."""

from datetime import date, datetime

import time_machine

from fieldwork.core.events import SYSTEM
from fieldwork.core.periods import Period
from fieldwork.directory.models import Site
from fieldwork.duties.models import Performance, Task, Tracking
from fieldwork.duties.reconcile import reconcile
from tests import factories as make
from tests.api.check_in import NOON, body, flags, put, put_multipart
from tests.api.check_ins.conftest import AFTERNOON
from tests.api.client import Phone
from tests.photos import jpeg
from tests.place import SEAT, Place


def _instant(text: str) -> datetime:
    return datetime.fromisoformat(text)


def test_check_in_at_the_linked_seat_is_met_and_raises_no_flag(place: Place, phone: Phone) -> None:
    photo = jpeg()
    answer = put_multipart(phone, body(place, photo), photo)
    assert answer.status_code == 201
    said = answer.json()
    assert (said["state"], said["distance_m"], said["inside_target"]) == ("complete", 0, True)
    assert said["flags"] == []
    task = Task.objects.get()
    assert said["counts_for"] == [str(task.pk)]
    obligation = phone.get(f"obligations/{said['counts_for_obligations'][0]}").json()
    assert (obligation["status"], obligation["progress"]) == ("met", {"counted": 1, "minimum": 1})
    assert obligation["bases"][0]["article"] == "第五条（七）"
    assert obligation["bases"][0]["article_text"] == "每月牵头至少开展1次安全生产排查。"


def test_obligation_leads_to_the_check_ins_that_count_for_it(place: Place, phone: Phone) -> None:
    said = put(phone, body(place)).json()
    (owed,) = said["counts_for_obligations"]
    rejected = put(phone, body(place, summary="之二")).json()["id"]
    Performance.objects.filter(source_id=rejected).update(stands=False)
    listed = phone.get(f"check-ins?obligation={owed}").json()["results"]
    assert [one["id"] for one in listed] == [said["id"]]
    assert phone.get(f"check-ins?obligation={int(owed) + 1}").json()["results"] == []
    other = Phone.of(make.user(leader=make.leader()))
    assert other.get(f"check-ins?obligation={owed}").json()["results"] == []


def test_captured_before_midnight_and_uploaded_on_the_4th_turns_the_lapse_back(place: Place) -> None:
    reconcile(Period.parse("2026-11"), by=SYSTEM, at=_instant(AFTERNOON))
    with time_machine.travel("2026-12-04T09:00:00+08:00", tick=False):
        phone = Phone.of(place.user)
        assert phone.get("obligations?period=2026-11").json()["results"][0]["status"] == "lapsed"
        late = {"captured_at": "2026-11-30T23:59:59+08:00", "device": {"id": "", "clock_at_send": None}}
        answer = put(phone, body(place, jpeg(), **late))
        assert "uploaded_late" in flags(answer)
        assert phone.get("obligations?period=2026-11").json()["results"][0]["status"] == "met"
        next_second = {**late, "captured_at": "2026-11-30T16:00:00Z"}
        answer = put(phone, body(place, jpeg(), **next_second))
        assert phone.get("obligations?period=2026-12").json()["results"][0]["status"] == "met"


def test_named_task_counts_though_the_visit_was_elsewhere(place: Place, phone: Phone) -> None:
    reconcile(Period.parse("2026-11"), by=SYSTEM, at=_instant(NOON))
    task = Task.objects.get()
    far = {"latitude": SEAT[0] + 0.5, "longitude": SEAT[1], "accuracy_m": 5}
    photo = jpeg()
    answer = put_multipart(phone, body(place, photo, task=str(task.pk), location=far), photo)
    assert answer.json()["counts_for"] == [str(task.pk)]
    assert answer.json()["inside_target"] is False
    assert 55_000 < answer.json()["distance_m"] < 56_000
    assert flags(answer) == {"outside_target"}


def test_task_of_another_month_is_a_hint_and_the_visit_counts_by_its_own_time(place: Place, phone: Phone) -> None:
    Tracking.objects.update(starts_on=date(2026, 10, 1))
    reconcile(Period.parse("2026-10"), by=SYSTEM, at=_instant(NOON))
    october = Task.objects.get()
    answer = put(phone, body(place, task=str(october.pk)))
    assert answer.status_code == 201
    assert Task.objects.get(pk=answer.json()["counts_for"][0]).obligation.period == "2026-11"
    october.refresh_from_db()
    assert october.done_at is None


def test_visit_serves_industry_and_department_by_its_site(place: Place, phone: Phone) -> None:
    section = make.industry("B", "采矿业")
    mining = make.industry("B06", "煤炭开采", section)
    bureau = make.organisation(place.county, "department", name="测试局", department_kind="regulator")
    make.linkage(place.tenure, section)
    make.linkage(place.tenure, bureau)
    site = Site.objects.create(
        name="测试矿", division=place.town, industry=mining, regulator=bureau, starts_on=make.BEGINNING,
        latitude=SEAT[0], longitude=SEAT[1],
    )  # fmt: skip
    answer = put(phone, body(place, site=str(site.pk)))
    served = Task.objects.filter(pk__in=answer.json()["counts_for"]).values_list("target_kind", flat=True)
    assert sorted(served) == ["department", "industry", "town"]


def test_last_visit_is_shown_on_the_task_of_the_next_month(place: Place, phone: Phone) -> None:
    put(phone, body(place))
    reconcile(Period.parse("2026-12"), by=SYSTEM, at=_instant(NOON))
    task = phone.get("tasks?period=2026-12").json()["results"][0]
    assert task["last_check_in"] == NOON
    assert task["target"]["seat"] == {"latitude": SEAT[0], "longitude": SEAT[1]}
