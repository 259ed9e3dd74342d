"""Payloads, as files hold them."""

import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Final

import orjson
import typer

from muster.cli.output import printable
from muster.core.errors import PayloadTooLargeError

MAX_PAYLOAD_BYTES: Final = 16 * 1024 * 1024
"""The most that is read of a file: as much as a server takes by default (`MUSTER_MAX_BODY_BYTES`)."""
STANDARD_INPUT: Final = "-"
_ONE_A_LINE: Final = frozenset({".jsonl", ".ndjson"})


@dataclass(frozen=True, slots=True)
class Payload:
    """A body to try.

    Attributes:
        source: the file, as it was named.
        line: which line of it; None where the body is all of it.
    """

    source: str
    line: int | None
    body: bytes

    @property
    def name(self) -> str:
        """What it is called to a person."""
        source = "standard input" if self.source == STANDARD_INPUT else self.source
        return source if self.line is None else f"{source}:{self.line}"


def read_payloads(source: str) -> Iterator[Payload]:
    """Yield what a file holds: one payload, or one a line.

    There is one a line in a *.jsonl, and in a standard input whose first line of several is a whole
    JSON document, which is how `muster integration sample` prints several.

    Args:
        source: a path, or `-` for the standard input.

    Raises:
        typer.BadParameter: the file can't be read, or is a *.jsonl without a payload.
        PayloadTooLargeError: it has over 16 MiB.
    """
    content = _read(source)
    if not _is_one_a_line(source, content):
        yield Payload(source, None, content)
        return
    if not content.strip():
        raise typer.BadParameter(f"{printable(source)} holds no payload.", param_hint="PAYLOAD")
    for number, line in enumerate(content.split(b"\n"), 1):
        if line.strip():
            yield Payload(source, number, line.rstrip(b"\r"))


def _is_one_a_line(source: str, content: bytes) -> bool:
    if source != STANDARD_INPUT:
        return Path(source).suffix.lower() in _ONE_A_LINE
    first, _, others = content.strip().partition(b"\n")
    try:
        orjson.loads(first)
    except orjson.JSONDecodeError:
        return False
    return bool(others)


def _read(source: str) -> bytes:
    if source == STANDARD_INPUT:
        return _read_some(sys.stdin.buffer, "The standard input")
    try:
        with Path(source).open("rb") as file:
            return _read_some(file, source)
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise typer.BadParameter(f"{printable(source)}: {reason}.", param_hint="PAYLOAD") from error


def _read_some(file: BinaryIO, name: str) -> bytes:
    content = file.read(MAX_PAYLOAD_BYTES + 1)
    if len(content) > MAX_PAYLOAD_BYTES:
        raise PayloadTooLargeError(
            f"{name} has over {MAX_PAYLOAD_BYTES:,} bytes (16 MiB), which is as much as a server takes in "
            "one request, unless MUSTER_MAX_BODY_BYTES says otherwise. Send the members in several."
        )
    return content
