"""Reading contexts' keys from CSV."""

import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from muster.segments.csv_keys import KeyRows, read_keys
from muster.segments.targets import MAX_CONTEXT_KEY_LENGTH

KEYS = st.text(
    st.characters(exclude_characters="\0", exclude_categories=["Cs"]),
    min_size=1,
    max_size=MAX_CONTEXT_KEY_LENGTH,
)


def read(content: bytes) -> KeyRows:
    """Return all rows of a file as one part."""
    parts = list(read_keys(io.BytesIO(content)))
    return KeyRows(
        [key for part in parts for key in part.keys],
        sum(part.row_count for part in parts),
        [row for part in parts for row in part.bad_rows],
        parts[-1].bytes_read if parts else 0,
    )


def written(rows: list[list[str]]) -> bytes:
    """Return rows as a program writes them."""
    text = io.StringIO(newline="")
    csv.writer(text).writerows(rows)
    return text.getvalue().encode()


@given(st.lists(KEYS, max_size=50), st.booleans())
def test_what_a_program_writes_is_read(keys: list[str], with_mark: bool) -> None:
    mark = b"\xef\xbb\xbf" if with_mark else b""
    found = read(mark + written([[key, "another column"] for key in keys]))
    assert list(found.keys) == list(dict.fromkeys(keys))
    assert (found.row_count, found.bad_rows) == (len(keys), [])


@given(st.lists(st.one_of(KEYS, st.just(""), st.just("k" * 257)), min_size=1, max_size=20))
def test_a_bad_row_is_named_by_its_line(keys: list[str]) -> None:
    rows = [[key, "x"] for key in keys]
    content = written(rows)
    lines, bad = 0, []
    for row in rows:
        if not 1 <= len(row[0]) <= MAX_CONTEXT_KEY_LENGTH:
            bad.append(lines + 1)
        # How many lines a row has, as the csv module itself counts them.
        reader = csv.reader(io.StringIO(written([row]).decode(), newline=""))
        next(reader)
        lines += reader.line_num
    assert [row.line for row in read(content).bad_rows] == bad


@pytest.mark.parametrize(
    ("content", "line"),
    [
        (b"a\nb\xff\n", 1),
        (b"a\n" + b"b" * 200_000 + b"\n", 2),
        (b'a\n"b\nc"\n\n"d\ne\nf\n', 5),
        (b'a\n"b"c\nd\n', 2),
    ],
    ids=["not UTF-8", "a field without end", "a quote without end", "a quote within a field"],
)
def test_what_is_no_csv_is_a_bad_row(content: bytes, line: int) -> None:
    (bad,) = read(content).bad_rows
    assert bad.line == line


def test_a_bad_row_says_what_was_expected() -> None:
    (bad,) = read(b"a\n,b\n").bad_rows
    assert (
        bad.reason
        == "found an empty string, expected a context's key: a string of 1 to 256 characters"
    )


def test_an_empty_file_has_no_rows() -> None:
    assert read(b"") == KeyRows([], 0, [], 0)
    assert read(b"\n\n").row_count == 0


def test_a_long_file_comes_in_parts() -> None:
    keys = [f"user-{number}" for number in range(12_000)]
    parts = list(read_keys(io.BytesIO("\n".join(keys).encode())))
    assert len(parts) > 1
    assert [key for part in parts for key in part.keys] == keys
    assert [part.bytes_read for part in parts] == sorted(part.bytes_read for part in parts)
