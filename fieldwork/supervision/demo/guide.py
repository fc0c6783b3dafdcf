"""What the demo says at its end: addresses, sign-ins, and three lines for a shell that do a check-in."""

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
from fieldwork.core.periods import ZONE, Cadence, Period
from fieldwork.directory.models import Tenure, User
from fieldwork.directory.places import seat_of
from fieldwork.duties.enums import Standing
from fieldwork.duties.models import Task
from fieldwork.supervision.demo.cast import ADMIN, LEADER, SUPERVISOR
from fieldwork.supervision.demo.photos import draw_photo

_FROM_JSON = """python3 -c 'import json, sys; print(json.load(sys.stdin)["token"])'"""


def addresses(port: int) -> Iterator[str]:
    yield f"http://127.0.0.1:{port}/api/v1/docs"


def sign_ins(password: str) -> Iterator[str]:
    """Who the three are, each with the password."""
    tenure = Tenure.objects.filter(leader__user__username=LEADER).select_related("post__organisation")
    post = tenure.order_by("pk")[0].post
    yield f"{LEADER:<16} {password}   {post.organisation} · {post}"
    yield f"{SUPERVISOR:<16} {password}   {_('office of the city safety committee')}"
    yield f"{ADMIN:<16} {password}   {_('administrator')}"


def curl_lines(port: int, password: str, now: datetime) -> Iterator[str]:
    """Sign in as demo-leader, list what is to be done, check in at the linked town with a photo drawn now."""
    base = f"http://127.0.0.1:{port}/api/v1"
    device = {"id": "demo-terminal", "name": "curl", "platform": "web"}
    login = json.dumps({"username": LEADER, "password": password, "device": device}, ensure_ascii=False)
    bearer = '-H "Authorization: Bearer $TOKEN"'
    sign_in = f"curl -sS -H 'Content-Type: application/json' -d {shlex.quote(login)} {base}/auth/login"
    yield f"TOKEN=$({sign_in} | {_FROM_JSON})"
    yield f"curl -sS -w '\\n' {bearer} '{base}/tasks?mine=true&status=open'"
    photo = _sample_photo()
    check_in = json.dumps(_check_in(photo, now), ensure_ascii=False)
    parts = f"-F {shlex.quote(f'check_in={check_in};type=application/json')}"
    file = shlex.quote(f'photo=@"{photo}";type=image/jpeg')
    yield f"curl -sS -w '\\n' -X PUT {bearer} {parts} -F {file} {base}/check-ins/{uuid.uuid4()}"


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
