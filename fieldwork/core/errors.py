"""What can go wrong, in codes. Which HTTP status a code becomes is decided in `api.errors` alone."""

from dataclasses import dataclass
from enum import StrEnum

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

Text = str | Promise


class Code(StrEnum):
    """The codes of the API's problems; phones treat one they do not know as generic."""

    INVALID = "invalid"
    UNKNOWN_REFERENCE = "unknown_reference"
    UNKNOWN_FILTER = "unknown_filter"
    NOT_AUTHENTICATED = "not_authenticated"
    INVALID_CREDENTIALS = "invalid_credentials"
    TOKEN_EXPIRED = "token_expired"  # noqa: S105
    LOCKED_OUT = "locked_out"
    NOT_ALLOWED = "not_allowed"
    NOT_FOUND = "not_found"
    METHOD_NOT_ALLOWED = "method_not_allowed"
    ALREADY_EXISTS_DIFFERENTLY = "already_exists_differently"
    WRONG_STATE = "wrong_state"
    CHANGED_MEANWHILE = "changed_meanwhile"
    CURSOR_EXPIRED = "cursor_expired"
    REMOVED = "removed"
    PHOTO_NOT_DECLARED = "photo_not_declared"
    DIGEST_MISMATCH = "digest_mismatch"
    WRONG_OFFSET = "wrong_offset"
    TOO_LARGE = "too_large"
    UNSUPPORTED_MEDIA = "unsupported_media"
    NOT_READY = "not_ready"
    THROTTLED = "throttled"
    UNAVAILABLE = "unavailable"
    INTERNAL = "internal"


TITLES: dict[Code, Text] = {
    Code.INVALID: _("The request is not valid."),
    Code.UNKNOWN_REFERENCE: _("The request refers to something that does not exist."),
    Code.UNKNOWN_FILTER: _("The list has no such filter or ordering."),
    Code.NOT_AUTHENTICATED: _("Please sign in."),
    Code.INVALID_CREDENTIALS: _("The sign-in data are wrong."),
    Code.TOKEN_EXPIRED: _("Your sign-in has expired; please sign in again."),
    Code.LOCKED_OUT: _("Too many failed attempts; please wait."),
    Code.NOT_ALLOWED: _("You may not do this."),
    Code.NOT_FOUND: _("Not found."),
    Code.METHOD_NOT_ALLOWED: _("This address does not take that method."),
    Code.ALREADY_EXISTS_DIFFERENTLY: _("The same id already stands with other content."),
    Code.WRONG_STATE: _("This cannot be done in its present state."),
    Code.CHANGED_MEANWHILE: _("Somebody changed it meanwhile."),
    Code.CURSOR_EXPIRED: _("The cursor has expired; please start afresh."),
    Code.REMOVED: _("It was kept as long as the retention rule says, and is removed."),
    Code.PHOTO_NOT_DECLARED: _("No such file was declared here."),
    Code.DIGEST_MISMATCH: _("The bytes do not match the digest."),
    Code.WRONG_OFFSET: _("The upload continues at another offset."),
    Code.TOO_LARGE: _("The request is too large."),
    Code.UNSUPPORTED_MEDIA: _("This kind of content is not accepted here."),
    Code.NOT_READY: _("Not made yet; please try again."),
    Code.THROTTLED: _("Too many requests; please wait."),
    Code.UNAVAILABLE: _("The service is not available at the moment."),
    Code.INTERNAL: _("Something went wrong on our side; it has been recorded."),
}


@dataclass(frozen=True, slots=True)
class FieldError:
    """One fault in one field. `field` is the path as the sender wrote it: `photos.0.sha256`; empty for the whole."""

    field: str
    code: str
    detail: Text


class DomainError(Exception):
    """The only exception an action raises on purpose.

    `code` is one of `Code`; `detail` is for the reader, translated when shown; `errors` name single fields.
    """

    def __init__(self, code: Code, detail: Text = "", errors: tuple[FieldError, ...] = ()) -> None:
        super().__init__(code, detail, errors)
        self.code = code
        self.detail = detail or TITLES[code]
        self.errors = errors


def invalid(field: str, detail: Text, code: Code = Code.INVALID) -> DomainError:
    """A fault in one field of what was sent."""
    return DomainError(code, errors=(FieldError(field, code, detail),))
