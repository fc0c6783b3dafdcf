"""The body of an event becomes its whole record: until now it held only `data`."""

import json
from datetime import UTC

from django.db import migrations

BATCH = 2000
COLUMNS = ("id", "at", "kind", "actor", "object_kind", "object_id", "division_path", "body")


def _canonical(record):
    return json.dumps(record, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)


def _batches(events):
    last = 0
    while rows := list(events.objects.filter(pk__gt=last).order_by("pk").only(*COLUMNS)[:BATCH]):
        yield rows
        last = rows[-1].pk


def write_whole(apps, schema_editor):
    events = apps.get_model("core", "Event")
    for rows in _batches(events):
        for row in rows:
            row.body = _canonical(
                {
                    "about": [row.object_kind, row.object_id],
                    "at": row.at.astimezone(UTC).isoformat(),
                    "by": row.actor,
                    "data": json.loads(row.body),
                    "kind": row.kind,
                    "scope": row.division_path,
                }
            )
        events.objects.bulk_update(rows, ["body"], batch_size=200)


def write_data(apps, schema_editor):
    events = apps.get_model("core", "Event")
    for rows in _batches(events):
        for row in rows:
            row.body = _canonical(json.loads(row.body)["data"])
        events.objects.bulk_update(rows, ["body"], batch_size=200)


class Migration(migrations.Migration):
    dependencies = [("core", "0004_evidence")]

    operations = [migrations.RunPython(write_whole, write_data)]
