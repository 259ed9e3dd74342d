"""A refused body, with the place in it that is at fault."""

import codecs
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import orjson
from rich.text import Text

from muster.cli.integration.finding_formats.excerpt import Source
from muster.cli.output import printable
from muster.core.errors import MusterError
from muster.core.json_text import JsonSyntaxError, JsonText, Position
from muster.core.pointers import Json, Tokens, parse_pointer, resolve_deepest
from muster.payloads.nearest import find_nearest

_GUTTER: Final = 9
"""How many columns the number of a line takes."""
_WIDTH: Final = 100
"""How many characters of a line are shown."""
_LINES_BEFORE: Final = 2
_LINES_AFTER: Final = 3
_LINES_WITHIN: Final = 8
"""How many lines are shown after the beginning of an object or array that lacks what is looked for."""
_FAULT_STYLE: Final = "bold red"


@dataclass(frozen=True, slots=True)
class FaultPlace:
    """Where in a body its fault is.

    Attributes:
        text: the body, or the body pretty-printed.
        position: where in the text.
        missing: the name or index that is not there; None where something is.
        is_pretty: whether the text is another than what was sent.
        nearest: JSON pointers that exist and are most like the one that failed.
    """

    text: str
    position: Position
    missing: str | None = None
    is_pretty: bool = False
    nearest: tuple[str, ...] = ()


def find_fault(body: bytes, error: MusterError, *, may_reformat: bool = True) -> FaultPlace:
    """Return where in a body the fault is that an error speaks of.

    Args:
        may_reformat: pretty-print a body that is one long line.
    """
    try:
        text = JsonText.decode(body)
    except JsonSyntaxError as found:
        return FaultPlace(_decode(body), _position_of(found, body))
    if error.pointer is None:  # all is JSON, but for a byte order mark before it
        return FaultPlace(text.text, Position(1, 1))
    pretty = _pretty_print(text.document) if may_reformat and _is_one_long_line(text.text) else None
    shown = pretty or text
    tokens = parse_pointer(error.pointer)
    return FaultPlace(
        shown.text,
        shown.locate(error.pointer),
        missing=_find_missing(text.document, tokens),
        is_pretty=pretty is not None,
        nearest=tuple(find_nearest(text.document, tokens)),
    )


def fault_lines(error: MusterError, place: FaultPlace) -> Iterator[Text]:
    """Yield what is around a fault, the place marked, and what is near it."""
    if error.pointer is not None:
        form = ", in the body pretty-printed" if place.is_pretty else ""
        yield _labelled("at", f"{error.pointer or 'the body'}{form}", "dim")
    yield from _excerpt(place)
    for index, pointer in enumerate(place.nearest):
        yield _labelled("" if index else "nearest", pointer, "green")


def _labelled(label: str, text: str, style: str) -> Text:
    return Text().append(f"{label:>{_GUTTER}} ", style=style).append(printable(text))


def _excerpt(place: FaultPlace) -> Iterator[Text]:
    """Yield the lines around a position, each with its number, and a mark below the one meant."""
    if "\0" in place.text:  # no text that could be shown
        return
    lines = place.text.split("\n")
    position = _on_a_line_with_text(lines, place.position)
    target = Source(place.text.encode("utf-8", "replace")).excerpt(position)
    after = _LINES_AFTER if place.missing is None else _LINES_WITHIN
    first = max(1, position.line - _LINES_BEFORE)
    shown = [line.rstrip() for line in lines[first - 1 : position.line + after]]
    while shown and not shown[-1]:
        shown.pop()
    margin = min((_indent(line) for line in shown if line), default=0)
    for number, line in enumerate(shown, first):
        gutter = Text().append(f"{number:>{_GUTTER}} | ", style="dim")
        pad = " " * (_indent(line) - margin)
        if number != position.line or target is None:
            yield gutter.append(pad + _cut(line.lstrip()))
            continue
        yield gutter.append(pad + target.text)
        mark = Text().append(f"{'':>{_GUTTER}} | ", style="dim").append(pad + " " * target.indent)
        mark.append("^" * target.length, style=_FAULT_STYLE)
        if place.missing is not None:
            mark.append(f" has no {printable(_cut(place.missing))}", style=_FAULT_STYLE)
        yield mark


def _on_a_line_with_text(lines: list[str], position: Position) -> Position:
    """Return a position, or the end of the text before it where its own line is empty."""
    line, column = position.line, position.column
    while line > 1 and not lines[line - 1].strip():
        line -= 1
        column = len(lines[line - 1].rstrip()) + 1
    return Position(line, column)


def _cut(text: str) -> str:
    return printable(text) if len(text) <= _WIDTH else f"{printable(text[:_WIDTH])}…"


def _indent(line: str) -> int:
    return len(line) - len(line.lstrip())


def _is_one_long_line(text: str) -> bool:
    return len(text) > _WIDTH and "\n" not in text.strip()


def _find_missing(document: Json, tokens: Tokens) -> str | None:
    depth, _ = resolve_deepest(document, tokens)
    return tokens[depth] if depth < len(tokens) else None


def _pretty_print(document: Json) -> JsonText | None:
    """Return a document with a line for each value; None where it nests too deep to be written."""
    try:
        text = orjson.dumps(document, option=orjson.OPT_INDENT_2).decode()
    except TypeError:  # orjson's error for that
        return None
    return JsonText(text, document)


def _decode(body: bytes) -> str:
    return body.removeprefix(codecs.BOM_UTF8).decode("utf-8", "replace")


def _position_of(error: JsonSyntaxError, body: bytes) -> Position:
    """Return where a body stops being JSON, or, where it is not UTF-8, text."""
    if error.line is not None and error.column is not None:
        return Position(error.line, error.column)
    before = ""
    try:
        body.decode()
    except UnicodeDecodeError as undecodable:
        before = body[: undecodable.start].decode()
    return Position(before.count("\n") + 1, len(before) - before.rfind("\n"))
