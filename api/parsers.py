"""JSON in: exactly RFC 8259, and nothing that could not be stored or answered."""

import json
import math
from collections.abc import Iterator, Mapping
from itertools import islice
from typing import IO, Any

from django.utils.translation import gettext as _
from rest_framework import parsers
from rest_framework.request import Request

from fieldwork.core.errors import Code, DomainError, FieldError, invalid

DRY_RUN = "dry_run"
MOST_FAULTS = 10  # that are named: a body within its limit has room for a hundred thousand, with paths far longer


def parse_json(raw: bytes) -> Any:
    """The value of a JSON text; `invalid` for other than UTF-8, NaN, a name twice, NUL, half a surrogate."""
    try:
        text = raw.decode("utf-8")
        value = json.loads(text, object_pairs_hook=_object, parse_float=_finite, parse_constant=_no_constant)
        faults = _faults(value) if "\\u" in text else ()
    except UnicodeDecodeError:
        raise DomainError(Code.INVALID, _("The body is not UTF-8.")) from None
    except RecursionError:
        raise DomainError(Code.INVALID, _("The JSON is nested too deeply.")) from None
    except json.JSONDecodeError as error:
        detail = _("The JSON cannot be read at line %(line)d, column %(column)d.")
        raise DomainError(Code.INVALID, detail % {"line": error.lineno, "column": error.colno}) from None
    except ValueError:  # of digits beyond what Python makes an integer of
        raise DomainError(Code.INVALID, _("A number in the JSON is too long.")) from None
    if faults:
        raise DomainError(Code.INVALID, errors=faults)
    return value


class JSONParser(parsers.BaseParser):
    """Strict JSON, for every view."""

    media_type = "application/json"

    def parse(
        self,
        stream: IO[Any],
        media_type: str | None = None,
        parser_context: Mapping[str, Any] | None = None,
    ) -> Any:
        _refuse_dry_run_in_address((parser_context or {}).get("request"))
        return parse_json(stream.read())


def _refuse_dry_run_in_address(request: Request | None) -> None:
    """Where a trial can be asked for, the body says so: whoever asks elsewhere would have it done for good."""
    if request is not None and DRY_RUN in request.query_params:
        detail = _("Say this in the body, where it can be tried out; in the address it would not be read.")
        raise invalid(DRY_RUN, detail)


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    made = dict(pairs)
    if len(made) < len(pairs):
        raise DomainError(Code.INVALID, _("An object in the JSON names a member twice."))
    return made


def _finite(digits: str) -> float:
    number = float(digits)
    if not math.isfinite(number):
        raise DomainError(Code.INVALID, _("A number in the JSON is too large."))
    return number


def _no_constant(name: str) -> float:
    raise DomainError(Code.INVALID, _("%(name)s is no number in JSON.") % {"name": name})


def _faults(value: Any) -> tuple[FieldError, ...]:
    detail = _("The text holds a character that cannot be stored.")
    return tuple(FieldError(field, Code.INVALID, detail) for field in islice(_unstorable_texts(value), MOST_FAULTS))


def _unstorable_texts(value: Any, path: str = "") -> Iterator[str]:
    """The paths of texts with NUL or half a surrogate pair; only `\\u` escapes can bring one in."""
    if isinstance(value, str):
        if any(character == "\0" or "\ud800" <= character <= "\udfff" for character in value):
            yield path
    elif isinstance(value, dict):
        for name, inner in value.items():
            if any(_unstorable_texts(name)):
                yield path
            yield from _unstorable_texts(inner, f"{path}.{name}" if path else name)
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            yield from _unstorable_texts(inner, f"{path}.{index}" if path else str(index))
