"""`manage.py messages`: keep the Chinese catalogue in step with the code. To translate, edit the .po and run it.

No tools of gettext are needed. Of templates only what no package translates is asked for. An entry for a text of
Django's or another package's, written into the .po by hand, stays as long as that package has the text, and wins over
its own wording.
"""

import ast
import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from importlib.util import find_spec
from io import BytesIO
from pathlib import Path
from typing import Any

from babel.messages.catalog import Catalog, Message
from babel.messages.mofile import read_mo, write_mo
from babel.messages.pofile import PoFileError, read_po, write_po
from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.template import Node, Template
from django.templatetags.i18n import BlockTranslateNode, TranslateNode

SOURCES = ("fieldwork", "api")
# How many contexts and how many forms of the text each takes, before anything else.
CALLS = {
    "_": (0, 1),
    "gettext": (0, 1),
    "gettext_lazy": (0, 1),
    "gettext_noop": (0, 1),
    "ngettext": (0, 2),
    "ngettext_lazy": (0, 2),
    "npgettext": (1, 2),
    "npgettext_lazy": (1, 2),
    "pgettext": (1, 1),
    "pgettext_lazy": (1, 1),
}
LANGUAGE = "zh_Hans"
HEADER = (
    ("Language", LANGUAGE),
    ("Plural-Forms", "nplurals=1; plural=0;"),
    ("MIME-Version", "1.0"),
    ("Content-Type", "text/plain; charset=utf-8"),
    ("Content-Transfer-Encoding", "8bit"),
)
COMMENT = "# Translations are edited here; `python3 manage.py messages` does the rest."
# Every percent sign that formatting would look at, so that a stray one is seen too.
PLACEHOLDER = re.compile(r"%(\(\w+\))?[0-9.]*(\S?)|(\{\w*\})")
# Where a package lists all its texts: Chinese ones lag behind. Files without the source are all that some ship.
LISTED_IN = ("en/LC_MESSAGES/django.po", "en/LC_MESSAGES/django.mo", "zh_CN/LC_MESSAGES/django.po")

Key = tuple[str, ...]  # the context, the msgid and, if it has one, its plural


class Book(Catalog):
    """A catalogue that says of itself only how it is to be read: no dates, no names, no tools."""

    mime_headers = property(lambda _self: list(HEADER))

    def __init__(self) -> None:
        super().__init__(locale=LANGUAGE, header_comment=COMMENT, fuzzy=False)


class Command(BaseCommand):
    help = "Bring the catalogue in step with the code and compile it. What is new waits in the .po for its translation."
    requires_system_checks = ()

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--check", action="store_true", help="change nothing, fail with a list of what is amiss")

    def handle(self, *_args: object, **options: Any) -> None:
        root = Path(settings.BASE_DIR)
        po = Path(settings.LOCALE_PATHS[0]) / LANGUAGE / "LC_MESSAGES" / "django.po"
        try:
            lent = borrowable(settings.INSTALLED_APPS)
            wanted = extracted(root, lent)
            borrow(wanted, stored(po), lent)
            if options["check"]:
                check(po, wanted)
            else:
                self.stdout.write(write(po, wanted))
        except PoFileError as error:
            raise CommandError(f"{po}: {error}") from None


def check(po: Path, wanted: Book) -> None:
    if told := list(complaints(po, wanted)):
        raise CommandError("\n".join(told))


def write(po: Path, wanted: Book) -> str:
    """Write both files; answers how far the translation is."""
    book = updated(stored(po), wanted)
    po.parent.mkdir(parents=True, exist_ok=True)
    po.write_bytes(as_po(book))
    po.with_suffix(".mo").write_bytes(as_mo(book))
    undone = sum(1 for message in entries(book) if faults(message))
    return f"{len(book)} texts, of which {undone} need a translator: {po}"


def extracted(root: Path, lent: Collection[Key] = ()) -> Book:
    """Every text that the sources below `root` mark for translation, with the files where it stands.

    Templates speak with Django's words where they can: what a package has translated (`lent`) is not asked for again.
    """
    book = Book()
    for name, path in _below(root, "*.py"):
        for node in ast.walk(ast.parse(path.read_bytes(), name)):
            if isinstance(node, ast.Call) and (key := _marked(node, name)):
                context, *forms = key
                book.add(forms[0] if len(forms) == 1 else tuple(forms), locations=[(name, 0)], context=context or None)
    elsewhere = {text for context, text, *_plural in lent if not context}
    for name, path in _below(root, "*.html"):
        for text in _texts_of(path.read_text()):
            if text not in elsewhere:
                book.add(text, locations=[(name, 0)])
    return book


def _below(root: Path, pattern: str) -> list[tuple[str, Path]]:
    found = sorted(path for source in SOURCES for path in (root / source).rglob(pattern))
    return [(path.relative_to(root).as_posix(), path) for path in found]


def _texts_of(template: str) -> Iterator[str]:
    """What a template's translate and blocktranslate mark; ours know neither contexts nor plurals."""
    for node in Template(template).nodelist.get_nodes_by_type(Node):
        if isinstance(node, TranslateNode):
            yield str(node.filter_expression.var.literal)
        elif isinstance(node, BlockTranslateNode):
            yield node.render_token_list(node.singular)[0]


def _marked(call: ast.Call, file: str) -> Key | None:
    """The text that a call marks for translation. Read from the tree, so that it may stand within an f-string."""
    name = getattr(call.func, "id", getattr(call.func, "attr", ""))
    if name not in CALLS:
        return None
    contexts, forms = CALLS[name]
    words = [getattr(word, "value", None) for word in call.args[: contexts + forms]]
    texts = [word for word in words if isinstance(word, str) and word]
    if len(texts) < contexts + forms:
        raise CommandError(f"{file}:{call.lineno}: {name}() needs its text as a literal, or nobody can translate it")
    return tuple(texts) if contexts else ("", *texts)


def borrowable(apps: Iterable[str]) -> dict[Key, str]:
    """The texts that Django and other packages translate themselves, each with the package it is from."""
    lent: dict[Key, str] = {}
    for app in ("django.conf", *apps):
        spec = find_spec(app)
        for folder in (spec and spec.submodule_search_locations) or ():
            lists = (Path(folder, "locale", name) for name in LISTED_IN)
            if found := next(filter(Path.exists, lists), None):
                with found.open("rb") as file:
                    catalog = read_po(file) if found.suffix == ".po" else read_mo(file)
                lent |= dict.fromkeys(map(key_of, entries(catalog)), app)
    return lent


def borrow(wanted: Book, old: Catalog, lent: Mapping[Key, str]) -> None:
    """Add to `wanted` what is in the catalogue only for the sake of a package's text."""
    own = {key_of(message) for message in entries(wanted)}
    for message in entries(old):
        if key_of(message) in lent.keys() - own:
            wanted.add(message.id, locations=[(lent[key_of(message)], 0)], context=message.context)


def stored(po: Path) -> Catalog:
    if not po.exists():
        return Book()
    with po.open("rb") as file:
        return read_po(file, locale=LANGUAGE, abort_invalid=True)


def updated(old: Catalog, wanted: Book) -> Book:
    """`wanted` with the translations of `old`. What is new gets that of the most similar text, marked fuzzy."""
    old.update(wanted)
    book = Book()
    for message in sorted(entries(old), key=lambda message: (message.locations[0], key_of(message))):
        text = translation_of(message)
        book.add(
            message.id,
            (text,) if message.pluralizable else text,
            message.locations,
            message.flags,
            user_comments=message.user_comments,
            context=message.context,
        )
    return book


def as_po(book: Book) -> bytes:
    file = BytesIO()
    write_po(file, book, width=0, include_lineno=False)
    return file.getvalue()


def as_mo(book: Book) -> bytes:
    file = BytesIO()
    write_mo(file, book)
    return file.getvalue()


def complaints(po: Path, wanted: Book) -> Iterator[str]:
    """Everything that keeps the catalogue from being complete and in step with the code."""
    old, mo = stored(po), po.with_suffix(".mo")
    needed = {key_of(message) for message in entries(wanted)}
    standing = {key_of(message) for message in entries(old)}
    for message in entries(wanted):
        if key_of(message) not in standing:
            yield f"missing: {name_of(message)} in {message.locations[0][0]}"
    for message in [*entries(old), *old.obsolete.values()]:
        for fault in faults(message) if key_of(message) in needed else ["obsolete"]:
            yield f"{fault}: {name_of(message)}"
    book = updated(old, wanted)
    if not po.exists() or po.read_bytes() != as_po(book):
        yield f"{po.name} is not as this command writes it"
    if not mo.exists() or mo.read_bytes() != as_mo(book):
        yield f"{mo.name} is not what {po.name} compiles to"


def faults(message: Message) -> list[str]:
    found = ["fuzzy"] if message.fuzzy else []
    text = translation_of(message)
    if not text:
        found.append("untranslated")
    # A plural names all that its singular does, and often more.
    elif placeholders(text) != placeholders(key_of(message)[-1]):
        found.append("other placeholders")
    return found


def translation_of(message: Message) -> str:
    """One text even where the msgid has a plural: Chinese has none."""
    string = message.string or ""
    return string if isinstance(string, str) else string[0]


def placeholders(text: str) -> set[tuple[str, ...]]:
    """Names and types; how wide a number is written is the translator's."""
    return set(PLACEHOLDER.findall(text))


def entries(catalog: Catalog) -> Iterator[Message]:
    """The messages without the header."""
    return (message for message in catalog if message.id)


def key_of(message: Message) -> Key:
    forms = (message.id,) if isinstance(message.id, str) else message.id
    return (message.context or "", *forms)


def name_of(message: Message) -> str:
    context, text, *_plural = key_of(message)
    return f"{text!r}, {context}" if context else repr(text)
