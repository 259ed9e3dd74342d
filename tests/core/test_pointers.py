"""JSON pointers, by the examples of RFC 6901 and by properties."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from muster.core.pointers import (
    MISSING,
    Json,
    PointerSyntaxError,
    array_index,
    format_pointer,
    parse_pointer,
    resolve,
    resolve_deepest,
)

DOCUMENT = {"foo": ["bar", "baz"], "": 0, "a/b": 1, "m~n": 8, " ": 7, "none": None, "10": "x"}


@pytest.mark.parametrize(
    ("pointer", "value"),
    [
        ("", DOCUMENT),
        ("/foo", ["bar", "baz"]),
        ("/foo/0", "bar"),
        ("/", 0),
        ("/a~1b", 1),
        ("/m~0n", 8),
        ("/ ", 7),
        ("/none", None),
        ("/10", "x"),
        ("/foo/2", MISSING),
        ("/foo/-", MISSING),
        ("/foo/00", MISSING),
        ("/foo/+1", MISSING),
        ("/foo/-1", MISSING),
        ("/foo/１", MISSING),  # noqa: RUF001 - a digit, and no index
        ("/foo/", MISSING),
        ("/foo/" + "9" * 5000, MISSING),
        ("/foo/0/0", MISSING),
        ("/none/x", MISSING),
        ("/nothing", MISSING),
    ],
)
def test_a_pointer_leads_to_a_value_or_nowhere(pointer: str, value: Json) -> None:
    assert resolve(DOCUMENT, parse_pointer(pointer)) == value


@pytest.mark.parametrize("text", ["a", "#/a", "/~", "/~2", "/a~/b", "/~~01", "/~~1", " /a"])
def test_what_is_no_pointer_is_refused(text: str) -> None:
    with pytest.raises(PointerSyntaxError, match="not a JSON pointer"):
        parse_pointer(text)


@given(st.lists(st.text("ab~/01é")))
def test_parsing_undoes_formatting(tokens: list[str]) -> None:
    assert parse_pointer(format_pointer(*tokens)) == tuple(tokens)


@given(st.text("/~01a"))
def test_formatting_undoes_parsing(text: str) -> None:
    try:
        tokens = parse_pointer(text)
    except PointerSyntaxError:
        return
    assert format_pointer(*tokens) == text


@given(st.integers(0, 10**17))
def test_an_index_is_spelt_one_way(index: int) -> None:
    assert array_index(str(index)) == index
    assert array_index(f"0{index}") is None


def test_the_deepest_value_on_a_way_is_found() -> None:
    assert resolve_deepest(DOCUMENT, ("foo", "0")) == (2, "bar")
    assert resolve_deepest(DOCUMENT, ("foo", "7", "x")) == (1, ["bar", "baz"])
    assert resolve_deepest(DOCUMENT, ("nothing",)) == (0, DOCUMENT)
    assert resolve_deepest(DOCUMENT, ("none", "x")) == (1, None)
