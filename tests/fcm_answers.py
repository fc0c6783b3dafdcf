"""What FCM answers, in the form of its HTTP v1 API, by how an address begins.

An address "unregistered-7" is answered as an app that is no longer installed, and so on; any other is accepted.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import Enum, auto
from typing import Any

_FCM = "type.googleapis.com/google.firebase.fcm.v1.FcmError"
_BAD = "type.googleapis.com/google.rpc.BadRequest"


class Manner(Enum):
    """How an answer is given."""

    WHOLE = auto()
    NEVER = auto()
    TRICKLED = auto()  # a byte now and then, without end
    CUT = auto()  # the connection ends before the answer
    HALVED = auto()  # the connection ends in the middle of it


@dataclass(frozen=True)
class Answer:
    status: int = 200
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)
    manner: Manner = Manner.WHOLE

    def encoded(self) -> bytes:
        """As it goes over the wire; the connection is kept."""
        lines = [f"HTTP/1.1 {self.status} {_WORDS.get(self.status, 'Other')}", f"Content-Length: {len(self.body)}"]
        named = {"Content-Type": "application/json; charset=UTF-8", **self.headers}
        lines += [f"{name}: {value}" for name, value in named.items()]
        return "\r\n".join([*lines, "", ""]).encode() + self.body


_WORDS = {200: "OK", 400: "Bad Request", 401: "Unauthorized", 404: "Not Found", 503: "Service Unavailable"}


def refusal(
    code: int, status: str, text: str, *details: dict[str, Any], headers: Mapping[str, str] | None = None
) -> Answer:
    """An error in Google's own form."""
    error = {"code": code, "message": text, "status": status, **({"details": list(details)} if details else {})}
    return Answer(code, json.dumps({"error": error}).encode(), headers or {})


def _of_fcm(code: str) -> dict[str, str]:
    return {"@type": _FCM, "errorCode": code}


def _violation(name: str) -> dict[str, Any]:
    return {"@type": _BAD, "fieldViolations": [{"field": name, "description": f"Invalid value at '{name}'"}]}


_INVALID = _of_fcm("INVALID_ARGUMENT")
_NO_TOKEN = "The registration token is not a valid FCM registration token"
UNAUTHENTICATED = refusal(
    401, "UNAUTHENTICATED", "Request had invalid authentication credentials. Expected OAuth 2 access token."
)
QUOTA = refusal(429, "RESOURCE_EXHAUSTED", "Quota exceeded.", _of_fcm("QUOTA_EXCEEDED"), headers={"Retry-After": "30"})
INTERNAL = refusal(500, "INTERNAL", "Internal error encountered.", _of_fcm("INTERNAL"))
UNAVAILABLE = refusal(
    503, "UNAVAILABLE", "The service is unavailable.", _of_fcm("UNAVAILABLE"), headers={"Retry-After": "120"}
)
CUT = Answer(manner=Manner.CUT)
# Few are slow: the whole batch waits for one.
AT_RANDOM = [answer for answer in (QUOTA, INTERNAL, UNAVAILABLE, CUT) for _ in range(16)] + [
    Answer(manner=Manner.NEVER)
]

BY_ADDRESS: dict[str, Answer] = {
    "unregistered": refusal(404, "NOT_FOUND", "Requested entity was not found.", _of_fcm("UNREGISTERED")),
    "mismatch": refusal(403, "PERMISSION_DENIED", "SenderId mismatch", _of_fcm("SENDER_ID_MISMATCH")),
    "bad_token": refusal(
        400, "INVALID_ARGUMENT", "Invalid value (TYPE_STRING), ADDRESS", _INVALID, _violation("message.token")
    ),
    "bad_fid": refusal(400, "INVALID_ARGUMENT", "Invalid value", _INVALID, _violation("message.fid")),
    "bad_by_text": refusal(400, "INVALID_ARGUMENT", _NO_TOKEN, _INVALID),
    "bad_message": refusal(400, "INVALID_ARGUMENT", "Invalid value", _INVALID, _violation("message.data")),
    "too_long": refusal(400, "INVALID_ARGUMENT", "Android message is too big", _INVALID),
    "quota": QUOTA,
    "quota_until": refusal(
        429,
        "RESOURCE_EXHAUSTED",
        "Quota exceeded.",
        headers={"Retry-After": "Mon, 30 Nov 2026 00:02:00 GMT", "Date": "Mon, 30 Nov 2026 00:00:30 GMT"},
    ),
    "quota_oddly": refusal(429, "RESOURCE_EXHAUSTED", "Quota exceeded.", headers={"Retry-After": "soon"}),
    "internal": INTERNAL,
    "unavailable": UNAVAILABLE,
    "apns": refusal(401, "UNAUTHENTICATED", "Auth error from APNS", _of_fcm("THIRD_PARTY_AUTH_ERROR")),
    "unauthorized": UNAUTHENTICATED,
    "forbidden": refusal(403, "PERMISSION_DENIED", "Firebase Cloud Messaging API has not been used in project"),
    "nowhere": refusal(404, "NOT_FOUND", "Requested entity was not found."),
    "gateway": Answer(502, b"<html>\xff Bad Gateway</html>", {"Content-Type": "text/html"}),
    "bad_page": Answer(400, b"<html>Bad Request</html>", {"Content-Type": "text/html"}),
    "bad_oddly": Answer(400, b'{"error": {"status": "INVALID_ARGUMENT", "details": [{"fieldViolations": null}]}}'),
    "odd_error": Answer(400, b'{"error": "invalid_request"}'),
    "odd_details": Answer(400, b'{"error": {"status": "INVALID_ARGUMENT", "details": ["?"]}}'),
    "no_name": Answer(200, b"{}"),
    "no_json": Answer(200, b"<html>Welcome</html>", {"Content-Type": "text/html"}),
    "moved": Answer(307, b"", {"Location": "https://fcm.googleapis.com/"}),
    "slow": Answer(manner=Manner.NEVER),
    "trickle": Answer(manner=Manner.TRICKLED),
    "cut": CUT,
    "halved": Answer(200, b'{"name": "projects/p/messages/0"}', manner=Manner.HALVED),
}


def answer_to(address: str) -> Answer | None:
    """What the address asks for by its beginning, or None: the message is accepted."""
    answer = BY_ADDRESS.get(address.partition("-")[0])
    return answer and replace(answer, body=answer.body.replace(b"ADDRESS", address.encode()))
