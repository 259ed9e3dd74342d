"""From an answer over HTTP back to the domain's errors; see `muster.api.errors` for the way there."""

from datetime import datetime
from typing import Final

import httpx
import orjson

from muster.core.clock import to_millis
from muster.core.errors import (
    ConflictError,
    ForbiddenError,
    InapplicableChangeError,
    InternalError,
    InvalidRequestError,
    MusterError,
    NotFoundError,
    PayloadTooLargeError,
    RequestTimeoutError,
    UnauthenticatedError,
    UnavailableError,
    UnsupportedMediaTypeError,
)
from muster.core.wording import count_of

TOO_MANY_REQUESTS: Final = 429
_KINDS: Final[dict[str, type[MusterError]]] = {
    kind.wire_code(): kind
    for kind in (
        ConflictError,
        ForbiddenError,
        InapplicableChangeError,
        InternalError,
        InvalidRequestError,
        NotFoundError,
        PayloadTooLargeError,
        RequestTimeoutError,
        UnauthenticatedError,
        UnavailableError,
        UnsupportedMediaTypeError,
    )
}
_MOST_CHARACTERS: Final = 1000
_HOW_TO_GIVE_A_TOKEN: Final = (
    "An access token is given with MUSTER_TOKEN, --token-file or --token -."
)


class UnexpectedAnswerError(MusterError):
    """What answered is no Muster, or one of a version that this one does not understand."""

    code = "unexpected-answer"


def error_of(response: httpx.Response, now: datetime) -> MusterError:
    """Return the error that a refusal tells of; its message is one line.

    Args:
        response: with a status that is none of success.
    """
    status, address = response.status_code, _address(response)
    if response.is_redirect:
        # To follow it could hand the token to somebody else.
        return UnexpectedAnswerError(
            f"{address} was answered with a redirection to {response.headers.get('Location', '')!r}. Give "
            "the address of the server itself with --url."
        )
    if status == TOO_MANY_REQUESTS:
        seconds = seconds_to_wait(response, now)
        when = "later" if seconds is None else f"in {count_of(max(1, round(seconds)), 'second')}"
        return UnavailableError(f"{address} was asked too much in a short time: try again {when}.")
    told = _standard_error(response)
    if told is None:
        return _foreign_error(response)
    code, message = told
    if status == httpx.codes.UNAUTHORIZED:
        return UnauthenticatedError(f"{message} {_HOW_TO_GIVE_A_TOKEN}")
    kind = _KINDS.get(code)
    if kind is None:
        return UnexpectedAnswerError(f"{address} was answered {status} ({code[:64]}): {message}")
    return kind(message)


def seconds_to_wait(response: httpx.Response, now: datetime) -> float | None:
    """Return for how long a refused caller is to wait; None where the answer does not say.

    `X-Ratelimit-Reset` is a moment in milliseconds since 1970, `Retry-After` a number of seconds.
    """
    reset, after = (response.headers.get(name, "") for name in ("X-Ratelimit-Reset", "Retry-After"))
    if reset.isascii() and reset.isdecimal():
        return max(0.0, (int(reset) - to_millis(now)) / 1000)
    return float(after) if after.isascii() and after.isdecimal() else None


def no_muster(response: httpx.Response) -> UnexpectedAnswerError:
    """Return the error of an answer that is none of Muster's."""
    media_type = response.headers.get("Content-Type", "").partition(";")[0] or "no content type"
    return UnexpectedAnswerError(
        f"{_address(response)} was answered {response.status_code} with {media_type[:64]}, and not as a "
        "Muster does. Is the address of --url (MUSTER_URL) that of a Muster?"
    )


def _foreign_error(response: httpx.Response) -> MusterError:
    if response.status_code in (502, 503, 504):
        return UnavailableError(
            f"{_address(response)} was answered {response.status_code} {response.reason_phrase} by "
            "something before Muster. Try again later."
        )
    return no_muster(response)


def _standard_error(response: httpx.Response) -> tuple[str, str] | None:
    """Return code and message of the standard error; None where the answer holds none.

    The id goes to the end of the message of a fault of the server's, whose log has more under it.
    """
    try:
        document = orjson.loads(response.content)
    except orjson.JSONDecodeError:
        return None
    if not isinstance(document, dict):
        return None
    code, message, error_id = (document.get(name) for name in ("code", "message", "id"))
    if not isinstance(code, str) or not isinstance(message, str):
        return None
    extras = document.get("_muster")
    if isinstance(extras, dict) and isinstance(extras.get("message"), str):
        message = extras["message"]
    line = " ".join(message.split())[:_MOST_CHARACTERS]
    if response.is_server_error and isinstance(error_id, str):
        line = f"{line} (id {error_id[:64]})"
    return code, line


def _address(response: httpx.Response) -> str:
    """Return what was asked, without the query, which may name a member."""
    return str(response.request.url.copy_with(query=None))
