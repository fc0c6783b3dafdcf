"""What a line of the ledger says, column by column, in the language of who reads it."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from django.utils import translation
from django.utils.translation import gettext, gettext_lazy
from django.utils.translation import gettext_lazy as _

from fieldwork.core.errors import Text
from fieldwork.supervision.work_ledger.lines import Line, Owed, lines_of
from fieldwork.supervision.work_ledger.owed import Asked
from fieldwork.supervision.work_ledger.proofs import CHECK_IN, FILING, Proof

_AND = "、"
_KINDS: dict[str, Text] = {CHECK_IN: _("check-in"), FILING: _("filing")}


@dataclass(frozen=True, slots=True)
class Link:
    """Leads from a cell to a page. Where a cell is text alone it says both: an address does not tell which article."""

    address: str
    text: str

    def __str__(self) -> str:
        return f"{self.text} {self.address}"


Cell = str | int | Link
Row = list[Cell]


@dataclass(frozen=True, slots=True)
class Column:
    """`width` is in characters of the sheet; `page` is the path to which its text leads, where it is one."""

    head: Text
    width: int
    of: Callable[[Line], str | int]
    page: Callable[[Line], str] | None = None


def _owed(say: Callable[[Owed], str | int]) -> Callable[[Line], str | int]:
    return lambda line: say(line.owed)


def _proof(say: Callable[[Proof], str | int]) -> Callable[[Line], str | int]:
    """Empty where there is no proof."""
    return lambda line: say(line.proof) if line.proof else ""


def _mark(is_so: bool) -> str:
    return gettext("yes") if is_so else ""


COLUMNS = (
    Column(gettext_lazy("division"), 16, _owed(lambda owed: _AND.join(owed.divisions))),
    Column(gettext_lazy("organisation"), 24, _owed(lambda owed: _AND.join(owed.bodies))),
    Column(gettext_lazy("leader or body"), 18, _owed(lambda owed: owed.subject)),
    Column(gettext_lazy("post"), 18, _owed(lambda owed: _AND.join(owed.posts))),
    Column(gettext_lazy("duty"), 24, _owed(lambda owed: _AND.join(owed.duties))),
    Column(
        gettext_lazy("article"), 18, _owed(lambda owed: _AND.join(owed.articles)), page=lambda line: line.owed.page
    ),
    Column(gettext_lazy("period"), 10, _owed(lambda owed: owed.period)),
    Column(gettext_lazy("status"), 10, _owed(lambda owed: owed.status)),
    Column(gettext_lazy("counted"), 8, _owed(lambda owed: owed.counted)),
    Column(gettext_lazy("minimum"), 8, _owed(lambda owed: owed.minimum)),
    Column(gettext_lazy("proof no."), 8, lambda line: line.number or ""),
    Column(gettext_lazy("kind of proof"), 12, _proof(lambda proof: str(_KINDS.get(proof.kind, proof.kind)))),
    Column(gettext_lazy("activity"), 12, _proof(lambda proof: proof.activity)),
    Column(gettext_lazy("day"), 12, _proof(lambda proof: proof.day.isoformat())),
    Column(gettext_lazy("place"), 24, _proof(lambda proof: proof.place)),
    Column(gettext_lazy("led by"), 14, _proof(lambda proof: proof.led_by)),
    Column(gettext_lazy("what was done"), 48, _proof(lambda proof: proof.summary)),
    Column(gettext_lazy("hazards found"), 8, _proof(lambda proof: proof.hazards if proof.kind == CHECK_IN else "")),
    Column(gettext_lazy("doubts"), 24, _proof(lambda proof: _AND.join(proof.flags))),
    Column(gettext_lazy("verdict"), 10, _proof(lambda proof: proof.verdict)),
    Column(gettext_lazy("uploaded late"), 8, _proof(lambda proof: _mark(proof.uploaded_late))),
    Column(gettext_lazy("on paper"), 8, _proof(lambda proof: _mark(proof.on_paper))),
    Column(gettext_lazy("prepared by staff"), 8, _proof(lambda proof: _mark(proof.by_staff))),
    Column(gettext_lazy("photos or files"), 8, _proof(lambda proof: proof.files)),
    Column(
        gettext_lazy("evidence"), 10, _proof(lambda proof: gettext("open it") if proof.page else ""),
        page=lambda line: line.proof.page if line.proof else "",
    ),
)  # fmt: skip


def heads(language: str | None) -> list[str]:
    with translation.override(language):
        return [str(column.head) for column in COLUMNS]


def rows_of(asked: Asked, *, language: str | None, site: str) -> Iterator[Row]:
    """The ledger's rows, in that language whatever the thread speaks when they are read; links begin with `site`."""
    found = lines_of(asked)
    while True:
        with translation.override(language):  # never over a yield: whoever reads goes on in the language of its own
            page = next(found, None)
            rows = [] if page is None else [_row(line, site) for line in page]
        if page is None:
            return
        yield from rows


def _row(line: Line, site: str) -> Row:
    return [_cell(column, line, site) for column in COLUMNS]


def _cell(column: Column, line: Line, site: str) -> Cell:
    said = column.of(line)
    path = column.page(line) if column.page else ""
    return Link(f"{site}{path}", str(said)) if path else said


def widths() -> Sequence[int]:
    return [column.width for column in COLUMNS]
