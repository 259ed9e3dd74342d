"""Reading a body: what is refused before it is decoded, and how."""

import asyncio
import gzip
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st
from starlette.types import Message, Scope

from muster.api.body import BodyLimits, ClientGoneError, read_json_body
from muster.core.errors import (
    InvalidRequestError,
    PayloadTooLargeError,
    RequestTimeoutError,
    UnsupportedMediaTypeError,
)

LIMITS = BodyLimits(max_bytes=1000, timeout_seconds=0.05)


async def read(
    parts: Sequence[bytes],
    *,
    content_type: str = "application/json",
    limits: BodyLimits = LIMITS,
    **headers: str,
) -> bytes:
    """Read a body that arrives in parts."""
    named = {"content-type": content_type} | {
        name.replace("_", "-"): value for name, value in headers.items()
    }
    scope: Scope = {"headers": [(n.encode(), v.encode()) for n, v in named.items() if v]}
    messages: list[Message] = [
        {"type": "http.request", "body": part, "more_body": number < len(parts) - 1}
        for number, part in enumerate(parts)
    ]

    async def receive() -> Message:
        return messages.pop(0)

    return await read_json_body(scope, receive, limits)


@pytest.mark.parametrize(
    "content_type",
    [
        "application/json",
        "Application/JSON; charset=UTF-8",
        'application/json; charset="utf-8"',
        "application/vnd.cohort+json",
    ],
)
async def test_json_is_read(content_type: str) -> None:
    assert await read([b'{"a":', b"1}"], content_type=content_type) == b'{"a":1}'


@pytest.mark.parametrize(
    ("content_type", "shown"),
    [
        ("application/x-www-form-urlencoded", "application/x-www-form-urlencoded"),
        ("text/json", "text/json"),
        ("", "nothing"),
        ("application/json; charset=latin-1", "latin-1"),
    ],
)
async def test_other_types_are_refused(content_type: str, shown: str) -> None:
    with pytest.raises(UnsupportedMediaTypeError, match=shown):
        await read([b"{}"], content_type=content_type)


async def test_other_encodings_are_refused() -> None:
    with pytest.raises(UnsupportedMediaTypeError, match="br"):
        await read([b"{}"], content_encoding="br")


async def test_the_limit_is_inclusive() -> None:
    assert len(await read([b"x" * 600, b"x" * 400])) == 1000
    with pytest.raises(PayloadTooLargeError, match="1,000 bytes"):
        await read([b"x" * 600, b"x" * 401])


async def test_a_declared_length_over_the_limit_is_refused_unread() -> None:
    with pytest.raises(PayloadTooLargeError):
        await read([], content_length="1001")


async def test_a_bomb_is_refused() -> None:
    bomb = gzip.compress(b"0" * 50_000_000, mtime=0)
    with pytest.raises(PayloadTooLargeError):
        await read([bomb], content_encoding="gzip")


async def test_several_gzip_members_are_one_body() -> None:
    body = gzip.compress(b"[1,", mtime=0) + gzip.compress(b"2]", mtime=0)
    assert await read([body], content_encoding="gzip") == b"[1,2]"


@pytest.mark.parametrize(
    "broken",
    [b"{}", b"", gzip.compress(b"{}", mtime=0)[:-6], gzip.compress(b"{}", mtime=0) + b"more"],
)
async def test_broken_gzip_is_refused(broken: bytes) -> None:
    with pytest.raises(InvalidRequestError, match="gzip"):
        await read([broken], content_encoding="gzip")


@given(body=st.binary(max_size=1000), cut=st.integers(1, 50))
def test_gzip_arrives_whole_however_it_is_cut(body: bytes, cut: int) -> None:
    packed = gzip.compress(body, mtime=0)
    parts = [packed[start : start + cut] for start in range(0, len(packed), cut)]
    assert asyncio.run(read(parts, content_encoding="gzip")) == body


async def test_a_body_that_stops_arriving_is_given_up() -> None:
    async def receive() -> Message:
        await asyncio.sleep(10)
        return {"type": "http.disconnect"}

    scope: Scope = {"headers": [(b"content-type", b"application/json")]}
    with pytest.raises(RequestTimeoutError, match=r"0\.05 seconds"):
        await read_json_body(scope, receive, LIMITS)


async def test_a_client_that_goes_away_is_noticed() -> None:
    async def receive() -> Message:
        return {"type": "http.disconnect"}

    scope: Scope = {"headers": [(b"content-type", b"application/json")]}
    with pytest.raises(ClientGoneError):
        await read_json_body(scope, receive, LIMITS)
