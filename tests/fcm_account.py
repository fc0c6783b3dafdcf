"""A service account as Google gives it, and the check of what it signs. The key is this process's own."""

import base64
import hashlib
import json
import time
from functools import cache

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

_SHA256 = bytes.fromhex("3031300d060960864801650304020105000420")  # how PKCS #1 names the digest


@cache
def _key() -> rsa.RSAPrivateKey:
    """One a process: making a key takes a tenth of a second."""
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


def account(token_uri: str) -> dict[str, str]:
    pem = _key().private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    return {
        "type": "service_account",
        "project_id": "p",
        "private_key_id": "1",
        "private_key": pem.decode(),
        "client_email": "sender@p.iam.gserviceaccount.com",
        "client_id": "1",
        "token_uri": token_uri,
    }


def fault_of(assertion: str) -> str:
    """Why a signed JWT is not good, or nothing: RS256 by our key, and not yet over."""
    try:
        head, claims, signature = (base64.urlsafe_b64decode(part + "==") for part in assertion.split("."))
        said = json.loads(claims)
        algorithm = json.loads(head)["alg"]
    except (ValueError, KeyError):
        return "Invalid JWT."
    public = _key().public_key().public_numbers()
    size = (public.n.bit_length() + 7) // 8
    digest = hashlib.sha256(assertion.rpartition(".")[0].encode()).digest()
    expected = b"\x00\x01" + b"\xff" * (size - 3 - len(_SHA256) - len(digest)) + b"\x00" + _SHA256 + digest
    if algorithm != "RS256" or pow(int.from_bytes(signature), public.e, public.n).to_bytes(size) != expected:
        return "Invalid JWT Signature."
    if said["exp"] < time.time() or "auth/firebase" not in said["scope"]:
        return "Invalid JWT: it is over, or asks for nothing of ours."
    return ""
