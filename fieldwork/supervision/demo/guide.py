"""What the demo says at its end: addresses, sign-ins, and lines for a shell that show the work of a month."""

import hashlib
import json
import shlex
import uuid
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

from django.conf import settings
from django.utils.translation import gettext as _

from fieldwork.core.geo import Position
from fieldwork.core.media_types import PDF
from fieldwork.core.periods import ZONE, Cadence, Period, local_day
from fieldwork.directory.activation import Issued
from fieldwork.directory.models import Tenure, User
from fieldwork.directory.places import seat_of
from fieldwork.duties.enums import Activity, Standing
from fieldwork.duties.models import Obligation, Task
from fieldwork.supervision.demo.cast import ADMIN, LEADER, SUPERVISOR
from fieldwork.supervision.demo.hazards import RECTIFIER
from fieldwork.supervision.demo.minutes import draw_pdf
from fieldwork.supervision.demo.people import ASSISTANT
from fieldwork.supervision.demo.photos import draw_photo
from fieldwork.supervision.demo.zone import OFFICE, UNIT

_POST = "curl -sS -w '\\n' -H 'Content-Type: application/json'"
_FROM_JSON = """python3 -c 'import json, sys; print(json.load(sys.stdin)["token"])'"""


def addresses(port: int) -> Iterator[str]:
    yield f"http://127.0.0.1:{port}/api/v1/docs"
    yield f"http://127.0.0.1:{port}/admin/   {SUPERVISOR}, {ADMIN}"


def sign_ins(password: str) -> Iterator[str]:
    """Who they are, each with the password."""
    tenure = Tenure.objects.filter(leader__user__username=LEADER).select_related("post__organisation")
    post = tenure.order_by("pk")[0].post
    yield f"{LEADER:<17} {password}   {post.organisation} · {post}"
    yield f"{ASSISTANT}-1  {password}   {_('prepares for some leaders, this one among them')}"
    for unit in (
        User.objects.filter(username__in=(UNIT, OFFICE, RECTIFIER)).select_related("organisation").order_by("username")
    ):
        yield f"{unit.username:<17} {password}   {unit.organisation}"
    yield f"{SUPERVISOR:<17} {password}   {_('office of the city safety committee')}"
    yield f"{ADMIN:<17} {password}   {_('administrator')}"


def curl_lines(port: int, password: str, now: datetime) -> Iterator[str]:
    """Sign in as demo-leader, list what is to be done, check in at the linked town with a photo drawn now."""
    base = _base(port)
    bearer = _bearer("TOKEN")
    yield _sign_in("TOKEN", LEADER, password, base)
    yield f"curl -sS -w '\\n' {bearer} '{base}/tasks?mine=true&status=open'"
    photo = _sample_photo()
    check_in = json.dumps(_check_in(photo, now), ensure_ascii=False)
    parts = f"-F {shlex.quote(f'check_in={check_in};type=application/json')}"
    file = shlex.quote(f'photo=@"{photo}";type=image/jpeg')
    yield f"curl -sS -w '\\n' -X PUT {bearer} {parts} -F {file} {base}/check-ins/{uuid.uuid4()}"


def desk_lines(port: int, now: datetime, filing: uuid.UUID) -> Iterator[str]:
    """What demo-leader owes in this quarter, and the minutes of the meeting that it asks for; with $TOKEN."""
    base, quarter = _base(port), Period.of_instant(Cadence.QUARTER, now)
    yield f"curl -sS -w '\\n' {_bearer('TOKEN')} '{base}/obligations?mine=true&period={quarter}'"
    minutes = Path(settings.DATA_DIR) / "demo" / "minutes.pdf"
    declared = json.dumps(_filing(minutes, quarter, now), ensure_ascii=False)
    part = shlex.quote(f"filing={declared};type=application/json")
    file = shlex.quote(f'attachment=@"{minutes}";type=application/pdf')
    yield f"curl -sS -w '\\n' -X PUT {_bearer('TOKEN')} -F {part} -F {file} {base}/filings/{filing}"


def office_lines(port: int, password: str, filing: uuid.UUID) -> Iterator[str]:
    """The office returns those minutes, sees who lacks which link and which post, and makes somebody a code."""
    base, bearer = _base(port), _bearer("OFFICE")
    yield _sign_in("OFFICE", SUPERVISOR, password, base)
    verdict = json.dumps({"verdict": "rejected", "reason": "演示：请补充签到表。"}, ensure_ascii=False)
    yield f"{_POST} {bearer} -d {shlex.quote(verdict)} {base}/filings/{filing}/review"
    yield f"curl -sS -w '\\n' {bearer} '{base}/quotas?page_size=5'"
    yield f"curl -sS -w '\\n' {bearer} '{base}/structural-checks?page_size=5'"
    someone = User.objects.get(username="demo-0001")
    yield f'{_POST} {bearer} -d \'{{"leaders": ["{someone.leader_id}"]}}\' {base}/users/activation-codes'


def hazard_lines(port: int) -> Iterator[str]:
    """What is overdue of the hazards in the office's scope; with $OFFICE."""
    yield f"curl -sS -w '\\n' {_bearer('OFFICE')} '{_base(port)}/hazards?overdue=true&page_size=5'"


def newcomer_lines(port: int, password: str, issued: Issued) -> Iterator[str]:
    """Somebody who has never signed in sets a password with the code, which works once."""
    device = {"id": "demo-newcomer", "name": "curl", "platform": "web"}
    content = json.dumps({"code": issued.code, "password": password, "device": device}, ensure_ascii=False)
    yield f"{issued.user.username:<17} {issued.code}   {issued.user.get_full_name()}"
    yield f"{_POST} -d {shlex.quote(content)} {_base(port)}/auth/activate"


def _base(port: int) -> str:
    return f"http://127.0.0.1:{port}/api/v1"


def _bearer(variable: str) -> str:
    return f'-H "Authorization: Bearer ${variable}"'


def _sign_in(variable: str, username: str, password: str, base: str) -> str:
    device = {"id": f"demo-{variable.lower()}", "name": "curl", "platform": "web"}
    login = json.dumps({"username": username, "password": password, "device": device}, ensure_ascii=False)
    return f"{variable}=$({_POST} -d {shlex.quote(login)} {base}/auth/login | {_FROM_JSON})"


def _filing(minutes: Path, quarter: Period, now: datetime) -> dict[str, Any]:
    """A filing of demo-leader for this quarter's meeting, the PDF written to `minutes`."""
    user = User.objects.get(username=LEADER)
    owed = Obligation.objects.filter(leader=user.leader_id, period=str(quarter), activity=Activity.MEETING)
    today = local_day(now).isoformat()
    drawn = draw_pdf(["演示：常委会会议纪要", f"时间：{today}", now.isoformat()])
    minutes.parent.mkdir(parents=True, exist_ok=True)
    minutes.write_bytes(drawn)
    file = {"sha256": hashlib.sha256(drawn).hexdigest(), "bytes": len(drawn), "content_type": PDF, "name": "纪要.pdf"}
    return {
        "subject": {"kind": "leader", "id": str(user.leader_id)},
        "obligations": [str(each.pk) for each in owed],
        "kind": "meeting",
        "held_on": today,
        "title": "演示：常委会会议专题研究安全生产工作",
        "participants": ["演示·参会甲", "演示·参会乙"],
        "attachments": [file],
    }


def _sample_photo() -> Path:
    return Path(settings.DATA_DIR) / "demo" / "check-in.jpg"


def _check_in(photo: Path, now: datetime) -> dict[str, Any]:
    """A check-in of demo-leader as of now, its photo written to `photo`."""
    user = User.objects.get(username=LEADER)
    present = str(Period.of_instant(Cadence.MONTH, now))
    tasks = Task.objects.filter(obligation__leader=user.leader_id, obligation__period=present, state=Standing.STANDING)
    task = tasks.filter(target_kind="town").select_related("division").first() or tasks.first()
    seat = seat_of(task.division) if task and task.division else None
    captured_at = now.astimezone(ZONE).isoformat(timespec="seconds")
    return {
        "lead": str(user.leader_id),
        "task": str(task.pk) if task else None,
        "captured_at": captured_at,
        "location": _location(seat),
        "site_name": "演示建筑工地",
        "summary": "演示：现场查看在建项目，未发现隐患。",
        "found_nothing": True,
        "photos": [_photo(photo, seat, now)],
    }


def _location(seat: Position | None) -> dict[str, Any]:
    if seat is None:
        return {"latitude": None, "longitude": None, "missing_reason": "演示：该地无坐标"}
    return {"latitude": seat.latitude, "longitude": seat.longitude, "accuracy_m": 12.0, "datum": "wgs84"}


def _photo(path: Path, seat: Position | None, now: datetime) -> dict[str, Any]:
    drawn = draw_photo(f"sample/{now.isoformat()}", LEADER, now, seat)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(drawn)
    return {"sha256": hashlib.sha256(drawn).hexdigest(), "bytes": len(drawn), "content_type": "image/jpeg"}
