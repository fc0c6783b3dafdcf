#!/usr/bin/env python3
"""Check the proof of one check-in offline, with nothing but Python 3.9 or later: no package, no network, no server.

    python3 verify_proof.py proof.json --keys keys.json [--photo FILE]... [--head head.json]

proof.json   what `manage.py export_proof` or `GET check-ins/{uuid}/proof` gave
keys.json    /.well-known/fieldwork-keys of the installation, fetched or received by a way of its own
head.json    a head of the ledger that was exported or mailed: the proof must hold the seals up to it
Ends with 0 if all that was to be checked holds, 1 if not, 2 if a file cannot be read.

离线核验一次打卡的证明：只用 Python 3.9 以上自带的功能，不联网，不需要服务器。
"""

from __future__ import annotations

import argparse
import base64
import hashlib
import json
import sys
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any, NamedTuple

# ---- Ed25519, RFC 8032 5.1, points in extended coordinates (X, Y, Z, T) with x = X/Z, y = Y/Z, x*y = T/Z

P = 2**255 - 19
ORDER = 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, P - 2, P) % P
ROOT_OF_MINUS_1 = pow(2, (P - 1) // 4, P)
Point = tuple[int, int, int, int]
NEUTRAL: Point = (0, 1, 1, 0)


def add(one: Point, other: Point) -> Point:
    a = (one[1] - one[0]) * (other[1] - other[0]) % P
    b = (one[1] + one[0]) * (other[1] + other[0]) % P
    c, d = 2 * one[3] * other[3] * D % P, 2 * one[2] * other[2] % P
    e, f, g, h = b - a, d - c, d + c, b + a
    return e * f % P, g * h % P, f * g % P, e * h % P


def multiply(scalar: int, point: Point) -> Point:
    found = NEUTRAL
    while scalar:
        if scalar & 1:
            found = add(found, point)
        point, scalar = add(point, point), scalar >> 1
    return found


def equal(one: Point, other: Point) -> bool:
    return (one[0] * other[2] - other[0] * one[2]) % P == 0 and (one[1] * other[2] - other[1] * one[2]) % P == 0


def point_of(data: bytes) -> Point | None:
    """The point that 32 bytes encode; None if they encode none, or are not the one writing of it."""
    number = int.from_bytes(data, "little")
    y, sign = number & ((1 << 255) - 1), number >> 255
    if len(data) != 32 or y >= P:
        return None
    square = (y * y - 1) * pow(D * y * y + 1, P - 2, P) % P
    x = pow(square, (P + 3) // 8, P)
    if (x * x - square) % P:
        x = x * ROOT_OF_MINUS_1 % P
    if (x * x - square) % P or (x == 0 and sign):
        return None
    if x & 1 != sign:
        x = P - x
    return x, y, 1, x * y % P


BASE = point_of((4 * pow(5, P - 2, P) % P).to_bytes(32, "little")) or NEUTRAL


def is_signed(public: bytes, message: bytes, signature: bytes) -> bool:
    """Whether the holder of the key signed `message`; a signature with S >= the order is none (malleable)."""
    key, commitment = point_of(public), point_of(signature[:32])
    scalar = int.from_bytes(signature[32:], "little")
    if key is None or commitment is None or len(signature) != 64 or scalar >= ORDER:
        return False
    challenge = int.from_bytes(hashlib.sha512(signature[:32] + public + message).digest(), "little") % ORDER
    return equal(multiply(scalar, BASE), add(commitment, multiply(challenge, key)))


# ---- JWS (RFC 7515), Merkle paths (RFC 6962)


class Wrong(Exception):
    """The proof does not hold; both languages."""


def encode(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def decode(text: str) -> bytes:
    try:
        data = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except ValueError:
        raise Wrong("编码有误 · not base64url") from None
    if encode(data) != text:
        raise Wrong("编码不唯一 · not the one writing of its bytes")
    return data


def canonical(data: Any) -> str:
    return json.dumps(data, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)


def sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def thumbprint(public: str) -> str:
    """RFC 7638."""
    members = canonical({"crv": "Ed25519", "kty": "OKP", "x": public})
    return encode(hashlib.sha256(members.encode()).digest())


class Key(NamedTuple):
    """From when to when it signed, as the file of keys says; None where it does not."""

    public: bytes
    begun: datetime | None
    ended: datetime | None


LATE = timedelta(hours=1)  # for clocks, and processes that hear late of a new key


def in_time(key: Key, at: str) -> bool:
    signed = datetime.fromisoformat(at)
    return (key.begun is None or key.begun - LATE <= signed) and (key.ended is None or signed <= key.ended + LATE)


def payload_of(jws: str, keys: dict[str, Key]) -> dict[str, Any]:
    """What was signed by one of the keys, in its time; Wrong."""
    parts = jws.split(".")
    if len(parts) != 3:
        raise Wrong("不是签名文本 · no JWS")
    header = json.loads(decode(parts[0]))
    if header.get("alg") != "EdDSA":
        raise Wrong("签名算法不对 · not signed by EdDSA")
    key = keys.get(header.get("kid"))
    if key is None:
        raise Wrong("签名密钥不在公钥文件中 · signed by a key that is not in the file of keys")
    if not is_signed(key.public, f"{parts[0]}.{parts[1]}".encode(), decode(parts[2])):
        raise Wrong("签名不符 · the signature does not match")
    payload: dict[str, Any] = json.loads(decode(parts[1]))
    if not in_time(key, payload["issued_at"] if payload.get("kind") == "receipt" else payload["sealed_at"]):
        raise Wrong("签名时密钥尚未启用或已经停用 · the key had not begun or had ended when it signed")
    return payload


def root_of(leaf: bytes, index: int, size: int, path: list[bytes]) -> bytes:
    """RFC 9162 2.1.3.2: the root that a leaf at `index` of `size` and its path lead to; Wrong for a path too long or
    too short."""
    found, at, last, rest = leaf, index, size - 1, list(path)
    while last:
        if at & 1 or at < last:
            if not rest:
                raise Wrong("哈希路径过短 · the path is too short")
            sibling = rest.pop(0)
            pair = sibling + found if at & 1 else found + sibling
            found = hashlib.sha256(b"\x01" + pair).digest()
        at, last = at >> 1, last >> 1
    if rest or not 0 <= index < size:
        raise Wrong("哈希路径过长 · the path is too long")
    return found


def read_keys(found: Any) -> dict[str, Key]:
    """By their ids, which are computed and not believed."""
    return {
        thumbprint(key["x"]): Key(decode(key["x"]), *(_instant(key.get(name)) for name in ("begun", "ended")))
        for key in found["keys"]
        if key.get("crv") == "Ed25519"
    }


def _instant(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None


# ---- The proof

FORMAT = 1


class Found(NamedTuple):
    """What was shown, in the order in which it was checked."""

    proven: list[str]
    open: list[str]


def check(proof: Any, keys: dict[str, Key], photos: list[bytes], head: str | None) -> Found:
    """Everything that the proof holds; Wrong at the first thing that does not hold."""
    found = Found([], [])
    _require(proof["format"] == FORMAT, "这一证明是另一种格式 · the proof is of another format")
    content = _check_content(proof, found)
    signed = _check_receipt(proof, keys, content, found)
    seals = _check_seals(proof, keys, found)
    recorded = _check_events(proof, seals, found)
    _require(signed or recorded, "没有回执也没有登记事件为内容作证 · no receipt or event vouches for the content")
    _check_head(seals, head, proof, found)
    _check_photos(content, photos, found)
    return found


def _require(holds: bool, said: str) -> None:
    if not holds:
        raise Wrong(said)


def _check_content(proof: Any, found: Found) -> Any:
    content = json.loads(proof["content"])
    _require(canonical(content) == proof["content"], "打卡内容不是规范文本 · the content is not canonical")
    told = (content.get("captured_at"), len(content.get("photos", [])))
    found.proven.append("打卡内容：拍摄时间 {0}，照片 {1} 张 · content: captured at {0}, {1} photos".format(*told))
    return content


def _check_receipt(proof: Any, keys: dict[str, Key], content: Any, found: Found) -> bool:
    """Whether there is one: then it is signed, and of this content."""
    if not proof.get("receipt"):
        found.open.append("没有回执：打卡尚未完整 · no receipt: the check-in is not complete yet")
        return False
    said = payload_of(proof["receipt"], keys)
    _require(said.get("kind") == "receipt", "回执类别不对 · the receipt is none")
    _require(said["check_in"] == proof["check_in"], "回执属于另一次打卡 · the receipt is of another check-in")
    digest = sha256(proof["content"].encode())
    _require(said["content"] == digest, "内容与回执不符 · the content is not the one of the receipt")
    declared = sorted(photo["sha256"] for photo in content["photos"])
    _require(sorted(said["photos"] + said["lost"]) == declared, "照片与回执不符 · the photos differ from the receipt")
    found.proven.append(
        "服务器签收了这一内容：收到于 {0}，签发于 {1} · signed by the server: received {0}, issued {1}".format(
            said["received_at"], said["issued_at"]
        )
    )
    if said["lost"]:
        found.open.append("手机遗失的照片 {0} 张 · photos that the phone lost: {0}".format(len(said["lost"])))
    return True


def _check_seals(proof: Any, keys: dict[str, Key], found: Found) -> dict[int, tuple[str, dict[str, Any]]]:
    """By number: the digest of each seal, and what it says. Neighbours must follow from one another."""
    seals: dict[int, tuple[str, dict[str, Any]]] = {}
    for jws in proof["seals"]:
        said = payload_of(jws, keys)
        _require(said.get("kind") == "seal", "封存类别不对 · a seal is none")
        seals[said["number"]] = (sha256(jws.encode()), said)
    for number, (_digest, said) in seals.items():
        before = seals.get(number - 1)
        _require(
            before is None or said["previous"] == before[0],
            f"封存 {number} 与前一号不相连 · seal {number} does not follow",
        )
    if seals:
        found.proven.append("封存签名 {0} 个 · seals signed: {0}".format(len(seals)))
    return seals


def _check_events(proof: Any, seals: dict[int, tuple[str, dict[str, Any]]], found: Found) -> bool:
    """Whether the one that recorded it is among them: then it names this content."""
    recorded = receipted = False
    for event in proof["events"]:
        body = json.loads(event["body"])
        _require(body["about"] == ["check_in", proof["check_in"]], "事件属于别处 · an event is about something else")
        _require(event["seal"] in seals, "缺少事件的封存 · the seal of an event is missing")
        said = seals[event["seal"]][1]
        record = "{} {} {}\n{}".format(*event["place"], event["body"]).encode()
        leaf = hashlib.sha256(b"\x00" + record).digest()
        path = [bytes.fromhex(step) for step in event["path"]]
        root = root_of(leaf, event["index"], said["events"], path)
        _require(root.hex() == said["root"], "事件不在封存之中 · an event is not in its seal")
        found.proven.append(
            "事件 {0}，{1}，由 {2}，封存 {3}（{4}）· event {0}, {1}, by {2}, seal {3} ({4})".format(
                body["kind"], body["at"], body["by"], said["number"], said["sealed_at"]
            )
        )
        if body["kind"] == "check_in.recorded":
            recorded = True
            digest = sha256(proof["content"].encode())
            _require(body["data"]["digest"] == digest, "内容与登记事件不符 · the content is not the one recorded")
        named = body["data"].get("receipt")
        if named and proof.get("receipt"):
            receipted = True
            _require(named == sha256(proof["receipt"].encode()), "回执与事件不符 · the receipt is not the one recorded")
    if not recorded:
        found.open.append("登记事件尚未封存 · that it was recorded is not sealed yet")
    if proof.get("receipt") and not receipted:
        found.open.append("回执事件尚未封存 · that the receipt was issued is not sealed yet")
    if proof.get("unsealed"):
        found.open.append("尚未封存的事件 {0} 件 · events not sealed yet: {0}".format(proof["unsealed"]))
    return recorded


def _check_head(seals: dict[int, tuple[str, dict[str, Any]]], head: str | None, proof: Any, found: Found) -> None:
    if head is None:
        found.open.append("没有与另行保存的链头比对 · not compared with a head that others keep")
        return
    digest = sha256(head.encode())
    standing = next((said for own, said in seals.values() if own == digest), None)
    if standing is None:
        raise Wrong("证明不含这一链头 · the proof does not lead to this head")
    held = [event["seal"] for event in proof["events"]]
    first, later = min(held, default=standing["number"]), sum(number > standing["number"] for number in held)
    _require(first <= standing["number"], "链头早于这次打卡 · the head is older than this, and vouches for nothing")
    if later:
        found.open.append(f"链头之后才封存的事件 {later} 件 · events that were sealed after this head: {later}")
    missing = [number for number in range(first, standing["number"] + 1) if number not in seals]
    _require(not missing, "到链头的封存不全 · seals up to the head are missing")
    found.proven.append(
        "与另行保存的链头相连：封存 {0} · chained to the head that others keep: seal {0}".format(standing["number"])
    )


def _check_photos(content: Any, photos: list[bytes], found: Found) -> None:
    declared = {photo["sha256"] for photo in content["photos"]}
    for data in photos:
        _require(sha256(data) in declared, "照片不属于这次打卡 · a photo does not belong to this check-in")
    if photos:
        found.proven.append("照片原件 {0} 张，一个字节不差 · original photos, byte for byte: {0}".format(len(photos)))
    if len(declared) > len(photos):
        found.open.append("没有交来比对的照片 {0} 张 · photos not given: {0}".format(len(declared) - len(photos)))


NOT_PROVEN = (
    "拍摄时间和位置是手机所报；证明的是服务器收到了这一内容，此后未改 · "
    "time and position are what the phone said; proven is that the server received just this, unchanged since",
    "证明可能略去了别的事件，例如审核 · the proof may leave out other events, such as reviews",
    "公钥文件须来自可信途径 · the file of keys must have come by a way that you trust",
)


def main(words: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("proof")
    parser.add_argument("--keys", required=True)
    parser.add_argument("--photo", action="append", default=[])
    parser.add_argument("--head")
    given = parser.parse_args(words)
    try:
        proof, keys = _load(given.proof, json.loads), read_keys(_load(given.keys, json.loads))
        head = _load(given.head, _last_head) if given.head else None
        photos = [_bytes(path) for path in given.photo]
    except (OSError, ValueError, KeyError, TypeError, AttributeError, Wrong) as error:
        print(f"读取失败 · cannot be read: {error}", file=sys.stderr)
        return 2
    try:
        found = check(proof, keys, photos, head)
    except Wrong as error:
        print(f"不成立 · DOES NOT HOLD: {error}")
        return 1
    except (ValueError, KeyError, TypeError, IndexError, AttributeError) as error:
        print(f"不成立 · DOES NOT HOLD: 格式有误 · malformed ({error!r})")
        return 1
    print("打卡 · check-in {}".format(proof["check_in"]))
    for title, lines in (("已证明 · proven:", found.proven), ("未证明 · not proven:", [*found.open, *NOT_PROVEN])):
        print(title)
        for line in lines:
            print(f"  - {line}")
    print("成立 · HOLDS")
    return 0


def _load(path: str, read: Callable[[str], Any]) -> Any:
    with open(path, encoding="utf-8") as file:
        return read(file.read())


def _bytes(path: str) -> bytes:
    with open(path, "rb") as file:
        return file.read()


def _last_head(text: str) -> str:
    """The JWS in the last line that holds one: exported lines, or a whole mail."""
    found = None
    for line in text.splitlines():
        if line.startswith("{"):
            found = json.loads(line)["jws"]
    if not isinstance(found, str):
        raise ValueError("no head")
    return found


if __name__ == "__main__":
    sys.exit(main())
