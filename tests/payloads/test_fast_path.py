"""The parser's fast way and its careful way say the same of every body."""

from collections.abc import Iterator
from contextlib import contextmanager
from unittest.mock import patch

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from muster.core.pointers import Json
from muster.payloads import columns
from muster.payloads.columns import Column
from muster.payloads.errors import InvalidPayloadError, ParserSpecError
from muster.payloads.model import SyncChanges
from muster.payloads.parser import RequestParser
from muster.payloads.values import Field, are_plain_ids, read_id
from tests.payloads.strategies import (
    PARSERS,
    damaged_bodies,
    few_ids,
    json_values,
    request_parsers,
)

Outcome = SyncChanges | tuple[str, str | None]


def outcome(parser: RequestParser, body: Json) -> Outcome:
    try:
        return parser.parse(body)
    except InvalidPayloadError as error:
        return error.message, error.pointer


@contextmanager
def always_tried() -> Iterator[None]:
    """The fast way is tried on short arrays too."""
    with patch.object(columns, "_WORTH_BULK", 0):
        yield


@contextmanager
def never_taken() -> Iterator[None]:
    """Every member is read on its own."""
    with patch.object(Column, "read_plain", return_value=None):
        yield


def both_agree(parser: RequestParser, body: Json) -> None:
    with always_tried():
        fast = outcome(parser, body)
    with never_taken():
        assert outcome(parser, body) == fast


@settings(max_examples=200)
@given(st.data())
@pytest.mark.parametrize("key", sorted(PARSERS))
def test_both_agree_on_bodies_as_partners_send_them(key: str, data: st.DataObject) -> None:
    both_agree(PARSERS[key], data.draw(damaged_bodies(PARSERS[key])))


@given(request_parsers(disjoint=False), json_values)
def test_both_agree_on_any_body(spec: Json, body: Json) -> None:
    try:
        parser = RequestParser.compile(spec)
    except ParserSpecError:
        return
    both_agree(parser, body)


id_columns = st.sampled_from(
    [
        Column(Field(tokens, "an id", read_id), str, are_plain_ids)
        for tokens in ((), ("a",), ("a", "0"))
    ]
)
members = st.lists(
    few_ids
    | json_values
    | few_ids.map(lambda key: {"a": key})
    | few_ids.map(lambda key: {"a": [key]})
)


@given(id_columns, members | st.lists(few_ids) | st.lists(few_ids.map(lambda key: {"a": key})))
def test_what_is_read_in_bulk_is_what_each_says(column: Column[str], array: list[Json]) -> None:
    in_bulk = column.read_plain(array)
    if in_bulk is not None:
        assert in_bulk == column.read_each(array, (), array)


def test_the_fast_way_is_taken() -> None:
    column = Column(Field(("a",), "an id", read_id), str, are_plain_ids)
    assert column.read_plain([{"a": "x"}, {"a": "y"}]) == ["x", "y"]


@pytest.mark.parametrize(
    "odd", ["", "\0", "x" * 257, None, True, 5, 5.0, [], {}], ids=lambda odd: repr(odd)[:10]
)
def test_one_odd_member_is_enough_to_be_careful(odd: Json) -> None:
    column = Column(Field(("a",), "an id", read_id), str, are_plain_ids)
    assert column.read_plain([{"a": "x"}, {"a": odd}]) is None
