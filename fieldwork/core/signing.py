"""The installation's own signature: which key signs now, where its private half lies, and how the next one takes over.

Public halves stand in the database for ever; each private half is a PEM file of its own in `KEYS_DIR`, readable by this
user alone, and in no backup. The first key is made when it is first needed. Which key signs is looked up once a minute
in each process: for that long after `rotate`, others may still sign with the former key, whose statements stay good.
"""

import logging
import os
import time
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
)
from django.conf import settings
from django.db import transaction

from fieldwork.core import events, jws, locks
from fieldwork.core.events import SYSTEM, Actor
from fieldwork.core.models import SigningKey

LOOKED_UP_S = 60.0


class NoKey(Exception):
    """No private key of this installation can be read here: what is to be signed waits."""


@dataclass(frozen=True, slots=True)
class Signer:
    """A key of this installation whose private half is here."""

    key: str
    private: Ed25519PrivateKey

    def sign(self, payload: dict[str, Any]) -> str:
        """A compact JWS of the canonical JSON of `payload`."""
        return jws.sign(payload, self.private, self.key)


@dataclass(frozen=True, slots=True)
class _Found:
    folder: Path
    signer: Signer
    until: float


_found: dict[str, _Found] = {}
_told: dict[str, float] = {}  # until when what is missing need not be logged again

logger = logging.getLogger(__name__)


def signer(at: datetime) -> Signer:
    """The key that signs now, without a query for a minute after it was found; NoKey, logged once a minute.

    Needs a transaction: the first key of an installation is begun in it.
    """
    found = _found.get("now")
    if found is not None and found.folder == settings.KEYS_DIR and time.monotonic() < found.until:
        return found.signer
    try:
        return _remember(_standing() or _first(at))
    except NoKey:
        if time.monotonic() >= _told.get("until", 0.0):
            _told["until"] = time.monotonic() + LOOKED_UP_S
            logger.exception("nothing can be signed")
        raise


def rotate(*, by: Actor, at: datetime) -> SigningKey:
    """Begin a new key, which signs from now on, and end all others. Their private halves stay where they are."""
    with transaction.atomic():
        locks.hold("signing key")
        row = _begin(by, at)
        SigningKey.objects.filter(ended_at=None).exclude(pk=row.pk).update(ended_at=at)
        _found.clear()
        return row


def can_sign() -> bool:
    """Whether a key is here to sign with, or the first one is still to be made; one query."""
    try:
        _standing()
    except NoKey:
        return False
    return True


def private_file(key: str) -> Path:
    return Path(settings.KEYS_DIR) / f"{key}.pem"


def jwks() -> dict[str, Any]:
    """All public keys, newest first, as a JWK Set (RFC 7517); `begun` and `ended` beside what the RFC names."""
    keys = SigningKey.objects.order_by("-begun_at", "id")
    return {"keys": [{**jws.jwk(row.public), **_lived(row)} for row in keys]}


def _lived(row: SigningKey) -> dict[str, str | None]:
    return {"begun": row.begun_at.isoformat(), "ended": row.ended_at.isoformat() if row.ended_at else None}


def _standing() -> Signer | None:
    """The newest key that has not ended and can be read here; None if none was ever begun."""
    rows = list(SigningKey.objects.order_by("-begun_at", "id").values_list("pk", "ended_at"))
    for key, ended_at in rows:
        with suppress(OSError, ValueError):
            if ended_at is None:
                return Signer(key, _read(key))
    if rows:
        raise NoKey(f"none of the private keys that have not ended can be read in {settings.KEYS_DIR}")
    return None


def _first(at: datetime) -> Signer:
    """Of all who need the first key at once, one begins it; the others find it here."""
    locks.hold("signing key")
    standing = _standing()
    if standing is not None:
        return standing
    try:
        row = _begin(SYSTEM, at)
    except OSError as error:
        raise NoKey(f"{settings.KEYS_DIR}: {error}") from error
    return Signer(row.pk, _read(row.pk))


def _begin(by: Actor, at: datetime) -> SigningKey:
    """The private half is safe on disk before the row says so. The caller holds the lock."""
    private = Ed25519PrivateKey.generate()
    public = jws.encode(private.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw))
    key = jws.thumbprint(public)
    _write(private_file(key), private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    row = SigningKey.objects.create(pk=key, public=public, begun_at=at)
    events.append("signing_key.begun", by=by, at=at, about=("signing_key", key), public=public)
    return row


def _write(path: Path, data: bytes) -> None:
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    handle = os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
    with os.fdopen(handle, "wb") as file:
        file.write(data)
        file.flush()
        os.fsync(handle)
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def _read(key: str) -> Ed25519PrivateKey:
    """OSError or ValueError unless it is there, and the key of that id."""
    private = load_pem_private_key(private_file(key).read_bytes(), None)
    if not isinstance(private, Ed25519PrivateKey):
        raise ValueError("not an Ed25519 key")  # noqa: TRY004 - the file's fault, not the caller's
    if jws.thumbprint(jws.encode(private.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw))) != key:
        raise ValueError("another key")
    return private


def _remember(found: Signer) -> Signer:
    """Once the row is committed: what is rolled back signs nothing that lasts."""
    known = _Found(settings.KEYS_DIR, found, time.monotonic() + LOOKED_UP_S)
    transaction.on_commit(lambda: _found.update(now=known))
    return found
