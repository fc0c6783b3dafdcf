"""Typed values out of one YAML mapping. Every fault is collected; a value with a fault reads as empty."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches
from typing import TypeVar

from django.utils.translation import gettext as _
from yaml import MappingNode, Node, ScalarNode, SequenceNode

from fieldwork.duties.packs.reading import ALIAS_TAG, UNPRINTABLE, Fault

AnyNode = TypeVar("AnyNode", ScalarNode, SequenceNode, MappingNode)
TAGS: dict[type[Node], str] = {
    ScalarNode: "tag:yaml.org,2002:str",
    SequenceNode: "tag:yaml.org,2002:seq",
    MappingNode: "tag:yaml.org,2002:map",
}
LABEL, NAME, PASSAGE = 40, 100, 10_000  # characters, as the columns have them
NULLS = ("", "~", "null", "Null", "NULL")
CODE = re.compile(r"[a-z][a-z0-9_-]*")
NUMBER = re.compile(r"0|[1-9][0-9]{0,8}")


@dataclass(frozen=True, slots=True)
class Keys:
    """The keys that a mapping must or may have."""

    required: tuple[str, ...]
    optional: tuple[str, ...] = ()

    @property
    def known(self) -> tuple[str, ...]:
        return self.required + self.optional


@dataclass(slots=True)
class Section:
    """A mapping at `path` that may hold `keys`. Faults go to the list that all sections of a pack share."""

    node: Node
    path: str
    keys: Keys
    faults: list[Fault]
    values: dict[str, Node] = field(init=False, default_factory=dict)

    def __post_init__(self) -> None:
        mapping = self._as(MappingNode, self.node, self.path, _("This must be a mapping of keys to values."))
        if mapping is None:
            return
        for key, value in mapping.value:
            if self._as(ScalarNode, key, self.path, _("A key must be one word.")):
                self._take(key, value)
        for name in self.keys.required:
            if name not in self.values:
                self._fault(self.node, self.place(name), _("This key is missing."))

    def place(self, key: str) -> str:
        return f"{self.path}.{key}" if self.path else key

    def fault(self, key: str, why: str, index: int | None = None) -> None:
        """Report what only the caller can see in the value of `key`, or in its item `index`."""
        node, path = self.values.get(key, self.node), self.place(key)
        if index is not None and isinstance(node, SequenceNode):
            node, path = node.value[index], f"{path}[{index}]"
        self._fault(node, path, why)

    def line(self, key: str) -> int:
        return int(self.values.get(key, self.node).start_mark.line) + 1

    def text(self, key: str, longest: int) -> str:
        node = self.values.get(key)
        return self._text(node, self.place(key), longest) if node else ""

    def code(self, key: str, longest: int = 60) -> str:
        """A stable key: small letters, digits, `_` and `-`."""
        code = self.text(key, longest)
        if code and not CODE.fullmatch(code):
            self.fault(key, _("This must be small letters a-z, digits, “_” or “-”, and begin with a letter."))
            return ""
        return code

    def peeked(self, key: str) -> str:
        """The word at `key`, or nothing; a fault of it is told by whoever reads it."""
        node = self.values.get(key)
        return str(node.value).strip() if isinstance(node, ScalarNode) and node.tag != ALIAS_TAG else ""

    def choice(self, key: str, choices: Sequence[str], default: str = "") -> str:
        node = self.values.get(key)
        return self._choice(node, self.place(key), choices) if node else default

    def number(self, key: str, lowest: int, highest: int) -> int:
        node = self.values.get(key)
        if node is None:
            return 0
        plain = isinstance(node, ScalarNode) and node.style is None and NUMBER.fullmatch(node.value)
        if plain and lowest <= int(node.value) <= highest:
            return int(node.value)
        why = _("This must be a whole number from %(lowest)d to %(highest)d, in digits without quotes.")
        self._fault(node, self.place(key), why % {"lowest": lowest, "highest": highest})
        return 0

    def flag(self, key: str) -> bool:
        node = self.values.get(key)
        if node is None:
            return False
        if isinstance(node, ScalarNode) and node.style is None and node.value in ("true", "false"):
            return bool(node.value == "true")
        self._fault(node, self.place(key), _("This must be true or false, without quotes."))
        return False

    def section(self, key: str, keys: Keys) -> "Section | None":
        node = self.values.get(key)
        return Section(node, self.place(key), keys, self.faults) if node else None

    def sections(self, key: str, keys: Keys) -> list["Section"]:
        return [Section(node, path, keys, self.faults) for node, path in self._items(key)]

    def texts(self, key: str, longest: int) -> list[str]:
        return [self._text(node, path, longest) for node, path in self._items(key)]

    def choices(self, key: str, choices: Sequence[str]) -> list[str]:
        return [self._choice(node, path, choices) for node, path in self._items(key)]

    def mapped_texts(self, key: str, choices: Sequence[str], longest: int) -> dict[str, str]:
        """A mapping from any of `choices` to text."""
        section = self.section(key, Keys((), tuple(choices)))
        return {name: section.text(name, longest) for name in section.values} if section else {}

    def refuse_twice(self, key: str, items: Sequence[str]) -> None:
        """Report every item of the list `key` that was there before."""
        for index, item in enumerate(items):
            if item and item in items[:index]:
                self.fault(key, _("“%(value)s” stands here twice.") % {"value": item}, index)

    def known_texts(self, key: str, known: Sequence[str]) -> list[str]:
        """The list `key` of codes that the pack has, each once."""
        items = self.texts(key, 60)
        self.refuse_twice(key, items)
        for index, item in enumerate(items):
            self.refuse_unknown_one(key, item, known, index)
        return items

    def refuse_unknown_one(self, key: str, item: str, known: Sequence[str], index: int | None = None) -> None:
        """Report the value of `key`, or its item `index`, if it is none of `known`."""
        if item and item not in known:
            why = _("“%(value)s” is not known in this pack.") % {"value": item}
            self.fault(key, why + (_hint(item, known) or _those(known)), index)

    def _take(self, key: ScalarNode, value: Node) -> None:
        name = str(key.value)
        if name in self.values:
            why = _("This key stands here twice, first in line %(line)d.") % {"line": self.line(name)}
            self._fault(key, self.place(name), why)
        elif name in self.keys.known:
            self.values[name] = value
        else:
            self._fault(key, self.place(name), _("There is no such key.") + _hint(name, self.keys.known))

    def _items(self, key: str) -> Iterator[tuple[Node, str]]:
        node, path = self.values.get(key), self.place(key)
        items = self._as(SequenceNode, node, path, _("This must be a list.")) if node else None
        if items is None:
            return
        if not items.value:
            self._fault(items, path, _("This must not be empty."))
        for index, item in enumerate(items.value):
            yield item, f"{path}[{index}]"

    def _text(self, node: Node, path: str, longest: int) -> str:
        scalar = self._as(ScalarNode, node, path, _("This must be text."))
        if scalar is None:
            return ""
        value = str(scalar.value).strip()
        if value in ([""] if scalar.style else NULLS):
            self._fault(node, path, _("This must not be empty."))
        elif stray := UNPRINTABLE.search(value):
            why = _("This has the character U+%(code)s, which no text may have.")
            self._fault(node, path, why % {"code": f"{ord(stray[0]):04X}"})
        elif len(value) > longest:
            why = _("This has %(length)d characters; at most %(longest)d are possible.")
            self._fault(node, path, why % {"length": len(value), "longest": longest})
        else:
            return value
        return ""

    def _choice(self, node: Node, path: str, choices: Sequence[str]) -> str:
        value = self._text(node, path, 1000)
        if value and value not in choices:
            why = _("“%(value)s” is none of: %(choices)s.") % {"value": value, "choices": ", ".join(choices)}
            self._fault(node, path, why + _hint(value, choices))
        else:
            return value
        return ""

    def _as(self, kind: type[AnyNode], node: Node, path: str, otherwise: str) -> AnyNode | None:
        """The node if it is of that kind and plain, else a fault."""
        if node.tag == ALIAS_TAG:
            self._fault(node, path, _("Aliases (*) are not allowed; write the value out."))
        elif not isinstance(node, kind):
            self._fault(node, path, otherwise)
        elif node.tag != TAGS[kind]:
            self._fault(node, path, _("Tags (!) are not allowed; write the value alone."))
        else:
            return node
        return None

    def _fault(self, node: Node, path: str, why: str) -> None:
        self.faults.append(Fault(node.start_mark.line + 1, node.start_mark.column + 1, path, why))


def _those(known: Sequence[str]) -> str:
    """A sentence more on what there is."""
    return " " + _("It knows %(known)s.") % {"known": ", ".join(known)} if known else ""


def _hint(word: str, known: Sequence[str]) -> str:
    """A sentence more if something known is spelt nearly so."""
    near = get_close_matches(word, known, 1)
    return " " + _("Did you mean “%(near)s”?") % {"near": near[0]} if near else ""
