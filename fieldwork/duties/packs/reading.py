"""From bytes to YAML nodes that know their line and column, and without YAML's surprises.

Every plain word stays the word it is: `no`, `2026-01-01` and `007` are text until a key asks for more.
No aliases, no depth, no size beyond a limit: no text can grow in here.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Any

import yaml
from django.utils.translation import gettext as _
from yaml import Mark, Node, ScalarNode

LIMIT_BYTES = 2 * 1024 * 1024
DEEPEST = 20
CHARACTERS_TOLD = 50  # of a file that is no text at all, nobody wants to hear more
ALIAS_TAG = "alias"
# Control characters and halves of surrogate pairs: no text has them, and the database refuses some of them.
UNPRINTABLE = re.compile("[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


@dataclass(frozen=True, slots=True, order=True)
class Fault:
    """One fault: line and column from 1, the path with list items from 0 (`rules[3].cadence`), and why."""

    line: int
    column: int
    field: str
    why: str

    def __str__(self) -> str:
        place = f"{self.line}:{self.column}"
        return f"{place}: {self.field}: {self.why}" if self.field else f"{place}: {self.why}"


class PackFaults(ValueError):
    """Why a text is no pack: all faults, in the order of the text."""

    def __init__(self, faults: Iterable[Fault]) -> None:
        self.faults = tuple(sorted(faults))
        super().__init__("\n".join(str(fault) for fault in self.faults))


def decode(raw: bytes) -> str:
    """The text of a pack's bytes; PackFaults if they are too many or not UTF-8."""
    _refuse_too_large(len(raw))
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError as error:
        before = raw[: error.start].decode("utf-8")
        why = _("This is not UTF-8: save the file in the encoding UTF-8 (not GB 18030 or UTF-16).")
        raise PackFaults([Fault(*_place(before), "", why)]) from None


def compose(text: str) -> Node:
    """The root node of a pack's text; PackFaults if it is no single YAML document."""
    _refuse_too_large(len(text.encode("utf-8", "surrogatepass")))
    if faults := list(islice(_unprintable(text), CHARACTERS_TOLD)):
        raise PackFaults(faults)
    loader = _Loader(text)
    try:
        root = loader.get_single_node()
    except yaml.MarkedYAMLError as error:
        raise PackFaults([_syntax_fault(error)]) from None
    finally:
        loader.dispose()
    if root is None:
        raise PackFaults([Fault(1, 1, "", _("The file is empty."))])
    return root


class _Loader(yaml.BaseLoader):
    """Composes nodes only. An alias becomes a node that every reader refuses: no text can multiply itself."""

    depth = 0

    def compose_node(self, parent: Node | None, index: int) -> Node | None:
        if self.check_event(yaml.AliasEvent):
            alias: Any = self.get_event()  # type: ignore[no-untyped-call]
            return ScalarNode(ALIAS_TAG, "", alias.start_mark, alias.end_mark)
        if self.depth == DEEPEST:
            where = self.peek_event().start_mark  # type: ignore[no-untyped-call]
            raise yaml.MarkedYAMLError(problem=_("nested too deeply"), problem_mark=where)
        self.depth += 1
        node = super().compose_node(parent, index)
        self.depth -= 1
        return node


def _refuse_too_large(size: int) -> None:
    if size > LIMIT_BYTES:
        why = _("The file has %(size)d bytes; a pack may have at most %(limit)d.")
        raise PackFaults([Fault(1, 1, "", why % {"size": size, "limit": LIMIT_BYTES})])


def _unprintable(text: str) -> Iterator[Fault]:
    for match in UNPRINTABLE.finditer(text):
        why = _("The character U+%(code)s is not allowed here; remove it.") % {"code": f"{ord(match[0]):04X}"}
        yield Fault(*_place(text[: match.start()]), "", why)


def _place(before: str) -> tuple[int, int]:
    """Line and column, from 1, of what follows `before`."""
    lines = before.split("\n")
    return len(lines), len(lines[-1]) + 1


def _syntax_fault(error: yaml.MarkedYAMLError) -> Fault:
    mark: Mark | None = error.problem_mark or error.context_mark
    why = _("The YAML cannot be read here; look at indentation, colons, quotes and brackets (%(problem)s).")
    told = "; ".join(part for part in (error.context, error.problem) if part)
    return Fault(*((mark.line + 1, mark.column + 1) if mark else (1, 1)), "", why % {"problem": told})
