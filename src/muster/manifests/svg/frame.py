"""How wide and high a drawing is."""

import math
import re
from dataclasses import dataclass
from typing import Final

_NUMBER: Final = r"[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?"
_VIEW_BOX: Final = re.compile(
    rf"\s*({_NUMBER})" + 3 * rf"(?:\s*,\s*|\s+)({_NUMBER})" + r"\s*", re.ASCII
)
_LENGTH: Final = re.compile(rf"\s*({_NUMBER})([a-z]*)\s*", re.ASCII | re.IGNORECASE)
_MAX_LENGTH: Final = 200
"""How many characters a view box or a length may have; real ones have twenty."""


@dataclass(frozen=True, slots=True)
class Frame:
    """Width and height, both above zero, in one unit."""

    width: float
    height: float

    def is_square(self, tolerance: float) -> bool:
        """Tell whether the sides differ by no more than a part of the longer one."""
        return abs(self.width - self.height) <= tolerance * max(self.width, self.height)


def parse_view_box(text: str) -> Frame | None:
    """Return the frame of a `viewBox`; None where it is malformed, or has no area."""
    found = _VIEW_BOX.fullmatch(text) if len(text) <= _MAX_LENGTH else None
    if found is None:
        return None
    return _frame(float(found[3]), float(found[4]))


def parse_size(width: str, height: str) -> Frame | None:
    """Return the frame of `width` and `height`; None unless both are lengths in the same unit."""
    found = [
        _LENGTH.fullmatch(text) if len(text) <= _MAX_LENGTH else None for text in (width, height)
    ]
    wide, high = found
    if wide is None or high is None or _unit(wide[2]) != _unit(high[2]):
        return None
    return _frame(float(wide[1]), float(high[1]))


def _unit(name: str) -> str:
    return name.lower() or "px"


def _frame(width: float, height: float) -> Frame | None:
    is_sound = 0 < width < math.inf and 0 < height < math.inf
    return Frame(width, height) if is_sound else None
