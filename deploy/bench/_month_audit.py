"""What the month-end drill left, held against what FCM's fake took. Needs Django to be set up."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from _month import Person
from django.conf import settings

from fieldwork.reminders.enums import WAITING, DeliveryState, NotificationKind
from fieldwork.reminders.models import Delivery, Notification

LATE_S = 10.0  # from reading the facts to the last answer: a batch ends within eight seconds
_SHOWN = 10


def audit(
    people: Sequence[Person], met_at: Mapping[int, float], taken: Mapping[str, Any], kills: int, batch: int
) -> tuple[dict[str, object], list[str]]:
    """Counts for people, and every breach in words.

    `met_at` are the instants (POSIX) at which leaders had met the duty in the middle of the drill, `taken` is what the
    fake received, `batch` how many messages a worker has under way at most when it is killed.
    """
    times = {token: sum(tags.values()) for token, tags in taken["accepted"].items()}
    told = [one for one in people if not one.met and one.token and one.leader not in met_at]
    doubles = sum(number - 1 for number in times.values())
    breaches = [
        *_named("was not told", [one for one in told if not times.get(one.token)]),
        *_named("had met the duty, and was told", [one for one in people if one.met and one.token in times]),
        *_named("was told after having met", [one for one in people if _is_late(one, met_at, taken["last_at"])]),
        *_named("is shown two", [one for one in people if len(taken["accepted"].get(one.token, ())) > 1]),
        *_ledger(people, met_at, taken["given"]),
    ]
    if doubles > kills * batch:
        breaches.append(f"{doubles} were sent again, more than {kills} kills x {batch}")
    counts: dict[str, object] = {
        "leaders": len(people), "unmet, with a phone": len(told), "accepted": sum(times.values()),
        "people told": len(times), "accepted again": doubles, "bound (kills x a batch)": kills * batch,
        "kills x in flight to FCM": kills * settings.FCM_IN_FLIGHT,
        "most often for one": max(times.values(), default=0), "kills": kills, "met in between": len(met_at),
        "of them told before": sum(one.token in times for one in people if one.leader in met_at),
        "answered": " ".join(f"{answer}: {number}" for answer, number in sorted(taken["answered"].items())),
        "attempts": " ".join(f"{number}: {rows}" for number, rows in _attempts()),
    }  # fmt: skip
    return counts, breaches


def _is_late(one: Person, met_at: Mapping[int, float], last_at: Mapping[str, float]) -> bool:
    return one.leader in met_at and last_at.get(one.token, 0.0) > met_at[one.leader] + LATE_S


def _attempts() -> list[tuple[int, int]]:
    found: dict[int, int] = {}
    for number in Delivery.objects.filter(channel="fcm").values_list("attempts", flat=True):
        found[number] = found.get(number, 0) + 1
    return sorted(found.items())


def _ledger(people: Sequence[Person], met_at: Mapping[int, float], given: Mapping[str, list[str]]) -> Iterator[str]:
    """Every row has come to an end, and says of each person what the fake says."""
    if waiting := Delivery.objects.filter(state__in=WAITING).count():
        yield f"{waiting} rows still wait"
    owing = {one.user: one for one in people if not one.met}
    made = list(Notification.objects.values_list("user", "kind", "delivered_at"))
    heard = [user for user, kind, delivered_at in made if kind == NotificationKind.LAPSE and delivered_at]
    if surplus := len(made) - len({user for user, _kind, _at in made}):
        yield f"{surplus} notifications beyond one a person"
    if strangers := set(heard) - owing.keys():
        yield f"{len(strangers)} have a lapse in the inbox although the duty was met, such as user {min(strangers)}"
    unheard = {user for user, one in owing.items() if one.leader not in met_at} - set(heard)
    yield from _named("has nothing in the inbox", [owing[user] for user in sorted(unheard)])
    yield from _rows(owing, met_at, given)


def _rows(owing: Mapping[int, Person], met_at: Mapping[int, float], given: Mapping[str, list[str]]) -> Iterator[str]:
    rows = Delivery.objects.filter(channel="fcm").values_list("notification__user", "state", "provider_id", "reason")
    wrong = []
    for user, state, provider_id, reason in rows:
        names = given.get(owing[user].token, []) if user in owing else []
        if state == DeliveryState.SENT and provider_id not in names:
            wrong.append(f"user {user}: sent as {provider_id!r}, which the other side never said")
        elif state == DeliveryState.FAILED:
            wrong.append(f"user {user}: failed for {reason or 'no reason'}")
        elif state == DeliveryState.SILENT and (user not in owing or owing[user].leader not in met_at):
            wrong.append(f"user {user}: left out, although the duty is not met")
    yield from wrong[:_SHOWN]
    if len(wrong) > _SHOWN:
        yield f"and {len(wrong) - _SHOWN} more rows like these"


def _named(what: str, who: Sequence[Person]) -> list[str]:
    return [f"{len(who)} times: somebody {what}, such as leader {who[0].leader}"] if who else []
