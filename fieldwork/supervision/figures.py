"""Figures by which an installation is watched; from the database and the disk, so that every process says the same."""

import shutil
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import NamedTuple

from django.conf import settings
from django.db.models import Count, Min

from fieldwork.core import events, signing
from fieldwork.core.models import FeedReader, Pulse
from fieldwork.core.periods import local_day
from fieldwork.core.seals import last_seal
from fieldwork.duties.models import Opening
from fieldwork.reminders.enums import DeliveryState
from fieldwork.reminders.models import Contact, Delivery, Device, Stoppage
from fieldwork.reminders.workdays import known_until, overrides

RECENT = timedelta(hours=24)
MOST_UNREAD = 10_000  # counting further would tell nobody more


class Figure(NamedTuple):
    """One value of a gauge; `labels` tell it from the others of its name."""

    name: str
    help: str
    value: float
    labels: tuple[tuple[str, str], ...] = ()


def figures(now: datetime) -> Iterator[Figure]:
    """All of them, those of one name together. What has never happened is left out."""
    yield from _pulses(now)
    stale = Opening.objects.filter(stale_at__isnull=False).count()
    yield Figure("periods_stale", "Opened periods whose facts have changed since they were reconciled.", stale)
    yield from _deliveries(now)
    yield from _channels(now)
    yield from _devices()
    yield from _contacts()
    yield from _workdays(now)
    yield from _feed()
    yield from _evidence(now)
    folder = Path(settings.DATA_DIR)
    if folder.exists():
        yield Figure("storage_free_bytes", "Free where uploads are stored.", shutil.disk_usage(folder).free)


def _pulses(now: datetime) -> Iterator[Figure]:
    for name, at in Pulse.objects.order_by("name").values_list("name", "at"):
        text = "Seconds since this work last ended well: tick is the worker's, backup that of manage.py backup."
        yield Figure("last_done_age_seconds", text, (now - at).total_seconds(), (("work", name),))


def _deliveries(now: datetime) -> Iterator[Figure]:
    waiting = [DeliveryState.PLANNED, DeliveryState.CLAIMED]
    due = Delivery.objects.filter(state__in=waiting, not_before__lte=now).values("channel").order_by("channel")
    rows = list(due.annotate(count=Count("pk"), oldest=Min("not_before")))
    for row in rows:
        yield Figure(
            "deliveries_due", "Deliveries that could be sent now.", row["count"], (("channel", row["channel"]),)
        )
    for row in rows:
        age = (now - row["oldest"]).total_seconds()
        text = "Seconds since the oldest of them could first be sent."
        yield Figure("deliveries_due_age_seconds", text, age, (("channel", row["channel"]),))


def _channels(now: datetime) -> Iterator[Figure]:
    """What ended in the last day, which an index finds: of all that ever did, there may be millions."""
    recent = Delivery.objects.filter(ended_at__gt=now - RECENT, ended_at__lte=now)
    ended = recent.values("channel", "state", "reason").order_by("channel", "state", "reason")
    for row in ended.annotate(count=Count("pk")):
        labels = tuple((name, row[name]) for name in ("channel", "state", "reason"))
        text = "Deliveries that ended in the last 24 hours, and why they did not go."
        yield Figure("deliveries_ended_24h", text, row["count"], labels)
    for one in Stoppage.objects.order_by("channel"):
        text = "Seconds since the channel has been out of order, or left alone for a while."
        yield Figure("channel_stopped_seconds", text, (now - one.since).total_seconds(), (("channel", one.channel),))


def _devices() -> Iterator[Figure]:
    dead = Device.objects.filter(push_ended_at__isnull=False).values("push_ended_for").order_by("push_ended_for")
    for row in dead.annotate(count=Count("pk")):
        text = "Devices whose push address is dead, until they claim another."
        yield Figure("devices_dead", text, row["count"], (("reason", row["push_ended_for"]),))


def _contacts() -> Iterator[Figure]:
    """One row a person and channel at most: few enough to be read."""
    dead = Contact.objects.filter(ended_at__isnull=False).values("channel", "ended_for")
    for row in dead.order_by("channel", "ended_for").annotate(count=Count("pk")):
        labels = (("channel", row["channel"]), ("reason", row["ended_for"]))
        text = "Contacts outside the app that are dead, until they are named again."
        yield Figure("contacts_dead", text, row["count"], labels)


def _workdays(now: datetime) -> Iterator[Figure]:
    year = known_until(local_day(now), overrides())
    if year is not None:
        text = "The last year of which the holidays and the days worked in exchange are known."
        yield Figure("workdays_known_until_year", text, year)


def _evidence(now: datetime) -> Iterator[Figure]:
    text = "1 if a private key is here to sign receipts and seals with, else 0: then they wait."
    yield Figure("signing_key_readable", text, int(signing.can_sign()))
    last = last_seal()
    if last is not None:
        text = "Seconds since events were last sealed."
        yield Figure("last_seal_age_seconds", text, (now - last.sealed_at).total_seconds())


def _feed() -> Iterator[Figure]:
    for reader in FeedReader.objects.order_by("name"):
        mark = events.Mark(reader.epoch, reader.transaction, reader.event)
        unread = events.after(mark)[:MOST_UNREAD].count()
        text = f"Events that the reader has not read, counted up to {MOST_UNREAD}."
        yield Figure("feed_unread_events", text, unread, (("reader", reader.name),))
    yield Figure("feed_epoch", "Begins at 0 and grows with every restore.", events.current_epoch())
