"""What FCM's answers mean for a delivery. Imports firebase-admin, as `fcm_app` does."""

from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any

import requests
from firebase_admin.exceptions import (
    DeadlineExceededError,
    FirebaseError,
    InvalidArgumentError,
    PermissionDeniedError,
    ResourceExhaustedError,
    UnauthenticatedError,
)
from firebase_admin.messaging import SenderIdMismatchError, ThirdPartyAuthError, UnregisteredError
from google.auth.exceptions import GoogleAuthError, RefreshError, TransportError

from fieldwork.reminders.channels.base import Outcome, Result
from fieldwork.reminders.enums import Failure

EXPIRED = Outcome(Result.STOPPED, "FCM does not accept the access token.", Failure.CREDENTIALS)
LATE = Outcome(Result.FAILED, "FCM did not answer in time.", Failure.TIMEOUT)
STRANGE = Outcome(Result.FAILED, "The answer is not one of FCM's.", Failure.UNAVAILABLE)

_TEXT = 200  # characters kept of what the other side says
_LONGEST_WAIT = timedelta(days=1)
_ADDRESS_FIELDS = {"message.token", "message.fid"}
_NOT_ONE = "registration token is not a valid FCM registration token"

# The first that fits: the narrower kinds stand before those that they are kinds of.
_KINDS: tuple[tuple[type[FirebaseError], Result, Failure], ...] = (
    (UnregisteredError, Result.GONE, Failure.UNREGISTERED),
    (SenderIdMismatchError, Result.GONE, Failure.SENDER_MISMATCH),
    # Apple's key is missing or over at Firebase: phones with Android go on, those with iOS take the next channel.
    (ThirdPartyAuthError, Result.FAILED, Failure.CREDENTIALS),
    (ResourceExhaustedError, Result.FAILED, Failure.QUOTA),
    (PermissionDeniedError, Result.STOPPED, Failure.CREDENTIALS),
    (DeadlineExceededError, Result.FAILED, Failure.TIMEOUT),
)


def outcome_of(error: FirebaseError, *, address: str, at: datetime) -> Outcome:
    """How the message to `address` went that was answered by `error`; `at` is now, where the answer has no date."""
    if isinstance(error, UnauthenticatedError) and not isinstance(error, ThirdPartyAuthError):
        return EXPIRED
    if isinstance(error, InvalidArgumentError):
        result, reason = _of_invalid(error)
    else:
        result, reason = next(
            ((result, reason) for kind, result, reason in _KINDS if isinstance(error, kind)),
            (Result.FAILED, Failure.UNAVAILABLE),
        )
    return Outcome(result, _text(error, address), reason, retry_after=retry_after(error.http_response, at))


def _of_invalid(error: InvalidArgumentError) -> tuple[Result, Failure]:
    if error.http_response is None or _NOT_ONE not in str(error):
        said = _refusal(error.http_response)
        if said is None:
            return Result.FAILED, Failure.UNAVAILABLE  # somebody's in between, such as a relay's page
        if not _names_address(said):
            return Result.REFUSED, Failure.INVALID_MESSAGE
    return Result.GONE, Failure.INVALID_ADDRESS


def _refusal(response: requests.Response | None) -> dict[str, Any] | None:
    """What FCM said, if it was FCM."""
    try:
        said = response.json() if response is not None else None
    except ValueError:
        return None
    error = said.get("error") if isinstance(said, dict) else None
    return error if isinstance(error, dict) else None


def _names_address(said: dict[str, Any]) -> bool:
    violations = [each for detail in said.get("details") or [] for each in detail.get("fieldViolations") or []]
    return any(violation.get("field") in _ADDRESS_FIELDS for violation in violations)


def _text(error: FirebaseError, address: str) -> str:
    """FCM's own words without the address; of a cut connection its kind alone: its words hold addresses of ours."""
    if error.http_response is None:
        return f"{error.code}: {type(error.cause).__name__}"
    return f"{error.http_response.status_code} {error.code}: {str(error).replace(address, '…')[:_TEXT]}"


def retry_after(response: requests.Response | None, at: datetime) -> timedelta | None:
    """How long the other side asks to be left alone, in seconds or until a date by its own clock (`Retry-After`)."""
    asked = response.headers.get("Retry-After", "") if response is not None else ""
    if response is None or not asked:
        return None
    try:
        if asked.isdecimal():
            wait = timedelta(seconds=int(asked))
        else:
            now = parsedate_to_datetime(response.headers["Date"]) if "Date" in response.headers else at
            wait = parsedate_to_datetime(asked) - now
    except (OverflowError, TypeError, ValueError):
        return None
    return min(max(wait, timedelta()), _LONGEST_WAIT)


def without_token(error: GoogleAuthError) -> Outcome:
    """How every message of a batch went for which there was no access token."""
    if isinstance(error, RefreshError) and not error.retryable:
        return Outcome(Result.STOPPED, f"No access token: {str(error.args[0])[:_TEXT]}", Failure.CREDENTIALS)
    cause = error.args[0] if error.args else error
    if isinstance(error, TransportError) and isinstance(cause, requests.Timeout):
        return Outcome(Result.FAILED, "The token endpoint did not answer in time.", Failure.TIMEOUT)
    said = type(cause).__name__ if isinstance(cause, BaseException) else str(cause)[:_TEXT]
    return Outcome(Result.FAILED, f"No access token: {said}", Failure.UNAVAILABLE)
