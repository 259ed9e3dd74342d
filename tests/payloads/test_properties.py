"""The properties of a requestParser, and the places that people name."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from muster.core.pointers import PointerSyntaxError
from muster.payloads.errors import ParserSpecError
from muster.payloads.explanation import Way
from muster.payloads.matcher import Matcher
from muster.payloads.parser import RequestParser
from muster.payloads.properties import (
    compose_request_parser,
    matcher_of,
    properties_of,
    read_place,
)


@pytest.mark.parametrize("way", Way)
def test_all_properties_of_a_way_make_a_parser(way: Way) -> None:
    values = {one: f"/{one.name.lower()}" for one in properties_of(way)}
    spec = RequestParser.compile(compose_request_parser(values)).spec
    assert (spec.members is None) == (way is Way.ARRAY)
    assert (spec.inclusion is not None) == (way is Way.ACTION)
    assert (spec.member.flag is not None) == (way is Way.BOOLEAN)


@pytest.mark.parametrize("way", Way)
def test_what_is_not_optional_is_needed(way: Way) -> None:
    needed = [one for one in properties_of(way) if not one.is_optional]
    RequestParser.compile(compose_request_parser({one: f"/{one.name}" for one in needed}))
    for left_out in needed:
        values = {one: f"/{one.name}" for one in needed if one is not left_out}
        with pytest.raises(ParserSpecError):
            RequestParser.compile(compose_request_parser(values))


@pytest.mark.parametrize(
    ("text", "pointer"),
    [
        ("cohortId", "/cohortId"),
        (" data.segment.id ", "/data/segment/id"),
        ("$.data.id", "/data/id"),
        ("fields[0].value", "/fields/0/value"),
        ("Customer ID", "/Customer ID"),
        ("a/b", "/a~1b"),
        ("/data/segment/id", "/data/segment/id"),
        ("/a~1b", "/a~1b"),
        (".", ""),
        ("", ""),
    ],
)
def test_places(text: str, pointer: str) -> None:
    assert read_place(text) == pointer


@pytest.mark.parametrize("text", ["a..b", ".a", "a.", "/a~", "a. b"])
def test_what_is_no_place(text: str) -> None:
    with pytest.raises(PointerSyntaxError):
        read_place(text)


@given(st.lists(st.text(st.characters(codec="utf-8"), min_size=1), min_size=1), st.text("ab.|^$+"))
def test_a_matcher_takes_its_words_and_nothing_else(words: list[str], other: str) -> None:
    matcher = Matcher(matcher_of(words))
    assert all(matcher.matches(word) for word in words)
    assert matcher.matches(other) == (other in words)
