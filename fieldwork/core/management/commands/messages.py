"""`manage.py messages`: keep the Chinese catalogue in step with the code. To translate, edit the .po and run it.

Texts are taken from Python and from templates by Babel alone. An entry for a text of Django's or another
package's, written into the .po by hand, stays as long as that package has the text, and wins over its own wording.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from importlib.util import find_spec
from io import BytesIO
from pathlib import Path
from typing import Any

from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract
from babel.messages.mofile import read_mo, write_mo
from babel.messages.pofile import PoFileError, read_po, write_po
from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils.translation.template import templatize

SOURCES = ("fieldwork", "api")
KEYWORDS: dict[str, Any] = {
    "_": None,
    "gettext": None,
    "gettext_lazy": None,
    "gettext_noop": None,
    "ngettext": (1, 2),
    "ngettext_lazy": (1, 2),
    "npgettext": ((1, "c"), 2, 3),
    "npgettext_lazy": ((1, "c"), 2, 3),
    "pgettext": ((1, "c"), 2),
    "pgettext_lazy": ((1, "c"), 2),
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
PLACEHOLDER = re.compile(r"%(?:\(\w+\))?\S?|\{\w*\}")
LISTED_IN = ("en", "zh_Hans", "zh_CN")  # each package that brings a catalogue has one of these

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
            wanted = extracted(root)
            borrow(wanted, stored(po), borrowable(settings.INSTALLED_APPS))
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


def extracted(root: Path) -> Book:
    """Every text that the sources below `root` mark for translation, with the files where it stands."""
    book = Book()
    for path in sorted(path for source in SOURCES for path in (root / source).rglob("*")):
        if path.suffix in {".py", ".html"}:
            for _line, text, _comments, context in extract("python", _python(path), keywords=KEYWORDS):
                book.add(text, locations=[(path.relative_to(root).as_posix(), 0)], context=context)
    return book


def _python(path: Path) -> BytesIO:
    """A file as Python; of a template, Django makes calls for its texts and X for the rest."""
    text = path.read_text(encoding="utf-8")
    if path.suffix == ".html":
        text = "\n".join(line.strip() for line in templatize(text).splitlines())
    return BytesIO(text.encode())


def borrowable(apps: Iterable[str]) -> dict[Key, str]:
    """The texts that Django and other packages translate themselves, each with the package it is from."""
    lent: dict[Key, str] = {}
    for app in ("django.conf", *apps):
        spec = find_spec(app)
        for folder in (spec and spec.submodule_search_locations) or ():
            for language in LISTED_IN:
                path = Path(folder, "locale", language, "LC_MESSAGES", "django.mo")
                if path.exists():
                    with path.open("rb") as file:
                        lent |= dict.fromkeys(map(key_of, entries(read_mo(file))), app)
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
        translation = message.string[:1] if message.pluralizable else message.string
        book.add(
            message.id, translation or "", message.locations, message.flags, user_comments=message.user_comments,
            previous_id=message.previous_id if message.fuzzy else (), context=message.context,
        )  # fmt: skip
    return book


def as_po(book: Book) -> bytes:
    file = BytesIO()
    write_po(file, book, width=0, include_previous=True, include_lineno=False)
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
    translations = [message.string] if isinstance(message.string, str) else list(message.string or [""])
    if not all(translations):
        found.append("untranslated")
    # A plural names all that its singular does, and often more.
    elif any(placeholders(text) != placeholders(key_of(message)[-1]) for text in translations):
        found.append("other placeholders")
    return found


def placeholders(text: str) -> set[str]:
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
