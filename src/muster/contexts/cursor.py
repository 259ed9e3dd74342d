"""Continuation tokens: where a page of a search ended, in a form that only the same search takes back."""

import base64
import binascii
import hashlib
from typing import Final

import orjson

from muster.core.errors import InvalidRequestError

_CHECK_BYTES: Final = 12


def write_cursor(place: tuple[str, ...], *search: str) -> str:
    """Return the token of a place in a search.

    Args:
        place: what the last item is known by.
        search: what is searched, and for what.
    """
    written = orjson.dumps([*place])
    return base64.urlsafe_b64encode(_check(written, search) + written).decode().rstrip("=")


def read_cursor(token: str, *search: str) -> tuple[str, ...]:
    """Return the place that a token is of.

    Raises:
        InvalidRequestError: it is no token, or one of another search.
    """
    try:
        raw = base64.b64decode(token + "=" * (-len(token) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        raw = b""
    check, written = raw[:_CHECK_BYTES], raw[_CHECK_BYTES:]
    if not written or check != _check(written, search):
        raise InvalidRequestError(
            "continuationToken: this is no token of this search. Give the one that its last page had, and "
            "the same filter; to begin anew, leave it out."
        )
    return tuple(orjson.loads(written))


def _check(written: bytes, search: tuple[str, ...]) -> bytes:
    # It finds tokens that are damaged or of another search. One that is made up would only begin a page
    # elsewhere in what its sender may read anyway.
    return hashlib.sha256(orjson.dumps([written.hex(), *search])).digest()[:_CHECK_BYTES]
