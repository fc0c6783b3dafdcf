"""Compact JWS (RFC 7515) with Ed25519 (RFC 8037), and the JWK of a public key (RFC 7517): text in, text out.

Exactly one writing of each statement passes: no padding, no stray bits, so that no byte of it can be flipped unseen.
"""

import base64
import binascii
import hashlib
import json
from typing import Any, NamedTuple

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from fieldwork.core.events import canonical


class Forged(Exception):
    """This is not what the key signed; the text says in what way."""


class Statement(NamedTuple):
    """What a JWS says, not yet proven: the id of the key that is said to have signed it, and the payload."""

    key: str
    payload: dict[str, Any]


def encode(data: bytes) -> str:
    """Base64url without padding."""
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def decode(text: str) -> bytes:
    """The bytes; Forged if `text` is not the one writing of them."""
    try:
        data = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except (ValueError, binascii.Error):
        raise Forged("not base64url") from None
    if encode(data) != text:
        raise Forged("not the one writing of its bytes")
    return data


def thumbprint(public: str) -> str:
    """RFC 7638: the id of the key whose 32 public bytes are `public` in base64url."""
    return encode(hashlib.sha256(canonical({"crv": "Ed25519", "kty": "OKP", "x": public}).encode()).digest())


def jwk(public: str) -> dict[str, str]:
    return {"kty": "OKP", "crv": "Ed25519", "x": public, "kid": thumbprint(public), "alg": "EdDSA", "use": "sig"}


def sign(payload: dict[str, Any], private: Ed25519PrivateKey, key: str) -> str:
    header = canonical({"alg": "EdDSA", "kid": key})
    signed = f"{encode(header.encode())}.{encode(canonical(payload).encode())}"
    return f"{signed}.{encode(private.sign(signed.encode()))}"


def read(jws: str) -> Statement:
    """What it says, without asking who signed it; Forged if it is no such statement."""
    parts = jws.split(".")
    if len(parts) != 3:  # noqa: PLR2004 - header, payload, signature
        raise Forged("not three parts")
    try:
        header, payload = (json.loads(decode(part)) for part in parts[:2])
    except ValueError:
        raise Forged("not JSON") from None
    if not isinstance(header, dict) or not isinstance(payload, dict) or header.get("alg") != "EdDSA":
        raise Forged("not an EdDSA statement")
    return Statement(str(header.get("kid")), payload)


def verify(jws: str, public: str) -> dict[str, Any]:
    """The payload, if the key whose 32 public bytes are `public` in base64url has signed it; else Forged."""
    statement = read(jws)
    signed, _dot, signature = jws.rpartition(".")
    try:
        Ed25519PublicKey.from_public_bytes(decode(public)).verify(decode(signature), signed.encode())
    except (InvalidSignature, ValueError):
        raise Forged("the signature does not match") from None
    if statement.key != thumbprint(public):
        raise Forged("signed by another key")
    return statement.payload
