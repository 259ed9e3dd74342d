"""Decoding bodies: strict JSON, and errors that say where."""

from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from muster.core.errors import InvalidRequestError
from muster.payloads.errors import InvalidPayloadError
from muster.payloads.json import decode_body
from tests.payloads.strategies import json_values


@given(json_values.filter(lambda value: orjson.loads(orjson.dumps(value, default=str)) == value))
def test_json_is_read(value: Any) -> None:
    assert decode_body(orjson.dumps(value)) == value


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
        (b"[1,]", "column 4"),
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
    try:
        decode_body(body)
    except InvalidPayloadError as error:
        assert error.message.endswith(".")
