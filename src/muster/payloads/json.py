"""From bytes to a JSON document, strictly."""

import orjson

from muster.core.pointers import Json
from muster.payloads.errors import InvalidPayloadError


def decode_body(body: bytes) -> Json:
    """Return the JSON document (RFC 8259) that a body is.

    Strings hold no lone surrogates, and integers beyond 64 bits become floats.

    Raises:
        InvalidPayloadError: the body is empty, not UTF-8, not JSON (NaN, a trailing comma, ...), has a
            lone surrogate, or is nested deeper than 1,024 levels.
    """
    try:
        return orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise InvalidPayloadError(_explain(body, error)) from None


def _explain(body: bytes, error: orjson.JSONDecodeError) -> str:
    if not body.strip():
        return "The body is empty, expected JSON. Send a JSON object, in UTF-8."
    try:
        body.decode()
    except UnicodeDecodeError as undecodable:
        return (
            f"The body is not UTF-8: byte {undecodable.start + 1:,} begins no character. "
            "JSON is sent in UTF-8 (RFC 8259)."
        )
    return (
        f"The body is not JSON: {error.msg}, at line {error.lineno}, column {error.colno}. "
        "Mend it there, or let a JSON library write it."
    )
