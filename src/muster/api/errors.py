"""From the domain's errors to HTTP: the one table of statuses, and the one shape of an error."""

from typing import Any, Final

import orjson

from muster.core.errors import (
    ConflictError,
    ForbiddenError,
    InapplicableChangeError,
    InvalidRequestError,
    MusterError,
    NotFoundError,
    PayloadTooLargeError,
    RateLimitedError,
    RequestTimeoutError,
    UnauthenticatedError,
    UnavailableError,
    UnsupportedMediaTypeError,
)

_STATUS: Final[dict[type[MusterError], int]] = {
    InvalidRequestError: 400,
    UnauthenticatedError: 401,
    ForbiddenError: 403,
    NotFoundError: 404,
    RequestTimeoutError: 408,
    ConflictError: 409,
    PayloadTooLargeError: 413,
    UnsupportedMediaTypeError: 415,
    InapplicableChangeError: 422,
    RateLimitedError: 429,
    UnavailableError: 503,
}
UNREAD_BODY: Final = frozenset({408, 413, 415})
"""Statuses after which the rest of the body is not waited for: the connection is closed."""


def status_of(error: MusterError) -> int:
    """Return the HTTP status that an error is answered with; 500 for one that has no place here."""
    return next((_STATUS[kind] for kind in type(error).__mro__ if kind in _STATUS), 500)


def error_content(error: MusterError) -> dict[str, Any]:
    """Return the JSON object that says what is wrong: `code` and `message`."""
    return {"code": error.wire_code(), "message": writable(error.message)}


def writable(text: str) -> str:
    """Return a text with an escape for each half of a character, which no encoding writes.

    An error may quote what was sent, and JSON can spell such a half.
    """
    return text if text.isascii() else text.encode(errors="backslashreplace").decode()


def error_body(error: MusterError) -> bytes:
    """Return `error_content` as JSON."""
    return orjson.dumps(error_content(error))
