"""What can be wrong with an SVG file."""

from dataclasses import dataclass
from enum import StrEnum, auto

from muster.core.json_text import Position


class SvgFlawKind(StrEnum):
    """What a flaw is about; the rules about logos are as many."""

    MALFORMED = auto()
    SCRIPT = auto()
    EVENT_HANDLER = auto()
    FOREIGN_CONTENT = auto()
    EXTERNAL_REFERENCE = auto()
    ANIMATED_REFERENCE = auto()
    PROCESSING_INSTRUCTION = auto()
    DOCTYPE = auto()
    VIEW_BOX = auto()
    RASTER_IMAGE = auto()


@dataclass(frozen=True, slots=True)
class SvgFlaw:
    """A place in an SVG file where something is wrong.

    Attributes:
        message: what was found, in a sentence; what it quotes of the file is short.
        position: line and column of the element or the style at fault.
    """

    kind: SvgFlawKind
    message: str
    position: Position | None = None


def quote(text: str) -> str:
    """Return what a message quotes of a file: short, and in quotes."""
    length = 60
    return repr(text if len(text) <= length else f"{text[:length]}…")
