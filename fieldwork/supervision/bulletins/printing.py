"""The bulletin as an official letter (公文): typst sets it, from `bulletin.typ` and data that is JSON, never markup.

typst and a Chinese font come with `deploy/requirements-reports.txt`, which running does not need. The system's Noto
Serif CJK SC is taken first where there is one (Debian: fonts-noto-cjk), then Noto Sans SC of that package.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from importlib import import_module, util
from pathlib import Path
from types import ModuleType
from typing import Any

from django.utils import translation
from django.utils.translation import gettext_lazy as _

from fieldwork.core.errors import Code, DomainError
from fieldwork.core.periods import Cadence, Period, local_day
from fieldwork.directory.enums import Level
from fieldwork.duties.enums import Status
from fieldwork.hazards import summaries as hazards
from fieldwork.supervision.bulletins.bulletin import Bulletin
from fieldwork.supervision.months.summaries import Line

LETTER = Path(__file__).with_name("bulletin.typ")
FONTS = ("Noto Serif CJK SC", "Noto Serif SC", "Noto Sans CJK SC", "Noto Sans SC")
SHOWN = (Status.MET, Status.OPEN, Status.LAPSED, Status.EXCUSED)
_PACKAGE = "justmytype_intl_cjk"  # Noto Sans SC under the SIL Open Font License
_TO = {Level.PROVINCE: "各市", Level.CITY: "各县（市、区）", Level.COUNTY: "各乡镇（街道）", Level.TOWN: "各村（社区）"}
_HALVES = {1: "上半年", 2: "下半年"}


@dataclass(frozen=True, slots=True)
class Engine:
    """typst, and where else than in the system's folders it looks for fonts."""

    typst: ModuleType
    folders: Sequence[str]

    @property
    def fonts(self) -> list[str]:
        """Of those that the letter is set in, which there are."""
        known = set(self.typst.Fonts(font_paths=list(self.folders)).families())
        return [name for name in FONTS if name in known]


def engine() -> Engine | None:
    """None where typst is not installed."""
    if util.find_spec("typst") is None:
        return None
    found = util.find_spec(_PACKAGE)
    folders = [str(Path(found.origin).parent / "fonts")] if found and found.origin else []
    return Engine(import_module("typst"), folders)


def printed(bulletin: Bulletin, by: Engine | None, *, form: str = "pdf") -> bytes:
    """As PDF. Errors: `unavailable`, with what to install."""
    fonts = by.fonts if by else []
    if by is None or not fonts:
        raise DomainError(
            Code.UNAVAILABLE,
            _("No letter can be set here; `pip install -r deploy/requirements-reports.txt` brings what it takes."),
        )
    told = json.dumps({**letter(bulletin), "fonts": fonts}, ensure_ascii=False)
    made: bytes = by.typst.compile(
        LETTER.read_bytes(), font_paths=list(by.folders), format=form, sys_inputs={"told": told}
    )
    return made


def letter(bulletin: Bulletin) -> dict[str, Any]:
    """What the letter says, as texts and numbers. It is an official document in Chinese, whoever asks."""
    with translation.override("zh-hans"):
        heads = [str(status.label) for status in SHOWN]
    return {
        "division": bulletin.division.name, "issuer": bulletin.issuer, "period": said(bulletin.period),
        "previous": said(bulletin.previous), "to": _TO.get(Level(bulletin.division.level), "各单位"),
        "day": _day(bulletin.day),
        "published": _published(bulletin), "heads": heads, "total": _line(bulletin.total),
        "divisions": [_line(line) for line in bulletin.divisions], "rules": [_line(line) for line in bulletin.rules],
        "lapses": {
            "bodies": [[lapse.name, lapse.duty, lapse.article] for lapse in bulletin.lapses.bodies],
            "of_bodies": bulletin.lapses.of_bodies, "of_people": bulletin.lapses.of_people,
            "people": bulletin.lapses.people,
        },
        "hazards": _hazards(bulletin.hazards), "hazards_by": [_hazards(one) for one in bulletin.hazards_by_division],
        "to_come": dict(bulletin.to_come),
    }  # fmt: skip


def said(period: Period) -> str:
    """A period as an official document names it."""
    match period.cadence:
        case Cadence.MONTH:
            return f"{period.year}年{period.index}月"
        case Cadence.QUARTER:
            return f"{period.year}年第{'一二三四'[period.index - 1]}季度"
        case Cadence.HALF_YEAR:
            return f"{period.year}年{_HALVES[period.index]}"
        case Cadence.YEAR:
            return f"{period.year}年"


def _published(bulletin: Bulletin) -> dict[str, Any] | None:
    if bulletin.published is None:
        return None
    return {"day": _day(local_day(bulletin.published.at)), "amended": bulletin.published.amended}


def _day(day: date) -> str:
    return f"{day.year}年{day.month}月{day.day}日"


def _line(line: Line) -> dict[str, Any]:
    figures, (before,) = line.figures, line.compared.values()
    return {
        "name": line.name, "owed": figures.owed, "counts": [figures.statuses[status] for status in SHOWN],
        "met": _share(figures.statuses[Status.MET], figures.owed), "excused": _percent(figures.excuse_share),
        "met_before": _share(before.statuses[Status.MET], before.owed),
    }  # fmt: skip


def _share(part: int, whole: int) -> str:
    return _percent(part / whole if whole else None)


def _percent(share: float | None) -> str:
    return "—" if share is None else f"{share * 100:.1f}%"


def _hazards(line: hazards.Line) -> dict[str, Any]:
    return {
        "name": line.name, "counts": [line.found, line.major, line.closed, line.open, line.overdue],
        "inspections": line.inspections, "with_findings": line.with_findings, "share": _percent(line.share),
    }  # fmt: skip
