"""A phone's cursor: what it knows, packed into one signed text; the server keeps nothing.

A version, a digest of the epoch, and then numbers as varints (LEB128): of a set its size, and the steps between its
members in ascending order. What was seen comes last if the round is on the way. The signature is for one user.
"""

import base64
import binascii
import hashlib
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from django.utils.crypto import constant_time_compare, salted_hmac
from django.utils.translation import gettext as _

from fieldwork.core.changes import Mark
from fieldwork.core.errors import Code, DomainError, invalid
from fieldwork.directory.models import User
from fieldwork.supervision.sync.round import Place, Round, Seen
from fieldwork.supervision.sync.scopes import Scopes

_SALT = "api.sync.cursor"
_VERSION = 2
_SIGNATURE = 12  # bytes
_EPOCH = 4  # bytes
_SEVEN_BITS, _MORE = 0x7F, 0x80
_OVER, _FRESH, _BEHIND = range(3)  # a round that is over; on the way from nothing, or from what was seen
_PAIRS = ("industries", "departments")


def pack(this: Round, user: User, begun: datetime | None) -> str:
    """The cursor behind a page; `begun` is when the epoch of the round's mark began."""
    content = bytes([_VERSION]) + _epoch(this.goal.mark.epoch, begun) + b"".join(_leb(n) for n in _numbers(this))
    return base64.urlsafe_b64encode(content + _sign(content, user)).rstrip(b"=").decode()


def unpack(cursor: str, user: User, epoch: int, begun: datetime | None) -> Round:
    """The round that a cursor stands for. DomainError: `invalid`; `cursor_expired` when it is of another epoch."""
    try:
        packed = base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        packed = b""
    content, signature = packed[:-_SIGNATURE], packed[-_SIGNATURE:]
    if not content or not constant_time_compare(signature, _sign(content, user)):
        raise invalid("cursor", _("This is not a cursor of ours."))
    if content[0] != _VERSION or content[1 : 1 + _EPOCH] != _epoch(epoch, begun):
        raise DomainError(Code.CURSOR_EXPIRED)
    return _round(_Reader(content[1 + _EPOCH :]), epoch, user)


def _epoch(number: int, begun: datetime | None) -> bytes:
    return hashlib.sha256(f"{number} {begun.timestamp() if begun else ''}".encode()).digest()[:_EPOCH]


def _sign(content: bytes, user: User) -> bytes:
    return salted_hmac(_SALT, content + b" %d" % user.pk, algorithm="sha256").digest()[:_SIGNATURE]


def _numbers(this: Round) -> Iterator[int]:
    yield from _numbers_of(this.goal)
    if this.place is None:
        yield _OVER
        return
    yield _FRESH if this.seen is None else _BEHIND
    yield this.place.stream
    key = this.place.key
    yield from (0,) if key is None else (2, key.int) if isinstance(key, UUID) else (1, key)
    if this.seen is not None:
        yield from _numbers_of(this.seen)


def _numbers_of(seen: Seen) -> Iterator[int]:
    yield seen.mark.running
    yield int(seen.at.timestamp())  # rounded down: what the clock changed in that second is told again
    for name, ids in zip(Scopes._fields, seen.scopes, strict=True):
        if name != "users":
            yield from _set(ids) if name not in _PAIRS else _pairs(ids)
    yield from _set(seen.upcoming)


def _set(ids: Any) -> Iterator[int]:
    yield len(ids)
    before = 0
    for pk in sorted(ids):
        yield pk - before
        before = pk


def _pairs(pairs: Any) -> Iterator[int]:
    yield len(pairs)
    for pair in sorted(pairs):
        yield from pair


def _leb(number: int) -> bytes:
    packed = bytearray()
    while number > _SEVEN_BITS:
        packed.append(number & _SEVEN_BITS | _MORE)
        number >>= 7
    packed.append(number)
    return bytes(packed)


class _Reader:
    """Numbers one after another, of content that we signed."""

    def __init__(self, content: bytes) -> None:
        self._bytes = iter(content)

    def number(self) -> int:
        number = shift = 0
        for byte in self._bytes:
            number |= (byte & _SEVEN_BITS) << shift
            if byte <= _SEVEN_BITS:
                break
            shift += 7
        return number

    def ids(self) -> frozenset[Any]:
        before, found = 0, set()
        for _each in range(self.number()):
            before += self.number()
            found.add(before)
        return frozenset(found)

    def pairs(self) -> frozenset[Any]:
        return frozenset((self.number(), self.number()) for _each in range(self.number()))


def _round(numbers: _Reader, epoch: int, user: User) -> Round:
    goal = _seen(numbers, epoch, user)
    state = numbers.number()
    if state == _OVER:
        return Round(None, goal)
    stream, kind = numbers.number(), numbers.number()
    key = (lambda: None, numbers.number, lambda: UUID(int=numbers.number()))[kind]()
    seen = None if state == _FRESH else _seen(numbers, epoch, user)
    return Round(seen, goal, Place(stream, key))


def _seen(numbers: _Reader, epoch: int, user: User) -> Seen:
    mark, at = Mark(epoch, numbers.number()), datetime.fromtimestamp(numbers.number(), UTC)
    scopes = {
        name: numbers.pairs() if name in _PAIRS else numbers.ids() for name in Scopes._fields if name != "users"
    }  # fmt: skip
    return Seen(mark, at, Scopes(users=frozenset({user.pk}), **scopes), numbers.ids())
