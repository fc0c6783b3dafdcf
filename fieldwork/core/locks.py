"""One at a time: a lock named by a string, held to the end of the transaction."""

import hashlib

from django.db import connection

from fieldwork.core.prepared import run


def hold(name: str, *, shared: bool = False) -> None:
    """Wait for the lock `name` and hold it until the transaction ends; the next statement sees what others committed.

    Shared holders admit one another and exclude the exclusive one, who may ask for a share as well, but not after it.
    PostgreSQL: an advisory lock, under READ COMMITTED. SQLite: nothing to do, BEGIN IMMEDIATE admits one writer.
    """
    if not connection.in_atomic_block:
        raise RuntimeError("a lock needs a transaction to end with")
    if connection.vendor == "postgresql":
        run(f"SELECT pg_advisory_xact_lock{'_shared' if shared else ''}(%s::bigint)", [_key(name)])


def _key(name: str) -> int:
    return int.from_bytes(hashlib.sha256(name.encode()).digest()[:8], signed=True)
