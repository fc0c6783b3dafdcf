"""The stand-alone script: its own Ed25519 and Merkle paths, against the RFCs' examples and an independent library."""

import ast
import hashlib
import runpy
import sys
from pathlib import Path
from typing import Any

import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from django.conf import settings
from hypothesis import given
from hypothesis import settings as effort
from hypothesis import strategies as st

from fieldwork.core import merkle
from tests.once import ONCE

pytestmark = ONCE

SCRIPT = Path(settings.BASE_DIR) / "deploy" / "verify_proof.py"
script: dict[str, Any] = runpy.run_path(str(SCRIPT))
ORDER: int = script["ORDER"]

# RFC 8032 7.1: secret, public, message, signature
VECTORS = [
    (
        "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60",
        "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a",
        "",
        "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe2"
        "4655141438e7a100b",
    ),
    (
        "4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb",
        "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c",
        "72",
        "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302ae"
        "eb00d291612bb0c00",
    ),
    (
        "c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7",
        "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025",
        "af82",
        "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28d"
        "c027beceea1ec40a",
    ),
    (
        "833fe62409237b9d62ec77587520911e9a759cec1d19755b7da901b96dca3d42",
        "ec172b93ad5e563bf4932c70e1245034c35467ef2efd4d64ebf819683467e2bf",
        hashlib.sha512(b"abc").hexdigest(),
        "dc2a4459e7369633a52b1bf277839a00201009a3efbf3ecb69bea2186c26b58909351fc9ac90b3ecfdfbc7c66431e0303dca179c138ac17"
        "ad9bef1177331a704",
    ),
]


def is_signed(public: bytes, message: bytes, signature: bytes) -> bool:
    return bool(script["is_signed"](public, message, signature))


def says_the_library(public: bytes, message: bytes, signature: bytes) -> bool:
    try:
        Ed25519PublicKey.from_public_bytes(public).verify(signature, message)
    except (InvalidSignature, ValueError):
        return False
    return True


@pytest.mark.parametrize(("secret", "public", "message", "signature"), VECTORS)
def test_examples_of_the_rfc(secret: str, public: str, message: str, signature: str) -> None:
    made = Ed25519PrivateKey.from_private_bytes(bytes.fromhex(secret))
    assert made.public_key().public_bytes_raw().hex() == public
    parts = [bytes.fromhex(part) for part in (public, message, signature)]
    assert is_signed(*parts)
    assert not is_signed(parts[0], parts[1] + b"\x00", parts[2])


@effort(max_examples=40)
@given(seed=st.binary(min_size=32, max_size=32), message=st.binary(max_size=200), bit=st.integers(0, 511))
def test_agrees_with_a_library_on_whatever_is_signed_or_tampered_with(seed: bytes, message: bytes, bit: int) -> None:
    private = Ed25519PrivateKey.from_private_bytes(seed)
    public, signature = private.public_key().public_bytes_raw(), private.sign(message)
    assert is_signed(public, message, signature)
    flipped = bytearray(signature)
    flipped[bit // 8] ^= 1 << bit % 8
    tampered = bytes(flipped)
    assert is_signed(public, message, tampered) is says_the_library(public, message, tampered) is False
    other = bytearray(public)
    other[bit // 8 % 32] ^= 1 << bit % 8
    assert is_signed(bytes(other), message, signature) is says_the_library(bytes(other), message, signature) is False


@effort(max_examples=10)
@given(seed=st.binary(min_size=32, max_size=32))
def test_malleable_signature_is_none(seed: bytes) -> None:
    """S + L leads to the same point: whoever does not look at S would take it."""
    private = Ed25519PrivateKey.from_private_bytes(seed)
    public, signature = private.public_key().public_bytes_raw(), private.sign(b"x")
    scalar = int.from_bytes(signature[32:], "little") + ORDER
    malleable = signature[:32] + scalar.to_bytes(32, "little")
    assert is_signed(public, b"x", signature)
    assert is_signed(public, b"x", malleable) is says_the_library(public, b"x", malleable) is False


@pytest.mark.parametrize("length", [0, 31, 63, 65])
def test_signature_of_another_length_is_none(length: int) -> None:
    public, signature = bytes.fromhex(VECTORS[0][1]), bytes.fromhex(VECTORS[0][3])
    assert not is_signed(public, b"", (signature + b"\x00")[:length])


def tree(leaves: list[bytes]) -> bytes:
    """RFC 6962 2.1 as it is worded: split at the largest power of two below the number of leaves."""
    if not leaves:
        return hashlib.sha256(b"").digest()
    if len(leaves) == 1:
        return leaves[0]
    split = 1 << (len(leaves) - 1).bit_length() - 1
    return hashlib.sha256(b"\x01" + tree(leaves[:split]) + tree(leaves[split:])).digest()


@pytest.mark.parametrize("size", range(1, 34))
def test_every_path_leads_to_the_root_and_no_other_does(size: int) -> None:
    leaves = [merkle.leaf(str(number).encode()) for number in range(size)]
    root = merkle.root(leaves)
    assert root == tree(leaves)
    for index in range(size):
        path = merkle.path(leaves, index)
        assert script["root_of"](leaves[index], index, size, path) == root
        for wrong in ([*path, root], path[1:]) if path else ([root],):
            with pytest.raises(script["Wrong"]):
                script["root_of"](leaves[index], index, size, wrong)
        if size > 1:
            other = script["root_of"](leaves[index - 1], index, size, path)
            assert other != root


def test_root_of_nothing_is_the_hash_of_nothing() -> None:
    assert merkle.root([]) == tree([])


def test_script_needs_nothing_but_an_old_python() -> None:
    source = SCRIPT.read_text(encoding="utf-8")
    parsed = ast.parse(source, feature_version=(3, 9))
    imported = {
        ((node.module or "") if isinstance(node, ast.ImportFrom) else alias.name).partition(".")[0]
        for node in ast.walk(parsed)
        if isinstance(node, ast.Import | ast.ImportFrom)
        for alias in node.names
    }
    assert imported <= sys.stdlib_module_names
