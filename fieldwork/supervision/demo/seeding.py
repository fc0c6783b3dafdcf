"""The whole demo, stage by stage: each finds what an earlier run left, and goes on from there."""

from collections.abc import Callable
from datetime import datetime, timedelta
from functools import cache, partial

from django.contrib.auth.hashers import check_password, is_password_usable, make_password
from django.db import transaction
from django.utils.translation import gettext as _

from fieldwork.core import events, locks
from fieldwork.core.database import analyze
from fieldwork.core.events import SYSTEM
from fieldwork.core.periods import local_day
from fieldwork.directory.models import User
from fieldwork.supervision.demo.cast import ADMIN, LEADER, SUPERVISOR
from fieldwork.supervision.demo.ground import lay_ground
from fieldwork.supervision.demo.hazards import RECTIFIER, open_units
from fieldwork.supervision.demo.people import ASSISTANT, enrol_all
from fieldwork.supervision.demo.progress import LOCK, Begun, begin
from fieldwork.supervision.demo.sites import open_sites
from fieldwork.supervision.demo.story import Story
from fieldwork.supervision.demo.zone import OFFICE, UNIT, open_zone

SIGN_INS = (LEADER, f"{ASSISTANT}-1", UNIT, OFFICE, RECTIFIER, SUPERVISOR, ADMIN)
_TOLD_EVERY = 250


def seed(*, leaders: int, months: int, password: str, now: datetime, say: Callable[[str], None]) -> Begun:
    """Fill an empty database with the demo, or bring one that holds it up to `now`.

    `leaders` and `months` count only the first time. Errors: `wrong_state` for a database with other data.
    """
    begun = begin(leaders=leaders, months=months, at=now)
    if begun.leaders != leaders:
        told = _("This demo was begun with %(leaders)d leaders in %(month)s, and goes on as it is.")
        say(told % {"leaders": begun.leaders, "month": begun.present})
    places, admin = lay_ground(begun)
    say(_("%(city)s, its policy pack and what is tracked from %(day)s.") % {"city": places.city, "day": begun.first})

    def say_people(count: int) -> None:
        if count == begun.leaders or count % _TOLD_EVERY == 0:
            say(_("Leaders with their posts and linkages: %(count)d.") % {"count": count})

    def say_story(until: datetime, check_ins: int) -> None:
        day = local_day(until - timedelta(microseconds=1))
        say(_("Up to %(day)s: %(count)d check-ins.") % {"day": day, "count": check_ins})

    enrol_all(begun, places, admin, say_people)
    open_sites(begun, places, admin)
    open_zone(begun, places, admin)
    open_units(begun, places, admin)
    set_passwords(password, at=now)
    analyze()
    Story(begun, places, admin, now).tell(say_story)
    return begun


def _is_hash_of(password: str, encoded: str) -> bool:
    return is_password_usable(encoded) and check_password(password, encoded)


def set_passwords(password: str, *, at: datetime) -> None:
    """Let these users sign in with this password; whoever has it already is left as they are."""
    # Each is slow by design: once for all of them, who have the same.
    encoded, check_once = make_password(password), cache(partial(_is_hash_of, password))
    with transaction.atomic():
        locks.hold(LOCK)
        for user in User.objects.filter(username__in=SIGN_INS).order_by("pk"):
            if not check_once(user.password):
                user.password = encoded
                user.save(update_fields=["password"])
                events.append("password.changed", by=SYSTEM, at=at, about=("user", user.pk))
