"""Markdown around texts of strangers: such a text stays a text, whatever it holds.

What is written is CommonMark with the tables of GitHub Flavored Markdown.
"""

import json
import re
from collections.abc import Iterable, Sequence
from typing import Final

from muster.core.pointers import Json

_BLANK: Final = re.compile(r"[\s\x00-\x1f\x7f-\x9f]+")
_REORDERING: Final = re.compile(r"[\u202a-\u202e\u2066-\u2069]")
"""Characters that make the text after them read in another direction."""
_ACTIVE: Final = re.compile(r"[\\`*_\[\]<>&~#$]|:(?=//)|(?<=www)\.", re.IGNORECASE)
_ACTIVE_AT_START: Final = re.compile(r"[-+=]|[0-9]{1,9}(?=[.)])")
_BACKTICKS: Final = re.compile(r"`+")
_NOT_ASCII: Final = re.compile(r"[^\n\x20-\x7e]")
_WEB_ADDRESS: Final = re.compile(r"https?://[^\s<>\x00-\x1f\x7f-\x9f]+", re.IGNORECASE)
_SHORTEST_FENCE: Final = 3


def escape(text: str) -> str:
    """Return a text as one line of Markdown that shows it: no HTML, no link, no emphasis, no list.

    Runs of white space and control characters become one space; characters that turn the direction of
    reading are left out.
    """
    line = _one_line(text)
    escaped = _ACTIVE.sub(r"\\\g<0>", line)
    start = _ACTIVE_AT_START.match(escaped)
    if start is None:
        return escaped
    # Of `1.` it is the full stop that is escaped: a backslash before a digit is a backslash.
    at = start.end() if start[0][0].isdigit() else 0
    return f"{escaped[:at]}\\{escaped[at:]}"


def code(text: str) -> str:
    """Return a text as a code span, in one line; one that no code span can hold is escaped instead."""
    line = _one_line(text)
    if not line or r"\|" in line:  # no code span in a table holds a bar after a backslash
        return escape(line)
    fence = "`" * (_longest_run(line) + 1)
    room = " " if line.startswith("`") or line.endswith("`") else ""
    return f"{fence}{room}{line}{room}{fence}"


def code_block(text: str, language: str = "") -> str:
    """Return a text as a fenced block, its lines as they are. `language` is a word of our own."""
    fence = "`" * max(_longest_run(text) + 1, _SHORTEST_FENCE)
    return f"{fence}{language}\n{text}\n{fence}"


def json_block(document: Json, *, indent: int | None = 2) -> str:
    """Return a JSON document as a fenced block; what could not be seen in it is escaped."""
    separators = (",", ":") if indent is None else None
    text = json.dumps(document, indent=indent, separators=separators, ensure_ascii=False)
    return code_block(visible(text), "json")


def visible(text: str) -> str:
    """Return a text with its unprintable characters, but for the ends of lines, escaped as in JSON."""
    return _NOT_ASCII.sub(_escape_unprintable, text)


def web_link(address: str) -> str:
    """Return a link to an address of http or https; anything else is shown as code."""
    return f"<{address}>" if _WEB_ADDRESS.fullmatch(address) else code(address)


def table(titles: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Return a table. Its cells are Markdown in one line each."""
    cells = ([cell.replace("|", r"\|") for cell in row] for row in (titles, *rows))
    lines = [f"| {' | '.join(row)} |" for row in cells]
    return "\n".join([lines[0], f"|{'---|' * len(titles)}", *lines[1:]])


def _one_line(text: str) -> str:
    return _BLANK.sub(" ", _REORDERING.sub("", text)).strip()


def _escape_unprintable(found: "re.Match[str]") -> str:
    return found[0] if found[0].isprintable() else json.dumps(found[0])[1:-1]


def _longest_run(text: str) -> int:
    return max(map(len, _BACKTICKS.findall(text)), default=0)
