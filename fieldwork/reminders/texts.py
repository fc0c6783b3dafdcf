"""The words of notifications, in the language that is active."""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import NamedTuple

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from fieldwork.core.periods import Cadence, Period, local_day
from fieldwork.reminders.hazards import Waiting, Waitings
from fieldwork.reminders.queries import Digest, Owed
from fieldwork.reminders.verdicts import Decided

PLACES = 6
LOWER = 40
DESCRIPTION = 60  # characters of a hazard's
TITLE = 200
PERIODS = 25  # characters of a title, which phones cut at about 30


_ENDS = "。.；;，, "  # of a description, which goes on in a list


class Words(NamedTuple):
    title: str
    body: str


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
    return _words(title, _duties(owed))


def lapse(owed: Sequence[Owed]) -> Words:
    """What was not done in time."""
    title = _("Your duties of %(periods)s were not done in time.") % {"periods": _periods(owed)}
    late = _("An inspection made in time and uploaded late still counts.")
    return _words(title, [*_duties(owed), late])


def digest(digest: Digest) -> Words:
    """How many duties lapsed in a scope, and in which divisions below."""
    day = local_day(digest.due_at) - timedelta(days=1)
    title = ngettext(
        "%(division)s: %(count)d duty was not done by %(day)s.",
        "%(division)s: %(count)d duties were not done by %(day)s.",
        digest.total,
    ) % {"division": digest.division, "count": digest.total, "day": day.isoformat()}
    lines = [_("%(division)s: %(count)d") % {"division": name, "count": count} for name, count in digest.lower[:LOWER]]
    if len(digest.lower) > LOWER:
        lines.append(_("Further divisions: %(count)d") % {"count": len(digest.lower) - LOWER})
    if digest.names:
        lines.append(_("Concerned: %(names)s") % {"names": _("; ").join(digest.names)})
    return _words(title, lines)


def verdict(decided: Decided) -> Words:
    """What was decided of which work, by whom and why; and after a rejection, what one can do."""
    lines = [decided.who, *_named_lines(decided)]
    if decided.reason:
        lines.append(_("Reason: %(reason)s") % {"reason": decided.reason})
    if decided.office:
        lines.append(_("Decided by: the office of %(division)s") % {"division": decided.office})
    else:
        lines.append(_("Decided by: an administrator"))
    return _words(_verdict_title(decided), [*lines, *_what_follows(decided)])


def hazards(waiting: Waitings) -> Words:
    """Which hazards are late, and which points of a listed one do not stand yet."""
    number = len(waiting.rows)
    title = ngettext("%(count)d hazard waits for your unit.", "%(count)d hazards wait for your unit.", number)
    lines = [_hazard(one) for one in waiting.rows[:LOWER]]
    if number > LOWER:
        lines.append(_("Further hazards: %(count)d") % {"count": number - LOWER})
    return _words(title % {"count": number}, lines)


def _hazard(one: Waiting) -> str:
    said = [_("%(place)s, %(what)s") % {"place": one.place, "what": one.description[:DESCRIPTION].rstrip(_ENDS)}]
    if one.days_late and one.deadline:
        late = ngettext("%(days)d day after %(deadline)s", "%(days)d days after %(deadline)s", one.days_late)
        said.append(late % {"days": one.days_late, "deadline": one.deadline.isoformat()})
    if one.lacking:
        said.append(
            _("still lacking: %(points)s") % {"points": _(", ").join(str(point.label) for point in one.lacking)}
        )
    return _("; ").join(said)


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
        lines.append(
            _("%(rules)s, %(period)s: %(counted)d of %(minimum)d done.")
            % {"rules": _rules(one), "period": _named(one.period), "counted": one.counted, "minimum": one.minimum}
        )
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


def _rules(one: Owed) -> str:
    return _("; ").join(
        _("%(rule)s (%(policy)s %(article)s)") % {"rule": rule, "policy": policy, "article": article}
        for policy, article, rule in one.bases
    )


def _periods(owed: Sequence[Owed]) -> str:
    """The periods of all that is owed, as many as a title has room for; the body has each."""
    names, comma = list(dict.fromkeys(_named(one.period) for one in owed)), _(", ")
    fitting = (number for number in range(2, len(names) + 1) if len(comma.join(names[:number])) <= PERIODS)
    number = max(fitting, default=1)
    told = comma.join(names[:number])
    return told if number == len(names) else _("%(periods)s and others") % {"periods": told}


def _named(period: str) -> str:
    """A period as people say it."""
    one = Period.parse(period)
    texts = {
        Cadence.MONTH: _("%(year)d-%(number)02d"),
        Cadence.QUARTER: _("%(year)d-Q%(number)d"),
        Cadence.HALF_YEAR: _("%(year)d-H1") if one.index == 1 else _("%(year)d-H2"),
        Cadence.YEAR: _("%(year)d"),
    }
    return texts[one.cadence] % {"year": one.year, "number": one.index}


def _words(title: str, lines: Sequence[str]) -> Words:
    return Words(title[:TITLE], "\n".join(lines))
