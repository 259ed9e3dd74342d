"""Globs: texts in which `*` stands for any characters, or none, but `:` and `/`."""

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Glob:
    """A pattern for a name. It matches in linear time, whatever the pattern: nothing backtracks."""

    pattern: str
    _pieces: tuple[str, ...] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_pieces", tuple(self.pattern.split("*")))

    def matches(self, name: str) -> bool:
        """Tell whether the whole name fits the pattern."""
        if len(self._pieces) == 1:
            return name == self.pattern
        if ":" in name or "/" in name:
            return False
        first, *middle, last = self._pieces
        end = len(name) - len(last)
        if end < len(first) or not name.startswith(first) or not name.endswith(last):
            return False
        # The leftmost place of each piece leaves the most room to those after it.
        position = len(first)
        for piece in middle:
            found = name.find(piece, position, end)
            if found < 0:
                return False
            position = found + len(piece)
        return True
