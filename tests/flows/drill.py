"""What the drill does inside an installation, in a process of its own: `python -m tests.flows.drill read|go_on`."""

import json
import sys
import threading
from typing import Any

import django
from django.core.management import call_command
from django.db import connection, transaction

SWIFT, SLOW = "drill-swift", "drill-slow"


def main() -> None:
    django.setup()
    if sys.argv[1] == "read":
        read()
    else:
        sys.stdout.write(json.dumps(go_on(json.loads(sys.stdin.read()))))


def read() -> None:
    """Two readers read the feed, one of them slowly, and print what, until the input ends."""
    ended = threading.Event()

    def wait() -> None:
        sys.stdin.read()
        ended.set()

    threading.Thread(target=wait, daemon=True).start()
    while not ended.wait(0.02):
        for name, limit in ((SWIFT, 1000), (SLOW, 1)):
            for event in portion(name, limit):
                sys.stdout.write(f"{name} {event}\n")
                sys.stdout.flush()


def portion(name: str, limit: int) -> list[int]:
    from fieldwork.core import events  # noqa: PLC0415  # after the setup

    found = []
    with transaction.atomic():
        for event in events.unread(name, limit):
            found.append(event.pk)
            events.seen(name, event)
    return found


def go_on(given: dict[str, Any]) -> dict[str, Any]:
    """Restore, and tell what is there, and what each reader had read and reads when a phone checks in again."""
    from fieldwork.core.models import Event, FeedEpoch, FeedReader  # noqa: PLC0415
    from fieldwork.inspections.models import Photo  # noqa: PLC0415

    call_command("restore", given["backups"], "--thorough", stdout=sys.stderr)
    photos = {str(row[0]): row[1] for row in Photo.objects.filter(blob__isnull=False).values_list("check_in", "sha256")}
    marks = {name: FeedReader.objects.get(name=name).event for name in (SWIFT, SLOW)}
    before = list(Event.objects.order_by("epoch", "transaction", "id").values_list("pk", flat=True))
    control = without_an_epoch()
    check_in(given)
    return {
        "photos": photos,
        "marks": marks,
        "before": before,
        "control": control,
        "highest_transaction": max(Event.objects.filter(epoch=0).values_list("transaction", flat=True)),
        "transaction": current_transaction(),
        "epoch": max(FeedEpoch.objects.values_list("number", flat=True)),
        "feed": list(Event.objects.order_by("epoch", "transaction", "id").values_list("pk", flat=True)),
        "read": {name: portion(name, 10_000) for name in (SWIFT, SLOW)},
        "again": {name: portion(name, 10_000) for name in (SWIFT, SLOW)},
    }


def current_transaction() -> int:
    if connection.vendor != "postgresql":
        return 0
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_current_xact_id()::text::bigint")
        return int(cursor.fetchone()[0])


def without_an_epoch() -> bool:
    """Whether a reader that has read everything is given a new event if a restore began no epoch; leaves no trace."""
    from fieldwork.core import events  # noqa: PLC0415
    from fieldwork.core.models import Event, FeedEpoch, FeedReader  # noqa: PLC0415

    kept = list(FeedEpoch.objects.all())
    last = Event.objects.filter(epoch=0).order_by("transaction", "id").last()
    assert last is not None
    FeedEpoch.objects.all().delete()
    with transaction.atomic():
        made = events.append("drill.control", by=events.SYSTEM, at=last.at, about=("drill", 1))
    FeedReader.objects.create(name="drill-control", transaction=last.transaction, event=last.pk)
    found = portion("drill-control", 10)
    Event.objects.filter(pk=made.pk).delete()
    FeedReader.objects.filter(name="drill-control").delete()
    FeedEpoch.objects.bulk_create(kept)
    return made.pk in found


def check_in(given: dict[str, Any]) -> None:
    """A phone that was signed in before checks in after the restore."""
    from django.test import Client  # noqa: PLC0415

    answer = Client().put(
        f"/api/v1/check-ins/{given['id']}", json.dumps(given["body"]), "application/json",
        headers={"Authorization": f"Bearer {given['token']}", "Host": "localhost"},
    )  # fmt: skip
    assert answer.status_code == 201, answer.content.decode()


if __name__ == "__main__":
    main()
