"""Check-ins and photos coming in: bytes go to disk and through the digest as they arrive, never into memory."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import IO, Any

from django.conf import settings
from django.core.files.uploadhandler import FileUploadHandler
from django.http.multipartparser import MultiPartParser
from django.utils.translation import gettext as _
from rest_framework.parsers import BaseParser

from api.parsers import parse_json
from fieldwork.core.errors import Code, DomainError, invalid
from fieldwork.core.uploads import Incoming

CHUNK = 1 << 18


@dataclass(slots=True)
class Received:
    """A check-in's JSON and the files beside it, by digest; discard it in the end: what was kept is elsewhere then."""

    check_in: Any
    files: dict[str, Incoming] = field(default_factory=dict)

    def discard(self) -> None:
        for file in self.files.values():
            file.discard()


class CheckInMultipart(BaseParser):
    """One `check_in` part of JSON and any number of `photo` parts, in any order, with file names or without."""

    media_type = "multipart/form-data"

    def parse(  # type: ignore[override]  # the stubs know no data but mappings
        self, stream: Any, media_type: str | None = None, parser_context: Mapping[str, Any] | None = None
    ) -> Received:
        request = (parser_context or {})["request"]._request
        handler = _ToDisk(request)
        try:
            # Latin-1 keeps every byte of the JSON as it came, for the strict reader to judge.
            fields, _files = _AnyName(request.META, stream, [handler], "latin-1").parse()
            handler.require_whole()
            for text in fields.getlist("photo"):  # photos without file names are fields to Django
                handler.take(text.encode("latin-1"))
            _refuse_unknown(set(fields) - {"photo"})
            texts = [text.encode("latin-1") for text in fields.getlist("check_in")] + handler.check_ins
            return Received(parse_json(_only(texts)), handler.photos)
        except BaseException:
            handler.discard()
            raise


def _refuse_unknown(fields: Iterable[str]) -> None:
    for name in fields:
        if name != "check_in":
            raise invalid(name, _("There is no such part here."))


def _only(texts: list[bytes]) -> bytes:
    if len(texts) != 1:
        raise invalid("check_in", _("Exactly one part named check_in is needed."))
    return texts[0]


class RawPhoto(BaseParser):
    """The bytes of one photo, whatever kind of image they are called."""

    media_type = "image/*"

    def parse(  # type: ignore[override]  # the stubs know no data but mappings
        self, stream: IO[Any], media_type: str | None = None, parser_context: Mapping[str, Any] | None = None
    ) -> Incoming:
        incoming = Incoming(settings.PHOTO_BYTES)
        try:
            incoming.write_all(iter(lambda: stream.read(CHUNK), b""))
        except BaseException:
            incoming.discard()
            raise
        return incoming


class _AnyName(MultiPartParser):
    """Django's parser skips files whose names it dislikes; ours go by their digests."""

    def sanitize_file_name(self, file_name: str) -> str:
        return "part"


class _ToDisk(FileUploadHandler):
    """Photos to disk; a `check_in` part that came as a file to memory, where it is small."""

    chunk_size = CHUNK

    def __init__(self, request: Any) -> None:
        super().__init__(request)
        self.photos: dict[str, Incoming] = {}
        self.check_ins: list[bytes] = []
        self._incoming: Incoming | None = None
        self._text: bytearray | None = None

    def new_file(self, field_name: str, *args: Any, **kwargs: Any) -> None:
        super().new_file(field_name, *args, **kwargs)
        self._incoming = self._text = None
        if field_name == "photo":
            self._incoming = Incoming(settings.PHOTO_BYTES)
        elif field_name == "check_in":
            self._text = bytearray()
        else:
            _refuse_unknown([field_name])

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
            self.check_ins.append(bytes(self._text))

    def take(self, photo: bytes) -> None:
        """A photo that is in memory already."""
        incoming = Incoming(settings.PHOTO_BYTES)
        incoming.write(photo)
        self._keep(incoming)

    def _keep(self, incoming: Incoming) -> None:
        if self.photos.setdefault(incoming.sha256, incoming) is not incoming:
            incoming.discard()

    def require_whole(self) -> None:
        """A body that breaks off inside a file is no complaint of Django's."""
        if self._incoming is not None:
            raise invalid("photo", _("The body breaks off inside a photo."))

    def discard(self) -> None:
        for file in (*self.photos.values(), self._incoming):
            if file is not None:
                file.discard()
