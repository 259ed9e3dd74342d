"""Reading contexts' keys from CSV: the first column of each row, without a header."""

import csv
from collections.abc import Iterator, Sequence
from io import TextIOWrapper
from itertools import islice
from typing import BinaryIO, Final, NamedTuple

from muster.segments.targets import A_CONTEXT_KEY, are_context_keys, find_key_fault

_ROWS_AT_ONCE: Final = 5_000


class BadRow(NamedTuple):
    """A row that holds no context's key.

    Attributes:
        line: the line of the file that it begins in, from 1.
        reason: what is wrong; never the key itself.
    """

    line: int
    reason: str


class KeyRows(NamedTuple):
    """Some rows of a file.

    Attributes:
        keys: each once, in their order.
        row_count: how many rows there were, empty lines apart.
        bytes_read: of the file, up to the end of these rows or a little further.
    """

    keys: Sequence[str]
    row_count: int
    bad_rows: Sequence[BadRow]
    bytes_read: int


def read_keys(file: BinaryIO) -> Iterator[KeyRows]:
    """Read a CSV file in UTF-8, some thousand rows at a time. What can't be read ends it, as a bad row.

    Args:
        file: at its beginning; a byte order mark there is passed over.
    """
    text = TextIOWrapper(file, encoding="utf-8-sig", newline="")
    try:
        # Leniently read, a quote that is never closed would take all that follows for one key.
        reader = csv.reader(text, strict=True)
        while True:
            rows: list[list[str]] = []
            end: BadRow | None = None
            first_line = reader.line_num
            try:
                rows.extend(islice(reader, _ROWS_AT_ONCE))
            except UnicodeDecodeError:
                end = BadRow(
                    reader.line_num + 1, "it is not UTF-8, here or in one of the next lines"
                )
            except csv.Error as error:
                end = BadRow(
                    _line_after(rows, first_line), f"it is no CSV: {error}. Look at its quotes"
                )
            if not rows and end is None:
                return
            yield _check(rows, end, first_line, file.tell())
            if end is not None:
                return
    finally:
        if not file.closed:  # it may be left half read, and be closed before this ends
            text.detach()


def _check(
    rows: Sequence[list[str]], end: BadRow | None, first_line: int, bytes_read: int
) -> KeyRows:
    firsts = [row[0] for row in rows if row]
    bad: list[BadRow] = []
    if not are_context_keys(firsts):
        faults = [
            (line, find_key_fault(row[0])) for line, row in _numbered(rows, first_line) if row
        ]
        bad = [
            BadRow(line, f"found {fault}, expected {A_CONTEXT_KEY}")
            for line, fault in faults
            if fault is not None
        ]
    if end is not None:
        bad.append(end)
    return KeyRows(list(dict.fromkeys(firsts)), len(firsts), bad, bytes_read)


def _numbered(rows: Sequence[list[str]], first_line: int) -> Iterator[tuple[int, list[str]]]:
    """Give each row with the line that it begins in: a quoted field may hold line breaks."""
    line = first_line
    for row in rows:
        yield line + 1, row
        line += _count_lines(row)


def _line_after(rows: Sequence[list[str]], first_line: int) -> int:
    return first_line + sum(_count_lines(row) for row in rows) + 1


def _count_lines(row: list[str]) -> int:
    return 1 + sum(_count_breaks(field) for field in row)


def _count_breaks(field: str) -> int:
    return field.count("\n") + field.count("\r") - field.count("\r\n")
