"""The demo, on days of every kind: it keeps its promises, and a second run adds nothing."""

import io
import json
import shlex
from contextlib import suppress
from datetime import date, datetime
from hashlib import sha256
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.apps import apps
from django.db.models import Max, Min, QuerySet
from PIL import Image
from pytest_django import Settings

from fieldwork.core.errors import Code, DomainError
from fieldwork.core.geo import Position
from fieldwork.core.models import Blob, Event, Pulse, Seal
from fieldwork.core.periods import ZONE, Cadence, Period, local_day
from fieldwork.directory.activation import activate, issue_codes
from fieldwork.directory.enums import LinkageKind
from fieldwork.directory.models import Leader, Linkage, Post, ProblemTownMark, Tenure, User
from fieldwork.duties import checks, quotas
from fieldwork.duties.enums import Activity, Status
from fieldwork.duties.models import Obligation, Policy, Review, Role, Task
from fieldwork.duties.queries import obligations_visible_to
from fieldwork.duties.quotas import scope_of
from fieldwork.filings.models import Attachment, Filing
from fieldwork.inspections.models import CheckIn, Photo
from fieldwork.reminders.queries import notifications_visible_to
from fieldwork.supervision.demo import cast, changes, guide, minutes, papers, photos, zone
from fieldwork.supervision.demo.progress import begin
from fieldwork.supervision.demo.seeding import SIGN_INS, seed, set_passwords
from tests import factories
from tests.status import status_of

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
    """How many rows each table has; but for seals, which a later tick puts on what was there before."""
    models = [model for model in apps.get_models() if model._meta.managed and model is not Seal]
    return {model._meta.label: model._default_manager.count() for model in models}


def demo_leader() -> User:
    return User.objects.get(username=cast.LEADER)


def statuses(user: User, now: datetime) -> list[tuple[str, Status]]:
    """Of the months to inspect in."""
    owed = Obligation.objects.filter(leader=user.leader_id, starts_at__lte=now, activity=Activity.INSPECTION)
    return [(obligation.period, status_of(obligation, now)) for obligation in owed.order_by("starts_at")]


def desk_work(user: User, now: datetime) -> set[tuple[str, str, Status]]:
    """What is owed at a desk: activity, period and status."""
    owed = Obligation.objects.filter(leader=user.leader_id, starts_at__lte=now).exclude(activity=Activity.INSPECTION)
    return {(obligation.activity, obligation.period, status_of(obligation, now)) for obligation in owed}


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
    on_site = Task.objects.filter(obligation__leader=user.leader_id, obligation__activity=Activity.INSPECTION)
    assert {task.target_kind for task in on_site} == {"town", "industry", "department"}
    quarter = Period.of_instant(Cadence.QUARTER, now)
    assert desk_work(user, now) == {
        ("meeting", str(quarter), Status.OPEN), ("report", str(quarter.year), Status.OPEN),
    }  # fmt: skip
    inbox: QuerySet[Any] = notifications_visible_to(user)
    unread = list(inbox.filter(unread=True))
    assert unread
    assert all(one.delivered_at == one.at <= now for one in unread)
    before = counts()
    tell(now)
    assert counts() == before
    assert before["inspections.CheckIn"] > 0
    _check_filings(now)


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
    assert Filing.objects.filter(held_on__gte=date(2026, 12, 1)).exists()
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
    roles = Role.objects.filter(version__policy__code="qingyuan").values_list("code", flat=True)
    assert set(roles) <= set(held.values_list("post__role", flat=True))
    assert held.filter(acting=True).exists()
    both = Obligation.objects.filter(leader__tenures__post__title="副县长", activity=Activity.INSPECTION)
    assert both.values("duty").distinct().count() == 2
    assert ProblemTownMark.objects.exists()
    names = [*User.objects.values_list("name", flat=True), *Leader.objects.values_list("name", flat=True)]
    assert all(name.startswith("演示·") for name in names)
    _check_hand_over()
    _check_rejected()
    _check_units(now)
    _check_chairs()
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
    assert sorted(with_password) == sorted(SIGN_INS)
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
    digests = [
        *Photo.objects.values_list("sha256", flat=True), *Attachment.objects.values_list("sha256", flat=True),
    ]  # fmt: skip
    assert len(digests) == len(set(digests)) == Blob.objects.count() > 0
    files = {path.name for path in (tmp_path / "originals").rglob("*") if path.is_file()}
    assert files == set(digests)
    assert not list((tmp_path / "incoming").iterdir())
    _check_guide()
    _check_guide_of_desk_and_office()
    _check_code_lets_somebody_new_in()
    _check_unmet(local_day(now))


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


def _check_guide_of_desk_and_office() -> None:
    key = uuid4()
    owed, put = (shlex.split(line) for line in guide.desk_lines(8123, NOWS[0], key))
    assert owed[-1] == "http://127.0.0.1:8123/api/v1/obligations?mine=true&period=2026-Q4"
    declared = json.loads(put[put.index("-F") + 1].removeprefix("filing=").removesuffix(";type=application/json"))
    minutes = Path(put[-2].removeprefix('attachment=@"').removesuffix('";type=application/pdf'))
    assert declared["attachments"][0]["sha256"] == sha256(minutes.read_bytes()).hexdigest()
    (meeting,) = Obligation.objects.filter(pk__in=declared["obligations"])
    assert (str(meeting.leader_id), meeting.period) == (declared["subject"]["id"], "2026-Q4")
    assert meeting.activity == declared["kind"] == Activity.MEETING
    login, review, *lists, codes = (shlex.split(line) for line in guide.office_lines(8123, "a $pass", key))
    assert json.loads(login[login.index("-d") + 1])["username"] == cast.SUPERVISOR
    assert review[-1] == put[-1] + "/review"
    assert Leader.objects.filter(pk__in=json.loads(codes[codes.index("-d") + 1])["leaders"]).exists()
    assert [line[-1].partition("?")[0].rpartition("/")[2] for line in lists] == [
        "quotas", "structural-checks",
    ]  # fmt: skip


def _check_code_lets_somebody_new_in() -> None:
    office, newcomer = (User.objects.get(username=name) for name in (cast.SUPERVISOR, changes.SUCCESSOR))
    (issued,) = issue_codes(users=[newcomer], by=office, at=NOWS[0])
    told, call = guide.newcomer_lines(8123, "invented-for-tests", issued)
    assert issued.code in told
    words = shlex.split(call)
    given = json.loads(words[words.index("-d") + 1])
    activate(code=given["code"], password=given["password"], at=NOWS[0])
    newcomer.refresh_from_db()
    assert newcomer.check_password("invented-for-tests")


def _check_filings(now: datetime) -> None:
    """Each proves what it names, but the one that is returned."""
    filings = {filing.pk: filing for filing in Filing.objects.all()}
    assert all(
        filing.received_at <= now and filing.held_on <= local_day(filing.received_at) for filing in filings.values()
    )
    assert all(filing.state == "complete" and filing.attachments.exists() for filing in filings.values())
    letters = Obligation.objects.filter(filings__kind="letter")
    assert {status_of(letter, now) for letter in letters} == {Status.MET}
    assert max(filing.obligations.count() for filing in filings.values() if filing.kind == "letter") > 1
    (returned,) = Review.objects.filter(performance__source_kind="filing")
    assert (returned.verdict, returned.reason) == ("rejected", papers.RETURNED_BECAUSE)
    assert {status_of(owed, now) for owed in filings[UUID(returned.performance.source_id)].obligations.all()} == {
        Status.OPEN,
    }  # fmt: skip
    assert Filing.objects.filter(prepared_by_staff=True, uploaded_by__delegations__isnull=False).exists()
    assert Filing.objects.filter(uploaded_by__username=zone.OFFICE, subject_kind="organisation").exists()


def _check_rejected() -> None:
    (review,) = Review.objects.filter(performance__source_kind="check_in")
    assert review.verdict == "rejected"
    assert review.reason
    assert not review.performance.stands
    assert review.by.username == cast.SUPERVISOR


def _check_units(now: datetime) -> None:
    """They owe as organisations, and as a side of pairs."""
    units = {user.username: user for user in User.objects.filter(organisation__isnull=False)}
    owed = {
        name: {(each.subject_kind, each.activity) for each in obligations_visible_to(user, local_day(now))}
        for name, user in units.items()
    }
    assert {("organisation", "meeting"), ("organisation", "report")} <= owed[zone.UNIT]
    assert {("organisation", "meeting"), ("pair", "letter")} <= owed[zone.OFFICE]
    plenary = obligations_visible_to(units[zone.UNIT], local_day(now)).get(duty="plenary")
    assert status_of(plenary, now) == Status.OPEN
    assert Policy.objects.get(code="zhanjiang").division.name == "湛江经济技术开发区"


def _check_chairs() -> None:
    """The head of each government chairs the safety committee beside it (QY 4)."""
    heads = Tenure.objects.filter(post__role__endswith="_government_chief", ends_on=None)
    assert heads
    for head in heads:
        chair = Tenure.objects.filter(leader=head.leader, post__role=cast.CHAIR, ends_on=None)
        assert [each.post.organisation.division_id for each in chair] == [head.post.organisation.division_id]


def _check_unmet(today: date) -> None:
    """Some quotas, and one structural check in the city, as anywhere."""
    scope = scope_of(User.objects.get(username=cast.SUPERVISOR), today)
    assert quotas.quotas(quotas.Asked(today, scope), limit=5)
    (unmet,) = checks.checks(checks.Asked(today, scope), limit=5)
    assert unmet.line.check["code"] == "party_member_12"


def test_pdf_shows_its_lines_and_where_its_parts_begin() -> None:
    drawn = minutes.draw_pdf(["演示：纪要", "2026"])
    assert drawn == minutes.draw_pdf(["演示：纪要", "2026"])
    assert "演示：纪要".encode("utf-16-be").hex().encode() in drawn
    start = int(drawn.rsplit(b"startxref\n", 1)[1].split()[0])
    table = drawn[start:].splitlines()
    assert table[0] == b"xref"
    for number, line in enumerate(table[3:10], start=1):
        assert drawn[int(line[:10]) :].startswith(b"%d 0 obj" % number)


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
