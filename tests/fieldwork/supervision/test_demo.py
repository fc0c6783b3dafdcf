"""The demo, on days of every kind: it keeps its promises, and a second run adds nothing."""

import io
import json
import shlex
from contextlib import suppress
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest
from django.apps import apps
from django.db.models import Max, Min, QuerySet
from PIL import Image
from pytest_django import Settings

from fieldwork.core.errors import Code, DomainError
from fieldwork.core.geo import Position
from fieldwork.core.models import Blob, Event, Pulse
from fieldwork.core.periods import ZONE, Cadence, Period, local_day
from fieldwork.directory.enums import LinkageKind
from fieldwork.directory.models import Leader, Linkage, Post, ProblemTownMark, Tenure, User
from fieldwork.duties.enums import Status
from fieldwork.duties.models import Obligation, Role, Task
from fieldwork.duties.status import status_of
from fieldwork.inspections.models import CheckIn, Photo
from fieldwork.reminders.queries import notifications_visible_to
from fieldwork.supervision.demo import cast, changes, guide, photos
from fieldwork.supervision.demo.progress import begin
from fieldwork.supervision.demo.seeding import seed, set_passwords
from tests import factories

pytestmark = pytest.mark.django_db

PASSWORD = "demo-for-tests"


@pytest.fixture(autouse=True)
def quick(settings: Settings, tmp_path: Path) -> None:
    settings.MEDIA_ROOT = tmp_path
    settings.DATA_DIR = tmp_path
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


def local(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=ZONE)  # type: ignore[misc,arg-type]


def tell(now: datetime, leaders: int = cast.FEWEST, password: str = PASSWORD) -> None:
    seed(leaders=leaders, months=1, password=password, now=now, say=lambda _text: None)


def counts() -> dict[str, int]:
    """How many rows each table has."""
    models = [model for model in apps.get_models() if model._meta.managed]
    return {model._meta.label: model._default_manager.count() for model in models}


def demo_leader() -> User:
    return User.objects.get(username=cast.LEADER)


def statuses(user: User, now: datetime) -> list[tuple[str, Status]]:
    owed = Obligation.objects.filter(leader=user.leader_id, starts_at__lte=now).order_by("starts_at")
    return [(obligation.period, status_of(obligation, now)) for obligation in owed]


NOWS = [
    local(2026, 11, 22, 9, 5),
    local(2026, 12, 1, 0, 0, 30),  # the lapse has not been told yet
    local(2026, 10, 31, 23, 59, 59),
    local(2027, 1, 15, 12),  # last month was another year's
]


@pytest.mark.parametrize("now", NOWS, ids=str)
def test_demo_keeps_its_promises_and_a_second_run_adds_nothing(now: datetime) -> None:
    tell(now)
    user, present = demo_leader(), Period.of_instant(Cadence.MONTH, now)
    assert statuses(user, now) == [(str(present.previous()), Status.LAPSED), (str(present), Status.OPEN)]
    assert {task.target_kind for task in Task.objects.filter(obligation__leader=user.leader_id)} == {
        "town", "industry", "department",
    }  # fmt: skip
    inbox: QuerySet[Any] = notifications_visible_to(user)
    unread = list(inbox.filter(unread=True))
    assert unread
    assert all(one.delivered_at == one.at <= now for one in unread)
    before = counts()
    tell(now)
    assert counts() == before
    assert before["inspections.CheckIn"] > 0


def test_run_next_month_goes_on_without_repeating() -> None:
    tell(local(2026, 11, 22, 9))
    known = set(CheckIn.objects.values_list("pk", "received_at"))
    people = (User.objects.count(), Leader.objects.count(), Tenure.objects.count())
    later = local(2026, 12, 20, 9)
    tell(later, leaders=200)
    assert known < set(CheckIn.objects.values_list("pk", "received_at"))
    assert people == (User.objects.count(), Leader.objects.count(), Tenure.objects.count())
    assert [status for _period, status in statuses(demo_leader(), later)] == [
        Status.LAPSED, Status.LAPSED, Status.OPEN,
    ]  # fmt: skip
    assert CheckIn.objects.filter(captured_at__gte=local(2026, 12, 1)).exists()
    assert Event.objects.filter(kind="demo.begun").count() == 1


def test_broken_off_run_is_taken_up_where_it_was() -> None:
    now = local(2026, 11, 22, 9)
    for patience in range(6):
        heard: list[str] = []

        def break_off(text: str, heard: list[str] = heard, patience: int = patience) -> None:
            heard.append(text)
            if len(heard) > patience:
                raise KeyboardInterrupt

        with suppress(KeyboardInterrupt):
            seed(leaders=cast.FEWEST, months=1, password=PASSWORD, now=now, say=break_off)
    tell(now)
    taken_up = counts()
    assert taken_up["inspections.CheckIn"] == len(CheckIn.objects.values("lead", "captured_at").distinct())
    tell(now)
    assert counts() == taken_up


def test_story_told_again_from_its_beginning_records_nothing_twice() -> None:
    tell(NOWS[0])
    before = counts()
    Pulse.objects.filter(name="demo").delete()
    tell(NOWS[0])
    assert counts() == before


def test_people_hold_every_role_and_are_invented() -> None:
    now = NOWS[0]
    tell(now)
    held = Tenure.objects.filter(starts_on__lte=local_day(now), ends_on__isnull=True)
    assert set(Role.objects.values_list("code", flat=True)) <= set(held.values_list("post__role", flat=True))
    assert held.filter(acting=True).exists()
    duties = Obligation.objects.filter(leader__tenures__post__title="副县长").values("duty").distinct()
    assert duties.count() == 2
    assert ProblemTownMark.objects.exists()
    names = [*User.objects.values_list("name", flat=True), *Leader.objects.values_list("name", flat=True)]
    assert all(name.startswith("演示·") for name in names)
    _check_hand_over()
    _check_sign_ins()


def _check_hand_over() -> None:
    successor = User.objects.get(username=changes.SUCCESSOR)
    taken = Tenure.objects.filter(leader=successor.leader_id)
    assert {tenure.starts_on for tenure in taken} == {date(2026, 10, 15)}
    left = Tenure.objects.filter(post__in=taken.values("post"), ends_on__isnull=False)
    assert {tenure.ends_on for tenure in left} == {date(2026, 10, 14)}
    assert Obligation.objects.get(leader__in=left.values("leader"), period="2026-10").outcome == "transferred"
    assert Obligation.objects.filter(leader=successor.leader_id, period="2026-10").exists()
    assert Linkage.objects.filter(kind=LinkageKind.TOWN, ends_on=date(2026, 10, 14)).exists()


def _check_sign_ins() -> None:
    with_password = [user.username for user in User.objects.order_by("pk") if user.has_usable_password()]
    assert sorted(with_password) == [cast.ADMIN, cast.LEADER, cast.SUPERVISOR]
    supervisor = User.objects.get(username=cast.SUPERVISOR)
    assert (supervisor.office, str(supervisor.division)) == ("supervisor", "清远市")
    assert User.objects.get(username=cast.ADMIN).office == "administrator"
    set_passwords("another-password", at=NOWS[0])
    assert demo_leader().check_password("another-password")


def test_check_ins_lie_in_the_past_with_photos_of_their_own(tmp_path: Path) -> None:
    now = NOWS[0]
    tell(now, leaders=45)
    seen = CheckIn.objects.aggregate(first=Min("captured_at"), last=Max("received_at"))
    assert local(2026, 10, 1) <= seen["first"]
    assert seen["last"] <= now
    assert CheckIn.objects.filter(flags__isnull=False).exists()
    assert CheckIn.objects.filter(flags__isnull=True, inside_target=True).exists()
    states = {status for user in User.objects.exclude(leader=None) for _period, status in statuses(user, now)}
    assert {Status.MET, Status.LAPSED, Status.OPEN, Status.TRANSFERRED} <= states
    assert Pulse.objects.get(name="tick").at == now
    digests = list(Photo.objects.values_list("sha256", flat=True))
    assert len(digests) == len(set(digests)) == Blob.objects.count() > 0
    files = {path.name for path in (tmp_path / "originals").rglob("*") if path.is_file()}
    assert files == set(digests)
    assert not list((tmp_path / "incoming").iterdir())
    _check_guide()


def _check_guide() -> None:
    login, tasks, put = (shlex.split(line) for line in guide.curl_lines(8123, "it's; a $pass", NOWS[0]))
    assert json.loads(login[login.index("-d") + 1])["password"] == "it's; a $pass"
    assert tasks[-1] == "http://127.0.0.1:8123/api/v1/tasks?mine=true&status=open"
    part = put[put.index("-F") + 1]
    declared = json.loads(part.removeprefix("check_in=").removesuffix(";type=application/json"))
    photo = Path(put[-2].removeprefix('photo=@"').removesuffix('";type=image/jpeg'))
    assert declared["photos"][0]["bytes"] == photo.stat().st_size
    task = Task.objects.get(pk=declared["task"])
    assert (task.obligation.leader_id, task.obligation.period) == (int(declared["lead"]), "2026-11")
    assert Post.objects.filter(tenures__leader=declared["lead"], role="county_party_chief").exists()


def test_demo_refuses_a_database_with_other_data() -> None:
    factories.division("测试市")
    before = counts()
    with pytest.raises(DomainError) as refused:
        tell(NOWS[0])
    assert refused.value.code == Code.WRONG_STATE
    assert counts() == before


def test_begin_counts_months_back_over_the_turn_of_the_year() -> None:
    begun = begin(leaders=40, months=3, at=local(2027, 1, 31, 23))
    assert (begun.first, str(begun.present)) == (local_day(local(2026, 10, 1)), "2027-01")
    assert begun.handed_over_at == local(2026, 12, 15, 9)
    assert begin(leaders=50, months=9, at=local(2027, 5, 1)) == begun


def test_larger_cast_has_the_smaller_at_its_beginning() -> None:
    city = factories.division("测试市")
    counties = [factories.division(f"测试{name}县", city) for name in "甲乙"]
    towns = {county.pk: [factories.division(f"{county}{n}镇", county) for n in (1, 2, 3)] for county in counties}
    places = cast.Places(city, counties, towns)
    small, large = cast.people(places, 30), cast.people(places, 400)
    assert large[:30] == small
    assert len({person.username for person in large}) == len({person.name for person in large}) == 400


def test_photo_is_a_small_jpeg_that_repeats_itself_and_knows_time_and_place() -> None:
    at, place = local(2026, 11, 3, 9, 30, 5), Position(23.7, 113.05)
    drawn = photos.draw_photo("a", "demo-0001 1-1", at, place)
    assert drawn == photos.draw_photo("a", "demo-0001 1-1", at, place)
    assert drawn != photos.draw_photo("b", "demo-0001 1-1", at, place)
    assert len(drawn) < 60_000
    exif = Image.open(io.BytesIO(drawn)).getexif()
    assert exif.get_ifd(0x8769)[0x9003] == "2026:11:03 09:30:05"
    assert [float(part) for part in exif.get_ifd(0x8825)[2]] == [23.0, 42.0, 0.0]
