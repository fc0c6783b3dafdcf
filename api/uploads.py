"""Declarations and files coming in: bytes go to disk and through the digest as they arrive, never into memory."""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import IO, Any, ClassVar

from django.conf import settings
from django.core.files.uploadhandler import FileUploadHandler
from django.http import UnreadablePostError
from django.http.multipartparser import MultiPartParser, MultiPartParserError
from django.utils.translation import gettext as _
from rest_framework.parsers import BaseParser
from rest_framework.request import Request

from api.parsers import parse_json
from fieldwork.core.errors import Code, DomainError, invalid
from fieldwork.core.uploads import Incoming

CHUNK = 1 << 18
PIECE = 1 << 16  # of a body on a bad line: what is read when it breaks is what is kept


@dataclass(slots=True)
class Received:
    """A declaration's JSON and the files beside it, by digest; a context discards what was not kept elsewhere."""

    declared: Any
    files: dict[str, Incoming] = field(default_factory=dict)

    @classmethod
    def of(cls, data: Any) -> "Received":
        """What a parser made of a body, multipart or JSON."""
        return data if isinstance(data, cls) else cls(data)

    def __enter__(self) -> "Received":
        return self

    def __exit__(self, *_exception: object) -> None:
        for file in self.files.values():
            file.discard()


@dataclass(frozen=True, slots=True)
class Parts:
    """How the parts of a multipart request are called; `limit` is the setting with the bytes that a file may have."""

    declared: str
    file: str
    limit: str

    @property
    def bytes(self) -> int:
        return int(getattr(settings, self.limit))


class Multipart(BaseParser):
    """One part of JSON and any number of files, in any order. A file has a file name, whatever it is; a small one may
    do without."""

    media_type = "multipart/form-data"
    parts: ClassVar[Parts]

    def parse(  # type: ignore[override]  # the stubs know no data but mappings
        self, stream: Any, media_type: str | None = None, parser_context: Mapping[str, Any] | None = None
    ) -> Received:
        request, parts = (parser_context or {})["request"]._request, self.parts
        handler = _ToDisk(request, parts)
        try:
            # Latin-1 keeps every byte of the JSON as it came, for the strict reader to judge.
            fields, _files = _AnyName(request.META, stream, [handler], "latin-1").parse()
            handler.require_whole()
            for text in fields.getlist(parts.file):  # those without file names are fields to Django
                handler.take(text.encode("latin-1"))
            _refuse_unknown(set(fields) - {parts.file}, parts)
            texts = [text.encode("latin-1") for text in fields.getlist(parts.declared)] + handler.texts
            return Received(parse_json(_only(texts, parts)), handler.files)
        except MultiPartParserError:
            handler.discard()
            raise DomainError(Code.INVALID, _("The parts of the multipart body cannot be read.")) from None
        except BaseException:
            handler.discard()
            raise


def _refuse_unknown(fields: Iterable[str], parts: Parts) -> None:
    for name in fields:
        if name != parts.declared:
            raise invalid(name, _("There is no such part here."))


def _only(texts: list[bytes], parts: Parts) -> bytes:
    if len(texts) != 1:
        raise invalid(parts.declared, _("Exactly one part named %(name)s is needed.") % {"name": parts.declared})
    return texts[0]


class RawFile(BaseParser):
    """The bytes of one file."""

    parts: ClassVar[Parts]

    def parse(  # type: ignore[override]  # the stubs know no data but mappings
        self, stream: IO[Any], media_type: str | None = None, parser_context: Mapping[str, Any] | None = None
    ) -> Incoming:
        incoming = Incoming(self.parts.bytes)
        try:
            incoming.write_all(iter(lambda: stream.read(CHUNK), b""))
        except BaseException:
            incoming.discard()
            raise
        return incoming


def arriving(request: Request) -> Iterator[bytes]:
    """A body as it comes, to its end or to where the line breaks."""
    stream = request.stream
    with suppress(UnreadablePostError):
        while stream is not None and (chunk := stream.read(PIECE)):
            yield chunk


class _AnyName(MultiPartParser):
    """Django's parser skips files whose names it dislikes; ours go by their digests."""

    def sanitize_file_name(self, file_name: str) -> str:
        return "part"


class _ToDisk(FileUploadHandler):
    """Files to disk; a part of JSON that came as a file to memory, where it is small."""

    chunk_size = CHUNK

    def __init__(self, request: Any, parts: Parts) -> None:
        super().__init__(request)
        self.parts = parts
        self.files: dict[str, Incoming] = {}
        self.texts: list[bytes] = []
        self._incoming: Incoming | None = None
        self._text: bytearray | None = None

    def new_file(self, field_name: str, *args: Any, **kwargs: Any) -> None:
        super().new_file(field_name, *args, **kwargs)
        self._incoming = self._text = None
        if field_name == self.parts.file:
            self._incoming = Incoming(self.parts.bytes)
        elif field_name == self.parts.declared:
            self._text = bytearray()
        else:
            _refuse_unknown([field_name], self.parts)

    def receive_data_chunk(self, raw_data: bytes, start: int) -> None:
        if self._incoming is not None:
            self._incoming.write(raw_data)
        elif self._text is not None:
            self._text += raw_data
            if len(self._text) > settings.JSON_BYTES:
                raise DomainError(Code.TOO_LARGE)

    def file_complete(self, file_size: int) -> None:
        if self._incoming is not None:
            self._keep(self._incoming)
            self._incoming = None
        elif self._text is not None:
            self.texts.append(bytes(self._text))

    def take(self, data: bytes) -> None:
        """A file that is in memory already."""
        incoming = Incoming(self.parts.bytes)
        incoming.write(data)
        self._keep(incoming)

    def _keep(self, incoming: Incoming) -> None:
        if self.files.setdefault(incoming.sha256, incoming) is not incoming:
            incoming.discard()

    def require_whole(self) -> None:
        """A body that breaks off inside a file is no complaint of Django's."""
        if self._incoming is not None:
            raise invalid(self.parts.file, _("The body breaks off inside a file."))

    def discard(self) -> None:
        for file in (*self.files.values(), self._incoming):
            if file is not None:
                file.discard()
