"""The words of what is told beside duties and verdicts: hazards, posts, what goes up, what is out of order."""

from collections.abc import Sequence

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from fieldwork.core.periods import ZONE
from fieldwork.reminders.alarms import Stopped
from fieldwork.reminders.escalation import Repeated, Running, Unopened
from fieldwork.reminders.hazard_steps import Handed
from fieldwork.reminders.hazards import Waiting, Waitings
from fieldwork.reminders.posts import Held
from fieldwork.reminders.texts import Words, named, worded

SHOWN = 40  # lines
DESCRIPTION = 60  # characters of a hazard's
_ENDS = "。.；;，, "  # of a description, which goes on in a list


def hazards(waiting: Waitings) -> Words:
    """Which hazards are late or soon due, and which points of a listed one do not stand yet."""
    number = len(waiting.rows)
    title = ngettext("%(count)d hazard waits to be rectified.", "%(count)d hazards wait to be rectified.", number)
    return worded(title % {"count": number}, _shown([_hazard(one) for one in waiting.rows]))


def assigned(one: Handed) -> Words:
    """Which hazard is in the unit's hands, until when."""
    title = _("A major hazard was assigned to your unit.") if one.major else _("A hazard was assigned to your unit.")
    return _handed(title, one, [])


def returned(one: Handed) -> Words:
    """Which hazard came back to the unit, and why."""
    title = _("A major hazard was sent back to your unit.") if one.major else _("A hazard was sent back to your unit.")
    return _handed(title, one, [_("Reason: %(reason)s") % {"reason": one.reason}] if one.reason else [])


def _handed(title: str, one: Handed, why: Sequence[str]) -> Words:
    if one.untold:
        title = _("A hazard was given to a unit that has no account: somebody has to tell it.")
    brief = [_("To be rectified by: %(day)s") % {"day": one.deadline.isoformat()}] if one.deadline else []
    what = _("%(place)s, %(what)s") % {"place": one.place, "what": one.description}
    return worded(title, [what, one.unit, *why, *brief], brief)


def linked(one: Held) -> Words:
    """With what a post is linked by now."""
    return _held(_("Your linked places, industries or departments changed."), one)


def taken_over(one: Held) -> Words:
    """What came with a post."""
    return _held(_("You have taken over a post."), one)


def _held(title: str, one: Held) -> Words:
    since = _("%(post)s, since %(day)s") % {"post": one.post, "day": one.since.isoformat()}
    names = _("; ").join(one.linked) or _("none")
    linkages = ngettext("%(count)d linkage", "%(count)d linkages", len(one.linked)) % {"count": len(one.linked)}
    hazards = ngettext("%(count)d open hazard", "%(count)d open hazards", one.hazards) % {"count": one.hazards}
    return worded(title, [since, _("Linked with: %(names)s") % {"names": names}, hazards], [linkages, hazards])


def repeated(told: Repeated) -> Words:
    """Whose duties lapsed several times running."""
    number = len(told.rows)
    title = ngettext(
        "%(count)d duty was not done %(times)d times running.",
        "%(count)d duties were not done %(times)d times running.",
        number,
    ) % {"count": number, "times": told.times}
    return worded(title, _shown([_running(one) for one in told.rows]))


def unopened(told: Unopened) -> Words:
    """Who has not opened what."""
    number = len(told.rows)
    title = ngettext(
        "%(count)d person has not opened what they were told.",
        "%(count)d people have not opened what they were told.",
        number,
    ) % {"count": number}
    lines = [
        _("%(name)s (%(division)s): %(titles)s") % {"name": name, "division": division, "titles": " ".join(titles)}
        for name, division, titles in told.rows
    ]
    return worded(title, _shown(lines))


def alarm(one: Stopped) -> Words:
    """Which channel is out of order, since when and why."""
    title = _("The channel %(channel)s is out of order.") % {"channel": one.channel}
    since = _("Since: %(at)s") % {"at": one.since.astimezone(ZONE).strftime("%Y-%m-%d %H:%M")}
    others = _("Meanwhile people are told by their other channels.")
    return worded(title, [since, one.reason, others], [since, others])


def trial(_trial: object) -> Words:
    """That it arrived."""
    arrived = [_("It arrived: nothing needs to be done.")]
    return worded(_("This is a trial."), arrived, arrived)


def together(titles: Sequence[str]) -> Words:
    """Several notifications of one person as one message."""
    number = len(titles)
    title = ngettext("%(count)d message for you", "%(count)d messages for you", number) % {"count": number}
    return worded(title, titles, titles)


def _shown(lines: Sequence[str]) -> list[str]:
    more = len(lines) - SHOWN
    return [*lines[:SHOWN], _("And %(count)d more") % {"count": more}] if more > 0 else list(lines)


def _hazard(one: Waiting) -> str:
    said = [_("%(place)s, %(what)s") % {"place": one.place, "what": one.description[:DESCRIPTION].rstrip(_ENDS)}]
    if one.days_late is not None and one.deadline:
        said.append(_deadline(one.days_late) % {"days": abs(one.days_late), "deadline": one.deadline.isoformat()})
    if one.lacking:
        points = _(", ").join(str(point.label) for point in one.lacking)
        said.append(_("still lacking: %(points)s") % {"points": points})
    return _("; ").join(said)


def _deadline(days_late: int) -> str:
    if days_late > 0:
        return ngettext("%(days)d day after %(deadline)s", "%(days)d days after %(deadline)s", days_late)
    if days_late == 0:
        return _("to be rectified today (%(deadline)s)")
    return ngettext("%(days)d day left until %(deadline)s", "%(days)d days left until %(deadline)s", -days_late)


def _running(one: Running) -> str:
    periods = _(", ").join(named(period) for period in one.periods)
    return _("%(name)s (%(division)s): %(rule)s, %(periods)s") % {
        "name": one.who, "division": one.division, "rule": one.rule, "periods": periods,
    }  # fmt: skip
