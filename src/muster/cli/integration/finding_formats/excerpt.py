"""The line of a file that a finding is about, cut to what a terminal shows, and where to mark it."""

import codecs
import re
from dataclasses import dataclass
from functools import cached_property
from typing import Final

from rich.cells import cell_len

from muster.cli.output import printable
from muster.core.json_text import Position

_WIDTH: Final = 90
"""How many characters of a line are shown."""
_BEFORE: Final = 30
"""How many of them before the place, where the line is longer."""
_TOKEN: Final = re.compile(r'"[^"\\]*(?:\\.[^"\\]*)*"|[\w.+#-]+')
"""What is marked: a string, a word or a number."""


@dataclass(frozen=True, slots=True)
class Excerpt:
    """A line, or a part of one, that a terminal can show as it is.

    Attributes:
        text: without the white space that it begins with; unprintable characters are escaped.
        indent: how many columns of a terminal stand before the mark.
        length: how many columns are marked, at least 1.
    """

    text: str
    indent: int
    length: int


class Source:
    """A text file, its lines taken apart once for all excerpts."""

    def __init__(self, content: bytes) -> None:
        self._content = content

    @cached_property
    def _lines(self) -> list[str]:
        if b"\0" in self._content:  # UTF-16, or no text at all
            return []
        text = self._content.removeprefix(codecs.BOM_UTF8).decode("utf-8", "replace")
        return text.split("\n")

    def excerpt(self, position: Position) -> Excerpt | None:
        """Return the line at a position; None where there is nothing to show."""
        if not 1 <= position.line <= len(self._lines):
            return None
        line = self._lines[position.line - 1].rstrip()
        at = min(position.column - 1, len(line))
        if not line or at < 0:
            return None
        return _cut(line, at)


def _cut(line: str, at: int) -> Excerpt:
    start = len(line) - len(line.lstrip())
    if at - start > _WIDTH - _BEFORE:
        start = at - _BEFORE
    start = min(start, at)
    end = start + _WIDTH
    token = _TOKEN.match(line, at, end)
    before = ("…" if line[:start].strip() else "") + printable(line[start:at])
    marked = printable(token[0] if token else line[at : at + 1])
    after = printable(line[at:end][len(token[0]) if token else 1 :])
    rest = "…" if len(line) > end else ""
    return Excerpt(f"{before}{marked}{after}{rest}", cell_len(before), max(1, cell_len(marked)))
