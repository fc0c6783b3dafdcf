"""One telling of the demo, made once: each test goes on from there, and what it does is undone behind it.

It is told on both databases, and gone on with on SQLite alone: by the same actions, for as long again each time.
"""

import json
import shlex
import shutil
from datetime import date, datetime, timedelta
from hashlib import sha256
from pathlib import Path
from uuid import uuid4

import pytest
from django.db.models import Max, Min
from django.test import override_settings
from pytest_django import Settings

from fieldwork.core.models import Blob, Event, Pulse
from fieldwork.core.periods import ZONE, local_day
from fieldwork.directory.activation import activate, issue_codes
from fieldwork.directory.enums import LinkageKind
from fieldwork.directory.models import Leader, Linkage, Post, ProblemTownMark, Tenure, User
from fieldwork.duties import checks, quotas
from fieldwork.duties.enums import Activity, Status
from fieldwork.duties.models import Obligation, Policy, Review, Role, Task
from fieldwork.duties.queries import obligations_visible_to
from fieldwork.duties.quotas import scope_of
from fieldwork.filings.models import Attachment, Filing
from fieldwork.hazards.enums import Action, HazardState
from fieldwork.hazards.models import Extension, Hazard, HazardPhoto, Listing, Step
from fieldwork.hazards.queries import overdue
from fieldwork.hazards.steps import take_step
from fieldwork.inspections.models import CheckIn, Photo
from fieldwork.reminders.enums import NotificationKind
from fieldwork.reminders.models import Notification
from fieldwork.supervision.demo import cast, changes, findings, guide, hazards, zone
from fieldwork.supervision.demo.seeding import SIGN_INS, set_passwords
from fieldwork.supervision.ledger.facts import check_facts
from fieldwork.supervision.ledger.hazards import check_hazards
from tests.fieldwork.supervision.told import check_promises, counts, demo_leader, local, statuses, tell
from tests.once import ONCE
from tests.status import status_of

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("told")]

NOW = local(2026, 11, 22, 9, 5)


@pytest.fixture(scope="module")
def telling(rows_of_a_module: None, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of the demo that was told."""
    folder = tmp_path_factory.mktemp("demo")
    hashers = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    ours = {"MEDIA_ROOT": folder / "uploads", "DATA_DIR": folder, "KEYS_DIR": folder / "keys"}
    with override_settings(**ours, PASSWORD_HASHERS=hashers):
        tell(NOW)
    return folder


@pytest.fixture
def told(telling: Path, settings: Settings, tmp_path: Path) -> None:
    shutil.copytree(telling, tmp_path, dirs_exist_ok=True)
    settings.MEDIA_ROOT = tmp_path / "uploads"
    settings.DATA_DIR = tmp_path
    settings.KEYS_DIR = tmp_path / "keys"


def test_demo_keeps_its_promises_and_a_second_run_adds_nothing() -> None:
    check_promises(NOW)


@ONCE
def test_run_next_month_goes_on_without_repeating() -> None:
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


@ONCE
def test_story_told_again_from_its_beginning_records_nothing_twice() -> None:
    before = counts()
    Pulse.objects.filter(name="demo").delete()
    tell(NOW)
    assert counts() == before


def test_people_hold_every_role_and_are_invented() -> None:
    held = Tenure.objects.filter(starts_on__lte=local_day(NOW), ends_on__isnull=True)
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
    _check_units(NOW)
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
    set_passwords("another-password", at=NOW)
    assert demo_leader().check_password("another-password")


def test_check_ins_lie_in_the_past_with_photos_of_their_own(tmp_path: Path) -> None:
    seen = CheckIn.objects.aggregate(first=Min("captured_at"), last=Max("received_at"))
    assert local(2026, 10, 1) <= seen["first"]
    assert seen["last"] <= NOW
    assert CheckIn.objects.filter(flags__isnull=False).exists()
    assert CheckIn.objects.filter(flags__isnull=True, inside_target=True).exists()
    states = {status for user in User.objects.exclude(leader=None) for _period, status in statuses(user, NOW)}
    assert {Status.MET, Status.LAPSED, Status.OPEN, Status.TRANSFERRED} <= states
    assert Pulse.objects.get(name="tick").at == NOW
    digests = [
        *Photo.objects.values_list("sha256", flat=True), *Attachment.objects.values_list("sha256", flat=True),
        *HazardPhoto.objects.values_list("sha256", flat=True),
    ]  # fmt: skip
    assert len(digests) == len(set(digests)) == Blob.objects.count() > 0
    files = {path.name for path in (tmp_path / "uploads" / "originals").rglob("*") if path.is_file()}
    assert files == set(digests)
    assert not list((tmp_path / "uploads" / "incoming").iterdir())
    _check_guide()
    _check_guide_of_desk_and_office()
    _check_code_lets_somebody_new_in()
    _check_unmet(local_day(NOW))


def test_hazards_are_in_every_state_and_belong_to_the_story() -> None:
    """Some overdue, one listed that lacks points, one reported twice, one extended, one shown before and after."""
    found = Hazard.objects.all()
    assert set(found.values_list("state", flat=True)) == set(HazardState)
    assert all(hazard.received_at <= NOW and hazard.description.startswith("演示：") for hazard in found)
    assert all(step.at <= NOW for step in Step.objects.all())
    assert found.filter(overdue(local_day(NOW))).exists()
    assert Listing.objects.filter(delisted_on=None, hazard__funds="", hazard__state="rectifying").exists()
    assert Listing.objects.filter(delisted_on__isnull=False, hazard__state="closed").exists()
    again, original = found.filter(duplicate_of__isnull=False).values_list("site", "duplicate_of__site")[0]
    assert again == original
    assert Extension.objects.filter(granted=True).exists()
    assert Extension.objects.filter(granted=None).exists()
    after = HazardPhoto.objects.filter(submission__isnull=False, blob__isnull=False)
    assert all(found.filter(photos__sha256=photo.pairs_with, pk=photo.hazard_id).exists() for photo in after)
    assert after.exists()
    unit = User.objects.get(username=hazards.RECTIFIER)
    assert Step.objects.filter(by__organisation=unit.organisation, action="submit").exists()
    told = Notification.objects.filter(kind=NotificationKind.HAZARD, user__username__startswith=unit.username)
    assert 0 in {one.at.astimezone(ZONE).weekday() for one in told}
    assert all(one.delivered_at and one.at <= one.delivered_at < one.at + timedelta(days=1) for one in told)


def test_all_of_the_story_stands_as_it_was_written() -> None:
    assert [*check_facts(), *check_hazards()] == []


@ONCE
def test_hazard_that_somebody_took_on_is_left_to_them() -> None:
    """A clerk who tries the demo out does not find the story acting against them."""
    young = [each for each in Hazard.objects.all() if each.steps_taken < len(findings.moves_of(each.description))]
    mine = max(young, key=lambda each: (each.received_at, each.description))
    looked = {"remark": "演示：再看一次。", "check_in": None}
    take_step(
        mine.pk, action=Action.LOOK_BACK, key=uuid4(), given=looked,
        by=User.objects.get(username=cast.SUPERVISOR), at=NOW,
    )  # fmt: skip
    tell(local(2026, 12, 15, 9))
    assert Hazard.objects.get(pk=mine.pk).steps_taken == mine.steps_taken + 1
    assert Step.objects.filter(at__gt=NOW).exclude(hazard=mine).exists(), "the others go on"


def _check_guide() -> None:
    login, tasks, put = (shlex.split(line) for line in guide.curl_lines(8123, "it's; a $pass", NOW))
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
    owed, put = (shlex.split(line) for line in guide.desk_lines(8123, NOW, key))
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
    (late,) = (shlex.split(line) for line in guide.hazard_lines(8123))
    assert late[-1] == "http://127.0.0.1:8123/api/v1/hazards?overdue=true&page_size=5"
    assert any(line.startswith(hazards.RECTIFIER) for line in guide.sign_ins("a $pass"))


def _check_code_lets_somebody_new_in() -> None:
    office, newcomer = (User.objects.get(username=name) for name in (cast.SUPERVISOR, changes.SUCCESSOR))
    (issued,) = issue_codes(users=[newcomer], by=office, at=NOW)
    told, call = guide.newcomer_lines(8123, "invented-for-tests", issued)
    assert issued.code in told
    words = shlex.split(call)
    given = json.loads(words[words.index("-d") + 1])
    activate(code=given["code"], password=given["password"], at=NOW)
    newcomer.refresh_from_db()
    assert newcomer.check_password("invented-for-tests")


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
