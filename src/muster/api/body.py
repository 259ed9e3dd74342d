"""Reading a JSON body: type, encoding, size and time are checked before a byte is decoded."""

import asyncio
import zlib
from dataclasses import dataclass
from typing import Final

from starlette.types import Message, Receive, Scope

from muster.core.errors import (
    InvalidRequestError,
    PayloadTooLargeError,
    RequestTimeoutError,
    UnsupportedMediaTypeError,
)

_GZIP_WINDOW: Final = 16 + zlib.MAX_WBITS


@dataclass(frozen=True, slots=True)
class BodyLimits:
    """How large a body may be, decompressed, in bytes; and how long it may take to arrive."""

    max_bytes: int = 16 * 1024 * 1024
    timeout_seconds: float = 30.0


class ClientGoneError(Exception):
    """The client closed the connection before its body was complete; there is nobody to answer."""


async def read_json_body(scope: Scope, receive: Receive, limits: BodyLimits) -> bytes:
    """Return the body of a request that declares JSON, decompressed.

    Raises:
        UnsupportedMediaTypeError: the type is not JSON, or the encoding neither gzip nor identity.
        PayloadTooLargeError: the body, decompressed, is over the limit.
        RequestTimeoutError: it did not arrive in time.
        InvalidRequestError: the gzip stream is broken or incomplete.
        ClientGoneError: the client went away.
    """
    headers = _Headers.of(scope)
    _check_type(headers.content_type)
    sink = _sink_for(headers.content_encoding, limits.max_bytes)
    if headers.content_length is not None and not isinstance(sink, _GzipSink):
        _check_length(headers.content_length, limits.max_bytes)
    message = _receive_at_once(receive)
    if message is not None and not _take(message, sink):
        return sink.finish()
    try:
        async with asyncio.timeout(limits.timeout_seconds):
            while _take(await receive(), sink):
                pass
    except TimeoutError:
        raise RequestTimeoutError(
            f"The body did not arrive within {limits.timeout_seconds:g} seconds. Send it at once, "
            "or send fewer members a request."
        ) from None
    return sink.finish()


def check_json_headers(scope: Scope) -> None:
    """Make sure that a request declares JSON without an encoding, as the routes that FastAPI serves take it.

    Raises:
        UnsupportedMediaTypeError: it does not.
    """
    headers = _Headers.of(scope)
    _check_type(headers.content_type)
    encoding = headers.content_encoding.strip().lower()
    if encoding not in {b"", b"identity"}:
        raise UnsupportedMediaTypeError(
            f"Content-Encoding is {encoding.decode('latin-1')[:100]}; this path takes no encoding."
        )


def _receive_at_once(receive: Receive) -> Message | None:
    """Return the next message if it is there already, or None: most bodies arrive with their head.

    This spares them a timer, which costs as much as reading them.
    """
    waiting = receive().__await__()
    try:
        next(waiting)
    except StopIteration as done:
        message: Message = done.value
        return message
    waiting.close()
    return None


def _take(message: Message, sink: "_PlainSink | _GzipSink") -> bool:
    """Feed a message to the sink; tell whether more is to come."""
    if message["type"] == "http.disconnect":
        raise ClientGoneError
    sink.feed(message.get("body", b""))
    more: bool = message.get("more_body", False)
    return more


@dataclass(frozen=True, slots=True)
class _Headers:
    content_type: bytes
    content_encoding: bytes
    content_length: bytes | None

    @classmethod
    def of(cls, scope: Scope) -> "_Headers":
        found: dict[bytes, bytes] = {
            name: value for name, value in scope["headers"] if name.startswith(b"content-")
        }
        return cls(
            found.get(b"content-type", b""),
            found.get(b"content-encoding", b""),
            found.get(b"content-length"),
        )


def _check_type(content_type: bytes) -> None:
    if content_type == b"application/json":
        return
    media_type, _, parameters = content_type.lower().partition(b";")
    media_type = media_type.strip()
    is_json = media_type == b"application/json" or (
        media_type.startswith(b"application/") and media_type.endswith(b"+json")
    )
    if not is_json:
        shown = media_type.decode("latin-1")[:100] or "nothing"
        raise UnsupportedMediaTypeError(
            f"Content-Type is {shown}; it must be application/json. "
            "With curl: -H 'Content-Type: application/json'."
        )
    charset = parameters.partition(b"charset=")[2].strip().strip(b'"')
    if charset and not charset.startswith((b"utf-8", b"utf8", b"us-ascii")):
        raise UnsupportedMediaTypeError(
            f"The charset is {charset.decode('latin-1')[:100]}; JSON is sent in UTF-8 (RFC 8259)."
        )


def _check_length(content_length: bytes, max_bytes: int) -> None:
    if content_length.isdigit() and int(content_length[:20]) > max_bytes:
        raise _too_large(max_bytes)


def _too_large(max_bytes: int) -> PayloadTooLargeError:
    return PayloadTooLargeError(
        f"The body is over the limit of {max_bytes:,} bytes (decompressed). Send fewer members a "
        "request."
    )


def _sink_for(content_encoding: bytes, max_bytes: int) -> "_PlainSink | _GzipSink":
    encoding = content_encoding.strip().lower()
    if encoding in {b"", b"identity"}:
        return _PlainSink(max_bytes)
    if encoding in {b"gzip", b"x-gzip"}:
        return _GzipSink(max_bytes)
    raise UnsupportedMediaTypeError(
        f"Content-Encoding is {encoding.decode('latin-1')[:100]}; send gzip, or no encoding."
    )


class _PlainSink:
    """Takes a body as it is."""

    def __init__(self, max_bytes: int) -> None:
        self._max_bytes = max_bytes
        self._parts: list[bytes] = []
        self._size = 0

    def feed(self, part: bytes) -> None:
        self._size += len(part)
        if self._size > self._max_bytes:
            raise _too_large(self._max_bytes)
        self._parts.append(part)

    def finish(self) -> bytes:
        return self._parts[0] if len(self._parts) == 1 else b"".join(self._parts)


class _GzipSink:
    """Takes a body in gzip (RFC 1952), never holding more than the limit of what comes out."""

    def __init__(self, max_bytes: int) -> None:
        self._plain = _PlainSink(max_bytes)
        self._room = max_bytes + 1
        self._stream = zlib.decompressobj(_GZIP_WINDOW)

    def feed(self, part: bytes) -> None:
        while part:
            if self._stream.eof:  # a gzip file may have several members
                self._stream = zlib.decompressobj(_GZIP_WINDOW)
            try:
                text = self._stream.decompress(part, self._room)
            except zlib.error as error:
                raise InvalidRequestError(
                    "Content-Encoding is gzip, and the body is not valid gzip: it breaks off or is "
                    "damaged. Send it again, or send it uncompressed."
                ) from error
            self._room -= len(text)
            self._plain.feed(text)
            part = self._stream.unconsumed_tail or self._stream.unused_data

    def finish(self) -> bytes:
        if not self._stream.eof:
            raise InvalidRequestError(
                "Content-Encoding is gzip, and the body ends before the gzip stream does. Send it "
                "again, or send it uncompressed."
            )
        return self._plain.finish()
