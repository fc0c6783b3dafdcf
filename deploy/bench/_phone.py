"""A phone as the contract has it: the same id and content until they are acknowledged, however often the line breaks.

It repeats on network failure, 408, 429 and 5xx, goes on inside a photo where the server says, and remembers what was
acknowledged. `Broken` is whatever a phone must never be told. Durations are seconds.
"""

import hashlib
import http.client
import io
import json
import random
import time
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from _town import SEAT, Owner
from PIL import Image

_AGAIN = {408, 429}
STORED = {200, 201}
_PAUSE_S = 0.05
_TIMEOUT_S = 30
_BROKEN_OFF = 0.2  # of the pieces, the phone loses its line inside
_SAID_AGAIN = 0.1  # of the check-ins are sent once more, as after a lost answer


class Broken(Exception):
    """The server said what it must not say."""


@dataclass(frozen=True)
class CheckIn:
    """What one phone has made, and how it sends it."""

    id: UUID
    body: dict[str, Any]
    photos: tuple[bytes, ...]
    way: str


@dataclass
class Acknowledged:
    """What the server has said that it stores, and what it took."""

    check_ins: set[str] = field(default_factory=set)
    photos: dict[tuple[str, str], int] = field(default_factory=dict)  # (check-in, digest): bytes
    tries: int = 0
    resumed: int = 0


def made(number: int, lead: str, captured_at: str, dice: random.Random) -> CheckIn:
    """A check-in with one or two photos of some 3 to 150 kB, like no other."""
    photos = tuple(_jpeg(dice) for _ in range(dice.choice((1, 1, 2))))
    body = {
        "lead": lead, "captured_at": captured_at, "summary": f"第{number}次", "found_nothing": True,
        "location": {"latitude": SEAT[0], "longitude": SEAT[1], "accuracy_m": 12.0, "datum": "wgs84"},
        "photos": [
            {"sha256": digest(photo), "bytes": len(photo), "content_type": "image/jpeg"} for photo in photos
        ],
    }  # fmt: skip
    return CheckIn(UUID(int=dice.getrandbits(128), version=4), body, photos, dice.choice(("multipart", "put", "patch")))


def digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def _jpeg(dice: random.Random) -> bytes:
    side, file = dice.randrange(40, 320), io.BytesIO()
    Image.frombytes("RGB", (side, side), dice.randbytes(side * side * 3)).save(file, "JPEG")
    return file.getvalue()


class Phone:
    """One connection at a time to the port; it gives up, as `Broken`, if its patience ends."""

    def __init__(self, port: int, owner: Owner, dice: random.Random, patience_s: float) -> None:
        self.acknowledged = Acknowledged()
        self._port, self._dice = port, dice
        self._headers = {"Authorization": f"Bearer {owner.token}"}
        self._until = time.monotonic() + patience_s
        self._connection: http.client.HTTPConnection | None = None

    def send(self, check_in: CheckIn) -> None:
        """Until the check-in and all its photos are acknowledged."""
        self._declare(check_in)
        if check_in.way != "multipart":
            send = self._put_photo if check_in.way == "put" else self._patch_photo
            for photo in check_in.photos:
                send(f"check-ins/{check_in.id}/photos/{digest(photo)}", photo)
                self.acknowledged.photos[str(check_in.id), digest(photo)] = len(photo)
        if self._dice.random() < _SAID_AGAIN:
            self._declare(check_in)

    def _declare(self, check_in: CheckIn) -> None:
        kind, data = multipart(check_in) if check_in.way == "multipart" else _json(check_in)
        answer = self._ask("PUT", f"check-ins/{check_in.id}", data, {"Content-Type": kind}, STORED)
        said = json.loads(answer.body)
        if said["id"] != str(check_in.id):
            raise Broken(f"{check_in.id} was answered with {said['id']}")
        self.acknowledged.check_ins.add(said["id"])
        for photo in said["photos"]:
            if photo["received"]:
                self.acknowledged.photos[said["id"], photo["sha256"]] = photo["bytes"]
        if check_in.way == "multipart" and said["state"] != "complete":
            raise Broken(f"{check_in.id} came with its photos, and is {said['state']}")

    def _put_photo(self, path: str, photo: bytes) -> None:
        self._ask("PUT", path, photo, {"Content-Type": "image/jpeg"}, STORED)

    def _patch_photo(self, path: str, photo: bytes) -> None:
        """Piece by piece; what was acknowledged with 204 is never asked for again."""
        safe, piece = 0, max(1, len(photo) // self._dice.randrange(1, 5))
        while True:
            offset = int(self._ask("HEAD", path, b"", {}, {200}).headers["Upload-Offset"])
            if offset < safe:
                raise Broken(f"{path}: {safe} bytes were acknowledged, now there are {offset}")
            if offset == len(photo):
                return
            self.acknowledged.resumed += offset > 0
            answer = self._try_piece(path, photo[offset : offset + piece], offset)
            if answer is not None and answer.status in STORED:
                return
            if answer is not None and answer.status == http.client.NO_CONTENT:
                safe = int(answer.headers["Upload-Offset"])

    def _try_piece(self, path: str, piece: bytes, offset: int) -> "Answer | None":
        """204, 201, 200 or 409; None where the line broke and nobody knows."""
        headers = {"Content-Type": "image/jpeg", "Upload-Offset": str(offset)}
        broken_off = self._dice.random() < _BROKEN_OFF
        try:
            answer = self._once("PATCH", path, piece, headers, len(piece) // 2 if broken_off else None)
        except (OSError, http.client.HTTPException):
            self._hang_up()
            return None
        if answer.status in {204, 409, *STORED}:
            return answer
        self._require_again(answer, path)
        return None

    def _ask(self, method: str, path: str, data: bytes, headers: dict[str, str], wanted: set[int]) -> "Answer":
        while True:
            try:
                answer = self._once(method, path, data, headers)
            except (OSError, http.client.HTTPException):
                self._hang_up()
                self._wait()
                continue
            if answer.status in wanted:
                return answer
            self._require_again(answer, path)

    def _require_again(self, answer: "Answer", path: str) -> None:
        if answer.status < http.client.INTERNAL_SERVER_ERROR and answer.status not in _AGAIN:
            raise Broken(f"{path}: {answer.status} {answer.body.decode(errors='replace')}")
        self._wait()

    def _wait(self) -> None:
        if time.monotonic() > self._until:
            raise Broken("the server did not come back")
        time.sleep(_PAUSE_S * (1 + self._dice.random()))

    def _once(
        self, method: str, path: str, data: bytes, headers: dict[str, str], breaks_after: int | None = None
    ) -> "Answer":
        self.acknowledged.tries += 1
        if self._connection is None:
            self._connection = http.client.HTTPConnection("127.0.0.1", self._port, timeout=_TIMEOUT_S)
        self._connection.putrequest(method, f"/api/v1/{path}")
        for name, value in {**self._headers, **headers, "Content-Length": str(len(data))}.items():
            self._connection.putheader(name, value)
        self._connection.endheaders()
        if breaks_after is not None:
            self._connection.send(data[:breaks_after])
            raise ConnectionAbortedError
        self._connection.send(data)
        answer = self._connection.getresponse()
        return Answer(answer.status, dict(answer.getheaders()), answer.read())

    def _hang_up(self) -> None:
        if self._connection is not None:
            self._connection.close()
        self._connection = None


@dataclass(frozen=True)
class Answer:
    status: int
    headers: dict[str, str]
    body: bytes


def _json(check_in: CheckIn) -> tuple[str, bytes]:
    return "application/json", json.dumps(check_in.body).encode()


def multipart(check_in: CheckIn) -> tuple[str, bytes]:
    """Content type and bytes of a check-in with its photos."""
    head = 'Content-Disposition: form-data; name="check_in"\r\n\r\n'
    parts = [head.encode() + json.dumps(check_in.body).encode()]
    named = 'Content-Disposition: form-data; name="photo"; filename="1.jpg"\r\nContent-Type: image/jpeg\r\n\r\n'
    parts += [named.encode() + photo for photo in check_in.photos]
    data = b"".join(b"--cut\r\n" + part + b"\r\n" for part in parts) + b"--cut--\r\n"
    return "multipart/form-data; boundary=cut", data
