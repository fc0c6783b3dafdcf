"""The shipped packs, run over a whole year, and what came of it in the words of the tables."""

from collections.abc import Iterable
from datetime import UTC, date, datetime, time, timedelta

from django.conf import settings

from fieldwork.core.events import SYSTEM
from fieldwork.core.periods import ZONE, Period
from fieldwork.directory.models import Division
from fieldwork.duties.demand.batch import Reconciled
from fieldwork.duties.models import Obligation, PolicyVersion, Rule
from fieldwork.duties.policies import load_pack, track
from fieldwork.duties.reconcile import reconcile
from tests.fieldwork.duties.whole_year.invented import (
    QINGYUAN_BODIES,
    QINGYUAN_SEATS,
    STREET_SEATS,
    ZHANJIANG_BODIES,
    ZHANJIANG_SEATS,
    qingyuan_places,
    settle,
    zhanjiang_places,
)
from tests.fieldwork.duties.whole_year.line import PERIODS, Owed, Who

YEAR = date(2026, 1, 1)
AT = datetime(2026, 11, 21, 2, 0, tzinfo=UTC)
Labels = dict[str, tuple[str, str]]
"""Of each rule of a pack, by its code: the article and the duty's wording in the table."""


def load(pack: str) -> PolicyVersion:
    """The pack as it is shipped, in force from the year's first day."""
    text = (settings.BASE_DIR / "fieldwork" / "policies" / f"{pack}.yaml").read_text(encoding="utf-8")
    return load_pack(text, valid_from=YEAR, valid_to=None, by=SYSTEM, at=AT)


def counted_rules(version: PolicyVersion) -> list[Rule]:
    return list(version.rules.exclude(cadence=""))


def qingyuan(streets: bool = False) -> PolicyVersion:
    """测试市 with all its people, and every rule of the pack tracked from the year's first day."""
    places = qingyuan_places()
    settle(places, QINGYUAN_BODIES, [*QINGYUAN_SEATS, *STREET_SEATS])
    version = load("qingyuan")
    track_all(version, version.policy.division, streets)
    return version


def zhanjiang() -> PolicyVersion:
    """The zone, founded by its pack over two invented places, with all its people, and every rule tracked."""
    zhanjiang_places()
    version = load("zhanjiang")
    zone = version.policy.division
    settle({"测试区": zone, **{place.name: place for place in zone.children.all()}}, ZHANJIANG_BODIES, ZHANJIANG_SEATS)
    track_all(version, zone)
    return version


def track_all(version: PolicyVersion, division: Division, streets: bool = False) -> None:
    codes = [rule.code for rule in counted_rules(version)]
    track(version.policy, codes, division=division, starts_on=YEAR, streets=streets, by=SYSTEM, at=AT)


def reconcile_year() -> Reconciled:
    done = Reconciled()
    for names in PERIODS.values():
        for name in names:
            done += reconcile(Period.parse(name), by=SYSTEM, at=AT)
    return done


def owed(labels: Labels) -> list[Owed]:
    """Every obligation that stands, sorted, in the words of the tables."""
    return sorted(_as_in_table(obligation, labels) for obligation in standing())


def standing() -> Iterable[Obligation]:
    return Obligation.objects.filter(outcome="pending").select_related(
        "leader", "organisation", "lower_organisation"
    ).order_by("pk")  # fmt: skip


def _as_in_table(obligation: Obligation, labels: Labels) -> Owed:
    # Each role has a holder of its own: rules come together in one obligation only where a line cites several articles.
    codes = obligation.bases.filter(state="standing").values_list("rule__code", flat=True)
    ((article, duty),) = {labels[code] for code in codes}
    return Owed(
        article, duty, obligation.subject_kind, who(obligation), obligation.period, obligation.minimum,
        obligation.due_on, last_day(obligation.lapses_at),
    )  # fmt: skip


def who(obligation: Obligation) -> Who:
    if obligation.leader is not None:
        return obligation.leader.name.removeprefix("测试员·")
    assert obligation.organisation is not None
    if obligation.lower_organisation is not None:
        return obligation.organisation.name, obligation.lower_organisation.name
    return obligation.organisation.name


def last_day(after: datetime) -> date:
    """The day that ends at this instant, in the policy's zone; it must end on a midnight there."""
    local = after.astimezone(ZONE)
    assert local.time() == time(0), after
    return local.date() - timedelta(days=1)
