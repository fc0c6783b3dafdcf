"""How deliveries went is written down, and what follows: another attempt, a dead address, a channel that stops."""

import random
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Exists, F, OuterRef, Q, QuerySet

from fieldwork.core.each import update_each
from fieldwork.reminders.alarms import resume, stop
from fieldwork.reminders.channels import configured
from fieldwork.reminders.channels.base import Channel, Outcome, Reach, Result
from fieldwork.reminders.claiming import ATTEMPTS
from fieldwork.reminders.enums import WAITING, DeliveryState, Failure, NotificationKind
from fieldwork.reminders.models import Contact, Delivery, Device, Notification
from fieldwork.reminders.writing import Written

Went = tuple[Written, Outcome]
SHOWN = 8  # of an address's last characters, which prove which it was


def record(
    channel: Channel, batch: Sequence[Delivery], went: Sequence[Went], now: datetime, lease: datetime
) -> tuple[int, int, int]:
    """Write down how a batch went; what somebody else has claimed since is theirs. Answers how many deliveries were
    sent, were no longer needed, failed."""
    spoken = {one.pk for written, _outcome in went for one in written.deliveries}
    silent = [one.pk for one in batch if one.pk not in spoken]
    of = {result: [pair for pair in went if pair[1].result == result] for result in Result}
    with transaction.atomic():
        mine = Delivery.objects.filter(state=DeliveryState.CLAIMED, claimed_until=lease)
        _sent(of[Result.SENT], channel, now, lease)
        mine.filter(pk__in=silent).update(state=DeliveryState.SILENT, ended_at=now, claimed_until=None)
        _look_for_successors([one.notification_id for one in batch if one.pk not in spoken])
        dead, doubted = _ended(of[Result.GONE], channel, now)
        _failed(mine, dead + of[Result.REFUSED], channel, now)
        _again(mine, doubted + of[Result.FAILED], channel, now)
    if of[Result.STOPPED]:
        _stopped(mine, of[Result.STOPPED], channel, now)
    elif of[Result.SENT] and channel.reach != Reach.ALL:
        resume(channel.code, now)
    sent = sum(len(written.deliveries) for written, _outcome in of[Result.SENT])
    return sent, len(silent), len(spoken) - sent


def _look_for_successors(silent: Collection[int]) -> None:
    """What is addressed to a post or a unit may be somebody else's by now: the next tick looks."""
    addressed = Notification.objects.filter(Q(post__isnull=False) | Q(organisation__isnull=False), pk__in=silent)
    addressed.filter(look_at=None).update(look_at=F("at"))


def _ids(went: Iterable[Went]) -> list[int]:
    return [one.pk for written, _outcome in went for one in written.deliveries]


def _sent(went: Sequence[Went], channel: Channel, now: datetime, lease: datetime) -> None:
    rows: list[tuple[int, str, str]] = [
        (one.pk, outcome.provider_id[:200], "" if channel.reach == Reach.ALL else _shown(written))
        for written, outcome in went
        for one in written.deliveries
    ]
    update_each(
        Delivery, ["provider_id", "sent_to"], rows,
        same={"state": DeliveryState.SENT, "ended_at": now, "claimed_until": None, "reason": "", "error": ""},
        where={"state": DeliveryState.CLAIMED, "claimed_until": lease},
    )  # fmt: skip
    if channel.reach == Reach.DEVICES:
        _answered(went)


def _shown(written: Written) -> str:
    address = written.message.address if written.message else None
    return f"{address.kind} …{address.value[-SHOWN:]}" if address else ""


def _failed(mine: QuerySet[Delivery], went: Sequence[Went], channel: Channel, now: datetime) -> None:
    """They are not tried again; the next tick looks for another way, unless another address may still be reached."""
    said: dict[tuple[str, str], list[int]] = defaultdict(list)
    for written, outcome in went:
        said[outcome.reason or Failure.OTHER, outcome.text[:300]] += [one.pk for one in written.deliveries]
    for (reason, text), ids in said.items():
        mine.filter(pk__in=ids).update(
            state=DeliveryState.FAILED, ended_at=now, claimed_until=None, reason=reason, error=text
        )
    told = {one.notification_id for written, _outcome in went for one in written.deliveries}
    if told and channel.reach in (Reach.DEVICES, Reach.CONTACT):
        waiting = Delivery.objects.filter(notification=OuterRef("pk"), channel=channel.code, state__in=WAITING)
        later = Notification.objects.filter(Q(look_at__gt=now) | Q(look_at=None), pk__in=told)
        later.filter(~Exists(waiting)).update(look_at=now)


def _again(mine: QuerySet[Delivery], went: Sequence[Went], channel: Channel, now: datetime) -> None:
    """They are tried again after a pause, if they may be."""
    exhausted = [pair for pair in went if pair[0].deliveries[0].attempts >= ATTEMPTS]
    _failed(mine, exhausted, channel, now)
    said: dict[tuple[str, str, int, timedelta | None], list[int]] = defaultdict(list)
    for written, outcome in (pair for pair in went if pair not in exhausted):
        for one in written.deliveries:
            said[outcome.reason or Failure.OTHER, outcome.text[:300], one.attempts, outcome.retry_after].append(one.pk)
    for (reason, text, attempts, after), ids in said.items():
        mine.filter(pk__in=ids).update(
            state=DeliveryState.PLANNED, claimed_until=None, reason=reason, error=text,
            not_before=now + pause(attempts, after),
        )  # fmt: skip
    _let_go(_ids(went), channel, now)


def _let_go(ids: Collection[int], channel: Channel, now: datetime) -> None:
    """What another channel was taken for while it was being sent is not tried again; a trial takes all of them."""
    if not ids or channel.reach not in (Reach.DEVICES, Reach.CONTACT):
        return
    outside = [other.code for other in configured() if other.reach in (Reach.DEVICES, Reach.CONTACT)]
    later = Delivery.objects.filter(notification=OuterRef("notification"), pk__gt=OuterRef("pk"), channel__in=outside)
    overtaken = Exists(later.exclude(channel=channel.code))
    again = Delivery.objects.filter(overtaken, pk__in=ids, state=DeliveryState.PLANNED)
    again.exclude(notification__kind=NotificationKind.TEST).update(
        state=DeliveryState.FAILED, ended_at=now, reason=Failure.SUPERSEDED
    )


def pause(attempts: int, asked_for: timedelta | None = None) -> timedelta:
    """How long to wait after that many attempts: 1, 4, 16, 64 minutes, up to a quarter longer so that not all come
    back at once; never shorter than the service asked for."""
    own = timedelta(minutes=4 ** (attempts - 1))
    spread = 1 + random.random() / 4  # noqa: S311  # no secret
    return max(own, asked_for or own) * spread


def _ended(went: Sequence[Went], channel: Channel, now: datetime) -> tuple[list[Went], list[Went]]:
    """Retire dead addresses. Answers which are dead, and which are asked once more: those whose kind was switched."""
    known = _known(went, channel, now) if went else {}
    dead, doubted, ended = [], [], defaultdict[str, list[int]](list)
    for written, outcome in went:
        row = known.get(_addressed(written))
        if isinstance(row, Device) and row.push_switched:
            doubted.append((written, outcome))
        else:
            dead.append((written, outcome))
            ended[outcome.reason or Failure.OTHER] += [row.pk] if row else []
    _answered(doubted)
    for reason, ids in ended.items():
        if channel.reach == Reach.DEVICES:
            Device.objects.filter(pk__in=ids).update(push_ended_at=now, push_ended_for=reason)
        else:
            Contact.objects.filter(pk__in=ids).update(ended_at=now, ended_for=reason)
    return dead, doubted


def _answered(went: Sequence[Went]) -> None:
    """Their kind is no longer new."""
    devices = {int(one.address) for written, _outcome in went for one in written.deliveries}
    if devices:
        Device.objects.filter(pk__in=devices, push_switched=True).update(push_switched=False)


def _known(went: Sequence[Went], channel: Channel, now: datetime) -> Mapping[tuple[int, str, str], Device | Contact]:
    """The devices or contacts to which these were sent, locked until the transaction ends: what was claimed anew
    meanwhile is another address, and stays."""
    users = {written.deliveries[0].notification.user_id for written, _outcome in went}
    if channel.reach == Reach.CONTACT:
        contacts = Contact.objects.select_for_update().filter(user__in=users, channel=channel.code).order_by("pk")
        return {(one.user_id, one.channel, one.value): one for one in contacts}
    if channel.reach != Reach.DEVICES:
        return {}
    devices = Device.objects.select_for_update().filter(user__in=users, claimed_at__lte=now).order_by("pk")
    return {(one.user_id, one.push_kind, one.push_value): one for one in devices}


def _addressed(written: Written) -> tuple[int, str, str]:
    address = written.message.address if written.message else None
    user = written.deliveries[0].notification.user_id
    return (user, address.kind, address.value) if address else (user, "", "")


def _stopped(mine: QuerySet[Delivery], went: Sequence[Went], channel: Channel, now: datetime) -> None:
    """The attempt was none: it is nobody's fault but the channel's."""
    again_at = stop(channel.code, went[0][1].text, now)
    mine.filter(pk__in=_ids(went)).update(
        state=DeliveryState.PLANNED, claimed_until=None, attempts=F("attempts") - 1, not_before=again_at,
        reason=Failure.CREDENTIALS, error=went[0][1].text[:300],
    )  # fmt: skip
    _let_go(_ids(went), channel, now)
