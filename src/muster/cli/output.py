"""What commands print: tables and notes for people, JSON for scripts, both whole in a pipe.

Results go to stdout, everything said about them to stderr. A key or an id is never cut or wrapped.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import orjson
import typer
from rich.console import Console
from rich.measure import Measurement
from rich.table import Table
from rich.text import Text

from muster.core.paging import Page
from muster.core.wording import count_of

_UNPRINTABLE: Final = re.compile(
    "[\x00-\x1f\x7f-\x9f"  # controls, which terminals obey
    "\u2028\u2029"  # line and paragraph separators
    "\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069"  # marks that turn the direction of writing
    "\ud800-\udfff]"  # surrogates, which no encoding writes
)
_PADDING: Final = re.compile(r" +(\x1b\[0m)?$")
"""Spaces that fill the last column, before the end of its style."""
_UNBOUNDED_WIDTH: Final = 1_000_000
_JUST_NOW_SECONDS: Final = 10
_UNITS: Final = ((60, "second"), (3600, "minute"), (86_400, "hour"), (30 * 86_400, "day"))
"""Below how many seconds a distance in time is told in which unit."""


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a table.

    Attributes:
        folds: whether a narrow terminal may break its text into lines; never for keys and ids.
    """

    title: str
    folds: bool = False
    right: bool = False


def print_json(value: Any) -> None:
    """Print a value as JSON in UTF-8; datetimes as ISO 8601 in UTC.

    Characters that could steer a terminal are escaped, which is the same JSON.
    """
    options = orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE | orjson.OPT_UTC_Z
    text = orjson.dumps(value, option=options).decode()
    typer.echo(_UNPRINTABLE.sub(_escape_in_json, text).encode(), nl=False)


def _escape_in_json(found: re.Match[str]) -> str:
    # Between values there are line feeds; within one JSON has escaped them already.
    return "\n" if found[0] == "\n" else f"\\u{ord(found[0]):04x}"


def print_line(text: str) -> None:
    """Print one line, its unprintable characters escaped."""
    typer.echo(printable(text))


def print_note(text: str) -> None:
    """Print a line to stderr: what is said about the result."""
    typer.echo("\n".join(map(printable, text.splitlines())), err=True)


def print_page(
    page: Page[Any],
    columns: Sequence[Column],
    rows: Sequence[Sequence[str]],
    one: str,
    several: str | None = None,
    *,
    if_none: str | None = None,
) -> None:
    """Print a page of a list as a table; write to stderr how to go on, or why it is empty.

    Args:
        rows: one for each item of the page.
        one: what is listed, such as `segment`.
        several: its plural; `one` with an s unless given.
        if_none: what is said where the whole list is empty, in place of a bare sentence.
    """
    total, offset = page.total_count, page.request.offset
    if page.items:
        print_table(columns, rows)
    if not total:
        print_note(if_none or f"There are no {several or f'{one}s'}.")
    elif not page.items:
        print_note(f"There {'is' if total == 1 else 'are'} only {count_of(total, one, several)}.")
    elif (end := offset + len(page.items)) < total:
        print_note(
            f"{len(page.items)} of {count_of(total, one, several)}; continue with --offset {end}."
        )


def print_table(columns: Sequence[Column], rows: Iterable[Sequence[str]]) -> None:
    """Print rows of texts under the titles of their columns.

    In a pipe each row is one line. On a terminal texts that may fold do so; where the rest is still
    too wide for it, the terminal breaks the lines.
    """
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), collapse_padding=True)
    texts = [[Text(printable(cell)) for cell in row] for row in rows]
    for index, column in enumerate(columns):
        widest = max((row[index].cell_len for row in texts), default=0)
        table.add_column(
            column.title,
            justify="right" if column.right else "left",
            no_wrap=not column.folds,
            min_width=None if column.folds else max(widest, len(column.title)),
            overflow="fold",
        )
    for row in texts:
        table.add_row(*row)
    console = _console_for(table)
    with console.capture() as captured:
        console.print(table)
    for line in captured.get().splitlines():
        print(_PADDING.sub(r"\1", line))


def print_fields(fields: Iterable[tuple[str, str]]) -> None:
    """Print names and values, one pair a line; a pair without a value is left out."""
    shown = [(name, value) for name, value in fields if value]
    width = max((len(name) for name, _ in shown), default=0)
    console = Console(highlight=False)
    for name, value in shown:
        line = Text(f"{name:<{width}}", style="bold").append(f"  {printable(value)}", style="none")
        console.print(line, soft_wrap=True)


def printable(text: str) -> str:
    """Return a text with the characters escaped that could steer a terminal or end a line."""
    return _UNPRINTABLE.sub(lambda found: ascii(found[0])[1:-1], text)


def relative_time(moment: datetime | None, now: datetime) -> str:
    """Say how far from now a moment is; beyond 30 days, its date (UTC)."""
    if moment is None:
        return "never"
    distance = (now - moment).total_seconds()
    seconds = int(abs(distance))
    if seconds < _JUST_NOW_SECONDS:
        return "just now"
    size = 1
    for bound, unit in _UNITS:
        if seconds < bound:
            amount = count_of(seconds // size, unit)
            return f"{amount} ago" if distance > 0 else f"in {amount}"
        size = bound
    return f"{moment.astimezone(UTC):%Y-%m-%d}"


def full_time(moment: datetime | None, now: datetime) -> str:
    """Say when a moment is, to the second, and how far from now."""
    if moment is None:
        return "never"
    return f"{moment.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC ({relative_time(moment, now)})"


def milliseconds(duration: timedelta) -> float:
    """Return a duration in milliseconds, to the microsecond."""
    return duration // timedelta(microseconds=1) / 1000


def _console_for(table: Table) -> Console:
    """Return a console wide enough for a table: in a pipe for all of it, else for what can't fold."""
    console = Console(highlight=False)
    unbounded = console.options.update(width=_UNBOUNDED_WIDTH)
    needed = Measurement.get(console, unbounded, table)
    width = max(console.width, needed.minimum) if console.is_terminal else needed.maximum
    return Console(highlight=False, width=width)
