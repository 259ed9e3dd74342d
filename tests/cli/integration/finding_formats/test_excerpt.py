"""The line that a finding is about, and where it is marked."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from muster.cli.integration.finding_formats.excerpt import Source
from muster.cli.output import printable
from muster.core.json_text import Position


def marked(content: bytes, line: int, column: int) -> str:
    """Return the line of a position, and a line of carets under what is marked."""
    excerpt = Source(content).excerpt(Position(line, column))
    assert excerpt is not None
    return f"{excerpt.text}\n{' ' * excerpt.indent}{'^' * excerpt.length}"


def test_the_token_at_the_place_is_marked() -> None:
    content = b'{\n    "overview": "No period",\n  "size": -12.5e3}'
    assert marked(content, 2, 5) == '"overview": "No period",\n^^^^^^^^^^'
    assert marked(content, 2, 17) == '"overview": "No period",\n            ^^^^^^^^^^^'
    assert marked(content, 3, 11) == '"size": -12.5e3}\n        ^^^^^^^'
    assert marked(content, 1, 1) == "{\n^"


def test_carets_stand_under_wide_and_escaped_characters() -> None:
    assert marked('"名前": "\x1b"'.encode(), 1, 7) == '"名前": "\\x1b"\n        ^^^^^^'
    assert marked(b'\t"a":\t"b"', 1, 7) == '"a":\\t"b"\n      ^^^'


def test_of_a_long_line_what_stands_around_the_place_is_shown() -> None:
    content = b'{"a": "' + b"x" * 500 + b'", "wrong": 1, "z": "' + b"y" * 500 + b'"}'
    shown, carets = marked(content, 1, content.index(b'"wrong"') + 1).split("\n")
    assert len(shown) < 100
    assert shown.startswith("…xxx")
    assert shown.endswith("…")
    assert shown[carets.index("^") :][: carets.count("^")] == '"wrong"'


@pytest.mark.parametrize(
    "position", [Position(0, 1), Position(9, 1), Position(2, 1), Position(1, 0)]
)
def test_a_place_that_is_not_there_has_no_excerpt(position: Position) -> None:
    assert Source(b"{\n\n}").excerpt(position) is None


def test_what_is_no_text_has_no_excerpt() -> None:
    assert Source('<svg xmlns=""/>'.encode("utf-16")).excerpt(Position(1, 1)) is None


def test_a_byte_order_mark_is_no_part_of_the_line() -> None:
    assert marked(b"\xef\xbb\xbf{", 1, 1) == "{\n^"


@given(st.text() | st.binary(), st.integers(-1, 4), st.integers(-1, 300))
def test_any_excerpt_can_be_printed_and_its_mark_lies_in_it(
    content: str | bytes, line: int, column: int
) -> None:
    raw = content.encode("utf-8", "replace") if isinstance(content, str) else content
    excerpt = Source(raw).excerpt(Position(line, column))
    if excerpt is not None:
        assert printable(excerpt.text) == excerpt.text
        assert excerpt.length >= 1
        assert excerpt.indent + excerpt.length <= cell_len(excerpt.text) + 1
