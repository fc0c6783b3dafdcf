"""A workbook coming in: as the body, or as the file of a form."""

import hashlib
from collections.abc import Mapping
from typing import IO, Any

from django.conf import settings
from django.utils.translation import gettext as _
from rest_framework.parsers import BaseParser, MultiPartParser

from fieldwork.core.errors import Code, DomainError, invalid
from fieldwork.core.media_types import XLSX

FILE = "file"


class Sent(dict[str, Any]):
    """What was asked, by which the same request is known again; and the bytes."""

    def __init__(self, content: bytes, **asked: str) -> None:
        super().__init__(sha256=hashlib.sha256(content).hexdigest(), **asked)
        self.content = content


class RawWorkbook(BaseParser):
    """xlsx, csv, or an archive of csv files; the bytes tell which."""

    def parse(
        self, stream: IO[Any], media_type: str | None = None, parser_context: Mapping[str, Any] | None = None
    ) -> Sent:
        return Sent(_within(stream))


class XlsxWorkbook(RawWorkbook):
    media_type = XLSX


class CsvWorkbook(RawWorkbook):
    media_type = "text/csv"


class ZippedWorkbook(RawWorkbook):
    media_type = "application/zip"


class FormWorkbook(MultiPartParser):
    """A form with one `file`, and `dry_run` and `sheet` beside it or in the address."""

    def parse(
        self, stream: IO[Any], media_type: str | None = None, parser_context: Mapping[str, Any] | None = None
    ) -> Any:
        parsed: Any = super().parse(stream, media_type, dict(parser_context or {}))
        file: Any = parsed.files.get(FILE)
        if file is None:
            raise invalid(FILE, _("One file is needed."))
        fields = {name: str(parsed.data[name]) for name in ("dry_run", "sheet") if name in parsed.data}
        return Sent(_within(file), **fields)


def _within(stream: IO[Any]) -> bytes:
    content: bytes = stream.read(int(settings.WORKBOOK_BYTES) + 1)
    if len(content) > settings.WORKBOOK_BYTES:
        raise DomainError(Code.TOO_LARGE)
    return content


PARSERS = [XlsxWorkbook, CsvWorkbook, ZippedWorkbook, FormWorkbook]
