"""Merkle trees of RFC 6962: one hash over many records, and the path that proves one of them to be among them."""

import hashlib
from collections.abc import Sequence

NOTHING = hashlib.sha256(b"").digest()


def leaf(record: bytes) -> bytes:
    return hashlib.sha256(b"\x00" + record).digest()


def node(left: bytes, right: bytes) -> bytes:
    return hashlib.sha256(b"\x01" + left + right).digest()


def root(leaves: Sequence[bytes]) -> bytes:
    """Over leaf hashes in their order; of none, the hash of nothing."""
    if not leaves:
        return NOTHING
    level = list(leaves)
    while len(level) > 1:
        level = _parents(level)
    return level[0]


def path(leaves: Sequence[bytes], index: int) -> list[bytes]:
    """The siblings of leaf `index` on the way up, the lowest first. IndexError if there is no such leaf."""
    if not 0 <= index < len(leaves):
        raise IndexError(index)
    level, siblings = list(leaves), []
    while len(level) > 1:
        if index ^ 1 < len(level):
            siblings.append(level[index ^ 1])
        level, index = _parents(level), index // 2
    return siblings


def _parents(level: list[bytes]) -> list[bytes]:
    """A last one without a sibling goes up as it is: the tree that RFC 6962 splits at the largest power of two."""
    pairs = [node(*level[at : at + 2]) for at in range(0, len(level) - 1, 2)]
    return pairs + level[len(pairs) * 2 :]
