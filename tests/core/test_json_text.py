"""The text of a manifest: how it is decoded, and where its values stand."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from muster.core.json_text import JsonSyntaxError, JsonText, Position
from muster.core.pointers import format_pointer, resolve

TEXT = """{
  "name": "Example",
  "links": { "site": "a", "a/b": [10, {"x": "]"},
    true] },
  "é\\"~": null
}
"""

values: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3)
    ),
    max_leaves=12,
)


@pytest.mark.parametrize(
    ("pointer", "line", "column"),
    [
        ("", 1, 1),
        ("/name", 2, 3),
        ("/links", 3, 3),
        ("/links/site", 3, 14),
        ("/links/a~1b", 3, 27),
        ("/links/a~1b/0", 3, 35),
        ("/links/a~1b/1/x", 3, 40),
        ("/links/a~1b/2", 4, 5),
        ('/é"~0', 5, 3),
        ("/links/privacyPolicy", 3, 3),
        ("/name/first", 2, 3),
        ("/nothing/here", 1, 1),
    ],
)
def test_a_value_is_located_or_else_its_nearest_parent(
    pointer: str, line: int, column: int
) -> None:
    source = JsonText.decode(TEXT.encode())
    assert source.locate(pointer) == Position(line, column)


def test_of_a_key_that_is_repeated_the_last_counts() -> None:
    source = JsonText.decode(b'{"a": 1,\n"a": 2}')
    assert source.document == {"a": 2}
    assert source.locate("/a") == Position(2, 1)


def paths(value: Any, *path: str | int) -> list[tuple[str | int, ...]]:
    """Return the path of every value in a value."""
    children: list[tuple[str | int, Any]] = []
    if isinstance(value, dict):
        children = list(value.items())
    elif isinstance(value, list):
        children = list(enumerate(value))
    return [path, *(found for key, child in children for found in paths(child, *path, key))]


@given(values, st.sampled_from([None, 0, 2]), st.booleans())
def test_every_value_of_any_document_is_found_where_it_stands(
    document: Any, indent: int | None, ascii_only: bool
) -> None:
    text = json.dumps(document, indent=indent, ensure_ascii=ascii_only)
    source = JsonText.decode(text.encode())
    lines = text.split("\n")
    for path in paths(document):
        position = source.locate(format_pointer(*path))
        rest = "\n".join([lines[position.line - 1][position.column - 1 :], *lines[position.line :]])
        found, end = json.JSONDecoder().raw_decode(rest)
        if path and isinstance(path[-1], str):
            assert found == path[-1]
            found, _ = json.JSONDecoder().raw_decode(rest[end:].lstrip(": "))
        assert found == resolve(document, tuple(map(str, path)))


@pytest.mark.parametrize(
    ("raw", "line"),
    [
        (b"", 1),
        (b'{"a": 1,\n\n "b" 2}', 3),
        (b'{"a": NaN}', 1),
        (b'{"a": "\\ud800"}', 1),
        (b'{\n"a": "\xff"}', 2),
        (b"[" * 100_000, 1),
        (b"\x89PNG\r\n\x1a\n", 1),
    ],
)
def test_what_is_not_json_is_refused_with_its_line(raw: bytes, line: int) -> None:
    with pytest.raises(JsonSyntaxError) as caught:
        JsonText.decode(raw)
    assert caught.value.line == line


def test_a_byte_order_mark_is_passed_over() -> None:
    source = JsonText.decode(b'\xef\xbb\xbf{"a": 1}')
    assert source.locate("/a") == Position(1, 2)


def test_many_values_of_a_long_text_are_located_in_one_pass_each_level() -> None:
    text = json.dumps({f"key{n}": [n] * 20 for n in range(5_000)}, indent=1)
    source = JsonText.decode(text.encode())
    assert [source.locate(f"/key{n}").line for n in range(5_000)] == [
        2 + 22 * n for n in range(5_000)
    ]
