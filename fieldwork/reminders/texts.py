"""The words of notifications, in the language that is active."""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import NamedTuple

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from fieldwork.core.periods import Cadence, Period, local_day
from fieldwork.reminders.queries import Digest, Owed
from fieldwork.reminders.verdicts import Decided

PLACES = 6
LOWER = 40
TITLE = 200
PERIODS = 25  # characters of a title, which phones cut at about 30


class Words(NamedTuple):
    """`title` and `brief` name neither people nor places; `body` says all."""

    title: str
    body: str
    brief: str


def reminder(owed: Sequence[Owed], today: date) -> Words:
    """What is still to be done, in how many days, by which article, and the linked places not visited."""
    days = (min(one.due_on for one in owed) - today).days
    periods = _periods(owed)
    if days > 0:
        title = ngettext(
            "%(days)d day left for your duties of %(periods)s.",
            "%(days)d days left for your duties of %(periods)s.",
            days,
        ) % {"days": days, "periods": periods}
    else:
        title = _("Today is the last day for your duties of %(periods)s.") % {"periods": periods}
    return worded(title, _duties(owed), _articles(owed))


def lapse(owed: Sequence[Owed]) -> Words:
    """What was not done in time."""
    title = _("Your duties of %(periods)s were not done in time.") % {"periods": _periods(owed)}
    late = _("An inspection made in time and uploaded late still counts.")
    return worded(title, [*_duties(owed), late], [*_articles(owed), late])


def digest(digest: Digest) -> Words:
    """How many duties lapsed in a scope, and in which divisions below."""
    day = local_day(digest.due_at) - timedelta(days=1)
    title = ngettext(
        "%(count)d duty was not done by %(day)s.", "%(count)d duties were not done by %(day)s.", digest.total
    ) % {"count": digest.total, "day": day.isoformat()}
    whole = (digest.division, digest.total)
    counts = [whole, *(each for each in digest.lower[:LOWER] if each != whole)]
    lines = [_("%(division)s: %(count)d") % {"division": name, "count": count} for name, count in counts]
    if len(digest.lower) > LOWER:
        lines.append(_("Further divisions: %(count)d") % {"count": len(digest.lower) - LOWER})
    if digest.names:
        lines.append(_("Concerned: %(names)s") % {"names": _("; ").join(digest.names)})
    return worded(title, lines)


def verdict(decided: Decided) -> Words:
    """What was decided of which work, by whom and why; and after a rejection, what one can do."""
    lines = [decided.who, *_named_lines(decided)]
    if decided.reason:
        lines.append(_("Reason: %(reason)s") % {"reason": decided.reason})
    if decided.office:
        lines.append(_("Decided by: the office of %(division)s") % {"division": decided.office})
    else:
        lines.append(_("Decided by: an administrator"))
    follows = _what_follows(decided)
    return worded(_verdict_title(decided), [*lines, *follows], follows)


def _named_lines(decided: Decided) -> list[str]:
    lines = [_("Place: %(place)s") % {"place": decided.place}] if decided.place else []
    return lines + ([_("Title: %(title)s") % {"title": decided.title}] if decided.title else [])


def _verdict_title(decided: Decided) -> str:
    titles = {
        (True, True): _("The check-in of %(day)s was rejected."),
        (True, False): _("The check-in of %(day)s was accepted after all."),
        (False, True): _("The filing of %(day)s was returned."),
        (False, False): _("The filing of %(day)s was accepted after all."),
    }
    return titles[decided.check_in, decided.rejected] % {"day": decided.day.isoformat()}


def _what_follows(decided: Decided) -> list[str]:
    if not decided.rejected:
        return [_("It counts again.")]
    if decided.check_in:
        return [_("It no longer counts."), _("You can answer by adding to the check-in; the office then looks again.")]
    return [_("It no longer counts."), _("You can file it anew, with what is missing.")]


def _duties(owed: Sequence[Owed]) -> list[str]:
    lines = []
    for one in owed:
        rules = (
            _("%(rule)s (%(policy)s %(article)s)") % {"rule": rule, "policy": policy, "article": article}
            for policy, article, rule in one.bases
        )
        lines.append(_duty(one, _("; ").join(rules)))
        if one.unvisited:
            lines.append(_unvisited(one.unvisited))
    return lines


def _unvisited(names: Sequence[str]) -> str:
    shown = _("; ").join(names[:PLACES])
    if len(names) <= PLACES:
        return _("Linked and not visited yet: %(places)s") % {"places": shown}
    return _("Linked and not visited yet: %(places)s and %(count)d more") % {
        "places": shown,
        "count": len(names) - PLACES,
    }


def _articles(owed: Sequence[Owed]) -> list[str]:
    """The same without the policy's title, which names its place."""
    return [
        _duty(
            one,
            _("; ").join(
                dict.fromkeys(
                    _("%(rule)s (%(article)s)") % {"rule": rule, "article": article} for _of, article, rule in one.bases
                )
            ),
        )
        for one in owed
    ]


def _duty(one: Owed, rules: str) -> str:
    return _("%(rules)s, %(period)s: %(counted)d of %(minimum)d done.") % {
        "rules": rules, "period": named(one.period), "counted": one.counted, "minimum": one.minimum,
    }  # fmt: skip


def _periods(owed: Sequence[Owed]) -> str:
    """The periods of all that is owed, as many as a title has room for; the body has each."""
    names, comma = list(dict.fromkeys(named(one.period) for one in owed)), _(", ")
    fitting = (number for number in range(2, len(names) + 1) if len(comma.join(names[:number])) <= PERIODS)
    number = max(fitting, default=1)
    told = comma.join(names[:number])
    return told if number == len(names) else _("%(periods)s and others") % {"periods": told}


def named(period: str) -> str:
    """A period as people say it."""
    one = Period.parse(period)
    texts = {
        Cadence.MONTH: _("%(year)d-%(number)02d"),
        Cadence.QUARTER: _("%(year)d-Q%(number)d"),
        Cadence.HALF_YEAR: _("%(year)d-H1") if one.index == 1 else _("%(year)d-H2"),
        Cadence.YEAR: _("%(year)d"),
    }
    return texts[one.cadence] % {"year": one.year, "number": one.index}


def worded(title: str, lines: Sequence[str], brief: Sequence[str] = ()) -> Words:
    return Words(title[:TITLE], "\n".join(lines), "\n".join(brief) or _("Open the app to see more."))
