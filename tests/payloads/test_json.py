"""Decoding bodies: strict JSON, and errors that say where."""

import json
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from muster.core.errors import InvalidRequestError
from muster.payloads.errors import InvalidPayloadError
from muster.payloads.json import decode_body
from tests.payloads.strategies import json_values


@given(json_values)
def test_json_is_read(value: Any) -> None:
    body = json.dumps(value).encode()
    assert decode_body(body) == json.loads(body, parse_int=_as_64_bits)


def _as_64_bits(digits: str) -> float:
    return int(digits) if -(2**63) <= int(digits) < 2**64 else float(digits)


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (b"", "empty"),
        (b" \n ", "empty"),
        (b"NaN", "line 1, column 1"),
        (b'{"a": Infinity}', "column 7"),
        (b'{"a": 1,\n "b": }', "line 2, column 7"),
        (b'{"a": "\\ud800"}', "surrogate"),
        (b'{"a": "\xff"}', "byte 8"),
        (b'"\xed\xa0\x80"', "byte 2"),
        (b"[" * 10_000 + b"]" * 10_000, "depth"),
        (b'{"a": 1} {"b": 2}', "column 10"),
        (b"{'a': 1}", "column 2"),
        (b"[1,]", "column 3"),
        (b"1e999", "infinity"),
        (b"\xef\xbb\xbf{}", "BOM"),
    ],
    ids=lambda value: repr(value[:20]),
)
def test_what_is_not_json_is_refused_with_its_place(body: bytes, said: str) -> None:
    with pytest.raises(InvalidPayloadError, match=said) as caught:
        decode_body(body)
    assert isinstance(caught.value, InvalidRequestError)


@given(st.binary(max_size=50))
def test_any_bytes_are_json_or_refused(body: bytes) -> None:
    with suppress(InvalidPayloadError):
        decode_body(body)
